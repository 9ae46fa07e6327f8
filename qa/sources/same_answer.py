"""When two short answers say the same: "Biden" and "President Joe Biden", "in 2019" and "2019", "about 40" and "40".

Articles name the same thing in several ways, and an answer that four of them give should not lose to one that two give
in the same words. The rules know English word order and nothing of the world, so they join little: a name with itself
behind first names or titles, and an answer with itself behind a preposition or a hedge. What differs in a number, a
unit or a place ("Korea", "North Korea") stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qa.normalise import normalise_answer

_LEADING = frozenset(
    "about almost approximately around at by during for from in nearly of on over roughly since some to".split()
)
_LEADING_PAIRS = frozenset({("more", "than"), ("less", "than"), ("at", "least"), ("up", "to"), ("close", "to")})
# Words that make another name of the one that follows: "New Mexico" is not Mexico.
_CHANGES_A_NAME = frozenset(
    "air central east eastern great new north northeast northeastern northern northwest northwestern old south "
    "southeast southeastern southern southwest southwestern west western".split()
)


def answer_key(text: str) -> str:
    """The answer in the form in which two are compared: SQuAD's normalisation, leading prepositions and hedges gone.

    What would leave nothing is kept: "about" is "about".
    """
    words = normalise_answer(text).split()
    rest = words
    while len(rest) > 1:
        if len(rest) > 2 and (rest[0], rest[1]) in _LEADING_PAIRS:
            rest = rest[2:]
        elif rest[0] in _LEADING:
            rest = rest[1:]
        else:
            break
    return " ".join(rest)


def full_names(answers: Iterable[str]) -> Mapping[str, str]:
    """For every answer's key the key under which it is counted: a last name under the one full name that ends in it.

    Where two full names end alike ("Joe Biden", "Jill Biden"), their last name alone says neither and stays by itself.
    """
    names: dict[str, bool] = {}
    for answer in answers:
        names[answer_key(answer)] = names.get(answer_key(answer), False) or _is_name(answer)
    ordered = sorted(key for key, is_name in names.items() if is_name)
    counted = {key: key for key in names}
    for key in ordered:
        longer = [other for other in ordered if _ends_in(other.split(), key.split())]
        if longer and all(_ends_in_or_is(max(longer, key=len).split(), other.split()) for other in longer):
            counted[key] = max(longer, key=lambda name: (len(name), name))
    return counted


def _is_name(answer: str) -> bool:
    words = answer.replace("’s ", " ").split()
    return bool(words) and all(word[0].isupper() for word in words if word.lower() != "the")


def _ends_in(longer: Sequence[str], shorter: Sequence[str]) -> bool:
    before = longer[: len(longer) - len(shorter)]
    return bool(before) and list(longer[-len(shorter) :]) == list(shorter) and before[-1] not in _CHANGES_A_NAME


def _ends_in_or_is(longer: Sequence[str], shorter: Sequence[str]) -> bool:
    return list(longer[-len(shorter) :]) == list(shorter)
