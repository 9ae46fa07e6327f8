"""What a person gets: an answer, its statements, and the citations that hold them up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from corpus.article import DateOrigin


def text_hash(text: str) -> str:
    """SHA-256 of a text as UTF-8, in hexadecimal: tells later whether an article or a quote is still the same."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class StatementKind(StrEnum):
    """What holds a statement up."""

    VERBATIM = "verbatim"  # the articles' own words
    SUPPORTED = "supported"  # other words, covered by a cited quote
    UNSUPPORTED = "unsupported"  # nothing in the quotes holds it up


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who said what a quote says, in the article's own words: `article.text[start:end] == name`."""

    name: str
    start: int  # characters into the article's text
    end: int  # half open


@dataclass(frozen=True, slots=True)
class Copy:
    """A near-duplicate of a cited article, and where it says the same: `article.text[start:end] == quote`."""

    article_id: str
    start: int  # characters into the copy's text
    end: int  # half open
    quote: str
    title: str
    source: str | None
    url: str | None
    path: str | None
    published: date | None
    published_from: DateOrigin | None


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a stored article: `article.text[start:end] == quote`, always. Made in qa/citations.py only."""

    number: int  # from 1; what stands in brackets
    article_id: str
    start: int  # characters into the article's text
    end: int  # half open
    quote: str
    title: str
    source: str | None
    url: str | None
    path: str | None
    published: date | None
    published_from: DateOrigin | None
    article_sha256: str  # of the article's text as UTF-8, when it was quoted; see `text_hash`
    answer_start: int | None = None  # the short answer inside the quote, characters into the article's text
    answer_end: int | None = None  # half open; None exactly when answer_start is
    speaker: Speaker | None = None  # only where the text says plainly who said it
    copies: tuple[Copy, ...] = ()  # near-duplicates of the article that say the same; shown folded

    @property
    def answer(self) -> str | None:
        """The marked words, if any are marked."""
        if self.answer_start is None or self.answer_end is None:
            return None
        return self.quote[self.answer_start - self.start : self.answer_end - self.start]


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer with the numbers of the citations that it rests on."""

    text: str
    kind: StatementKind
    citations: tuple[int, ...]  # numbers into Answer.citations, from 1


@dataclass(frozen=True, slots=True)
class Sources:
    """How many articles say something, and how many sources that are."""

    articles: int  # cited ones and their copies
    independent: int  # copies count once, and so do articles of one publication

    def told(self) -> str:
        """In words: 3 articles, 2 independent sources."""
        articles = "1 article" if self.articles == 1 else f"{self.articles:,} articles"
        if self.independent == 1:
            return f"{articles}, one source"
        return f"{articles}, {self.independent:,} independent sources"


@dataclass(frozen=True, slots=True)
class Stated:
    """One of several different values that the articles give for what was asked."""

    text: str  # the article's own words: what the first of the citations marks
    citations: tuple[int, ...]  # numbers into Answer.citations, from 1


@dataclass(frozen=True, slots=True)
class Considered:
    """A passage that was looked at, so that a refusal can show what was nearest."""

    article_id: str
    title: str
    source: str | None
    published: date | None
    start: int  # characters into the article's text
    end: int  # half open
    text: str
    score: float  # higher is better


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer to one question, or an honest refusal."""

    question: str
    short: str | None  # the words of the article that answer it, if a short span does
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]  # citations[n - 1].number == n
    confidence: float  # calibrated probability that the articles answer the question with this
    abstained: bool  # the articles don't say
    considered: tuple[Considered, ...]  # best first
    seconds: float
    sources: Sources = Sources(0, 0)  # of the short answer, or of all quotes where there is none
    differing: tuple[Stated, ...] = ()  # two or more where the articles give different values, else none
    written_by: str | None = None  # the model whose prose the statements are; None where they are the quotes alone
    answerable: float = 0.0  # calibrated probability that the articles answer it at all, in whatever words
    notice: str | None = None  # why there is no prose although it was asked for, in one sentence

    @property
    def prose(self) -> tuple[Statement, ...]:
        """The model's sentences that quotes hold up; none where the quotes alone are the answer."""
        held = tuple(one for one in self.statements if one.kind is not StatementKind.UNSUPPORTED)
        alone = [one.text for one in held] == [citation.quote for citation in self.citations]
        return () if self.written_by is None or alone else held

    @property
    def doubtful(self) -> tuple[Statement, ...]:
        """The model's sentences that no quote holds up."""
        return tuple(one for one in self.statements if one.kind is StatementKind.UNSUPPORTED)
