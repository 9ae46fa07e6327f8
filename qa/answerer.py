"""The seam between evidence and answer: whoever writes answers takes evidence and returns drafts.

A draft only points at numbered quotes. citations.py alone turns it into an Answer, so no answerer can invent a quote.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from corpus.errors import UsageError
from qa.answer import Answer, Statement
from qa.evidence import Evidence

if TYPE_CHECKING:
    from qa.ellipsis import Exchange
    from qa.prose.support import ReadsPassages


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

    @property
    def name(self) -> str:
        """As --answerer takes it."""
        ...

    def answer(self, batch: Sequence[Evidence]) -> list[Draft]:
        """Return one draft an evidence, in the given order."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """Prose so far."""

    statements: tuple[Statement, ...]  # whole sentences, each checked
    writing: str  # the sentence under way, without quotation marks; nothing is known of it


@runtime_checkable
class Teller(Protocol):
    """An answerer that also tells in prose what an answer's quotes say."""

    @property
    def name(self) -> str:
        """As --answerer takes it."""
        ...

    def tell(self, answer: Answer, stop: threading.Event | None = None) -> Iterator[Told]:
        """Yield the prose as it grows; the last one is all of it. Nothing for a refusal; raises ModelError."""
        ...

    def rewrite(self, question: str, turns: Sequence[Exchange], stop: threading.Event | None = None) -> str | None:
        """Return a follow-up question so that it stands alone, None if the rules know better; raises ModelError."""
        ...


@dataclass(frozen=True, slots=True)
class ModelPlaces:
    """Where language models are found, and what checks what they write."""

    folder: Path | None = None  # of downloaded models
    base_url: str | None = None  # of a server for openai:…
    key: str | None = None  # for that server
    threads: int | None = None
    reader: ReadsPassages | None = None  # without one, the words alone decide what quotes hold up


def make_answerer(name: str, places: ModelPlaces | None = None) -> Answerer:
    """Return the answerer of that name; raises UsageError or DamagedError for one that can't be used."""
    if name == "extractive":
        from qa.extractive import ExtractiveAnswerer

        return ExtractiveAnswerer()
    kind, _, model = name.partition(":")
    if kind in {"hf", "openai"} and model:
        from qa.prose.opening import open_teller

        return open_teller(kind, model, places or ModelPlaces())
    raise UsageError(
        f"There is no answerer {name!r}. Use 'extractive', which answers in the articles' own words, 'hf:' and a "
        "model's folder or name, or 'openai:' and the name of a model that --base-url serves."
    )
