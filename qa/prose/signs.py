"""What the words of a sentence and of quotes say about each other: the part of the check that needs no model.

Each number and each name of the sentence is a slot. A slot must stand in the quotes, and in the same place of the same
story: the words around it must fit no other number or name there better. What is denied here must be denied there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.prose.claims import Kind, Word, counts, same_name, same_number, slots

_ELSEWHERE = 0.4  # how much a word of another clause tells
_REACH = 6  # words on each side that tell a slot's place
_DENIES = 10  # words behind a negation that it may deny
_TURNING = frozenset("by of for whose".split())  # "found by Fischer" says the same as "Fischer found"
_ARTICLES = frozenset("the a an".split())
_EVEN = frozenset("and or nor but as well also both with".split())  # link two names alike either way round
_APART = 3  # further words that may stand between those of a name
_PREFIXES = ("un", "in", "im", "ir", "dis", "non")


@dataclass(frozen=True, slots=True)
class Signs:
    """What the words say for or against a sentence being held up by quotes."""

    coverage: float  # share of its content words, names and numbers that the quotes hold
    missing: tuple[str, ...]  # numbers and names that the quotes don't hold
    turned: bool  # something is denied here and not there, or there and not here
    exchanged: bool  # two names stand here the other way round
    misplaced: float  # how much better something else of the quotes fits a slot's place; 0 is fine, 1 worst
    crossed: float  # the same for what stands elsewhere in the sentence itself


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
    """Weigh the words of a sentence against those of some quotes together, the nearest quote first."""
    weighed = [word for word in said if word.kind is not Kind.FUNCTION]
    found = [word for word in weighed if any(_speaks_of(word, other) for quote in there for other in quote)]
    missing = [word.text for word in weighed if _is_claim(word) and word not in found]
    misfits = [misplaced(said, claim, there) for claim in slots(said)]
    apart = [" ".join(word.text for word in name) for name in _names(said) if not _together(name, there)]
    return Signs(
        coverage=len(found) / len(weighed) if weighed else 0.0,
        missing=(*missing, *apart),
        turned=any_turned(said, there),
        exchanged=any_exchanged(said, there),
        misplaced=max((misfit for misfit, _ in misfits), default=0.0),
        crossed=max((misfit for _, misfit in misfits), default=0.0),
    )


def coverage(said: Sequence[Word], quote: Sequence[Word]) -> float:
    """The share of a sentence's words of meaning that a quote holds."""
    weighed = [word for word in said if word.kind is not Kind.FUNCTION]
    return sum(any(_speaks_of(word, other) for other in quote) for word in weighed) / max(len(weighed), 1)


def _speaks_of(word: Word, other: Word) -> bool:
    """Whether a quote speaks of what a word means, be it by denying it; `turned` says whether it does."""
    return held(word, other) or _opposite(word, other)


def _names(said: Sequence[Word]) -> list[Sequence[Word]]:
    return [said[first:last] for first, last in slots(said) if said[first].kind is Kind.NAME]


def _together(name: Sequence[Word], there: Sequence[Sequence[Word]]) -> bool:
    """Whether all words of a name stand near each other in some quote: "Sweet Katese" isn't two people's two words."""
    if len(name) < 2:
        return True
    reach = len(name) + _APART
    windows = (quote[place : place + reach] for quote in there for place in range(len(quote)))
    return any(all(any(held(word, other) for other in window) for word in name) for window in windows)


def _is_claim(word: Word) -> bool:
    return word.kind is Kind.NAME or counts(word)


def misplaced(said: Sequence[Word], claim: tuple[int, int], there: Sequence[Sequence[Word]]) -> tuple[float, float]:
    """How much better the words around a slot fit something else of the quotes than its own; each from 0 to 1.

    First what stands nowhere in the sentence, then what stands in another of its slots: names that stand side by side
    share their surroundings, so there it takes more to tell.
    """
    around, kind = _around(said, *claim), said[claim[0]].kind
    own, foreign, crossed = 0.0, 0.0, 0.0
    for quote in there:
        for first, last in slots(quote):
            if quote[first].kind is not kind:
                continue
            fit = _fit(around, _around(quote, first, last))
            if same_slot(said[slice(*claim)], quote[first:last]):
                own = max(own, fit)
            elif any(same_slot(quote[first:last], said[slice(*other)]) for other in slots(said)):
                crossed = max(crossed, fit)
            else:
                foreign = max(foreign, fit)
    return tuple(max(0.0, other - own) / max(other, own, 1e-9) for other in (foreign, crossed))  # type: ignore[return-value]


def same_slot(one: Sequence[Word], other: Sequence[Word]) -> bool:
    """Whether two names or numbers share a word that means the same."""
    return any(held(word, word_there) for word in one for word_there in other)


def _around(words: Sequence[Word], first: int, last: int) -> list[tuple[Word, float]]:
    """The words around a slot, weighted by nearness; grammar counts little, and so does another clause."""
    near = [(words[place], first - place) for place in range(max(0, first - _REACH), first)]
    near += [(words[place], place - last + 1) for place in range(last, min(len(words), last + _REACH))]
    clause = words[first].clause
    return [
        (word, (0.2 if word.kind is Kind.FUNCTION else 1.0) * (1.0 if word.clause == clause else _ELSEWHERE) / distance)
        for word, distance in near
    ]


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
    if _contradicted(said, there[0]):
        return True
    nearest = there[0]
    return any(_affirmed(place, nearest, said) for place, word in enumerate(nearest) if word.negative)


def _scope(words: Sequence[Word], place: int, most: int) -> list[Word]:
    """The next words that carry meaning behind a negation: what it denies."""
    return [word for word in words[place + 1 : place + 10] if word.kind is not Kind.FUNCTION][:most]


def _denied_too(said: Sequence[Word], place: int, there: Sequence[Sequence[Word]]) -> bool:
    """Whether the quotes deny what the negation at `place` denies.

    The first of its words that a quote holds decides, the nearest quote first, and there the likest place.
    """
    for quote in there:
        for word in _scope(said, place, 3):
            at = said.index(word)
            found = _likest(word, _around(said, at, at + 1), quote)
            if found is not None:
                return _opposite(word, quote[found]) != _under_negation(quote, found)
    return any(word.negative for word in there[0])


def _affirmed(place: int, quote: Sequence[Word], said: Sequence[Word]) -> bool:
    """Whether the sentence says without a negation what the negation at `place` of a quote denies.

    That is the next word of meaning behind it, or the one right behind that one: "can't travel faster".
    """
    scope = _scope(quote, place, 2)
    if len(scope) == 2 and quote.index(scope[1]) != quote.index(scope[0]) + 1:
        scope = scope[:1]
    for word in scope:
        at = quote.index(word)
        found = _likest(word, _around(quote, at, at + 1), said)
        if found is None:
            continue
        here, there = _around(said, found, found + 1), _around(quote, at, at + 1)
        if _likest(said[found], here, quote) != at or not _fit(_of_meaning(here), _of_meaning(there)):
            return False  # the sentence speaks of another place of the quote, or of something else
        return _opposite(word, said[found]) == _under_negation(said, found)
    return False


def _of_meaning(around: Sequence[tuple[Word, float]]) -> list[tuple[Word, float]]:
    return [(word, weight) for word, weight in around if word.kind is not Kind.FUNCTION]


def _likest(word: Word, around: Sequence[tuple[Word, float]], words: Sequence[Word]) -> int | None:
    """The place of a word among others, or of its opposite; of several the one whose surroundings are likest."""
    places = [at for at, other in enumerate(words) if held(word, other)]
    places = places or [at for at, other in enumerate(words) if _opposite(word, other)]
    return max(places, key=lambda at: (_fit(around, _around(words, at, at + 1)), -at), default=None)


def _contradicted(said: Sequence[Word], quote: Sequence[Word]) -> bool:
    """Whether a word stands here with a prefix that denies it and there without, and no negation makes up for it."""
    for place, word in enumerate(said):
        if word.kind is not Kind.CONTENT or any(held(word, other) for other in quote):
            continue
        for at, other in enumerate(quote):
            if _opposite(word, other) and _under_negation(said, place) == _under_negation(quote, at):
                return True
    return False


def _under_negation(words: Sequence[Word], place: int) -> bool:
    clause = words[place].clause
    return any(word.negative and word.clause == clause for word in words[max(0, place - _DENIES) : place])


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
        (word.stem[len(p) :] for p in _PREFIXES if word.stem.startswith(p) and len(word.stem) >= len(p) + 3), None
    )


def any_exchanged(said: Sequence[Word], there: Sequence[Sequence[Word]]) -> bool:
    """Whether two names stand the other way round around the same: "Platz met Erdmann" for "Erdmann met Platz"."""
    names = [claim for claim in slots(said) if said[claim[0]].kind is Kind.NAME]
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    return any(_exchanged(said, one, other, quote) for one, other in pairs for quote in there)


def _exchanged(said: Sequence[Word], one: tuple[int, int], other: tuple[int, int], quote: Sequence[Word]) -> bool:
    there = [claim for claim in slots(quote) if quote[claim[0]].kind is Kind.NAME]
    firsts = [claim for claim in there if same_slot(said[slice(*one)], quote[slice(*claim)])]
    seconds = [claim for claim in there if same_slot(said[slice(*other)], quote[slice(*claim)])]
    between = said[one[1] : other[0]]
    ordered = [quote[a[1] : b[0]] for a in firsts for b in seconds if a < b]
    linked = [stretch for stretch in ordered if _shared(between, stretch)]
    if linked:
        return all(_made_passive(between, stretch) for stretch in linked)
    return any(_same_link(between, quote[b[1] : a[0]]) for a in firsts for b in seconds if b < a)


def _made_passive(one: Sequence[Word], other: Sequence[Word]) -> bool:
    """Whether two names in the same order do the same to each other the other way round: "opened", "was opened by"."""
    passive = [any(word.text.lower() == "by" for word in words) for words in (one, other)]
    return passive[0] != passive[1] and _shared(one, other)


def _shared(one: Sequence[Word], other: Sequence[Word]) -> bool:
    return any(word.kind is Kind.CONTENT and held(word, there) for word in one for there in other)


def _same_link(one: Sequence[Word], other: Sequence[Word]) -> bool:
    """Whether two stretches link their names alike: they share a word of meaning, and none turns the link round."""
    meaning = [[word for word in words if word.kind is not Kind.FUNCTION] for words in (one, other)]
    if not meaning[0] and not meaning[1]:
        links = [{word.text.lower() for word in words} - _ARTICLES for words in (one, other)]
        return links[0] == links[1] and bool(links[0] - _EVEN)
    turns = [{word.text.lower() for word in words} & _TURNING for words in (one, other)]
    return turns[0] == turns[1] and _shared(one, other)
