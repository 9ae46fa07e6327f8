"""Which texts have legal marks, said once by hand and once of every prefix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.prose.numbering import legal, may_follow


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("The park has trees. [1]", 3, True),
        ("The park has trees.[1][2] More! [3]", 3, True),
        ("The park has trees.” [ 2 ] And", 3, True),
        ("No marks at all", 3, True),
        ("The park [1] has trees.", 3, False),  # not right after a sentence
        ("[1] The park", 3, False),
        ("The park has trees. [4]", 3, False),
        ("The park has trees. [0]", 3, False),
        ("The park has trees. [01]", 3, False),
        ("The park has trees. [12]", 12, True),
        ("The park has trees. [1", 3, False),  # left open
        ("The park has trees. [a]", 3, False),
        ("The park has trees. ]", 3, False),
        ("The park has trees. [1]", 0, False),
        ("The park has trees. [1][1][1][1]", 3, False),  # no more marks than quotes
    ],
)
def test_a_mark_is_legal_right_after_a_sentence(text: str, count: int, expected: bool) -> None:
    assert legal(text, count) is expected


@given(st.text(st.sampled_from("a .[]0123456789”"), max_size=20), st.integers(0, 12))
def test_pieces_are_judged_as_their_characters_are(text: str, count: int) -> None:
    reached = all(may_follow(text[:place], char, count) for place, char in enumerate(text))
    assert may_follow("", text, count) is reached
    if legal(text, count):
        assert reached
