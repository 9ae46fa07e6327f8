"""Numbers as people read them, the same in the terminal and in the chat."""

from __future__ import annotations


def percent(probability: float) -> str:
    """A probability in whole percent; never 0% or 100%, since nothing here is certain."""
    if probability < 0.01:
        return "under 1%"
    return "over 99%" if probability > 0.99 else f"{probability:.0%}"


def counted(number: int, one: str) -> str:
    """A number with its noun: 1 article, 3,025 articles."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"
