"""What a few words say as a number, an amount of money, a percentage or a date, and whether two of them contradict.

Made for one use: to show different figures side by side. So whatever may still be the same counts as the same: a
rounded number and an exact one, "at least 20" and 27, "May" and "3 May". Units are compared, never converted.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from corpus.dates import WEEKDAYS, month_number
from qa.english import MULTIPLES, NUMBERS, SHORT_MULTIPLES


class Kind(StrEnum):
    """What a value is."""

    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Value:
    """What the words say: an interval that the number lies in, or a day as far as it is given."""

    kind: Kind
    low: float = 0.0
    high: float = 0.0
    unit: str = ""  # a currency, or a unit of measure in the singular; empty for a plain count
    day: tuple[int | None, int | None, int | None] = (None, None, None)  # year, month, day


_SCALES = {**MULTIPLES, **SHORT_MULTIPLES, "mln": 1e6}
_CURRENCIES = {
    **{"$": "dollar", "us$": "dollar", "dollars": "dollar", "dollar": "dollar", "usd": "dollar"},
    **{"€": "euro", "euros": "euro", "euro": "euro", "eur": "euro"},
    **{"£": "pound sterling", "gbp": "pound sterling"},
    **{"¥": "yen", "yen": "yen", "yuan": "yuan", "rmb": "yuan", "rupees": "rupee", "₹": "rupee", "francs": "franc"},
    **{"a$": "australian dollar", "c$": "canadian dollar", "cents": "cent", "pence": "penny"},
}
_PERCENT = frozenset({"%", "percent", "per cent", "pc"})
_UNITS = {
    form: name
    for name, forms in {
        "kilometre": "kilometres kilometre kilometers kilometer km",
        "metre": "metres metre meters meter m",
        "centimetre": "centimetres centimetre centimeters centimeter cm",
        "mile": "miles mile",
        "foot": "feet foot ft",
        "inch": "inches inch",
        "kilogram": "kilograms kilogram kilos kilo kg",
        "tonne": "tonnes tonne tons ton",
        "pound": "pounds pound lbs",
        "hectare": "hectares hectare",
        "acre": "acres acre",
        "litre": "litres litre liters liter",
        "degree": "degrees degree",
        "year": "years year",
        "month": "months month",
        "week": "weeks week",
        "day": "days day",
        "hour": "hours hour",
        "minute": "minutes minute",
        "second": "seconds second",
        "time": "times time",
        "point": "points point",
        "percentage point": "percentage-points",
        "megawatt": "megawatts megawatt mw",
        "gigawatt": "gigawatts gigawatt gw",
    }.items()
    for form in forms.split()
}
_DAYS = f"(?:{'|'.join(WEEKDAYS).lower()})"

_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_WORDS = rf"(?:an? (?={'|'.join(MULTIPLES)})|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_SPELT_OUT = rf"{_WORDS}(?:[ -](?:and )?(?:{_WORDS}|hundred|thousand))*"
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_SIGN = r"us\$|a\$|c\$|[$€£¥₹]"
_AMOUNT = re.compile(
    rf"(?P<sign>{_SIGN})?\s?(?P<figure>{_FIGURE}|{_SPELT_OUT})(?:[ -]?(?P<scale>{_SCALE})\b)?"
    rf"(?:[ -]?(?P<unit>%|percentage points?|per cent|[a-z]+))?"
)
_AT_LEAST = re.compile(r"\b(?:at least|more than|over|above|no (?:fewer|less) than|upwards of|exceeding|a minimum of)$")
_AT_MOST = re.compile(r"\b(?:at most|up to|as many as|as much as|less than|fewer than|under|below|no more than)$")
_ABOUT = re.compile(
    r"\b(?:about|around|some|roughly|approximately|an estimated|estimated|close to|circa|or so|almost|nearly)$"
)
_RANGE = re.compile(r"(?:\bto\b|[-–]|\band\b)")
_DATE = re.compile(
    rf"(?:(?:on|in|since|by) )?(?:{_DAYS},? )?(?:(?:on|in) )?(?:the )?"
    rf"(?:(?P<iso>\d{{4}})-(?P<im>\d\d)-(?P<id>\d\d)"
    rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m1>[a-z]{{3,9}})\.?,?(?: (?P<y1>\d{{4}}))?"
    rf"|(?P<m2>[a-z]{{3,9}})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<y2>\d{{4}}))?"
    rf"|(?P<m3>[a-z]{{3,9}})\.?,? (?P<y3>\d{{4}})|(?P<y4>1\d{{3}}|20\d\d))"
)
_WIDE = 0.1  # how far from the truth "about" may be
_EXACT_BELOW = 100  # whole numbers below this are not taken as rounded


def read_date(words: str) -> Value | None:
    """The date that the words are; None if they are no date or say more than one."""
    match = _DATE.fullmatch(_plain(words))
    if match is None:
        return None
    part = match.groupdict()
    month_name = part["m1"] or part["m2"] or part["m3"]
    month = int(part["im"]) if part["im"] else month_number(month_name) if month_name else None
    day = part["id"] or part["d1"] or part["d2"]
    year = part["iso"] or part["y1"] or part["y2"] or part["y3"] or part["y4"]
    if month is not None and not 1 <= month <= 12:
        return None
    if day and not 1 <= int(day) <= 31:
        return None
    return Value(Kind.DATE, day=(int(year) if year else None, month, int(day) if day else None))


def read_amount(words: str, before: str = "", after: str = "") -> Value | None:
    """The number, money or percentage that the words are, with what stands before and after them in the sentence.

    Words around the number that only name what is counted are left to the caller; None where there is no number or
    more than a range of two.
    """
    text = _plain(words)
    found = [match for match in _AMOUNT.finditer(text) if _whole_word(text, match)]
    if not found or len(found) > 2 or _more_digits(text, found):
        return None
    lead = _plain(f"{before} {text[: found[0].start()]}")[-40:].rstrip()
    if re.match(r"[ -]?[ap]\.?m\b", text[found[-1].end("figure") :] or _plain(after)):  # an hour of the day
        return None
    values = [_value(match, _plain(after)) for match in found]
    if len(values) == 1:
        return _hedged(values[0], lead)
    between = text[found[0].end("figure") : found[1].start("figure")]
    if not _RANGE.search(between) or values[0].kind not in (values[1].kind, Kind.NUMBER):
        return None
    return Value(values[1].kind, min(v.low for v in values), max(v.high for v in values), values[1].unit)


def contradict(one: Value, other: Value) -> bool:
    """Whether both can't be true of the same thing."""
    if one.kind is not other.kind:
        return False
    if one.kind is Kind.DATE:
        return any(a is not None and b is not None and a != b for a, b in zip(one.day, other.day, strict=True))
    return one.unit == other.unit and (one.high < other.low or other.high < one.low)


def _plain(words: str) -> str:
    return " ".join(words.lower().replace("\u2011", "-").split())


def _whole_word(text: str, match: re.Match[str]) -> bool:
    """A number is no part of a name or of another number: not "GPT-4", "3-1", "B12", "1.2.3"."""
    before = text[: match.start("figure")]
    after = text[match.end("figure") :]
    if re.search(r"[a-z\d][.,:/-]?$", before) and not re.search(rf"(?:{_SIGN})$", before):
        return False
    return not re.match(r"[-–:/.]\d|(?:st|nd|rd|th)\b|[a-z](?<![kmbt])", after) and not (
        match["figure"].isalpha() and re.match(r"[a-z]", after)
    )


def _more_digits(text: str, found: list[re.Match[str]]) -> bool:
    covered = "".join(text[match.start() : match.end()] for match in found)
    return sum(char.isdigit() for char in text) > sum(char.isdigit() for char in covered)


def _value(match: re.Match[str], after: str) -> Value:
    number, step = _number(match["figure"])
    scale = _SCALES[match["scale"]] if match["scale"] else 1.0
    kind, unit = _unit(match, after)
    low, high = number * scale, number * scale
    if not number.is_integer() or scale > 1 or (number >= _EXACT_BELOW and kind is not Kind.PERCENT):
        low, high = (number - step / 2) * scale, (number + step / 2) * scale
    elif kind is Kind.PERCENT:
        low, high = number - 0.5, number + 0.5
    return Value(kind, low, high, unit)


def _unit(match: re.Match[str], after: str) -> tuple[Kind, str]:
    word = (match["unit"] or "").strip()
    if not word:  # "54 | percent": the marked words may end before the unit
        following = re.match(r"[ -]?(%|percentage points?|per cent|[a-z]+)", after)
        word = following.group(1) if following else ""
    if match["sign"]:
        return Kind.MONEY, _CURRENCIES[match["sign"]]
    if word.startswith("percentage"):
        return Kind.NUMBER, "percentage point"
    if word in _PERCENT:
        return Kind.PERCENT, ""
    if word in _CURRENCIES:
        return Kind.MONEY, _CURRENCIES[word]
    return Kind.NUMBER, _UNITS.get(word, "")


def _number(figure: str) -> tuple[float, float]:
    """The number, and the step to which it is given: 27,000 is given to the thousand, 1.2 to a tenth."""
    if figure[0].isdigit():
        digits = figure.replace(",", "")
        if "." in digits:
            return float(digits), 10.0 ** -len(digits.split(".")[1])
        zeros = len(digits) - len(digits.rstrip("0")) if float(digits) else 0
        return float(digits), 10.0**zeros
    total = part = 0.0
    for word in re.split(r"[ -]", figure):
        if word in NUMBERS:
            part += NUMBERS[word]
        elif word in ("a", "an"):
            part = 1.0
        elif word == "hundred":
            part = max(part, 1.0) * 100
        elif word == "thousand":
            total, part = total + max(part, 1.0) * 1000, 0.0
    number = total + part or 1.0  # "a million": the scale stands apart
    return number, 10.0 ** (len(f"{number:.0f}") - len(f"{number:.0f}".rstrip("0")))


def _hedged(value: Value, lead: str) -> Value:
    said = (value.low + value.high) / 2  # a bound is meant as it is said
    if _AT_LEAST.search(lead):
        return Value(value.kind, said, math.inf, value.unit)
    if _AT_MOST.search(lead):
        return Value(value.kind, 0.0, said, value.unit)
    if _ABOUT.search(lead):
        return Value(value.kind, value.low * (1 - _WIDE), value.high * (1 + _WIDE), value.unit)
    return value
