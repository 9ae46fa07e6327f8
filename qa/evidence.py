"""Hits become evidence: numbered quotes, the strongest first, each a slice of a stored article.

A selector looks at a question and its hits and points at sentences. Two exist: the bundled reader
(reading_selector.py), and sentences scored without any model of reading (sentence_selector.py), which is the baseline
that the reader must beat and what tests use, since it needs no weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from corpus.article import Passage
from index.hits import Hit

MAX_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in a stored article that speaks to the question."""

    article_id: str
    start: int  # characters into the article's text
    end: int  # half open
    score: float  # higher is better; the selector's own scale
    answer: tuple[int, int] | None = None  # the words that answer, characters into the article's text, half open
    story: tuple[int, str] | None = None  # equal for the same words in near-duplicates; None without near-duplicates


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the articles hold for one question. Citation [n] is quotes[n - 1]."""

    question: str
    quotes: tuple[Quote, ...]  # the strongest first
    confidence: float  # calibrated probability that the first quote answers the question
    support: float  # log odds that what was searched answers at all
    answered: bool  # whether the support is high enough
    considered: tuple[Hit, ...]  # the hits that were looked at, the most promising first
    features: Mapping[str, float] = field(default_factory=dict)  # what the confidence was computed from
    short: bool = True  # whether the words that the first quote marks, if any, can stand alone as the answer
    differing: tuple[tuple[int, ...], ...] = ()  # numbers of quotes, from 1, by the different values that they mark


class Selector(Protocol):
    """Points at the sentences that answer a question."""

    name: str

    def select(self, questions: Sequence[str], hits: Sequence[Sequence[Hit]], searched: int) -> list[Evidence]:
        """Return one Evidence a question, in the given order; `hits[i]` belongs to `questions[i]`.

        `searched` is among how many passages the hits were found: the more there are, the better a passage fits by
        chance.
        """
        ...


def overlaps(one: Quote, other: Quote) -> bool:
    """Whether two quotes share a character of the same article."""
    return one.article_id == other.article_id and one.start < other.end and other.start < one.end


def pick_distinct(quotes: Iterable[Quote], most: int = MAX_QUOTES) -> tuple[Quote, ...]:
    """Keep the first `most` quotes that neither overlap an earlier one nor say the same in a copy of its article."""
    kept: list[Quote] = []
    for quote in quotes:
        if len(kept) == most:
            break
        if not any(overlaps(quote, other) or _repeats(quote, other) for other in kept):
            kept.append(quote)
    return tuple(kept)


def _repeats(one: Quote, other: Quote) -> bool:
    return one.story is not None and one.story == other.story


def in_article(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """Move a half-open range of characters from a passage's text into its article's text."""
    return passage.start + start, passage.start + end
