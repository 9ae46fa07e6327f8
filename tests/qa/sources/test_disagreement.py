"""Figures that contradict each other stand side by side; figures that may both be true never do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.sources.disagreement import asked_kinds, differing
from qa.sources.same_matter import Place
from qa.sources.values import Kind, Value, contradict, read_amount, read_date

EXAMPLES = [
    json.loads(line) for line in Path(__file__).with_name("disagreements.jsonl").read_text("utf-8").splitlines()
]


def places(example: dict[str, Any]) -> list[Place]:
    return [
        Place(
            quote["text"],
            *quote["answer"],
            quote.get("title", example["question"]) + " " + quote["text"],
            quote["source"],
            5.0 - n,
            date.fromisoformat(quote["published"]),
        )
        for n, quote in enumerate(example["quotes"])
    ]


def test_precision_and_recall_on_the_marked_examples() -> None:
    found = [bool(differing(example["question"], places(example))) for example in EXAMPLES]
    right = sum(flag and example["differ"] for flag, example in zip(found, EXAMPLES, strict=True))
    wrong = [example for flag, example in zip(found, EXAMPLES, strict=True) if flag and not example["differ"]]
    assert len(EXAMPLES) >= 60
    assert wrong == []
    assert right / sum(example["differ"] for example in EXAMPLES) >= 0.85


def stated(text: str, words: str, article: str, score: float = 5.0, context: str = "") -> Place:
    start = text.index(words)
    return Place(text, start, start + len(words), context or text, article, score)


MARCH = "How many people marched in Lisbon?"
FIRST = stated("In Lisbon 27,000 people marched.", "27,000 people", "Tribune")


def test_values_are_grouped_and_the_best_one_stands_first() -> None:
    others = [
        stated("Police counted 41,000 people in Lisbon.", "41,000 people", "Star", 4.5),
        stated("Lisbon saw about 27,500 people march.", "about 27,500 people", "Post", 4.4),
        stated("Some 41,200 people marched in Lisbon.", "41,200 people", "Courier", 4.3),
    ]
    assert differing(MARCH, [FIRST, *others]) == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    "other",
    [
        stated("In Lisbon 41,000 people marched.", "41,000 people", "Tribune"),  # the same article
        stated("In Lisbon 41,000 people marched.", "41,000 people", "Star", 1.9),  # too weak
        stated("There 41,000 people marched.", "41,000 people", "Star"),  # Lisbon isn't mentioned
    ],
)
def test_what_is_weak_of_the_same_article_or_of_something_else_stays_out(other: Place) -> None:
    assert differing(MARCH, [FIRST, other]) == []


def test_without_a_figure_in_the_best_place_nothing_is_compared() -> None:
    vague = stated("Thousands of people marched in Lisbon.", "Thousands of people", "Post", 9.0)
    strong = stated("In Lisbon 41,000 people marched.", "41,000 people", "Star")
    assert differing(MARCH, [vague, FIRST, strong]) == []
    assert differing(MARCH, []) == []


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("How many people came?", {Kind.NUMBER}),
        ("When did it open?", {Kind.DATE}),
        ("In what year was it built?", {Kind.DATE}),
        ("What share of voters came?", {Kind.PERCENT}),
        ("How much did it cost?", {Kind.NUMBER, Kind.MONEY, Kind.PERCENT}),
        ("What is the death toll?", {Kind.NUMBER, Kind.MONEY, Kind.PERCENT}),
        ("Who opened it?", set()),
        ("What number does the bus have?", set()),
        ("Why did 300 people leave?", set()),
    ],
)
def test_the_kinds_that_a_question_asks_for(question: str, kinds: set[Kind]) -> None:
    assert asked_kinds(question) == kinds


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("27,000 people", Value(Kind.NUMBER, 26_500, 27_500)),
        ("forty-two", Value(Kind.NUMBER, 42, 42)),
        ("one hundred and twelve", Value(Kind.NUMBER, 111.5, 112.5)),
        ("$1.2 billion", Value(Kind.MONEY, 1.15e9, 1.25e9, "dollar")),
        ("nine million euros", Value(Kind.MONEY, 8.5e6, 9.5e6, "euro")),
        ("£40m", Value(Kind.MONEY, 35e6, 45e6, "pound sterling")),
        ("54 per cent", Value(Kind.PERCENT, 53.5, 54.5)),
        ("57 km", Value(Kind.NUMBER, 57, 57, "kilometre")),
        ("at least 20", Value(Kind.NUMBER, 20, float("inf"))),
        ("up to 50", Value(Kind.NUMBER, 0, 50)),
        ("20 to 30", Value(Kind.NUMBER, 20, 30)),
        ("3-1", None),
        ("GPT-4", None),
        ("9 p.m.", None),
        ("third", None),
        ("thousands", None),
        ("", None),
    ],
)
def test_amounts_as_news_writes_them(words: str, value: Value | None) -> None:
    found = read_amount(words)
    if value is None or found is None:
        assert found is value
    else:
        assert (found.kind, found.unit) == (value.kind, value.unit)
        assert (found.low, found.high) == pytest.approx((value.low, value.high))


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("3 May 2024", (2024, 5, 3)),
        ("May 3rd, 2024", (2024, 5, 3)),
        ("on Saturday, May 4", (None, 5, 4)),
        ("Feb. 6, 2023", (2023, 2, 6)),
        ("May 2021", (2021, 5, None)),
        ("in 1998", (1998, None, None)),
        ("2024-05-03", (2024, 5, 3)),
        ("Tuesday", None),
        ("33 May", None),
        ("27 people", None),
    ],
)
def test_dates_as_news_writes_them(words: str, day: tuple[int | None, int | None, int | None] | None) -> None:
    found = read_date(words)
    assert (found.day if found else None) == day


def test_dates_contradict_only_in_what_both_give() -> None:
    may, third, other = (read_date(words) for words in ("May 2024", "3 May", "7 May 2023"))
    assert may is not None
    assert third is not None
    assert other is not None
    assert not contradict(may, third)
    assert contradict(third, other)
    assert contradict(may, other)


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_any_words_are_a_value_or_none(words: str, before: str, after: str) -> None:
    found = read_amount(words, before, after)
    assert found is None or found.low <= found.high
    read_date(words)
