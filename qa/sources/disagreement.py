"""Where the articles give different figures for what was asked: which of the places found contradict one another.

Shown side by side, never merged. Precision comes first: whatever may speak of something else is left out
(qa/sources/same_matter.py), and so is what was so before, isn't so, or came on top.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.sources.same_matter import Place, counted, same_matter
from qa.sources.values import Kind, Value, contradict, read_amount, read_date

GAP = 3.0  # logits below the best place at which another is too weak to stand beside it
_DATE_ASKED = re.compile(r"^(?:and |so )?(?:since |until )?when\b|\b(?:what|which) (?:year|date|day|month)\b")
_SHARE_ASKED = re.compile(r"\bwhat (?:percent(?:age)?|share|proportion|fraction)\b")
_AMOUNT_ASKED = re.compile(
    r"\bhow (?:much|high|large|big|long|old|tall|far|deep|wide|heavy|fast)\b|\bby how (?:much|many)\b"
    r"|\bwhat (?:do|does|did|will|would) .*\b(?:pay|cost|earn|spend|charge)\b"
    r"|\bwhat(?: is| was| are| were|’s|'s) (?:[\w’'-]+ ){0,3}"
    r"(?:toll|number of|population|price|cost|budget|fine|salary|revenue|profit|loss|size|length|height|rate|share|"
    r"percentage|amount|sum|value|turnout|capacity|area|temperature|speed|age|distance|total)\b"
)
_EARLIER = re.compile(
    r"\b(?:from|compared (?:with|to)|(?<!more )(?<!less )(?<!fewer )(?<!later )(?<!earlier )than|against|previously|"
    r"originally|initially|formerly|once)(?: (?:about|around|some|nearly|almost|just|only|an?|the))*$"
)
_MORE_OF_IT = re.compile(
    r"\b(?:another|additional|further|extra|other|including|among them)(?: (?:about|some|at least))*$"
)
_DENIED = re.compile(r"\b(?:not|never|denied|denies|n[’']t)\b[^.;:]{0,40}$")
_CAPITALISED = re.compile(r"\b[A-Z][\w-]*$")


def asked_kinds(question: str) -> frozenset[Kind]:
    """The kinds of value that the question asks for; none where it asks for something else."""
    asked = " ".join(question.lower().split())
    if _DATE_ASKED.search(asked):
        return frozenset({Kind.DATE})
    if _SHARE_ASKED.search(asked):
        return frozenset({Kind.PERCENT})
    if "how many percent" not in asked and re.search(r"\bhow many\b", asked):
        return frozenset({Kind.NUMBER})
    return frozenset({Kind.NUMBER, Kind.MONEY, Kind.PERCENT}) if _AMOUNT_ASKED.search(asked) else frozenset()


def differing(question: str, places: Sequence[Place]) -> list[list[int]]:
    """Positions of the places that give different values, grouped by value, the best place's group first; or nothing.

    `places` are ordered by score. Only what stands beside the best place counts, and every value of another group
    contradicts it.
    """
    kinds = asked_kinds(question)
    read = [(n, place, _read(place, kinds)) for n, place in enumerate(places)] if kinds else []
    usable = [(n, place, value) for n, place, value in read if value is not None and _plain(place)]
    if not usable or usable[0][0] != 0:
        return []
    _, best, best_value = usable[0]
    groups: list[tuple[Place, Value, list[int]]] = [(best, best_value, [0])]
    for n, place, value in usable[1:]:
        if place.score < best.score - GAP or not same_matter(question, best, best_value, place, value):
            continue
        home = next((group for group in groups if not contradict(group[1], value)), None)
        if home is not None:
            home[2].append(n)
        elif place.article not in {places[m].article for group in groups for m in group[2]}:
            groups.append((place, value, [n]))
    return [numbers for _, _, numbers in groups] if len(groups) > 1 else []


def _read(place: Place, kinds: frozenset[Kind]) -> Value | None:
    if kinds == {Kind.DATE}:
        return read_date(place.words)
    after = place.text[place.end :]
    if _is_name(place):
        return None
    value = read_amount(place.words, place.before, after)
    return value if value is not None and value.kind in kinds else None


def _is_name(place: Place) -> bool:
    """Whether the number belongs to a name: "the Aero 300", "Flight 12", but not "outside Hela 40 ships"."""
    digit = re.search(r"\d", place.words)
    lead = (place.before + place.words[: digit.start()]).rstrip() if digit else ""
    capital = _CAPITALISED.search(lead)
    return bool(capital and lead[: capital.start()].strip() and not counted(place))


def _plain(place: Place) -> bool:
    """Whether the words state how it is, rather than how it was before, how it isn't, or how much came on top."""
    number = re.search(r"\d", place.words)
    lead = (place.before + place.words[: number.start()] if number else place.before).lower().rstrip(" $€£")
    return not (_EARLIER.search(lead) or _MORE_OF_IT.search(lead) or _DENIED.search(lead))
