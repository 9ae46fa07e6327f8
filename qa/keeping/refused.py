"""Questions that the articles did not answer, kept so that they are asked again when other articles are there.

They lie in `feedback/refused.jsonl` in the data folder, a line a question, which `onrecord eval` could read as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from index.files import DISK, Files
from qa.answer import Answer
from qa.keeping.feedback import FOLDER, question_key
from qa.keeping.line_file import LineFile, line_of, row_of

FILE = "refused.jsonl"
MOST = 1_000  # questions that are kept; the oldest go first


@dataclass(frozen=True, slots=True)
class Refused:
    """A question without an answer, or with one since other articles are there."""

    question: str
    person: str  # who asked; empty where nobody logs in
    refused: date  # the day on which it was last refused
    asked_of: str  # fingerprint of the index that it was last asked of
    answered: bool  # whether that index answers it

    def row(self) -> dict[str, Any]:
        """The question as its line."""
        return {
            "question": self.question,
            "tags": ["refused"],
            "person": self.person,
            "refused": self.refused.isoformat(),
            "asked_of": self.asked_of,
            "answered": self.answered,
        }


class _Index(Protocol):
    @property
    def fingerprint(self) -> str: ...


class Asks(Protocol):
    """What questions are asked again of: qa.assistant.Assistant."""

    @property
    def index(self) -> _Index:
        """The index that answers come from."""
        ...

    def ask(self, question: str) -> Answer:
        """Answer one question."""
        ...


class RefusedQuestions:
    """The list in one data folder."""

    def __init__(self, data: Path, files: Files = DISK) -> None:
        """`data` is the data folder."""
        self._lines = LineFile(data / FOLDER / FILE, files)

    @property
    def path(self) -> Path:
        """Where the questions lie."""
        return self._lines.path

    def all(self) -> list[Refused]:
        """Every question, the oldest first."""
        return [found for line in self._lines.lines() if (found := _read(line)) is not None]

    def of(self, person: str) -> list[Refused]:
        """One person's questions, the oldest first."""
        return [one for one in self.all() if one.person == person]

    def note(self, answer: Answer, *, person: str, asked_of: str, today: date) -> None:
        """Add a question that was refused, or take it off the list if it was answered."""
        same = question_key(answer.question)
        if not answer.abstained and not any(question_key(one.question) == same for one in self.of(person)):
            return  # nothing to take off: the usual case, and no reason to write
        fresh = Refused(answer.question, person, today, asked_of, answered=False)

        def change(lines: list[str]) -> list[str]:
            kept = [line for line in lines if not _is(line, same, person)]
            return [*kept, line_of(fresh.row())][-MOST:] if answer.abstained else kept

        self._lines.change(change)

    def forget(self, person: str) -> None:
        """Take all of a person's questions that have an answer by now off the list."""

        def change(lines: list[str]) -> list[str]:
            return [line for line in lines if not ((one := _read(line)) and one.person == person and one.answered)]

        self._lines.change(change)

    def ask_again(self, assistant: Asks, busy: Callable[[], bool] = lambda: False) -> Iterator[Refused]:
        """Ask those that the index has not been asked yet, and yield each with what came of it.

        Ends as soon as `busy` says that a person's question is under way; the next call goes on from there.
        """
        for one in self.all():
            if busy():
                return
            current = assistant.index.fingerprint
            if one.asked_of != current:
                answered = not assistant.ask(one.question).abstained
                asked = replace(one, asked_of=current, answered=answered)
                self._lines.change(lambda lines, asked=asked: _update(lines, asked))  # type: ignore[misc]
                yield asked


def _update(lines: list[str], asked: Refused) -> list[str]:
    same = question_key(asked.question)
    return [line_of(asked.row()) if _is(line, same, asked.person) else line for line in lines]


def _is(line: str, same: str, person: str) -> bool:
    one = _read(line)
    return one is not None and question_key(one.question) == same and one.person == person


def _read(line: str) -> Refused | None:
    row = row_of(line) or {}
    try:
        return Refused(
            str(row["question"]),
            str(row["person"]),
            date.fromisoformat(row["refused"]),
            str(row["asked_of"]),
            row["answered"] is True,
        )
    except (KeyError, TypeError, ValueError):
        return None  # edited by hand into something else: left in the file, but not asked
