"""Publication dates: what is sure is taken, what is ambiguous isn't."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from corpus.dates import date_in_url, parse_date

DAY = date(2024, 3, 5)


@pytest.mark.parametrize(
    "value",
    [
        DAY,
        datetime(2024, 3, 5, 10, 22, tzinfo=UTC),
        "2024-03-05",
        "2024-03-05T23:59:00-08:00",
        "2024/3/5",
        "20240305",
        "March 5, 2024",
        "5 March 2024",
        "Mar. 5th, 2024",
        "Tue, 05 Mar 2024 10:22:00 GMT",
    ],
)
def test_dates_that_are_sure(value: object) -> None:
    assert parse_date(value) == DAY


@pytest.mark.parametrize(
    "value", ["03/04/2024", "2024", "yesterday", "", None, 20240305, "2024-13-05", "0001-01-01", "5 Foo 2024"]
)
def test_dates_that_are_not(value: object) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/news/2024/03/05/bridge", DAY),
        ("https://example.com/2024-03-05-bridge", DAY),
        ("https://example.com/2024/mar/05/bridge", DAY),
        ("https://example.com/20240305/bridge.html", DAY),
        ("https://example.com/news/10991034002/", None),
        ("https://example.com/2024/03/bridge", None),
        ("https://example.com/a?date=2024-03-05", None),
        ("https://example.com/1850/01/02/history", None),
        ("https://example.com/2024/13/45/bridge", None),
        (None, None),
    ],
)
def test_dates_in_addresses(url: str | None, expected: date | None) -> None:
    assert date_in_url(url) == expected
