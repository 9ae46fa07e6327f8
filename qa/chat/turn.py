"""One exchange of the chat as data: what was asked, how far the answer is, and what was searched for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from index.passage_index import Narrowing
from qa.answer import Answer, Citation
from qa.conversation import Exchange


class Phase(StrEnum):
    """How far an exchange is."""

    SEARCHING = "searching"  # nothing to show yet
    READING = "reading"  # first quotes are there, the answer is not
    TELLING = "telling"  # the quotes are all there, and a model writes about them
    ANSWERED = "answered"  # the answer is there; it may be a refusal
    STOPPED = "stopped"  # a person stopped it
    FAILED = "failed"  # an error, said in one sentence


@dataclass(frozen=True, slots=True)
class Searched:
    """What a question was asked of."""

    articles: int
    passages: int
    dates: tuple[date, date] | None  # first and last publication date; None if no article has one
    narrowed: bool = False  # whether a person chose these out of all articles


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it so far."""

    question: str
    phase: Phase
    searched: Searched
    narrowing: Narrowing | None = None  # which articles it was asked of; None if of all
    quotes: tuple[Citation, ...] = ()  # found so far; the answer's own once it is there
    answer: Answer | None = None  # there when the phase is TELLING or ANSWERED
    error: str | None = None  # one sentence; there exactly when the phase is FAILED
    understood: str | None = None  # the question that a follow-up was taken for; None if it was asked as it is
    answerer: str | None = None  # who answers; None for the one that is usual
    follows: tuple[Exchange, ...] = ()  # what a model may write the question out from, the oldest first
    writing: str = ""  # the sentence that a model is writing, of which nothing is known yet

    @property
    def asks(self) -> str:
        """The question as the articles are asked it."""
        return self.understood or self.question

    @property
    def exchange(self) -> Exchange:
        """What later questions may point at."""
        if self.answer is None or self.answer.abstained:
            return Exchange(self.asks)
        return Exchange(self.asks, self.answer.short, self.quotes[0].quote if self.quotes else None)

    @property
    def running(self) -> bool:
        """Whether an answer is still being made."""
        return self.phase in {Phase.SEARCHING, Phase.READING, Phase.TELLING}

    def taken_for(self, understood: str) -> Turn:
        """The turn once a model has written the question out."""
        return replace(self, understood=understood)

    def found(self, quotes: tuple[Citation, ...]) -> Turn:
        """The turn once first quotes stand."""
        return replace(self, phase=Phase.READING, quotes=quotes)

    def told(self, answer: Answer, writing: str) -> Turn:
        """The turn while a model writes about the answer's quotes."""
        return replace(self, phase=Phase.TELLING, quotes=answer.citations, answer=answer, writing=writing)

    def answered(self, answer: Answer) -> Turn:
        """The turn once the answer is there."""
        return replace(self, phase=Phase.ANSWERED, quotes=answer.citations, answer=answer, writing="")

    def stopped(self) -> Turn:
        """The turn as a person stopped it, with the quotes that were found; an answer that was told stays."""
        if self.phase is Phase.TELLING and self.answer is not None:
            return self.answered(self.answer)
        return replace(self, phase=Phase.STOPPED)

    def failed(self, sentence: str) -> Turn:
        """The turn after an error."""
        return replace(self, phase=Phase.FAILED, error=sentence)
