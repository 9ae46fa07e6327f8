"""Whether two places of articles that give figures speak of the same thing, as far as their words show it.

Everything that may make it another thing counts against it: another year, another country, a plan beside a fact, the
killed and the injured, "rose by" and "rose to", a figure many times as large.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from corpus.dates import MONTHS, WEEKDAYS
from qa.english import MULTIPLES, STOP_WORDS
from qa.mentions import is_place, names
from qa.sources.values import Kind, Value

MOST_TIMES = 3.0  # a figure so many times as large as another is of something else
MOST_DAYS = 31  # between the articles of two figures; later a new game, rate or storm is more likely than a new count

_BY = re.compile(r"\bby(?: (?:about|around|some|nearly|almost|just|only|at least|more than))*$")
_TO = re.compile(r"\b(?:to|at|of)(?: (?:about|around|some|nearly|almost|just|only|at least|more than))*$")
_STEP = re.compile(
    r"^[- ]?(?:[a-z%]+[- ])?(?:percent |per cent )?(?:closer|farther|further|more|fewer|less|higher|lower|later|"
    r"earlier|longer|shorter|increase|decrease|rise|drop|cut)\b"
)
_HOPED = re.compile(
    r"\b(?:will|would|could|may|might|should|plans?|planned|planning|expect(?:s|ed)?|forecasts?|project(?:s|ed)|"
    r"predict(?:s|ed)?|hopes?|hoped|aims?|targets?|proposed?|proposals?)\b"
)
_RECORD = re.compile(r"\b(?:record|all-time|peak(?:s|ed)?)\b")
_SUPERLATIVE = re.compile(
    r"\b(?:biggest|largest|highest|lowest|smallest|longest|shortest|greatest|most)\b((?: [\w’'-]+){1,3})"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_PERIOD = re.compile(
    rf"\b(?:{'|'.join(MONTHS)})\b"
    r"|\b(?:first|second|third|fourth) (?:quarter|half|phase|round|day|week)\b|\b(?:last|this|next) (?:year|month)\b"
)
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b")
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
_NAME = re.compile(r"\b[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*")
_NOUNS = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_SCALES = frozenset({*MULTIPLES, "percent", "per", "cent"})
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
    published: date | None = None

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


def same_matter(question: str, one: Place, first: Value, other: Place, second: Value) -> bool:
    """Whether nothing shows that the two places speak of different things."""
    if one.article == other.article or first.kind is not second.kind or first.unit != second.unit:
        return False
    checks: list[Callable[[str, Place, Place], bool]] = [_same_names, _same_time, _same_place, _same_aspect]
    if first.kind is not Kind.DATE:
        if not _near(first, second) or _days_between(one, other) > MOST_DAYS:
            return False
        checks += [_same_mood, _same_step, _same_fate, _same_rank]
    if first.kind is Kind.NUMBER and not first.unit:
        checks.append(_same_things)
    return all(check(question, one, other) for check in checks)


def _same_names(question: str, one: Place, other: Place) -> bool:
    wanted = [mention.text.split()[-1].removesuffix("’s").removesuffix("'s").lower() for mention in names(question)]
    return all(name in place.context.lower() for name in wanted for place in (one, other))


def _same_time(question: str, one: Place, other: Place) -> bool:
    patterns = [_YEAR, _PERIOD] if _GROWING.search(question) else [_YEAR, _PERIOD, _WEEKDAY]
    if any(_apart(set(p.findall(one.around)), set(p.findall(other.around))) for p in patterns):
        return False
    earlier = [_earlier_years(place) for place in (one, other)]
    return None in earlier or earlier[0] == earlier[1]


def _earlier_years(place: Place) -> set[str] | None:
    """The years that it names beside the one in which its article appeared; None if that isn't known."""
    return None if place.published is None else set(_YEAR.findall(place.around)) - {str(place.published.year)}


def _same_place(question: str, one: Place, other: Place) -> bool:
    """Whether each place is one of the question, or known to both; "UK inflation" isn't that of another article."""
    own = [_places(place.text) - _places(question) for place in (one, other)]
    return own[0] <= _places(other.context) and own[1] <= _places(one.context)


def _near(one: Value, other: Value) -> bool:
    less, more = sorted((_size(one), _size(other)))
    return less > 0 and more <= MOST_TIMES * less


def _size(value: Value) -> float:
    """The number that was said, also of "at least" and "up to"."""
    if value.low == 0:
        return value.high
    return value.low if math.isinf(value.high) else (value.low + value.high) / 2


def _days_between(one: Place, other: Place) -> int:
    return abs((one.published - other.published).days) if one.published and other.published else 0


def _same_mood(question: str, one: Place, other: Place) -> bool:
    return bool(_HOPED.search(one.text)) == bool(_HOPED.search(other.text))


def _same_rank(question: str, one: Place, other: Place) -> bool:
    """Whether both or neither speak of a record: the biggest jackpot so far is not today's."""
    asked = _content(question)
    ranked = [
        bool(_RECORD.search(place.text))
        or any(_content(match.group(1)) & asked for match in _SUPERLATIVE.finditer(place.text))
        for place in (one, other)
    ]
    return ranked[0] == ranked[1]


def _same_step(question: str, one: Place, other: Place) -> bool:
    by = [bool(_BY.search(place.before.rstrip()) or _STEP.search(place.text[place.end :])) for place in (one, other)]
    to = [bool(_TO.search(place.before.rstrip())) and not is_by for place, is_by in zip((one, other), by, strict=True)]
    return not (by[0] and to[1]) and not (by[1] and to[0])


def _same_aspect(question: str, one: Place, other: Place) -> bool:
    """Whether one place speaks of nothing in the question that the other leaves out, while leaving out something else.

    Asked by how much egg prices rose, "the cost of eggs soared 38%" and "menu prices increased 8%" part here.
    """
    asked = _content(question)
    found = [asked & _content(place.text) for place in (one, other)]
    return found[0] <= found[1] or found[1] <= found[0]


def _same_fate(question: str, one: Place, other: Place) -> bool:
    fates = [{n for n, fate in enumerate(_FATES) if fate.search(place.text)} for place in (one, other)]
    return not _apart(*fates)


def _same_things(question: str, one: Place, other: Place) -> bool:
    """Whether they count the same, by the words that follow the numbers; both may be words of the question."""
    things = [counted(one), counted(other)]
    if _apart(_whose(one), _whose(other)):
        return False
    asked = {_stem(word) for word in _NOUNS.findall(question.lower())}
    return not _apart(*things) or all(words & asked for words in things)


def _whose(place: Place) -> set[str]:
    """The capitalised words right behind the number: 5,500 Ruritanian soldiers."""
    match = re.match(r"(?:[^\w]*[A-Z][\w-]+)+", re.split(r"\d(?!.*\d)|$", place.words)[-1] + place.text[place.end :])
    return set(_NAME.findall(match.group())) if match else set()


def counted(place: Place) -> set[str]:
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


def _content(text: str) -> set[str]:
    return {_stem(word) for word in _NOUNS.findall(text.lower()) if word not in STOP_WORDS}


def _stem(word: str) -> str:
    return word[:6] if len(word) > 6 else word.removesuffix("s")


def _apart(one: set[int] | set[str], other: set[int] | set[str]) -> bool:
    return bool(one) and bool(other) and not one & other


def _places(text: str) -> set[str]:
    return {name for name in _NAME.findall(text) if is_place(name)}
