"""What nobody sees goes; what a script or an emoji is spelt with stays."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.unseen import without_unseen

NUMBER_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u0890\u0891\u08e2\U000110bd\U000110cd")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("pass\u200bword\ufeff\u2060", "password"),
        ("pass\u200dwo\u200crd", "password"),  # Latin is spelt without joiners
        ("a\u202eb\u2066c\u200fd\u061c", "abcd"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("fill\u3164\u115f\uffa0er\u034f", "filler"),
        ("soft\u00adhyphen", "softhyphen"),
        ("math\u2061\u2063", "math"),
        ("a\ufe0fb\U000e0100c", "abc"),  # bytes can be hidden in a row of variation selectors
        ("a\x00b\x1b[31mc\x7f\x9b", "ab[31mc"),
        ("1\ufe0f2\ufe003", "123"),
        ("a\ud800b", "ab"),
        ("\u200d" * 9 + "a", "a"),
        ("葛\U000e0100\U000e0101", "葛\U000e0100"),
        ("می\u200c\u200c\u200dخ", "می\u200cخ"),
    ],
)
def test_what_nobody_sees_goes(text: str, seen: str) -> None:
    assert without_unseen(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        *("می\u200cخواهم", "ක්\u200dෂ", "न्\u200d", "നാന്\u200d ", "ᠠ\u180b"),
        *("👩\u200d💻", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3", "👨🏽\u200d🚀", "🏳\ufe0f\u200d🌈"),
        *("葛\U000e0100飾区", "a\r\n\t\u00a0\u2028b\x85", "e\u0301", "\u0600\u0661"),
    ],
)
def test_spelling_stays(text: str) -> None:
    assert without_unseen(text) == text


def test_no_control_or_format_character_is_forgotten() -> None:
    unseen = (chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs"})
    assert {char for char in unseen if without_unseen(char) and not char.isspace()} == NUMBER_SIGNS


@given(st.text(st.sampled_from("aم葛👩1 \n\u200d\u200c\ufe0f\ufe00\U000e0100\u200b\U000e0041")))
def test_twice_is_once_and_what_shows_is_kept(text: str) -> None:
    seen = without_unseen(text)
    assert without_unseen(seen) == seen
    shown = "aم葛👩1 \n"
    assert [char for char in seen if char in shown] == [char for char in text if char in shown]
