"""Where a question's evidence stands in the stored articles, and what counts as having found it.

Everything is matched by article and characters, never by a passage's id: chunking may change, the articles don't.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.article import Article
from corpus.errors import UsageError
from qa.evaluation.questions import GoldEvidence, Question


class ArticleStore(Protocol):
    """The part of a passage index that evaluating needs."""

    def article(self, article_id: str) -> Article:
        """Return the stored article; raises UsageError if there is none."""
        ...

    def find_article(self, name: str) -> Article:
        """Return the article with this id or file name; raises UsageError if there is none."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range of characters in an article's text, half open."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gold:
    """The evidence of one question, found in the index."""

    places: tuple[Place, ...]  # no two the same
    missing: int  # pieces of evidence whose article is not in the index: nothing can find them, and that counts
    problems: tuple[str, ...]  # sentences about evidence that is missing or can't be used

    @property
    def pieces(self) -> int:
        """How many pieces of evidence there are to find."""
        return len(self.places) + self.missing


def locate(question: Question, store: ArticleStore) -> Gold:
    """Find the question's evidence in the stored articles.

    Evidence in an article that the index lacks stays in the count as missing. Evidence whose quote or offsets don't
    fit its article is a fault of the question: it is left out of the count, and reported.
    """
    places: list[Place] = []
    problems: list[str] = []
    missing = 0
    for evidence in question.evidence:
        try:
            article = store.find_article(evidence.article)
        except UsageError:
            missing += 1
            problems.append(
                f"Its evidence is in {evidence.article!r}, which is not in the index: counted as not found."
            )
            continue
        span = _span(evidence, article.text)
        if span is None:
            problems.append(f"Its evidence does not stand in {evidence.article!r} as given: left out of the count.")
        else:
            places.append(Place(article.id, *span))
    return Gold(tuple(dict.fromkeys(places)), missing, tuple(problems))


def shows(place: Place, gold: Place) -> bool:
    """Whether a passage or quote shows a piece of evidence: they share at least half of the shorter one's characters.

    One shared character would do for neighbours that merely touch, all of it would fail what a border cuts in two.
    """
    if place.article_id != gold.article_id:
        return False
    shared = min(place.end, gold.end) - max(place.start, gold.start)
    return shared > 0 and 2 * shared >= min(place.end - place.start, gold.end - gold.start)


def first_ranks(ranking: Sequence[Place], gold: Gold) -> list[int | None]:
    """For each piece of evidence the rank, from 1, of the first place that shows it, None if none does."""
    ranks: list[int | None] = [
        next((rank for rank, place in enumerate(ranking, start=1) if shows(place, piece)), None)
        for piece in gold.places
    ]
    return ranks + [None] * gold.missing


def _span(evidence: GoldEvidence, text: str) -> tuple[int, int] | None:
    start, end = evidence.start, evidence.end
    if evidence.quote is None:
        if start is None or end is None:
            return (0, len(text)) if text else None
        return (start, end) if end <= len(text) else None
    if start is not None and text[start:end] == evidence.quote:
        return start, start + len(evidence.quote)
    # White space differs between copies of an article; nothing else may.
    pattern = r"\s+".join(map(re.escape, evidence.quote.split()))
    spans = [match.span() for match in re.finditer(pattern, text)]
    return min(spans, key=lambda span: abs(span[0] - (start or 0)), default=None)
