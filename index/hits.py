"""What a search returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from corpus.article import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its place in a ranking."""

    passage: Passage
    score: float  # higher is better; comparable within one ranking only, a fused one also between questions
    rank: int  # from 1
    via: tuple[str, ...]  # the rankings that brought it: "bm25", "dense"
    cluster: int | None = None  # the same for articles that are near-duplicates; None where there are no others
    published: date | None = None  # the article's date
