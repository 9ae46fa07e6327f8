"""The packed forward pass is the model's own, and its gradients too."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForQuestionAnswering

from qa.reader_input import Window
from tests.training.tiny import tiny_reader
from training.batches import pack, places
from training.packed import logits


def _window(length: int, seed: int) -> Window:
    ids = torch.randint(1000, 2000, (length,), generator=torch.Generator().manual_seed(seed)).tolist()
    return Window(ids, [0] * 4 + [1] * (length - 4), 4, [(i, i + 1) for i in range(length - 5)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model."""
    return tiny_reader(tmp_path_factory.mktemp("packed"))


def test_the_same_logits_and_gradients_as_transformers(folder: Path) -> None:
    model = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32).eval()
    windows = [_window(length, length) for length in (17, 32, 45)]
    packed = pack(windows, 160)
    mine = logits(model, packed)[places(windows, packed)[0]]
    theirs = []
    for window in windows:
        out = model(input_ids=torch.tensor([window.ids]), token_type_ids=torch.tensor([window.types]))
        theirs.append(torch.stack([out.start_logits[0], out.end_logits[0]], -1))
    for row, expected in zip(mine, theirs, strict=True):
        torch.testing.assert_close(row[: len(expected)], expected, atol=1e-5, rtol=1e-4)
    weight = model.bert.encoder.layer[0].attention.self.key.weight
    value = model.bert.encoder.layer[0].attention.self.value.weight
    own = torch.autograd.grad(sum(row[: len(t)].square().sum() for row, t in zip(mine, theirs, strict=True)), [weight, value])  # fmt: skip # noqa: E501
    expected_grads = torch.autograd.grad(sum(t.square().sum() for t in theirs), [weight, value])
    torch.testing.assert_close(own, expected_grads, atol=1e-5, rtol=1e-3)


def test_places_allow_the_null_and_the_passage_only() -> None:
    windows = [_window(8, 1), _window(17, 2)]
    rows, allowed = places(windows, pack(windows))
    assert rows[0, :8].tolist() == list(range(8))
    assert rows[1].tolist() == list(range(16, 33))  # the first pair is padded to 16 rows
    assert allowed[0].tolist() == [True, False, False, False, True, True, True] + [False] * 10
