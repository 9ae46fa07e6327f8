"""The benchmark's own arithmetic, worked out by hand: a wrong ruler would measure everything wrong."""

from __future__ import annotations

import pytest

from benchmarks.answers import refusal_figures
from benchmarks.load import THINGS, Asked, article_of, figures_of, number_of, question_of
from benchmarks.retrieval import Quiz, first_words, measure
from benchmarks.sets import chunks
from qa.normalise import padded


def test_words_are_found_whole_after_normalisation() -> None:
    assert padded("The U.S., today") == " us today "
    assert padded("cat") not in padded("the cathedral")


def test_a_ranking_is_read_up_to_a_number_of_words() -> None:
    assert list(first_words(["one two", "three four five", "six"], 4)) == ["one two", "three four"]
    assert list(first_words(["one two"], 9)) == ["one two"]


def test_hits_count_the_first_passage_that_holds_the_answer() -> None:
    quizzes = [
        Quiz("q1", (padded("Kling"),), (padded("Sora"), padded("Veo")), True),
        Quiz("q2", (padded("Paris"),), (), True),
    ]
    rankings = [["Sora is here.", "Kling came out."], ["Rome", "Oslo"]]
    figures = measure(rankings, quizzes)
    assert figures.hit == {1: 0.0, 5: 0.5, 10: 0.5}
    assert figures.within_words == 0.5
    assert figures.wrong_hit[1] == pytest.approx(0.25)  # one of two wrong choices in q1, none in q2
    assert figures.words_in_ten == pytest.approx((6 + 2) / 2)


def test_refusals_are_read_off_at_the_share_that_is_answered() -> None:
    within = [0.1, 0.6, 0.7, 0.8, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99]
    figures = refusal_figures(within, [0.05, 0.5, 0.65, 0.2])
    # Nine of ten are answered from 0.55 on (the quantile interpolates), and three of four stay below.
    assert figures["declined without its article, at 90 % answered"] == 0.75
    assert figures["AUC, own article in or out"] == pytest.approx(1 - (2 + 1 + 1) / 40)


def test_chunks_lose_nothing() -> None:
    assert list(chunks([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]


def test_the_wait_of_many_is_held_against_the_queues_ideal() -> None:
    asked = [Asked(0, 0.5, 2.0, True, True, None), Asked(1, 1.5, 4.0, False, False, None)]
    failed = Asked(1, None, 9.0, False, False, "RuntimeError: gone")
    figures = figures_of([*asked, failed], seconds=4.0, users=2, turns=2, alone=1.0)
    assert (figures.errors, figures.crossed, figures.right) == (1, 1, 1)
    assert (figures.per_second, figures.ideal) == (0.5, 4.0)  # two answers in four seconds, two users waiting
    assert (figures.answer_p50, figures.first_quote_p50) == (3.0, 1.0)
    assert figures.answer_p95 == pytest.approx(3.9)


def test_each_users_questions_have_answers_that_nobody_else_has() -> None:
    numbers = [number_of(user, turn) for user in range(33) for turn in range(20)]
    assert len(set(numbers)) == len(numbers)
    article = article_of(7, 20).text
    assert all(f"counted {number_of(7, turn)} {THINGS[turn % 10]}" in article for turn in range(20))
    assert "warden 7 count in 2003?" in question_of(7, 3)
