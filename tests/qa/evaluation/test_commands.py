"""The commands `eval` and `compare` as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qa.cli import main
from qa.evaluation.questions import question_to_json, read_questions
from tests.qa.evaluation.parts import QUESTIONS, small_assistant

BY_SENTENCES = {"ONRECORD_ENCODER": "hash-256", "ONRECORD_SELECTOR": "sentences"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    small_assistant(folder)
    return folder


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(question_to_json(question)) + "\n" for question in QUESTIONS))
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=BY_SENTENCES)


def test_a_run_from_questions_to_report(data: Path, questions: Path, tmp_path: Path) -> None:
    done = call("eval", questions, "--data", data, "--out", tmp_path / "run")
    assert done.exit_code == 0, done.output
    assert "of 6 questions" in done.stdout
    assert "quote_exact                  1.000" in done.stdout
    assert f"The report: {tmp_path / 'run/report.html'}" in done.stdout
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "per_item.jsonl",
        "report.html",
        "run.json",
        "summary.json",
    ]
    again = call("eval", questions, "--data", data, "--out", tmp_path / "run")
    assert again.exit_code == 0
    assert "Going on with an interrupted run: 6 of 6 questions are done." in again.stderr
    other = call("eval", questions, "--data", data, "--out", tmp_path / "run", "--limit", 2)
    assert other.exit_code == 2
    assert "What differs: the questions. Choose another --out, or give --overwrite" in other.stderr
    assert (
        call("eval", questions, "--data", data, "--out", tmp_path / "run", "--limit", 2, "--overwrite").exit_code == 0
    )


def test_bad_lines_are_told_and_change_the_exit_code(data: Path, questions: Path, tmp_path: Path) -> None:
    questions.write_text(questions.read_text() + "not json\n")
    done = call("eval", questions, "--data", data, "--out", tmp_path / "run")
    assert done.exit_code == 3
    assert "questions.jsonl, line 7: it is not JSON" in done.stderr
    assert "line 7" in (tmp_path / "run/report.html").read_text("utf-8").lower()


def test_tags_and_limits(data: Path, questions: Path, tmp_path: Path) -> None:
    assert (
        call("eval", questions, "--data", data, "--out", tmp_path / "a", "--tag", "people", "--tag", "dates").exit_code
        == 0
    )
    assert [json.loads(line)["id"] for line in (tmp_path / "a/per_item.jsonl").read_text().splitlines()] == [
        "q1",
        "q4",
        "q6",
    ]
    done = call("eval", questions, "--data", data, "--out", tmp_path / "b", "--tag", "nothing")
    assert done.exit_code == 2
    assert "There are: dates, numbers, people, unanswerable." in done.stderr


def test_bounds(data: Path, questions: Path, tmp_path: Path) -> None:
    def run(*bounds: object) -> Result:
        return call("eval", questions, "--data", data, "--out", tmp_path / "run", *bounds)

    assert run("--fail-under", "hit@10=1").exit_code == 0
    missed = run("--fail-under", "answer_em=0.99")
    assert missed.exit_code == 1
    assert "answer_em is" in missed.stderr and "below 0.99" in missed.stderr
    assert run("--fail-under", "f1=1").exit_code == 2
    assert run("--baseline", tmp_path / "run", "--max-drop", "answer_f1=0.02").exit_code == 0
    assert run("--max-drop", "answer_f1=0.02").exit_code == 2
    nowhere = run("--baseline", tmp_path / "nowhere", "--max-drop", "answer_f1=0.02")
    assert nowhere.exit_code == 2 and "no finished run" in nowhere.stderr


def test_a_drop_from_the_baseline_fails(data: Path, questions: Path, tmp_path: Path) -> None:
    assert call("eval", questions, "--data", data, "--out", tmp_path / "run").exit_code == 0
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    summary["metrics"]["answer_f1"]["value"] += 0.03
    (tmp_path / "better").mkdir()
    (tmp_path / "better/summary.json").write_text(json.dumps(summary))
    (tmp_path / "better/per_item.jsonl").write_text((tmp_path / "run/per_item.jsonl").read_text())
    done = call(
        "eval", questions, "--data", data, "--out", tmp_path / "run", "--baseline", tmp_path / "better",
        "--max-drop", "answer_f1=0.02",
    )  # fmt: skip
    assert done.exit_code == 1
    assert "worse by 0.03 where 0.02 is allowed" in done.stderr


def test_comparing(data: Path, questions: Path, tmp_path: Path) -> None:
    assert call("eval", questions, "--data", data, "--out", tmp_path / "run").exit_code == 0
    done = call("compare", tmp_path / "run", tmp_path / "run")
    assert done.exit_code == 0
    assert "Compared on 6 questions. That is under 100, so no winner is called" in done.stdout
    fields = json.loads(call("compare", tmp_path / "run", tmp_path / "run", "--json").stdout)
    assert fields["paired"] == 6 and fields["same_index"] is True
    assert call("compare", tmp_path / "run", tmp_path / "nowhere").exit_code == 2
    many = [part for name in ("answer_f1", "accuracy", "answer_em", "answered") for part in ("--primary", name)]
    assert call("compare", tmp_path / "run", tmp_path / "run", *many).exit_code == 2


def test_drafting(data: Path, tmp_path: Path) -> None:
    done = call("eval", "--make-questions", 3, "--data", data, "--out", tmp_path / "new/drafts.jsonl")
    assert done.exit_code == 0, done.output
    assert "3 drafts, made by rules. Correct each question" in done.stderr
    read = read_questions(tmp_path / "new/drafts.jsonl")
    assert len(read.questions) == 3 and read.bad == ()
    kept = call("eval", "--make-questions", 3, "--data", data, "--out", tmp_path / "new/drafts.jsonl")
    assert kept.exit_code == 2 and "may hold your corrections" in kept.stderr
    printed = call("eval", "--make-questions", 2, "--data", data)
    assert len(printed.stdout.splitlines()) == 2


def test_without_questions_or_a_folder_it_says_what_to_type(data: Path, questions: Path, tmp_path: Path) -> None:
    for arguments in ((), (questions,), ("--out", tmp_path / "run")):
        done = call("eval", "--data", data, *arguments)
        assert done.exit_code == 2
        assert "onrecord eval QUESTIONS --out FOLDER" in done.stderr


def test_without_an_index_it_says_so(questions: Path, tmp_path: Path) -> None:
    done = call("eval", questions, "--data", tmp_path / "empty", "--out", tmp_path / "run")
    assert done.exit_code == 1
    assert "onrecord add" in done.stderr


def test_importing_the_commands_loads_nothing_heavy() -> None:
    heavy = "torch faiss transformers sentence_transformers gradio matplotlib scipy sklearn jinja2 pandas"
    script = (
        "import sys, qa.evaluate\n"
        "from qa.evaluation import commands, compare, questions, report\n"
        f"sys.exit(', '.join(sorted(set('{heavy}'.split()) & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
