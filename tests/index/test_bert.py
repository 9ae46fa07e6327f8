"""Our forward pass beside transformers', on a random model with the same parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForQuestionAnswering

from corpus.errors import DamagedError
from index.bert import Bert

IDS = [[101, 5, 6, 102], [101, 9, 102, 7, 8, 102], [101, 102]]
TYPES = [[0, 0, 1, 1], [0, 0, 0, 1, 1, 1], [0, 1]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model whose biases and norms are not the zeros and ones that training starts from."""
    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=120, hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=64
    )
    model = BertForQuestionAnswering(config)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) * 0.1)
    model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("bfloat16", [False, True], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("rows", [[0, 1, 2], [1]], ids=["padded", "alone"])
def test_it_computes_what_transformers_computes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, bfloat16: bool, rows: list[int]
) -> None:
    monkeypatch.setattr("index.bert.has_bfloat16", lambda: bfloat16)
    ours = Bert(folder)
    theirs = BertForQuestionAnswering.from_pretrained(folder, dtype=torch.bfloat16 if bfloat16 else torch.float32)
    ids, types = [IDS[n] for n in rows], [TYPES[n] for n in rows]
    longest = max(len(row) for row in ids)
    padded = [torch.tensor([row + [0] * (longest - len(row)) for row in part]) for part in (ids, types)]
    expected_mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
    with torch.inference_mode():
        hidden, mask = ours(ids, types)
        logits = ours.linear("qa_outputs", hidden)
        out = theirs.eval()(input_ids=padded[0], token_type_ids=padded[1], attention_mask=expected_mask)
    assert mask.tolist() == expected_mask.bool().tolist()
    expected = torch.stack([out.start_logits, out.end_logits], dim=-1)
    tolerance = 0.05 if bfloat16 else 1e-5  # logits here are about 1 to 10
    torch.testing.assert_close(logits[mask], expected[mask], atol=tolerance, rtol=tolerance)


def test_segments_left_out_are_zeros(folder: Path) -> None:
    bert = Bert(folder)
    with torch.inference_mode():
        assert torch.equal(bert(IDS)[0], bert(IDS, [[0] * len(row) for row in IDS])[0])
        assert not torch.equal(bert(IDS)[0], bert(IDS, TYPES)[0])


def test_another_kind_of_model_is_refused(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    for change in ({"model_type": "roberta"}, {"hidden_act": "relu"}):
        (tmp_path / "config.json").write_text(json.dumps(config | change), "utf-8")
        with pytest.raises(DamagedError, match="not a BERT"):
            Bert(tmp_path)
