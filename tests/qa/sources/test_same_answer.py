"""Which short answers count as one; every case is one that a person would decide at a glance."""

from __future__ import annotations

import pytest

from qa.sources.same_answer import answer_key, full_names


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("in 2019", "2019", True),
        ("On Monday", "monday", True),
        ("about 40 people", "40 people", True),
        ("more than 1,000", "1,000", True),
        ("at least four", "four", True),
        ("the Senate", "Senate", True),
        ("by Ford", "Ford", True),
        ("10 million", "10", False),
        ("March 3", "March", False),
        ("40 people", "40 dogs", False),
        ("about", "", False),
        ("up to", "over", False),
    ],
)
def test_prepositions_and_hedges_decide_nothing(one: str, other: str, same: bool) -> None:
    assert (answer_key(one) == answer_key(other)) is same


@pytest.mark.parametrize(
    ("answers", "together"),
    [
        (["Biden", "Joe Biden", "President Joe Biden"], True),
        (["Mr. Biden", "Biden"], True),
        (["the Senate", "US Senate"], True),
        (["Mexico", "New Mexico"], False),
        (["Korea", "North Korea"], False),
        (["Biden", "Joe Biden", "Jill Biden"], False),
        (["China", "Bank of China"], False),
        (["bank", "World Bank"], False),
        (["40", "Area 40"], False),
        (["Ford", "Gerald Fordham"], False),
    ],
)
def test_last_names_count_for_their_full_name(answers: list[str], together: bool) -> None:
    counted = full_names(answers)
    assert (len(set(counted.values())) == 1) is together
    assert set(counted) == set(answers)


def test_order_of_answers_changes_nothing() -> None:
    answers = ["Biden", "Joe Biden", "President Joe Biden", "Obama", "Barack Obama", "Michelle Obama", "by Biden"]
    assert full_names(answers) == full_names(answers[::-1])
    assert full_names(answers)["Biden"] == "president joe biden"
    assert full_names(answers)["Obama"] == "obama", "two full names end in it"
