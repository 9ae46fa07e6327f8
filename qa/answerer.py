"""The seam between evidence and answer: whoever writes answers takes evidence and returns drafts.

A draft only points at numbered quotes. citations.py alone turns it into an Answer, so no answerer can invent a quote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.errors import UsageError
from qa.evidence import Evidence


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """A statement in the words of a quote: the first number's words, which all the numbers' quotes share."""

    quotes: tuple[int, ...]  # numbers into Evidence.quotes, from 1


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before its citations are made."""

    statements: tuple[DraftStatement, ...]
    short_from: int | None  # number of the quote whose marked words are the short answer
    abstained: bool


class Answerer(Protocol):
    """Writes drafts from evidence."""

    name: str

    def answer(self, batch: Sequence[Evidence]) -> list[Draft]:
        """Return one draft an evidence, in the given order."""
        ...


def make_answerer(name: str) -> Answerer:
    """Return the answerer of that name; raises UsageError for a name that Onrecord doesn't know."""
    if name == "extractive":
        from qa.extractive import ExtractiveAnswerer

        return ExtractiveAnswerer()
    raise UsageError(f"There is no answerer {name!r}. Use 'extractive', which answers in the articles' own words.")
