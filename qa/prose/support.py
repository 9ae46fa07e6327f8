"""Whether quotes hold a sentence up: the one judgement on prose, from words, slots, negations and the reader.

Each number and each name of the sentence is a slot. A slot must stand in the quotes, and in the same place of the same
story: the words around it must fit no other number or name there better, and the reader, asked what fills the slot,
must find it there. So "Platz met Erdmann" isn't held up by "Erdmann met Platz", although all the words are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from qa.prose.claims import Kind, Word, counts, lowered, same_name, same_number, slots, words_of
from qa.reader import PassageQuestion, Reading

_REACH = 6  # words on each side that tell a slot's place
_DENIES = 6  # words behind a negation that it may deny
_TURNING = frozenset("by of for whose".split())  # "found by Fischer" says the same as "Fischer found"
_PREFIXES = ("un", "in", "im", "ir", "dis", "non")


class ReadsPassages(Protocol):
    """What the check needs of a reader."""

    def read(self, pairs: Sequence[PassageQuestion]) -> list[Reading]:
        """Return one reading a pair, in the given order."""
        ...


@dataclass(frozen=True, slots=True)
class Signs:
    """What the words say for or against a sentence being held up by quotes."""

    coverage: float  # share of its content words, names and numbers that the quotes hold
    missing: tuple[str, ...]  # numbers and names that the quotes don't hold
    turned: bool  # something is denied here and not there, or there and not here
    exchanged: bool  # two names stand here the other way round
    misplaced: float  # how much better another number or name of the quotes fits a slot's place; 0 is fine, 1 worst


def held(word: Word, other: Word) -> bool:
    """Whether a word of a sentence stands in a quote as this other word."""
    if word.kind is Kind.NUMBER or other.kind is Kind.NUMBER:
        return word.kind is other.kind and same_number(word, other)
    if word.kind is Kind.NAME:
        return same_name(word, other)
    return word.stem == other.stem or alike(word.stem, other.stem)


def alike(one: str, other: str) -> bool:
    """Whether two stems are of one family: "decipher" and "deciph", "child" and "children"."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and long.startswith(short[: max(4, len(short) - 1)]) and len(long) - len(short) <= 4


def signs_of(said: Sequence[Word], there: Sequence[Sequence[Word]]) -> Signs:
    """Weigh the words of a sentence against those of some quotes together."""
    everything = [word for quote in there for word in quote]
    weighed = [word for word in said if word.kind is not Kind.FUNCTION]
    found = [word for word in weighed if any(held(word, other) for other in everything)]
    return Signs(
        coverage=len(found) / len(weighed) if weighed else 0.0,
        missing=tuple(word.text for word in weighed if _is_claim(word) and word not in found),
        turned=any_turned(said, there),
        exchanged=any_exchanged(said, there),
        misplaced=max((misplaced(said, claim, there) for claim in slots(said)), default=0.0),
    )


def _is_claim(word: Word) -> bool:
    return word.kind is Kind.NAME or counts(word)


def misplaced(said: Sequence[Word], claim: tuple[int, int], there: Sequence[Sequence[Word]]) -> float:
    """How much better the words around a slot fit another number or name of the quotes than its own; from 0 to 1."""
    around = _around(said, *claim)
    own, others = 0.0, 0.0
    kind = said[claim[0]].kind
    for quote in there:
        for first, last in slots(quote):
            if quote[first].kind is not kind:
                continue
            fit = _fit(around, _around(quote, first, last))
            if _same_slot(said[slice(*claim)], quote[first:last]):
                own = max(own, fit)
            elif not any(_same_slot(quote[first:last], said[slice(*other)]) for other in slots(said)):
                others = max(others, fit)
    return max(0.0, others - own) / max(others, own, 1e-9)


def _same_slot(one: Sequence[Word], other: Sequence[Word]) -> bool:
    return any(held(word, word_there) for word in one for word_there in other)


def _around(words: Sequence[Word], first: int, last: int) -> list[tuple[Word, float]]:
    """The words around a slot, weighted by nearness; grammar counts little."""
    near = [(words[place], first - place) for place in range(max(0, first - _REACH), first)]
    near += [(words[place], place - last + 1) for place in range(last, min(len(words), last + _REACH))]
    return [(word, (0.2 if word.kind is Kind.FUNCTION else 1.0) / distance) for word, distance in near]


def _fit(one: Sequence[tuple[Word, float]], other: Sequence[tuple[Word, float]]) -> float:
    """How alike two surroundings are: each shared word counts by its nearness in both."""
    return sum(
        max((weight * other_weight for there, other_weight in other if held(word, there)), default=0.0)
        for word, weight in one
    )


def any_turned(said: Sequence[Word], there: Sequence[Sequence[Word]]) -> bool:
    """Whether something is denied in the sentence that the quotes affirm, or the other way round."""
    if any(not _denied_too(said, place, there) for place, word in enumerate(said) if word.negative):
        return True
    return any(
        _affirmed(scope, said)
        for quote in there
        for place, word in enumerate(quote)
        if word.negative and (scope := _scope(quote, place, 2))
    )


def _scope(words: Sequence[Word], place: int, most: int) -> list[Word]:
    """The next words that carry meaning behind a negation: what it denies."""
    return [word for word in words[place + 1 : place + 10] if word.kind is not Kind.FUNCTION][:most]


def _denied_too(said: Sequence[Word], place: int, there: Sequence[Sequence[Word]]) -> bool:
    """Whether the quotes deny what the negation at `place` denies: the first of its words that they hold decides."""
    for word in _scope(said, place, 3):
        found = [
            _opposite(word, other) or _under_negation(quote, at)
            for quote in there
            for at, other in enumerate(quote)
            if held(word, other) or _opposite(word, other)
        ]
        if found:
            return any(found)
    return any(word.negative for quote in there for word in quote)


def _affirmed(scope: Sequence[Word], said: Sequence[Word]) -> bool:
    """Whether the sentence says without a negation what a quote denies."""
    for word in scope:
        found = [
            _opposite(word, other) or _under_negation(said, at)
            for at, other in enumerate(said)
            if held(word, other) or _opposite(word, other)
        ]
        if found:
            return not any(found)
    return False


def _under_negation(words: Sequence[Word], place: int) -> bool:
    return any(word.negative for word in words[max(0, place - _DENIES) : place])


def _opposite(one: Word, other: Word) -> bool:
    """Whether one is the other with a prefix that denies it: "decipher" and "indecipherable"."""
    return any(
        bare is not None and (bare == full.stem or alike(bare, full.stem))
        for bare, full in ((_bare(one), other), (_bare(other), one))
    )


def _bare(word: Word) -> str | None:
    """The stem without a prefix that may deny it; None where there is none."""
    if word.kind is not Kind.CONTENT:
        return None
    return next(
        (word.stem[len(p) :] for p in _PREFIXES if word.stem.startswith(p) and len(word.stem) > len(p) + 3), None
    )


def any_exchanged(said: Sequence[Word], there: Sequence[Sequence[Word]]) -> bool:
    """Whether two names stand the other way round around the same words: "Platz met Erdmann" for "Erdmann met Platz"."""
    names = [claim for claim in slots(said) if said[claim[0]].kind is Kind.NAME]
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    return any(_exchanged(said, one, other, quote) for one, other in pairs for quote in there)


def _exchanged(said: Sequence[Word], one: tuple[int, int], other: tuple[int, int], quote: Sequence[Word]) -> bool:
    there = [claim for claim in slots(quote) if quote[claim[0]].kind is Kind.NAME]
    firsts = [claim for claim in there if _same_slot(said[slice(*one)], quote[slice(*claim)])]
    seconds = [claim for claim in there if _same_slot(said[slice(*other)], quote[slice(*claim)])]
    if not firsts or not seconds or any(first < second for first in firsts for second in seconds):
        return False
    between = said[one[1] : other[0]]
    return any(_same_link(between, quote[second[1] : first[0]]) for first in firsts for second in seconds)


def _same_link(one: Sequence[Word], other: Sequence[Word]) -> bool:
    """Whether two stretches link their names alike: they share a word of meaning, and none turns the link round."""
    turns = [{word.text.lower() for word in words} & _TURNING for words in (one, other)]
    shared = any(a.kind is Kind.CONTENT and held(a, b) for a in one for b in other)
    return shared and turns[0] == turns[1]


@dataclass(frozen=True, slots=True)
class Limits:
    """Where support ends; set on half of onestop's articles, see benchmarks/prose.py."""

    coverage: float = 0.65  # at least
    misplaced: float = 0.3  # at most
    unread: float = 2.0  # at most; logits


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
        known = frozenset().union(*(lowered(quote) for quote in quotes))
        said = words_of(sentence, known)
        there = [words_of(quote, known) for quote in quotes]
        for numbers in _choices(len(quotes), marked):
            signs = signs_of(said, [there[number - 1] for number in numbers])
            if self._fits(signs) and self._reads(sentence, said, [quotes[n - 1] for n in numbers], question):
                return numbers
        return ()

    def _fits(self, signs: Signs) -> bool:
        limits = self._limits
        at_fault = signs.missing or signs.turned or signs.exchanged
        return not at_fault and signs.coverage >= limits.coverage and signs.misplaced <= limits.misplaced

    def _reads(self, sentence: str, said: Sequence[Word], quotes: Sequence[str], question: str | None) -> bool:
        if self._reader is None:
            return True
        passage = " ".join(quotes)
        names = [claim for claim in slots(said) if said[claim[0]].kind is Kind.NAME]
        pairs = [PassageQuestion(ask_for(sentence, said, claim), "", passage) for claim in names]
        if question:
            pairs += [PassageQuestion(question, "", sentence), PassageQuestion(question, "", passage)]
        readings = self._reader.read(pairs)
        unread = [
            prefers_other(reading, passage, said[slice(*claim)])
            for claim, reading in zip(names, readings, strict=False)
        ]
        if question and (answer := _answer_in(sentence, said, readings[-2])):
            unread.append(prefers_other(readings[-1], passage, answer))
        return max(unread, default=0.0) <= self._limits.unread


def _choices(count: int, marked: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Which quotes to try together: the marked ones, each alone, each two, all."""
    everything = tuple(range(1, count + 1))
    tried = [tuple(sorted(marked))] if marked else []
    for size in (1, 2):
        tried += list(combinations(everything, size))
    yield from dict.fromkeys([*tried, everything])


def _answer_in(sentence: str, said: Sequence[Word], reading: Reading) -> list[Word]:
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
        if _same_slot(slot, inside):
            own = max(own, score)
        else:
            other = max(other, score)
    return other - own
