"""Our forward passes beside transformers', on a random model with the same parts, and the choice between them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForQuestionAnswering

from corpus.errors import DamagedError, UsageError
from index.bert import Bert, Head, Runtime, cores, has_bfloat16, open_bert
from index.bert_openvino import equal_groups
from index.bert_torch import TorchBert

ROOT = Path(__file__).parents[2]
IDS = [[101, 5, 6, 102], [101, 9, 102, 7, 8, 102], [101, 102], [102], [101, 8, 7, 102]]
TYPES = [[0, 0, 1, 1], [0, 0, 0, 1, 1, 1], [0, 1], [0], [0, 1, 1, 1]]
RUNTIMES = pytest.mark.parametrize("runtime", [Runtime.TORCH, Runtime.OPENVINO])
BFLOAT16 = pytest.mark.parametrize("bfloat16", [False, True], ids=["float32", "bfloat16"])


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


def computed(bert: Bert, ids: list[list[int]], types: list[list[int]] | None = None) -> list[np.ndarray]:
    """One array a text, in the given order; every text exactly once."""
    found = list(bert(ids, types))
    assert sorted(n for n, _ in found) == list(range(len(ids)))
    return [array for _, array in sorted(found, key=lambda pair: pair[0])]


def in_precision(monkeypatch: pytest.MonkeyPatch, bfloat16: bool) -> torch.dtype:
    """Have models opened from here on compute in this precision, if the processor does."""
    if bfloat16 and not has_bfloat16():
        pytest.skip("this processor does not multiply bfloat16")
    for module in ("index.bert_torch", "index.bert_openvino"):
        monkeypatch.setattr(f"{module}.has_bfloat16", lambda: bfloat16)
    return torch.bfloat16 if bfloat16 else torch.float32


@RUNTIMES
@BFLOAT16
@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [1]], ids=["several", "alone"])
def test_it_computes_what_transformers_computes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, runtime: Runtime, bfloat16: bool, rows: list[int]
) -> None:
    dtype = in_precision(monkeypatch, bfloat16)
    theirs = BertForQuestionAnswering.from_pretrained(folder, dtype=dtype).eval()
    ids, types = [IDS[n] for n in rows], [TYPES[n] for n in rows]
    logits = computed(open_bert(folder, Head.SPANS, runtime, threads=1), ids, types)
    means = computed(open_bert(folder, Head.MEAN, runtime, threads=1), ids, types)
    tolerance = 0.08 if bfloat16 else 1e-5  # logits here are about 1 to 10
    for row, segments, found, mean in zip(ids, types, logits, means, strict=True):
        with torch.inference_mode():
            given = {"input_ids": torch.tensor([row]), "token_type_ids": torch.tensor([segments])}
            out, hidden = theirs(**given), theirs.bert(**given).last_hidden_state[0]
        expected = torch.stack([out.start_logits[0], out.end_logits[0]], dim=-1).float().numpy()
        assert found.dtype == mean.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=tolerance, rtol=tolerance)
        np.testing.assert_allclose(mean, hidden.float().mean(dim=0).numpy(), atol=tolerance, rtol=tolerance)


@RUNTIMES
def test_segments_left_out_are_zeros(folder: Path, runtime: Runtime) -> None:
    bert = open_bert(folder, Head.SPANS, runtime)
    plain, zeros, given = (computed(bert, IDS, types) for types in (None, [[0] * len(row) for row in IDS], TYPES))
    assert all((one == two).all() for one, two in zip(plain, zeros, strict=True))
    assert not (plain[0] == given[0]).all()
    assert list(bert([])) == []


@BFLOAT16
def test_on_openvino_a_result_does_not_depend_on_its_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch, bfloat16: bool
) -> None:
    in_precision(monkeypatch, bfloat16)
    rng = np.random.default_rng(0)
    ids = [rng.integers(1, 120, length).tolist() for length in [7, 40, 7, 3, 40, 7, 200, 40] * 4]
    bert, single = (open_bert(folder, Head.MEAN, Runtime.OPENVINO, threads) for threads in (3, 1))
    alone = [computed(single, [row])[0].tolist() for row in ids]
    assert [found.tolist() for found in computed(bert, ids[:8])] == alone[:8]  # a few, before there were many
    assert [found.tolist() for found in computed(bert, ids)] == alone
    assert [found.tolist() for found in computed(bert, ids[:8])] == alone[:8]
    assert [computed(bert, [row])[0].tolist() for row in ids] == alone  # with all threads in each product

    results: dict[int, list[list[float]]] = {}  # and from several threads at once

    def ask(n: int) -> None:
        results[n] = [found.tolist() for found in computed(bert, ids[n:])]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results[n] == alone[n:] for n in range(6))


def test_a_call_that_is_given_up_disturbs_no_later_one(folder: Path) -> None:
    bert = open_bert(folder, Head.MEAN, Runtime.OPENVINO, threads=2)
    expected = [array.tolist() for array in computed(bert, IDS)]
    for _ in range(3):
        given_up = bert([[5] * 50] * 200)
        next(given_up)
        given_up.close()  # type: ignore[attr-defined]
        assert [array.tolist() for array in computed(bert, IDS)] == expected


def test_a_fault_while_results_are_taken_is_raised_and_disturbs_no_later_call(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(deque[object]):
        def extend(self, items: object) -> None:
            raise MemoryError("no room")

    bert = open_bert(folder, Head.MEAN, Runtime.OPENVINO, threads=2)
    with monkeypatch.context() as patched, pytest.raises(MemoryError, match="no room"):
        patched.setattr("index.bert_openvino.deque", Full)
        list(bert(IDS * 20))
    assert len(computed(bert, IDS)) == len(IDS)


@RUNTIMES
def test_another_kind_of_model_is_refused(folder: Path, tmp_path: Path, runtime: Runtime) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    for change in ({"model_type": "roberta"}, {"hidden_act": "relu"}):
        (tmp_path / "config.json").write_text(json.dumps(config | change), "utf-8")
        with pytest.raises(DamagedError, match="not a BERT"):
            open_bert(tmp_path, Head.MEAN, runtime)


def opened(folder: Path, runtime: Runtime = Runtime.AUTO) -> Bert:
    return open_bert(folder, Head.SPANS, runtime, threads=2)


def test_openvino_is_taken_where_it_works(folder: Path) -> None:
    assert opened(folder).runtime.startswith("openvino 2") and opened(folder).runtime.endswith(
        "2 streams of one thread"
    )
    assert opened(folder, Runtime.TORCH).runtime.startswith("torch 2")


@pytest.mark.parametrize("fault", [ImportError("No module named 'openvino'"), RuntimeError("\n\nno such device\nat")])
def test_torch_computes_where_openvino_fails(folder: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def fails() -> None:
        raise fault

    monkeypatch.setattr("index.bert_openvino._openvino", fails)
    bert = opened(folder)
    assert isinstance(bert, TorchBert)
    assert bert.runtime.endswith(f"since OpenVINO failed: {str(fault).strip().splitlines()[0]}")
    assert len(computed(bert, IDS, TYPES)) == len(IDS)
    with pytest.raises(UsageError, match="OpenVINO can't be used here .*make install"):
        opened(folder, Runtime.OPENVINO)


def test_openvino_sends_no_usage_data(folder: Path, tmp_path: Path) -> None:
    """Its converter does on import, and writes an id to the home folder."""
    code = (
        "import sys; from pathlib import Path; from index.bert import *;"
        "list(open_bert(Path(sys.argv[1]), Head.MEAN, Runtime.OPENVINO)([[1, 2]]));"
        "print(*sorted(name for name, module in sys.modules.items() if module))"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, check=True, text=True, capture_output=True, env={"HOME": str(tmp_path), "PATH": ""}
    )
    loaded = done.stdout.split()
    assert "openvino" in loaded and done.stderr == ""
    assert not {"openvino.tools.ovc", "openvino_telemetry", "urllib.request", "http.client"} & set(loaded)
    assert list(tmp_path.iterdir()) == []


def test_groups_by_hand() -> None:
    # 6 texts of 100 and one of 30 for 1 stream: 630 // 8 = 78 pieces a group, and no group mixes lengths.
    assert equal_groups([100, 30, 100, 100], 1) == [[0], [2], [3], [1]]
    # Short ones go 64 pieces at a time, many long ones 512.
    assert equal_groups([16] * 6, 4) == [[0, 1, 2, 3], [4, 5]]
    assert [len(group) for group in equal_groups([200] * 100, 4)] == [2] * 50
    assert equal_groups([], 4) == []


def test_cores_are_counted() -> None:
    assert 1 <= cores() <= 4096


SHAPES = """
import sys
from pathlib import Path
from index.bert import Head, Runtime, open_bert
bert = open_bert(Path(sys.argv[1]), Head.SPANS, Runtime.OPENVINO, threads=1)
def resident(shapes):
    for length, texts in shapes:
        list(bert([[5] * length] * texts))
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024
before = resident([(length, 1) for length in range(2, 300, 2)])
print(resident([(length, texts) for length in range(2, 400, 3) for texts in range(2, 6)]) - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")
def test_ever_new_shapes_do_not_add_up_in_memory(folder: Path) -> None:
    """In a process of its own, whose memory holds nothing that other tests have freed."""
    done = subprocess.run([sys.executable, "-c", SHAPES, str(folder)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 64, "megabytes; see DECISIONS.md"
