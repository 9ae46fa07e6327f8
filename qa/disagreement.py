"""Where the articles give different figures for what was asked: which of the places found contradict one another.

Shown side by side, never merged. Precision comes first, so whatever may speak of something else is left out: another
unit, another year, another country, a plan beside a fact, an earlier state, a part of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.mentions import is_place, names
from qa.values import Kind, Value, contradict, read_amount, read_date

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
_BY = re.compile(r"\bby(?: (?:about|around|some|nearly|almost|just|only|at least|more than))*$")
_TO = re.compile(r"\b(?:to|at|of)(?: (?:about|around|some|nearly|almost|just|only|at least|more than))*$")
_HOPED = re.compile(
    r"\b(?:will|would|could|may|might|should|plans?|planned|planning|expect(?:s|ed)?|forecasts?|project(?:s|ed)|"
    r"predict(?:s|ed)?|hopes?|hoped|aims?|targets?|proposed?|proposals?)\b"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_PERIOD = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
    r"|\b(?:first|second|third|fourth) (?:quarter|half|phase|round|day|week)\b|\b(?:last|this|next) (?:year|month)\b"
)
_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_GROWING = re.compile(
    r"\b(?:kill|died?\b|dead\b|death|toll\b|fatal|victim|injur|infect|cases?\b|missing\b|displac)", re.I
)
_FATES = (
    re.compile(r"\b(?:kill|died?\b|dead\b|deaths?\b|fatal|toll\b|lives\b)", re.I),
    re.compile(r"\b(?:injur|wound|hurt\b)", re.I),
    re.compile(r"\b(?:missing|disappear|unaccounted)", re.I),
    re.compile(r"\b(?:rescue|survive|saved\b|evacuat|displac)", re.I),
    re.compile(r"\b(?:arrest|detain|jailed\b|charged\b)", re.I),
)
_CAPITALISED = re.compile(r"\b[A-Z][\w-]*$")
_NAME = re.compile(r"\b[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*")
_NOUNS = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_SCALES = frozenset("hundred thousand million billion trillion percent per cent".split())
_FUNCTION_WORDS = frozenset(
    "a an and are as at be been but by for from had has have he her his if in into is it its of off on onto or out "
    "over she since so than that the their them then there they this those to under until up was were when where "
    "which while who will with would already also ago more less each every now only still yet said says told".split()
)


@dataclass(frozen=True, slots=True)
class Place:
    """Words of an article that answer the question, with what stands around them."""

    text: str  # the sentences that are quoted
    start: int  # of the answering words, characters into `text`
    end: int  # half open
    context: str  # headline and passage
    article: str
    score: float  # logits; higher is better

    @property
    def words(self) -> str:
        """The answering words."""
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """What stands before them."""
        return self.text[: self.start]

    @property
    def around(self) -> str:
        """The sentences without them."""
        return f"{self.text[: self.start]} {self.text[self.end :]}"


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
        if place.score < best.score - GAP or not _same_matter(question, best, best_value, place, value):
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
    return bool(capital and lead[: capital.start()].strip() and not _counted(place))


def _plain(place: Place) -> bool:
    """Whether the words state how it is, rather than how it was before, how it isn't, or how much came on top."""
    number = re.search(r"\d", place.words)
    lead = (place.before + place.words[: number.start()] if number else place.before).lower().rstrip(" $€£")
    return not (_EARLIER.search(lead) or _MORE_OF_IT.search(lead) or _DENIED.search(lead))


def _same_matter(question: str, one: Place, first: Value, other: Place, second: Value) -> bool:
    """Whether nothing shows that the two places speak of different things."""
    if one.article == other.article or first.kind is not second.kind or first.unit != second.unit:
        return False
    checks: list[Callable[[str, Place, Place], bool]] = [_same_names, _same_time, _same_place]
    if first.kind is not Kind.DATE:
        checks += [_same_mood, _same_step, _same_fate]
    if first.kind is Kind.NUMBER and not first.unit:
        checks.append(_same_things)
    return all(check(question, one, other) for check in checks)


def _same_names(question: str, one: Place, other: Place) -> bool:
    wanted = [mention.text.split()[-1].removesuffix("’s").removesuffix("'s").lower() for mention in names(question)]
    return all(name in place.context.lower() for name in wanted for place in (one, other))


def _same_time(question: str, one: Place, other: Place) -> bool:
    patterns = [_YEAR, _PERIOD] if _GROWING.search(question) else [_YEAR, _PERIOD, _WEEKDAY]
    return not any(_apart(set(p.findall(one.around)), set(p.findall(other.around))) for p in patterns)


def _same_place(question: str, one: Place, other: Place) -> bool:
    return not _apart(_places(one.around), _places(other.around))


def _same_mood(question: str, one: Place, other: Place) -> bool:
    return bool(_HOPED.search(one.text)) == bool(_HOPED.search(other.text))


def _same_step(question: str, one: Place, other: Place) -> bool:
    by = [bool(_BY.search(place.before.rstrip())) for place in (one, other)]
    to = [bool(_TO.search(place.before.rstrip())) for place in (one, other)]
    return not (by[0] and to[1]) and not (by[1] and to[0])


def _same_fate(question: str, one: Place, other: Place) -> bool:
    fates = [{n for n, fate in enumerate(_FATES) if fate.search(place.text)} for place in (one, other)]
    return not _apart(*fates)


def _same_things(question: str, one: Place, other: Place) -> bool:
    """Whether they count the same, by the words that follow the numbers; both may be words of the question."""
    counted = [_counted(one), _counted(other)]
    asked = {_stem(word) for word in _NOUNS.findall(question.lower())}
    return not _apart(*counted) or all(words & asked for words in counted)


def _counted(place: Place) -> set[str]:
    """The next words after the number, up to three, as far as they may be the thing that is counted."""
    numbers = list(re.finditer(r"\d[\d,.]*", place.words))
    rest = (place.words[numbers[-1].end() :] if numbers else "") + place.text[place.end :]
    if not numbers:
        rest = place.words.split(" ", 1)[-1] + place.text[place.end :]
    found: set[str] = set()
    for word in _NOUNS.findall(re.split(r"[,.;:()“”\"!?–—]", rest, maxsplit=1)[0].lower())[:4]:
        if word in _FUNCTION_WORDS or len(found) == 3:
            break
        if word not in _SCALES:
            found.add(_stem(word))
    return found


def _stem(word: str) -> str:
    return word[:6] if len(word) > 6 else word.removesuffix("s")


def _apart(one: set[int] | set[str], other: set[int] | set[str]) -> bool:
    return bool(one) and bool(other) and not one & other


def _places(text: str) -> set[str]:
    return {name for name in _NAME.findall(text) if is_place(name)}
