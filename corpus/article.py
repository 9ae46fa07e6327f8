"""The vocabulary that every room shares: an article, a passage of it, and an input that gave neither."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

MAX_TEXT = 5_000_000  # characters in an article


class DateOrigin(StrEnum):
    """Where a publication date was read. A file's own time is never one of them."""

    METADATA = "metadata"
    URL = "url"
    FRONT_MATTER = "front matter"
    COLUMN = "column"
    GIVEN = "given"  # said by whoever added the article


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it is stored. `text` is what every quote is a slice of."""

    id: str
    title: str
    text: str
    source: str | None = None  # publication or domain, e.g. "theguardian.com"
    url: str | None = None
    path: str | None = None  # absolute path of the file that it was read from
    published: date | None = None
    published_from: DateOrigin | None = None  # None exactly when published is None
    fetched: datetime | None = None  # UTC; when Onrecord read it


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article that fits the encoder's window: `article.text[start:end] == text`."""

    article_id: str
    start: int  # characters into the article's text
    end: int  # half open
    text: str
    title: str  # given to encoder and reader beside the text, never part of a quote

    @property
    def id(self) -> str:
        """The name under which the passage is addressed, stable across rebuilds."""
        return f"{self.article_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input that gave no article, and why, in words for a person."""

    path: str  # path, URL, or "file.jsonl, line 12"
    reason: str
