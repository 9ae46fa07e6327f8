"""Publication dates, from what a page or a record says of itself; a file's time is never asked."""

from __future__ import annotations

import re
from datetime import date, datetime

MONTHS = tuple("January February March April May June July August September October November December".split())
WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())

_NUMBER = {spelt.lower(): n for n, name in enumerate(MONTHS, 1) for spelt in (name, name[:3])} | {"sept": 9}
_IN_URL = re.compile(r"(?<![\d])((?:19|20)\d\d)([/_-]?)(\d\d|[a-z]{3})\2(\d\d)(?!\d)", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_WORDY = re.compile(
    r"(?:([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})|(\d{1,2})(?:st|nd|rd|th)? ([A-Za-z]{3,9})\.?,? (\d{4}))"
)
_EARLIEST = date(1600, 1, 1)  # the first newspapers


def parse_date(value: object) -> date | None:
    """The day in a front matter value, a column or a meta tag; None if it can't be told for sure."""
    if isinstance(value, datetime):
        return _plausible(value.date())
    if isinstance(value, date):
        return _plausible(value)
    if not isinstance(value, str):
        return None
    text = value.strip()[:60]
    if match := _ISO.match(text):
        year, month, day = match.groups()
        return _day(year, int(month), day)
    if re.fullmatch(r"(?:19|20)\d{6}", text):
        return _day(text[:4], int(text[4:6]), text[6:])
    text = re.sub(r"^[A-Za-z]{3,9}\.?, ", "", text)  # "Tue, 3 Jan 2023 …"
    if match := _WORDY.match(text):
        name = match.group(1) or match.group(5)
        return _day(match.group(3) or match.group(6), month_number(name), match.group(2) or match.group(4))
    return None  # 03/04/2023 is April in one country and March in another


def date_in_url(url: str | None) -> date | None:
    """The day in an address such as https://example.com/2023/01/05/story; None if there is none."""
    for match in _IN_URL.finditer((url or "").split("?")[0]):
        year, separator, month, day = match.groups()
        if month.isdigit() or separator:
            found = _day(year, int(month) if month.isdigit() else month_number(month), day)
            if found and found.year >= 1990:  # the web is no older
                return found
    return None


def month_number(name: str) -> int:
    """From 1, for a month's name or its first three letters (or "Sept") in any case; 0 for another word."""
    return _NUMBER.get(name.lower(), 0)


def _day(year: str, month: int, day: str) -> date | None:
    try:
        return _plausible(date(int(year), month, int(day)))
    except ValueError:
        return None


def _plausible(day: date) -> date | None:
    return day if day >= _EARLIEST else None
