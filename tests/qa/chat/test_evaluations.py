"""Evaluations from the browser: one at a time, stopped, gone on with, shown, compared, and always with a message."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from corpus.errors import BusyError, LimitError, OnrecordError, UsageError
from qa.assistant import Assistant
from qa.chat import evaluations as module
from qa.chat.evaluation_panel import (
    comparison_html,
    fault_html,
    from_chat_html,
    report_html,
    runs_html,
    state_html,
)
from qa.chat.evaluations import BATCH, Evaluations, Kept, Progress
from qa.chat.markup import visible
from qa.evaluation.compare import compare
from qa.evaluation.run_folder import without_times
from tests.chat_double import newsroom
from tests.qa.chat.attacks import ATTACKS
from tests.qa.chat.pages import parsed, text

NOW = datetime(2026, 11, 22, 8, 27, 9)
LATER = datetime(2026, 11, 22, 9, 0, 0)
ASKED = [
    {"question": "How many trees does the park have?", "answers": ["1,240"], "tags": ["numbers"]},
    {"question": "Who won the cup?", "answerable": False},
    {"question": "How many cracks did engineers find in the bridge?", "answers": ["14"]},
]


def question_file(folder: Path, count: int = 3, name: str = "mine.jsonl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{**ASKED[n % 3], "id": f"q{n}"} for n in range(count)]
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    return newsroom(tmp_path / "data")


@pytest.fixture
def runs(tmp_path: Path) -> Evaluations:
    return Evaluations(tmp_path / "data", tmp_path / "arrivals", lambda: False)


def ended(runs: Evaluations) -> Progress:
    *_, last = runs.follow()
    return last


def waiting(assistant: Assistant) -> Iterator[threading.Event]:
    """Lets the assistant answer one batch for each time that the event is set."""
    go = threading.Event()
    select = assistant.selector.select

    def one_by_one(questions, hits, searched):  # type: ignore[no-untyped-def]
        assert go.wait(30)
        go.clear()
        return select(questions, hits, searched)

    assistant.selector.select = one_by_one  # type: ignore[method-assign]
    yield go


def test_a_file_of_questions_becomes_a_run_with_a_report(
    tmp_path: Path, assistant: Assistant, runs: Evaluations
) -> None:
    upload = question_file(tmp_path / "arrivals")
    with upload.open("a") as file:
        file.write("no question\n")
    runs.start(assistant, upload, NOW)
    last = ended(runs)
    assert (last.name, last.done, last.total, last.running, last.ended) == (
        *("2026-11-22 08.27.09 mine", 3, 3, False, "Done."),
    )
    assert last.notes == ("Line 4: it is not JSON (expecting value).",)
    assert runs.runs() == [Kept(last.name, True, 3)]
    assert "Onrecord answered 2 of 3 questions" in runs.report(last.name)
    assert runs.read(last.name).summary["metrics"]["accuracy"]["value"] == 1
    assert not upload.exists()  # the run has its own copy


def test_one_that_was_stopped_goes_on_and_ends_as_if_it_had_never_stopped(
    tmp_path: Path, assistant: Assistant, runs: Evaluations
) -> None:
    (go,) = waiting(assistant)
    runs.start(assistant, question_file(tmp_path / "arrivals", 2 * BATCH + 1), NOW)
    with pytest.raises(BusyError, match="under way already"):
        runs.start(assistant, question_file(tmp_path / "arrivals", 1, "other.jsonl"), NOW)
    go.set()
    seen = []
    for progress in runs.follow():
        seen.append(progress)
        if progress.done == BATCH and not progress.stopping:
            runs.stop()
            go.set()
    assert seen[-1].ended == "Stopped. What was asked is kept; it can go on where it stopped."
    assert seen[-1].done < seen[-1].total
    assert [one.finished for one in runs.runs()] == [False]
    with pytest.raises(UsageError, match="no finished run"):
        runs.read(seen[-1].name)
    assistant.selector = type(assistant.selector)()  # one that waits for nobody
    runs.resume(assistant, seen[-1].name)
    assert ended(runs).ended == "Done."
    runs.start(assistant, question_file(tmp_path / "arrivals", 2 * BATCH + 1), LATER)
    ended(runs)
    second, first = (runs.folder / one.name for one in runs.runs())
    assert without_times(first) == without_times(second)


def test_people_who_ask_go_first(tmp_path: Path, assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = threading.Event()
    asking.set()
    runs = Evaluations(tmp_path / "data", tmp_path / "arrivals", asking.is_set)
    runs.start(assistant, question_file(tmp_path / "arrivals"), NOW)
    time.sleep(0.3)
    assert runs.progress is not None
    assert runs.progress.done == 0
    asking.clear()
    assert ended(runs).ended == "Done."
    monkeypatch.setattr(module, "GIVE_WAY", 0.05)
    asking.set()  # but nobody can keep it waiting for ever
    runs.start(assistant, question_file(tmp_path / "arrivals"), LATER)
    assert ended(runs).ended == "Done."


def test_what_can_not_be_asked_is_said(tmp_path: Path, assistant: Assistant, runs: Evaluations) -> None:
    arrivals = tmp_path / "arrivals"
    outside = question_file(tmp_path)
    with pytest.raises(UsageError, match="did not arrive"):
        runs.start(assistant, outside, NOW)
    assert outside.exists()
    with pytest.raises(UsageError, match="did not arrive"):
        runs.start(assistant, arrivals, NOW)
    empty = question_file(arrivals, 0)
    with pytest.raises(UsageError, match="holds no question"):
        runs.start(assistant, empty, NOW)
    with pytest.raises(LimitError, match="2,001 questions; at most 2,000"):
        runs.start(assistant, question_file(arrivals, 2_001), NOW)
    large = question_file(arrivals)
    with large.open("ab") as file:
        file.truncate(20_000_001)
    with pytest.raises(LimitError, match="larger than 20 MB"):
        runs.start(assistant, large, NOW)
    assert list(arrivals.iterdir()) == []
    assert runs.runs() == []
    runs.start(assistant, question_file(arrivals), NOW)  # none of this keeps the next one from starting
    assert ended(runs).ended == "Done."


def test_a_fault_while_asking_is_told_and_frees_the_place(
    tmp_path: Path, assistant: Assistant, runs: Evaluations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OnrecordError("The disk is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(module, "evaluate", broken)
        runs.start(assistant, question_file(tmp_path / "arrivals"), NOW)
        last = ended(runs)
    assert (last.failed, last.ended) == (True, "The disk is gone.")
    runs.start(assistant, question_file(tmp_path / "arrivals"), LATER)
    assert ended(runs).failed is False


def test_a_run_is_named_not_a_path(tmp_path: Path, assistant: Assistant, runs: Evaluations) -> None:
    (tmp_path / "data" / "runs").mkdir(parents=True)
    secret = tmp_path / "secret"
    secret.mkdir()
    for name in ("run.json", "report.html", "summary.json"):
        (secret / name).write_text("{}")
    for name in ("../../secret", str(secret), "", ".", "nothing"):
        for use in (runs.read, runs.report, runs.remove):
            with pytest.raises(UsageError, match="no such evaluation"):
                use(name)
    assert secret.exists()


def test_articles_that_arrive_meanwhile_change_nothing(tmp_path: Path, assistant: Assistant, runs: Evaluations) -> None:
    (go,) = waiting(assistant)
    runs.start(assistant, question_file(tmp_path / "arrivals"), NOW)
    from index.passage_index import remove

    remove(tmp_path / "data", ["bridge"], assistant.index.encoder)
    assistant.reload()
    go.set()
    assert ended(runs).ended == "Done."
    assert runs.read(runs.runs()[0].name).summary["metrics"]["accuracy"]["value"] == 1


def test_runs_are_removed_and_compared(tmp_path: Path, assistant: Assistant, runs: Evaluations) -> None:
    for now in (NOW, LATER):
        runs.start(assistant, question_file(tmp_path / "arrivals"), now)
        ended(runs)
    after, before = (one.name for one in runs.runs())
    html = comparison_html(before, after, compare(runs.read(before), runs.read(after)))
    page = parsed(html)
    assert "Compared on 3 questions. That is under 100" in text(page)
    assert [text(caption) for caption in page.iter("caption")][0].startswith("Tested")
    runs.remove(before)
    assert [one.name for one in runs.runs()] == [after]
    assert not (runs.folder / before).exists()


def test_the_page_says_how_far_it_is() -> None:
    progress = Progress("mine", 8, 32, left=75.4)
    shown = parsed(state_html(progress))
    assert "8 of 32 questions, about 75 seconds left. The chat goes on meanwhile." in text(shown)
    assert next(shown.iter("progress")).get("value") == "0.250"
    assert "about 3 minutes left" in text(parsed(state_html(Progress("mine", 8, 32, left=170))))
    assert "Stopping after" in text(parsed(state_html(Progress("mine", 8, 32, stopping=True))))
    assert state_html(None) == ""
    assert parsed(state_html(Progress("m", 0, 1, False, ended="No.", failed=True))).find("div").get("role") == "alert"
    assert "Ask the 2 questions from this chat" in text(parsed(from_chat_html(2)))
    assert "from this chat" not in text(parsed(from_chat_html(0)))
    assert runs_html([]) == ""
    assert "Go on" in text(parsed(runs_html([Kept("mine", False, 8)])))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_text(attack: str) -> None:
    kept = [Kept(attack, True, 3), Kept(f"{attack} 2", False, None)]
    parsed(runs_html(kept))
    parsed(fault_html(attack))
    parsed(state_html(Progress(attack, 0, 1, notes=(attack,))))
    page = f"<p>{visible(attack)}</p>"  # as the report's own template leaves it
    frame = next(parsed(report_html("name", page, kept)).iter("iframe"))
    assert frame.get("sandbox") == ""
    assert frame.get("srcdoc") == page
    html = report_html("name", page, [])
    assert not set(html[html.index("srcdoc=") :]) & set("@${}`\\")
