"""`verify`, `refused` and `feedback` as a person uses them. No weights: the encoder is hashed words."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from qa.chat.turn import Phase, Turn
from qa.keeping.export import Format, export
from qa.keeping.feedback import Feedback, Verdict
from qa.keeping.refused import RefusedQuestions
from qa.settings import read_settings
from qa.wiring import open_assistant
from tests.qa.chat.pages import SEARCHED
from tests.qa.commands import ARTICLE, Run, over_the_bridge

WHEN = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)
QUESTION = "Did it cost nine million euros?"


run = pytest.fixture(over_the_bridge)


def saved(tmp_path: Path, run: Run) -> dict[str, Path]:
    """The same answer in each form."""
    found = {"json": tmp_path / "answer.json", "md": tmp_path / "talk.md", "html": tmp_path / "talk.html"}
    found["json"].write_text(run("ask", "--json", QUESTION).stdout, "utf-8")
    settings = read_settings({}, data=str(tmp_path / "data"), encoder="hash-256", selector="sentences")
    turn = Turn(QUESTION, Phase.SEARCHING, SEARCHED).answered(open_assistant(settings).ask(QUESTION))
    for form in Format:
        found[form.value].write_text(export([turn], form, WHEN), "utf-8")
    return found


def test_each_form_is_verified_and_a_change_fails(tmp_path: Path, run: Run) -> None:
    for form, file in saved(tmp_path, run).items():
        good = run("verify", file)
        assert good.exit_code == 0, good.output
        assert "word for word." in good.output
        assert good.output.splitlines()[0].split() == ["Quote", "Verdict", "Article", "Characters", "Words"]
        forged = tmp_path / f"forged.{form}"
        forged.write_text(file.read_text("utf-8").replace("nine million", "ten million"), "utf-8")
        bad = run("verify", forged)
        assert bad.exit_code == 1
        assert "quote not in article" in bad.output
        assert " failed." in bad.output
        assert json.loads(run("verify", "--json", forged).stdout)["ok"] is False


def test_what_became_of_the_article_is_said(tmp_path: Path, run: Run) -> None:
    file = saved(tmp_path, run)["md"]
    (tmp_path / "bridge.txt").write_text(ARTICLE.replace("Monday", "Tuesday"), "utf-8")
    run("add", tmp_path / "bridge.txt")
    assert "article changed" in run("verify", file).output
    run("remove", "bridge.txt")
    gone = run("verify", file)
    assert gone.exit_code == 1
    assert "article not in index" in gone.output


def test_standard_input_and_what_is_no_conversation(tmp_path: Path, run: Run) -> None:
    assert run("verify", "-", given=run("ask", "--json", QUESTION).stdout).exit_code == 0
    for file in (tmp_path / "bridge.txt", tmp_path / "missing.md"):
        refused = run("verify", file)
        assert refused.exit_code == 2
        assert refused.stderr.startswith("onrecord: ")


def test_refused_questions_are_listed_and_asked_again(tmp_path: Path, run: Run) -> None:
    assert "No question was refused" in run("refused").output
    settings = read_settings({}, data=str(tmp_path / "data"), encoder="hash-256", selector="sentences")
    assistant = open_assistant(settings)
    answer = assistant.ask("How many visitors did the kite festival draw?")
    assert answer.abstained
    kept = RefusedQuestions(settings.data)
    kept.note(answer, person="", asked_of=assistant.index.fingerprint, today=date(2026, 11, 22))
    assert "Without an answer:\n  2026-11-22  How many visitors" in run("refused").output
    (tmp_path / "kites.txt").write_text("Kites\n\nThe kite festival did draw many visitors: 900 visitors.\n", "utf-8")
    run("add", tmp_path / "kites.txt")
    again = run("refused", "--again").output
    assert "Asked again: 1. Answered now: 1." in again
    assert "Answered by now; ask them:\n  2026-11-22  How many visitors" in again


def test_feedback_says_what_to_correct_and_how_to_measure(tmp_path: Path, run: Run) -> None:
    assert "Nothing yet." in run("feedback").output
    settings = read_settings({}, data=str(tmp_path / "data"), encoder="hash-256", selector="sentences")
    Feedback(settings.data).record(open_assistant(settings).ask(QUESTION), Verdict.BAD, WHEN)
    told = run("feedback").output
    assert "1 question in " in told
    assert f"  {QUESTION}\n      answered: " in told
    evaluated = run("eval", Feedback(settings.data).path, "--out", tmp_path / "run")
    assert evaluated.exit_code == 0
    assert "1 question came from answers that a person called wrong" in evaluated.output
