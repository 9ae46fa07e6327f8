"""What people say of answers becomes questions to measure with, and the file is never torn."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.errors import StorageError
from index.files import Files
from qa.evaluate import evaluate
from qa.evaluation.headline import cautions
from qa.evaluation.questions import GoldEvidence, read_questions
from qa.keeping.feedback import Feedback, Verdict
from qa.keeping.line_file import LineFile
from tests.chat_double import newsroom
from tests.qa.chat.pages import PARK, answer_of, citation_of, refusal_of

WHEN = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)
ANSWER = answer_of(citation_of(PARK, 0, 25, 1, (13, 18)), citation_of(PARK, 26, 48, 2), short="1,240")
REFUSAL = refusal_of()


def test_a_good_answer_is_kept_with_its_quotes_as_gold(tmp_path: Path) -> None:
    Feedback(tmp_path).record(ANSWER, Verdict.GOOD, WHEN)
    (question,) = read_questions(tmp_path / "feedback" / "questions.jsonl").questions
    assert question.text == "How many?"
    assert question.answers == ("1,240",)
    assert question.answerable is True
    assert question.evidence == (
        GoldEvidence("a1", "The park has 1,240 trees.", 0, 25),
        GoldEvidence("a1", "It opened on Saturday.", 26, 48),
    )
    assert question.tags == ("from-chat",)


def test_a_wrong_answer_is_kept_for_correction_and_nothing_of_it_is_gold(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    kept.record(ANSWER, Verdict.BAD, WHEN)
    (question,) = read_questions(kept.path).questions
    assert (question.answers, question.evidence, question.answerable, question.expects_answer) == ((), (), None, None)
    assert question.tags == ("from-chat", "to-correct")
    assert question.column("given") == "1,240"
    assert (kept.counts().all, kept.counts().to_correct) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "verdict", "answerable", "tags"),
    [
        (ANSWER, Verdict.SHOULD_REFUSE, False, ("from-chat",)),
        (REFUSAL, Verdict.GOOD, False, ("from-chat",)),
        (REFUSAL, Verdict.BAD, None, ("from-chat", "to-correct")),
    ],
)
def test_what_is_known_of_refusals(tmp_path: Path, answer, verdict, answerable, tags) -> None:  # type: ignore[no-untyped-def]
    kept = Feedback(tmp_path)
    kept.record(answer, verdict, WHEN)
    (question,) = read_questions(kept.path).questions
    assert (question.answers, question.evidence) == ((), ())
    assert (question.answerable, question.tags) == (answerable, tags)


def test_the_last_word_counts_and_can_be_taken_back(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    kept.record(ANSWER, Verdict.GOOD, WHEN)
    kept.record(replace(REFUSAL, question="Who?"), Verdict.GOOD, WHEN)
    kept.record(replace(ANSWER, question="how  MANY?"), Verdict.BAD, WHEN, narrowed=True)
    assert [(row["verdict"], row["tags"]) for row in kept.rows()] == [
        ("bad", ["from-chat", "to-correct", "narrowed"]),
        ("good", ["from-chat"]),
    ]
    kept.withdraw("How many?")
    assert [row["question"] for row in kept.rows()] == ["Who?"]


def test_a_line_that_a_person_has_corrected_is_never_touched(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    kept.record(ANSWER, Verdict.BAD, WHEN)
    row = kept.rows()[0]
    corrected = json.dumps({**row, "answers": ["1,241"], "tags": ["from-chat"]})
    kept.path.write_text(corrected + "\nnot JSON, but somebody's note", "utf-8")  # without a line end
    for verdict in (Verdict.GOOD, Verdict.SHOULD_REFUSE):
        kept.record(ANSWER, verdict, WHEN)
    lines = kept.path.read_text("utf-8").split("\n")
    assert lines[:2] == [corrected, "not JSON, but somebody's note"]
    assert json.loads(lines[2])["id"] == f"{row['id']}-2"
    assert json.loads(lines[2])["verdict"] == "should have said no"
    assert lines[3:] == [""]
    kept.withdraw("How many?")
    assert kept.path.read_text("utf-8").split("\n") == [corrected, "not JSON, but somebody's note", ""]


def test_an_evaluation_reads_it_and_says_what_is_not_corrected(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path)
    kept = Feedback(tmp_path)
    good = assistant.ask("How many trees does the park have?")
    kept.record(good, Verdict.GOOD, WHEN)
    kept.record(assistant.ask("Who planted the trees over three winters?"), Verdict.BAD, WHEN)
    kept.record(assistant.ask("Who won the cup?"), Verdict.GOOD, WHEN)
    source = read_questions(kept.path)
    assert source.bad == ()
    run = evaluate(assistant, source.questions)
    first, second, third = run.items
    assert first.scores["accuracy"] == 1
    assert first.scores["citation_recall"] == 1
    assert first.problems == ()
    assert "accuracy" not in second.scores  # asked, but nothing says whether it is right
    assert third.scores["unanswerable_accuracy"] == 1
    assert run.summary["questions"]["to_correct"] == 1
    assert any("1 question came from answers that a person called wrong" in said for said in cautions(run.summary))


class Stop(BaseException):
    """The process is killed."""


class Dying(Files):
    """Dies at its n-th operation."""

    def __init__(self, last: int) -> None:
        self.left = last

    def before(self, operation: str, path: Path) -> None:
        """Count down."""
        self.left -= 1
        if self.left < 0:
            raise Stop(operation)

    def write(self, path: Path, data: bytes) -> None:
        """Half of the bytes arrive before the end."""
        self.left -= 1
        if self.left < 0:
            path.write_bytes(data[: len(data) // 2])
            raise Stop("write")
        super().write(path, data)


def test_killed_at_any_moment_the_file_is_old_or_new(tmp_path: Path) -> None:
    outcomes = set()
    for last in range(20):
        data = tmp_path / str(last)
        Feedback(data).record(ANSWER, Verdict.GOOD, WHEN)
        second = replace(ANSWER, question="How many benches?")
        try:
            Feedback(data, Dying(last)).record(second, Verdict.GOOD, WHEN)
            killed = False
        except Stop:
            killed = True
        read = read_questions(Feedback(data).path)
        assert read.bad == ()
        asked = [question.text for question in read.questions]
        assert asked in (["How many?"], ["How many?", "How many benches?"])
        outcomes.add((killed, len(asked)))
        Feedback(data).record(
            replace(ANSWER, question="And then?"), Verdict.GOOD, WHEN
        )  # what was left is no hindrance
        assert len(read_questions(Feedback(data).path).questions) == len(asked) + 1
        if not killed:
            break
    assert outcomes == {(True, 1), (True, 2), (False, 2)}


def test_many_writers_lose_no_line(tmp_path: Path) -> None:
    # Each takes the folder's lock by a descriptor of its own, as processes do.
    workers = [threading.Thread(target=_add_ten, args=(tmp_path, name)) for name in "abcd"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    lines = LineFile(tmp_path / "f" / "lines.jsonl").lines()
    assert sorted(lines) == sorted(f"{name}{number}" for name in "abcd" for number in range(10))


def _add_ten(folder: Path, name: str) -> None:
    file = LineFile(folder / "f" / "lines.jsonl")
    for number in range(10):
        file.change(lambda lines, number=number: [*lines, f"{name}{number}"])


def test_a_disk_that_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / "feedback").write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        Feedback(tmp_path).record(ANSWER, Verdict.GOOD, WHEN)
