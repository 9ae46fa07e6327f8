"""Whether quotes hold a sentence up: the one judgement on prose, from its words (signs.py) and from the reader.

The reader is asked what fills the subject, each number and the answer to the question, and must find the sentence's own
words: "Platz met Erdmann" isn't held up by "Erdmann met Platz", although all the words are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.prose.claims import Kind, Word, context_of, slots, words_of
from qa.prose.signs import Signs, coverage, same_slot, signs_of
from qa.reader import PassageQuestion, Reading


class ReadsPassages(Protocol):
    """What the check needs of a reader."""

    def read(self, pairs: Sequence[PassageQuestion]) -> list[Reading]:
        """Return one reading a pair, in the given order."""
        ...


@dataclass(frozen=True, slots=True)
class Unread:
    """Logits by which the reader prefers other words to a sentence's own; negative where it finds these."""

    subject: float = 0.0  # for the name that the sentence begins with
    number: float = 0.0  # the worst of its numbers
    answer: float = 0.0  # for what answers the person's question


@dataclass(frozen=True, slots=True)
class Limits:
    """Where support ends; set on onestop by benchmarks/prose.py."""

    coverage: float = 0.6  # at least
    misplaced: float = 0.1  # at most, and so are all below
    crossed: float = 0.8
    subject: float = 6.0  # logits
    number: float = 24.0
    answer: float = 2.0

    def allow(self, signs: Signs) -> bool:
        """Whether the words don't speak against support."""
        at_fault = signs.missing or signs.turned or signs.exchanged
        placed = signs.misplaced <= self.misplaced and signs.crossed <= self.crossed
        return not at_fault and placed and signs.coverage >= self.coverage

    def allow_reading(self, unread: Unread) -> bool:
        """Whether the reader doesn't speak against support."""
        return unread.subject <= self.subject and unread.number <= self.number and unread.answer <= self.answer


class SupportCheck:
    """Finds the quotes that hold a sentence up."""

    def __init__(self, reader: ReadsPassages | None = None, limits: Limits | None = None) -> None:
        """Without a reader the words alone decide."""
        self._reader, self._limits = reader, limits or Limits()

    def holds(
        self, sentence: str, quotes: Sequence[str], *, question: str | None = None, marked: Sequence[int] = ()
    ) -> tuple[int, ...]:
        """Return the numbers of the quotes that together hold the sentence up, as few as possible; none if none do.

        Those that the sentence was `marked` with are tried first. With the `question`, a sentence that answers it must
        answer it as the quotes do.
        """
        tried = weigh(sentence, quotes, self._reader, question=question, marked=marked, worth=self._limits)
        return next((tuple(sorted(numbers)) for numbers, _, unread in tried if self._limits.allow_reading(unread)), ())


def weigh(
    sentence: str,
    quotes: Sequence[str],
    reader: ReadsPassages | None,
    *,
    question: str | None = None,
    marked: Sequence[int] = (),
    worth: Limits,
) -> Iterator[tuple[tuple[int, ...], Signs, Unread]]:
    """Yield each choice of quotes (numbers from 1) that is `worth` reading by its words, with what speaks against it.

    Without a reader nothing is unread.
    """
    context = context_of(*quotes)
    said = words_of(sentence, context)
    there = [words_of(quote, context) for quote in quotes]
    for numbers in choices([coverage(said, quote) for quote in there], marked):
        signs = signs_of(said, [there[number - 1] for number in numbers])
        if worth.allow(signs):
            passage = " ".join(quotes[number - 1] for number in numbers)
            yield numbers, signs, read(sentence, said, passage, question, reader) if reader else Unread()


def read(sentence: str, said: Sequence[Word], passage: str, question: str | None, reader: ReadsPassages) -> Unread:
    """Ask the reader what fills the subject, the numbers and the answer to the question, in the quotes together."""
    asked = [claim for claim in slots(said) if claim[0] == 0 or said[claim[0]].kind is Kind.NUMBER]
    pairs = [PassageQuestion(ask_for(sentence, said, claim), "", passage) for claim in asked]
    if question:
        pairs += [PassageQuestion(question, "", sentence), PassageQuestion(question, "", passage)]
    readings = reader.read(pairs)
    worst = {Kind.NAME: -math.inf, Kind.NUMBER: -math.inf}
    for claim, reading in zip(asked, readings, strict=False):
        kind = said[claim[0]].kind
        worst[kind] = max(worst[kind], prefers_other(reading, passage, said[slice(*claim)]))
    answer = _answer_in(said, readings[-2]) if question else []
    differs = prefers_other(readings[-1], passage, answer) if answer else -math.inf
    return Unread(worst[Kind.NAME], worst[Kind.NUMBER], differs)


def choices(shares: Sequence[float], marked: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Which quotes to try together: the marked ones, then the nearest alone, with each other one, and all of them.

    The nearest comes first and is always among them: what others say beside it can't stand in for it.
    """
    order = sorted(range(1, len(shares) + 1), key=lambda number: (-shares[number - 1], number))
    tried = [tuple(number for number in order if number in marked)] if marked else []
    tried += [(order[0],), *((order[0], other) for other in order[1:]), tuple(order)]
    yield from dict.fromkeys(tried)


def _answer_in(said: Sequence[Word], reading: Reading) -> list[Word]:
    """The words of a sentence that answer the question, if the reader finds that any do."""
    if reading.answered_score <= 0:
        return []
    best = reading.spans[0]
    return [w for w in said if w.start < best.end and best.start < w.end and w.kind is not Kind.FUNCTION]


def ask_for(sentence: str, said: Sequence[Word], claim: tuple[int, int]) -> str:
    """The sentence as a question for one of its slots: "Who met Platz?", "Erdmann met what?"."""
    start, end = said[claim[0]].start, said[claim[1] - 1].end
    what = "what number" if said[claim[0]].kind is Kind.NUMBER else ("Who" if not sentence[:start].strip() else "what")
    return f"{sentence[:start]}{what}{sentence[end:]}".rstrip(" .!") + "?"


def prefers_other(reading: Reading, passage: str, slot: Sequence[Word]) -> float:
    """Logits by which the reader prefers other words for the slot; negative where it finds the slot's own."""
    own, other = -10.0, -10.0
    for span in reading.spans:
        score = span.score - reading.null_score
        inside = words_of(f"so {passage[span.start : span.end]}")
        if same_slot(slot, inside):
            own = max(own, score)
        else:
            other = max(other, score)
    return other - own
