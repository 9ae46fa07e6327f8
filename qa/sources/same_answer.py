"""When two short answers say the same: "Biden" and "President Joe Biden", "in 2019" and "2019", "about 40" and "40".

Articles name the same thing in several ways, and an answer that four of them give should not lose to one that two give
in the same words. The rules know English word order and nothing of the world, so they join little: a name with itself
behind first names or titles, and an answer with itself behind a preposition or a hedge. What differs in a number, a
unit or a place ("Korea", "North Korea") stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
    """For every answer the key under which it is counted: a last name under that of the one full name that ends in it.

    Where two full names end alike ("Joe Biden", "Jill Biden"), their last name alone says neither and stays by itself.
    """
    keys = {answer: answer_key(answer) for answer in answers}
    names = [key.split() for key in sorted({key for answer, key in keys.items() if _is_name(answer)})]
    full: dict[str, str] = {}
    for name in names:
        longer = [other for other in names if _is_last_name(name, other)]
        longest = max(longer, key=len, default=name)
        if all(_ends_in(longest, other) for other in longer):
            full[" ".join(name)] = " ".join(longest)
    return {answer: full.get(key, key) for answer, key in keys.items()}


def _is_name(answer: str) -> bool:
    words = answer.replace("’s ", " ").split()
    return bool(words) and all(word[0].isupper() for word in words if word.lower() != "the")


def _is_last_name(name: list[str], full: list[str]) -> bool:
    return len(full) > len(name) and _ends_in(full, name) and full[-len(name) - 1] not in _CHANGES_A_NAME


def _ends_in(words: list[str], last: list[str]) -> bool:
    return words[-len(last) :] == last
