"""Numbers as people read them."""

from __future__ import annotations

import pytest

from qa.formatting import counted, percent


@pytest.mark.parametrize(
    "probability, shown",
    [
        (0.0, "under 1%"),
        (0.0099, "under 1%"),
        (0.01, "1%"),
        (0.5, "50%"),
        (0.99, "99%"),
        (0.996, "over 99%"),
        (1.0, "over 99%"),
    ],
)
def test_no_probability_is_shown_as_certain(probability: float, shown: str) -> None:
    assert percent(probability) == shown


def test_numbers_have_their_noun() -> None:
    assert [counted(1, "article"), counted(0, "article"), counted(3025, "article")] == [
        "1 article",
        "0 articles",
        "3,025 articles",
    ]
