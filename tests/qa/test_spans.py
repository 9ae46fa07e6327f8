"""Spans grow to whole words and lose loose punctuation."""

from __future__ import annotations

import pytest

from qa.spans import align


@pytest.mark.parametrize(
    ("text", "marked", "kept"),
    [
        ("It cost 344bn yuan, he said.", "44b", "344bn"),
        ("It cost 344bn yuan, he said.", "344bn yuan,", "344bn yuan"),
        ("in the U.S. today", "U.S.", "U.S."),
        ("It ended in May.", "May.", "May"),
        ("It fell to -5 degrees", "-5", "-5"),
        ("位于杭州。他", "杭州。", "杭州"),  # noqa: RUF001
        ("the “big fund” of China", "“big fund”", "big fund"),
        ("the “big fund” of China", "big fund”", "big fund"),
        ('he said "no" and left', '"no"', "no"),
        ("Apple (AAPL) rose", "AAPL)", "AAPL"),
        ("Apple (AAPL) rose", "Apple (AAPL)", "Apple (AAPL)"),
        ("in Cafe\u0301 Noir", "Cafe", "Cafe\u0301"),
        ("China's plan", "China", "China"),
        ("go 🚀 now", "🚀", "🚀"),
        ("well ... then", "...", ""),
    ],
)
def test_align(text: str, marked: str, kept: str) -> None:
    start = text.index(marked)
    first, last = align(text, start, start + len(marked))
    assert text[first:last] == kept
