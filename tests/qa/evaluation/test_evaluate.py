"""A whole run: its files, that it can be killed and repeated, and that a fault of one question stays its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.errors import BusyError, DamagedError, OnrecordError, StorageError, UsageError
from index.hits import Hit
from qa.answer import Answer
from qa.answer_json import answer_to_json
from qa.assistant import Assistant
from qa.evaluate import evaluate
from qa.evaluation.questions import LineNote, Question, QuestionFile
from qa.evaluation.run_folder import held, read_run, without_times
from tests.qa.evaluation.parts import (
    QUESTIONS,
    Shelf,
    TableAssistant,
    many_questions,
    refusal,
    short_answer,
    small_assistant,
)

SHELF = Shelf()


@pytest.fixture(scope="module")
def index_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="module")
def assistant(index_folder: Path) -> Assistant:
    return small_assistant(index_folder)


@pytest.fixture(scope="module")
def reference(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of seventy questions that was never interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "reference"
    evaluate(assistant, many_questions(70), folder, seed=3, batch=8)
    return folder


def lines_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "per_item.jsonl").read_text("utf-8").splitlines()]


def test_the_files_of_a_run(assistant: Assistant, tmp_path: Path) -> None:
    source = QuestionFile(QUESTIONS, (LineNote(9, "it is not JSON."),), (LineNote(10, "renamed."),))
    run = evaluate(assistant, QUESTIONS, tmp_path / "run", settings={"answerer": "extractive"}, source=source)
    lines = lines_of(tmp_path / "run")
    assert [line["id"] for line in lines] == [question.id for question in QUESTIONS]
    assert list(lines[0])[:4] == ["id", "answer", "scores", "seconds"]
    printed = {**answer_to_json(assistant.ask(QUESTIONS[0].text)), "seconds": lines[0]["seconds"]}
    assert lines[0]["answer"] == printed
    summary = json.loads((tmp_path / "run/summary.json").read_text("utf-8"))
    assert summary == run.summary
    assert summary["configuration"]["index"] == assistant.index.fingerprint
    assert summary["configuration"]["models"]["encoder"].startswith("hash-256 ")
    assert summary["configuration"]["settings"] == {"answerer": "extractive"}
    assert summary["bad_lines"] == [{"line": 9, "reason": "it is not JSON."}]
    assert summary["notes"] == [{"line": 10, "reason": "renamed."}]
    assert summary["metrics"]["quote_exact"]["value"] == 1
    assert summary["metrics"]["hit@10"]["value"] == 1
    assert summary["questions"]["asked"] == 6
    assert read_run(tmp_path / "run") == run


def test_two_runs_are_the_same_but_for_times(assistant: Assistant, reference: Path, tmp_path: Path) -> None:
    evaluate(assistant, many_questions(70), tmp_path / "again", seed=3, batch=8)
    assert without_times(tmp_path / "again") == without_times(reference)


def test_another_seed_moves_only_intervals(assistant: Assistant, reference: Path, tmp_path: Path) -> None:
    run = evaluate(assistant, many_questions(70), tmp_path / "other", seed=4, batch=8)
    first = read_run(reference).summary["metrics"]
    assert {name: figure["value"] for name, figure in run.summary["metrics"].items()} == {
        name: figure["value"] for name, figure in first.items()
    }
    assert run.summary["metrics"]["answer_f1"]["low"] != first["answer_f1"]["low"]


def test_without_a_folder_nothing_is_written(
    assistant: Assistant, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = evaluate(assistant, many_questions(70), seed=3, batch=8)
    assert run.summary["metrics"] == read_run(reference).summary["metrics"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", [0.0, 0.13, 0.5, 0.97, 1.0])
def test_a_run_that_broke_off_anywhere_goes_on_to_the_same_files(
    assistant: Assistant, reference: Path, tmp_path: Path, kept: float
) -> None:
    """The lines are cut at any byte, as a full disk or a power cut would."""
    folder = tmp_path / "broken"
    folder.mkdir()
    data = (reference / "per_item.jsonl").read_bytes()
    (folder / "run.json").write_bytes((reference / "run.json").read_bytes())
    (folder / "per_item.jsonl").write_bytes(data[: int(len(data) * kept)])
    (folder / ".summary.json-ab12").write_text("half")
    done: list[int] = []
    evaluate(assistant, many_questions(70), folder, seed=3, batch=8, on_progress=lambda n, total: done.append(n))
    assert without_times(folder) == without_times(reference)
    assert not (folder / ".summary.json-ab12").exists()
    assert done[0] == {0.0: 0, 0.13: 8, 0.5: 32, 0.97: 64, 1.0: 70}[kept]


def test_killed_in_the_middle(assistant: Assistant, index_folder: Path, reference: Path, tmp_path: Path) -> None:
    """A real process, really killed, twice."""
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from qa.evaluate import evaluate
        from tests.qa.evaluation.parts import many_questions, small_assistant

        def kill(done, total):
            if done >= int(sys.argv[3]):
                os.kill(os.getpid(), signal.SIGKILL)

        assistant = small_assistant(Path(sys.argv[1]))
        evaluate(assistant, many_questions(70), Path(sys.argv[2]), seed=3, batch=8, on_progress=kill)
    """)
    folder = tmp_path / "killed"
    for after in ("24", "40", "1000"):
        ended = subprocess.run(
            [sys.executable, "-c", script, str(index_folder), str(folder), after],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=False,
        )
        assert ended.returncode == (0 if after == "1000" else -signal.SIGKILL)
        if after != "1000":
            assert len(lines_of(folder)) == int(after)
            with pytest.raises(UsageError, match="no finished run"):
                read_run(folder)
    assert without_times(folder) == without_times(reference)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 9}, "--seed"),
        ({"questions": many_questions(69)}, "the questions"),
        ({"settings": {"k": 1}}, "the settings"),
        ({"batch": 16}, "the size of a batch"),
    ],
)
def test_another_run_is_not_gone_on_with(
    assistant: Assistant, reference: Path, change: dict[str, object], named: str
) -> None:
    given: dict[str, object] = {"questions": many_questions(70), "seed": 3, "batch": 8, **change}
    before = (reference / "per_item.jsonl").read_bytes()
    with pytest.raises(UsageError, match=f"What differs: {named}. Choose another --out, or give --overwrite"):
        evaluate(assistant, out=reference, **given)  # type: ignore[arg-type]
    assert (reference / "per_item.jsonl").read_bytes() == before


def test_overwriting_begins_anew(assistant: Assistant, tmp_path: Path) -> None:
    evaluate(assistant, many_questions(12), tmp_path, seed=1)
    evaluate(assistant, many_questions(6), tmp_path, seed=1, overwrite=True)
    assert len(lines_of(tmp_path)) == 6


def test_a_folder_with_results_but_no_configuration_is_left_alone(assistant: Assistant, tmp_path: Path) -> None:
    (tmp_path / "per_item.jsonl").write_text("mine")
    with pytest.raises(UsageError, match="no run.json"):
        evaluate(assistant, QUESTIONS, tmp_path)
    assert (tmp_path / "per_item.jsonl").read_text() == "mine"


def test_a_fault_of_one_question_stays_its_own(tmp_path: Path) -> None:
    right = short_answer(QUESTIONS[0].text, "3 May 2021", SHELF.citation(1, "harbour", "3 May 2021"))
    table: dict[str, Answer | Exception] = {
        QUESTIONS[0].text: right,
        QUESTIONS[1].text: ValueError("the model fell over"),
        QUESTIONS[4].text: refusal(QUESTIONS[4].text),
    }
    run = evaluate(TableAssistant(table), [QUESTIONS[0], QUESTIONS[1], QUESTIONS[4]], tmp_path / "run")
    assert run.summary["failures"] == [{"id": "q2", "why": "ValueError: the model fell over"}]
    assert run.summary["metrics"]["accuracy"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert run.items[1].answer is None and run.items[1].seconds is None
    assert run.items[1].scores["answer_f1"] == 0
    assert run.summary["abstention"] == {
        "answerable": {"answered": 1, "refused": 0, "failed": 1},
        "unanswerable": {"answered": 0, "refused": 1, "failed": 0},
    }
    assert "the model fell over" in (tmp_path / "run/report.html").read_text("utf-8")


def test_a_fault_of_the_index_stops_the_run() -> None:
    with pytest.raises(DamagedError):
        evaluate(TableAssistant({QUESTIONS[0].text: DamagedError("index damaged: vectors")}), QUESTIONS[:1])


def test_an_index_that_changes_meanwhile_stops_the_run(tmp_path: Path) -> None:
    class Reloading(TableAssistant):
        def ask_batch_with_hits(self, questions: Sequence[str]) -> tuple[list[Answer], list[list[Hit]]]:
            self.index.fingerprint = "another generation"
            return super().ask_batch_with_hits(questions)

    with pytest.raises(OnrecordError, match="The index changed during the run"):
        evaluate(Reloading({QUESTIONS[4].text: refusal(QUESTIONS[4].text)}), [QUESTIONS[4]], tmp_path / "run")
    assert (tmp_path / "run/per_item.jsonl").read_bytes() == b""


def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(StorageError, match="can't be kept"):
        evaluate(TableAssistant({}), QUESTIONS, Path("/dev/null/run"))


def test_two_processes_do_not_write_the_same_run(assistant: Assistant, tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(BusyError, match="Another process is writing a run"):
        evaluate(assistant, QUESTIONS, tmp_path)
    evaluate(assistant, QUESTIONS, tmp_path)


def test_nothing_to_ask_and_nothing_to_cluster_by(assistant: Assistant) -> None:
    with pytest.raises(UsageError, match="no question to ask"):
        evaluate(assistant, [])
    with pytest.raises(UsageError, match="No question has a field 'week'"):
        evaluate(assistant, QUESTIONS, cluster_by="week")


def test_clusters(assistant: Assistant) -> None:
    by_article = evaluate(assistant, QUESTIONS)
    assert [item.cluster for item in by_article.items] == [
        "article harbour",
        "article bridge",
        "article wolves",
        "article bakery",
        "question q5",
        "article harbour",
    ]
    dated = [Question(q.id, q.text, q.answers, columns=(("week", "1"),)) for q in QUESTIONS]
    run = evaluate(assistant, dated, cluster_by="week")
    assert run.summary["questions"]["clusters"] == 1
    assert run.summary["metrics"]["answer_rouge_l"]["low"] is None  # one cluster says nothing about chance


def test_evidence_that_cannot_be_found_is_reported(assistant: Assistant) -> None:
    strange = Question(
        "q", "Who?", ("x",), True, tuple(QUESTIONS[0].evidence) + ((type(QUESTIONS[0].evidence[0]))("no"),)
    )
    run = evaluate(assistant, [strange])
    assert run.summary["problems"][0]["id"] == "q"
    assert "not in the index" in run.summary["problems"][0]["what"]
    assert run.items[0].scores["recall@10"] <= 0.5


def test_summing_up_is_cheap(tmp_path: Path) -> None:
    """Answering 510 questions takes over a minute; what evaluating adds may take 5 % of that, matplotlib included."""
    table: dict[str, Answer | Exception] = {
        question.text: short_answer(question.text, "3 May 2021", SHELF.citation(1, "harbour", "3 May 2021"), 0.37)
        for question in QUESTIONS
    }
    began = time.process_time()
    evaluate(TableAssistant(table), many_questions(510), tmp_path / "run")
    assert time.process_time() - began < 3.8
