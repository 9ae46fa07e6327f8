"""Which of two: where a sentence tells the same of two, the question is read once more, about the other one.

"U.S. institutions produced 40 models, compared with China's 15." Asked about China, a small reader may point at 40,
which stands where answers mostly stand. Asked about the U.S. it points there too, and more firmly. So where the best
answer's sentence holds another one of its kind, beside a name that the question doesn't have, the question is read
again with that name in the place of one of its own, and each answer goes to the question that it fits better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from qa.english import MULTIPLES, NUMBERS
from qa.quoting import quote_range
from qa.reader import Reading, Span
from qa.reader_input import PassageQuestion

# Counted fully, the other question's preference takes away as many right answers as wrong ones; see DECISIONS.md.
OTHERS_SAY = 0.6
LONGEST = 6  # words of an answer that has a kind
REPLACED = 2  # names of the question that are replaced, one at a time
NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w.’'-]*[\w](?: (?:of the |of |the |de |and )?[A-Z][\w.’'-]*[\w])*")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_NUMBER = re.compile(rf"\d|\b(?:{'|'.join(NUMBERS)}|(?:{'|'.join(MULTIPLES)})s?)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"[’']s?$")


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The question about the other one, to be asked of the same passage."""

    asked: PassageQuestion
    rival: Span  # of the passage's reading: what may be the right answer in place of the best


def tell_apart(
    read: Callable[[Sequence[PassageQuestion]], list[Reading]],
    pairs: Sequence[PassageQuestion],
    readings: Sequence[Reading],
) -> list[Reading]:
    """The readings of the pairs, each settled; everything that has to be read again is read as one batch."""
    doubts = [counterparts(pair, reading) for pair, reading in zip(pairs, readings, strict=True)]
    again = iter(read([counterpart.asked for own in doubts for counterpart in own]) if any(doubts) else [])
    return [
        settle(reading, [(counterpart, next(again)) for counterpart in own])
        for reading, own in zip(readings, doubts, strict=True)
    ]


def counterparts(pair: PassageQuestion, reading: Reading) -> list[Counterpart]:
    """The questions that have to be read before the reading's best span can be trusted; mostly none."""
    if len(reading.spans) < 2:
        return []
    best = reading.spans[0]
    low, high = quote_range(pair.text, best.start, best.end)
    kind = kind_of(pair.text[best.start : best.end])
    rivals = [
        span
        for span in reading.spans[1:]
        if kind and low <= span.start and span.end <= high and kind_of(pair.text[span.start : span.end]) == kind
    ]
    return [
        Counterpart(replace(pair, question=asked), rival)
        for rival in rivals
        for asked in _asked(pair, (low, high), best, rival)
    ]


def settle(reading: Reading, found: Sequence[tuple[Counterpart, Reading]]) -> Reading:
    """The reading, with the first rival in the best span's place that the questions about the other one leave to it."""
    for counterpart, other in found:
        best = reading.spans[0]
        lead = best.score - counterpart.rival.score
        if OTHERS_SAY * _preference(other, best, counterpart.rival) > lead:
            rest = [span for span in reading.spans[1:] if span != counterpart.rival]
            moved = [replace(counterpart.rival, score=best.score), replace(best, score=counterpart.rival.score)]
            return replace(reading, spans=tuple(sorted([*moved, *rest], key=lambda span: -span.score)))
    return reading


def kind_of(answer: str) -> str | None:
    """Whether an answer is a number, with a few words at most, or a name; None for everything else."""
    if len(answer.split()) > LONGEST:
        return None
    if _NUMBER.search(answer):
        return "number"
    return "name" if all(word[:1].isupper() for word in answer.split()) else None


def _asked(pair: PassageQuestion, sentence: tuple[int, int], best: Span, rival: Span) -> Iterator[str]:
    """The question with a name of its sentence replaced by the name, not its own, that stands nearest to the rival."""
    named = _spots(pair.question)
    own = [spot for spot in named if _bare(spot) in pair.text[slice(*sentence)]]
    known = {_bare(spot) for spot in named}
    others = [
        spot
        for spot in _spots(pair.text, *sentence)
        if not any(_bare(spot) in name or name in _bare(spot) for name in known)
        and all(spot.end() <= span.start or span.end <= spot.start() for span in (best, rival))
    ]
    if not others:
        return
    other = min(others, key=lambda spot: _distance(spot, rival))
    for spot in own[:REPLACED]:
        if _is_year(spot) == _is_year(other):
            yield pair.question[: spot.start()] + _bare(other) + pair.question[spot.start() + len(_bare(spot)) :]


def _preference(other: Reading, best: Span, rival: Span) -> float:
    """By how much the other question likes the best span better than the rival, in logits; 0 where it likes neither."""
    liked = [next((span.score for span in other.spans if _meet(span, one)), None) for one in (best, rival)]
    if liked[0] is None:
        return 0.0
    return liked[0] - (min(span.score for span in other.spans) if liked[1] is None else liked[1])


def _spots(text: str, start: int = 0, end: int | None = None) -> list[re.Match[str]]:
    stop = len(text) if end is None else end
    return [*NAME.finditer(text, start, stop), *_YEAR.finditer(text, start, stop)]


def _bare(spot: re.Match[str]) -> str:
    return _POSSESSIVE.sub("", spot.group())


def _is_year(spot: re.Match[str]) -> bool:
    return _YEAR.fullmatch(spot.group()) is not None


def _distance(spot: re.Match[str], span: Span) -> int:
    return max(spot.start() - span.end, span.start - spot.end())


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
