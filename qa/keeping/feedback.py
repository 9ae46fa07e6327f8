"""What people say of answers becomes questions to measure with: `feedback/questions.jsonl` in the data folder.

`onrecord eval` reads the file as it is. An answer that was called good is kept with its quotes as gold; one that was
called bad is kept without any gold and with the tag `to-correct`, until a person has corrected its line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from index.files import DISK, Files
from qa.answer import Answer
from qa.evaluation.questions import FROM_CHAT, TO_CORRECT
from qa.keeping.line_file import LineFile, line_of, row_of

FOLDER = "feedback"  # in the data folder
FILE = "questions.jsonl"


class Verdict(StrEnum):
    """What a person says of an answer."""

    GOOD = "good"
    BAD = "bad"
    SHOULD_REFUSE = "should have said no"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many questions of the file are what."""

    all: int
    to_correct: int


class Feedback:
    """The questions that came out of what people said of answers."""

    def __init__(self, data: Path, files: Files = DISK) -> None:
        """`data` is the data folder."""
        self._lines = LineFile(data / FOLDER / FILE, files)

    @property
    def path(self) -> Path:
        """Where the questions lie."""
        return self._lines.path

    def record(self, answer: Answer, verdict: Verdict, when: datetime, *, narrowed: bool = False) -> None:
        """Keep what a person said of an answer, in place of what was said of the same question before.

        `narrowed` says that only some of the articles were asked. Raises StorageError if it can't be kept.
        """
        row = question_row(answer, verdict, when, narrowed=narrowed)
        self._lines.change(lambda lines: _put(lines, row))

    def withdraw(self, question: str) -> None:
        """Take back what was said of a question; a line that a person has edited stays."""
        name = _name(question)

        def without(lines: list[str]) -> list[str]:
            return [line for line in lines if not _is_ours(line, name)]

        self._lines.change(without)

    def rows(self) -> list[dict[str, Any]]:
        """The questions as they stand in the file."""
        return self._lines.rows()

    def counts(self) -> Counts:
        """How many there are, and how many a person should correct."""
        rows = self.rows()
        return Counts(len(rows), sum(TO_CORRECT in (row.get("tags") or ()) for row in rows))


def question_row(answer: Answer, verdict: Verdict, when: datetime, *, narrowed: bool = False) -> dict[str, Any]:
    """The line of a question for `onrecord eval`.

    Good: the quotes are gold, or, of a refusal, that the articles don't say. Bad: nothing is gold. Should have said
    no: that the articles don't say.
    """
    tags = [FROM_CHAT, *([TO_CORRECT] if verdict is Verdict.BAD else []), *(["narrowed"] if narrowed else [])]
    good = verdict is Verdict.GOOD and not answer.abstained
    refuse = verdict is Verdict.SHOULD_REFUSE or (verdict is Verdict.GOOD and answer.abstained)
    row = {
        "id": _name(answer.question),
        "question": answer.question,
        "answers": [answer.short] if good and answer.short else [],
        "answerable": True if good else False if refuse else None,
        "evidence": [
            {"article": c.article_id, "quote": c.quote, "start": c.start, "end": c.end}
            for c in (answer.citations if good else ())
        ],
        "tags": tags,
        "verdict": verdict.value,
        "given": _given(answer),
        "asked": when.isoformat(timespec="seconds"),
    }
    return {**row, "made": _seal(row)}


def _given(answer: Answer) -> str:
    """What was answered, for whoever corrects the line."""
    if answer.abstained:
        return "the articles don't say"
    return answer.short or (answer.citations[0].quote if answer.citations else "")


def question_key(question: str) -> str:
    """What two questions have in common that count as one: neither case nor white space makes another."""
    return " ".join(question.casefold().split())


def _name(question: str) -> str:
    return f"chat-{hashlib.sha256(question_key(question).encode('utf-8', 'replace')).hexdigest()[:12]}"


def _seal(row: Mapping[str, Any]) -> str:
    fields = {name: value for name, value in row.items() if name != "made"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:12]


def _is_ours(line: str, name: str) -> bool:
    """Whether this is the question's line as it was written here: what a person has edited is theirs."""
    row = row_of(line)
    if row is None or row.get("made") != _seal(row):
        return False
    return row["id"] == name or str(row["id"]).startswith(f"{name}-")


def _put(lines: list[str], row: dict[str, Any]) -> list[str]:
    name = row["id"]
    place = next((place for place, line in enumerate(lines) if _is_ours(line, name)), None)
    if place is not None:
        row["id"] = (row_of(lines[place]) or row)["id"]
        row["made"] = _seal(row)
        return [*lines[:place], line_of(row), *lines[place + 1 :]]
    taken = {found["id"] for line in lines if (found := row_of(line)) is not None and "id" in found}
    row["id"] = next(free for n in count(1) if (free := name if n == 1 else f"{name}-{n}") not in taken)
    row["made"] = _seal(row)
    return [*lines, line_of(row)]
