"""What a command imports before it answers: the seconds of a cold start are imports, and they creep back unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpus" / "sample"
HEAVY = (
    "torch sentence_transformers transformers gradio sklearn scipy matplotlib pandas sympy trafilatura pypdf "
    "huggingface_hub ir_measures rouge_score training urllib.request openvino_telemetry"
).split()

_COMMAND = """
import sys
from qa.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print("imported:", *sorted(name for name, module in sys.modules.items() if module))
"""
_READER = """
import sys
from pathlib import Path
from qa.reader import PassageQuestion, Reader
(reading,) = Reader(Path(sys.argv[1])).read([PassageQuestion("Who?", "", "The mayor opened the bridge.")])
assert reading.spans
print("imported:", *sorted(name for name, module in sys.modules.items() if module))
"""


def imported(code: str, *words: str | Path) -> tuple[set[str], str]:
    """The modules that a fresh process has imported at its end, and what it wrote to stderr."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()), done.stderr


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cold") / "data"
    imported(_COMMAND, "add", "--data", folder, SAMPLE)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("words", [["search"], ["ask", "--selector", "sentences"]], ids=["search", "ask"])
def test_one_question_imports_openvino_and_nothing_heavy(data: Path, words: list[str]) -> None:
    modules, stderr = imported(_COMMAND, *words, "--data", data, "Which field does China lead in?")
    assert "openvino" in modules  # the question was embedded with the real model
    assert not modules & set(HEAVY)
    assert stderr == ""


@pytest.mark.slow
def test_words_alone_are_searched_without_a_model(data: Path) -> None:
    modules, stderr = imported(_COMMAND, "search", "--mode", "bm25", "--data", data, "China")
    assert not modules & {*HEAVY, "openvino", "qa.assistant", "qa.sources.speakers"}
    assert stderr == ""


@pytest.mark.slow
def test_the_reader_imports_openvino_and_nothing_heavy(tmp_path: Path) -> None:
    from tests.training.tiny import tiny_reader

    modules, stderr = imported(_READER, tiny_reader(tmp_path / "tiny"))
    assert "openvino" in modules
    assert not modules & set(HEAVY)
    assert stderr == ""


@pytest.mark.slow
def test_articles_are_added_without_torch(tmp_path: Path) -> None:
    modules, _ = imported(_COMMAND, "add", "--data", tmp_path / "data", SAMPLE)
    assert not modules & {"torch", "sentence_transformers", "transformers", "gradio", "sklearn", "scipy", "matplotlib"}


@pytest.mark.slow
def test_torch_answers_where_it_is_asked_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_RUNTIME", "torch")
    modules, _ = imported(_COMMAND, "search", "--data", data, "Which field does China lead in?")
    assert "torch" in modules
    assert not modules & {"openvino", "sentence_transformers", "transformers", "torch._dynamo", "torch._inductor"}
