"""Dates, places, confidence and effort in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from corpus.article import DateOrigin
from qa.chat.turn import Searched
from qa.chat.wording import certainty, covered, dated, place, searched_line, shortened, title_of
from qa.formatting import counted
from tests.qa.chat.pages import PARK, answer_of, citation_of, refusal_of

ANSWER = answer_of(citation_of(PARK, 0, 8))


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (0.999, "very likely right (over 99%)"),
        (0.9, "very likely right (90%)"),
        (0.899, "likely right (90%)"),
        (0.75, "likely right (75%)"),
        (0.5, "more likely right than wrong (50%)"),
        (0.2, "rather a guess (20%)"),
        (0.0, "rather a guess (under 1%)"),
    ],
)
def test_confidence_in_words_and_percent(confidence: float, words: str) -> None:
    assert certainty(replace(ANSWER, confidence=confidence)) == words


def test_a_refusal_gives_the_chance_that_it_is_wrong() -> None:
    assert certainty(refusal_of()) == "chance that they do: 4%"


def test_a_date_says_where_it_came_from() -> None:
    assert dated(date(2024, 5, 3), DateOrigin.METADATA) == "3 May 2024 (date from the page's metadata)"
    assert dated(None, None) == "date unknown"
    assert all(dated(date(2024, 1, 1), origin).endswith(")") for origin in DateOrigin)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (("The Paper", "https://x.example", "/a/b.txt"), "The Paper"),
        ((" \u200b", "https://www.x.example/1", "/a/b.txt"), "x.example"),
        ((None, "javascript:x", "/a/my file.txt"), "my file.txt"),
        ((None, None, None), "source unknown"),
    ],
)
def test_the_place_is_source_else_site_else_file(given: tuple[str | None, ...], shown: str) -> None:
    assert place(*given) == shown


def test_what_was_searched() -> None:
    day = date(2024, 5, 3)
    assert searched_line(Searched(1, 1, (day, day)), 1.26) == "Searched 1 article · 1 passage · 3 May 2024 · 1.3 s"
    assert searched_line(Searched(3025, 0, None)) == "Searched 3,025 articles · 0 passages · dates unknown"
    assert searched_line(Searched(2, 9, None, narrowed=True)).startswith("Searched 2 chosen articles")
    assert covered((day, date(2025, 1, 1))) == "3 May 2024 to 1 Jan 2025"
    assert counted(0, "quote") == "0 quotes"


def test_titles_and_snippets() -> None:
    assert title_of(" \n") == "Untitled article"
    assert shortened("one two three", 8) == "one two…"
    assert shortened("x" * 20, 8) == "xxxxxxx…"
    assert shortened("short", 8) == "short"
