"""Newer articles count more where a question is about now, and nowhere else."""

from __future__ import annotations

import math
from datetime import date

import pytest

from corpus.article import Passage
from index.hits import Hit
from qa.recency import AGE_WEIGHT, age_costs

NEWEST = date(2026, 11, 20)


def hits(*days: date | None) -> list[Hit]:
    passage = Passage("a", 0, 4, "Text", "Title")
    return [Hit(passage, 1.0, rank, ("bm25",), published=day) for rank, day in enumerate(days, 1)]


@pytest.mark.parametrize(
    "question",
    [
        "Which company laid off 10,000 people this week?",
        "Who is the new prime minister of New Zealand?",
        "What is the current rate?",
        "Latest on the strike?",
        "What did the court decide last month?",
    ],
)
def test_about_now_an_older_article_loses(question: str) -> None:
    older = date(2025, 11, 20)
    assert age_costs(question, hits(older, NEWEST)) == [pytest.approx(AGE_WEIGHT * math.log1p(365 / 30)), 0.0]


@pytest.mark.parametrize(
    "question",
    [
        "Who won in 2019?",
        "How large is New York?",
        "What do people know of renewal?",
        "When was last year's report written?",
        "Who wrote The Newcomers?",
    ],
)
def test_about_anything_else_nothing_is_lost(question: str) -> None:
    assert age_costs(question, hits(date(2019, 1, 1), NEWEST)) == [0.0, 0.0]


def test_without_a_date_an_article_counts_as_old_as_the_middle_one() -> None:
    days = [NEWEST, date(2026, 10, 21), date(2020, 1, 1), None]
    costs = age_costs("What is new today?", hits(*days))
    assert costs[3] == costs[1] == pytest.approx(AGE_WEIGHT * math.log(2))
    assert costs[2] > costs[1] > costs[0] == 0.0


def test_with_one_date_nothing_can_be_compared() -> None:
    assert age_costs("Who leads now?", hits(NEWEST, None)) == [0.0, 0.0]
    assert age_costs("Who leads now?", []) == []
