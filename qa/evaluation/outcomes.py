"""What became of each question, and which to look at first.

Right and wrong are told by words, so the kinds of fault keep apart what words can't tell: an answer in other words
than expected whose quotes show the evidence may well be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qa.evaluation.compare import answer_words
from qa.evaluation.run_folder import Item

WORST = 25  # items shown with their quotes


class Outcome(StrEnum):
    """What became of a question, the faults in the order in which they are looked at."""

    FAILED = "Failed"
    UNASKED = "Answered although there is no answer"
    MISSED = "Not the expected words, evidence not found"
    UNQUOTED = "Not the expected words, evidence found, not quoted"
    WRONG = "Not the expected words"
    REFUSED_FOUND = "Refused, evidence found"
    REFUSED = "Refused although there is an answer"
    REFUSED_MISSED = "Refused, evidence not found"
    REWORDED = "Not the expected words, evidence quoted"
    UNKNOWN = "Answered, nothing to compare with"
    UNKNOWN_REFUSED = "Refused, nothing to compare with"
    RIGHT_REFUSAL = "Rightly refused"
    RIGHT = "Right"


_GOOD = (Outcome.RIGHT, Outcome.RIGHT_REFUSAL)
_NEUTRAL = (Outcome.UNKNOWN, Outcome.UNKNOWN_REFUSED)
_FAULTS = ("bad", "unsure")
_UNSURE = (Outcome.REWORDED, Outcome.REFUSED_MISSED)  # often right: other words for it, or an honest refusal


@dataclass(frozen=True, slots=True)
class Bar:
    """One outcome and how many questions had it."""

    outcome: Outcome
    tone: str  # good, unsure, neutral, bad
    count: int
    share: float  # of all questions


@dataclass(frozen=True, slots=True)
class Case:
    """One question to look at."""

    item: Item
    answer: str
    quotes: tuple[dict[str, Any], ...]
    rank: int | None  # of the first retrieved passage with evidence


@dataclass(frozen=True, slots=True)
class Group:
    """Questions to look at that have the same kind of fault."""

    outcome: Outcome
    tone: str
    total: int  # questions with this fault, shown or not
    cases: tuple[Case, ...]


def outcome_of(item: Item) -> Outcome:
    """What became of a question, as far as that can be known."""
    if item.answer is None:
        return Outcome.FAILED
    expects = item.expected["answerable"]
    if item.refused:
        return _refused(item, expects)
    if expects is False:
        return Outcome.UNASKED
    right = item.scores.get("accuracy")
    if right is None:
        return Outcome.UNKNOWN
    return Outcome.RIGHT if right else _wrong(item)


def outcome_bars(items: Sequence[Item]) -> list[Bar]:
    """How often each outcome occurred, the good ones first."""
    outcomes = [outcome_of(item) for item in items]
    found = [outcome for outcome in reversed(Outcome) if outcome in outcomes]
    return [
        Bar(outcome, _tone(outcome), outcomes.count(outcome), outcomes.count(outcome) / len(items)) for outcome in found
    ]


def worst_groups(items: Sequence[Item], most: int = WORST) -> list[Group]:
    """The questions to look at by kind of fault, failures first; in each the surest and worst first.

    `most` in all, shared out evenly, so that a frequent fault doesn't hide a rare one.
    """
    faults = [(outcome_of(item), item) for item in items]
    kinds = {kind: [item for outcome, item in faults if outcome is kind] for kind in Outcome if _tone(kind) in _FAULTS}
    waiting = {kind: sorted(members, key=_badness) for kind, members in kinds.items() if members}
    taken = dict.fromkeys(waiting, 0)
    while sum(taken.values()) < min(most, sum(map(len, waiting.values()))):
        for kind in waiting:
            taken[kind] += taken[kind] < len(waiting[kind]) and sum(taken.values()) < most
    return [
        Group(kind, _tone(kind), len(waiting[kind]), tuple(_case(item) for item in waiting[kind][:count]))
        for kind, count in taken.items()
        if count
    ]


def _refused(item: Item, expects: bool | None) -> Outcome:
    if expects is None:
        return Outcome.UNKNOWN_REFUSED
    if not expects:
        return Outcome.RIGHT_REFUSAL
    if "over_refusal_evidence_found" in item.scores:
        return Outcome.REFUSED_FOUND
    return Outcome.REFUSED_MISSED if "over_refusal_evidence_missed" in item.scores else Outcome.REFUSED


def _wrong(item: Item) -> Outcome:
    if item.scores.get("citation_recall", 0) > 0:
        return Outcome.REWORDED
    if "over_refusal_evidence_found" in item.scores:
        return Outcome.UNQUOTED
    return Outcome.MISSED if "over_refusal_evidence_missed" in item.scores else Outcome.WRONG


def _tone(outcome: Outcome) -> str:
    tones = {"good": _GOOD, "neutral": _NEUTRAL, "unsure": _UNSURE}
    return next((tone for tone, outcomes in tones.items() if outcome in outcomes), "bad")


def _badness(item: Item) -> tuple[float, float]:
    """A sort key: the surest first, and of equally sure ones those with the fewest right words."""
    sure = float(item.answer["confidence"]) if item.answer else 1.0
    return -sure, item.scores.get("answer_f1", 0.0)


def _case(item: Item) -> Case:
    statements = item.answer["statements"] if item.answer else []
    quotes = {quote["number"]: quote for statement in statements for quote in statement["citations"]}
    reciprocal = item.scores.get("mrr@10", 0)
    rank = round(1 / reciprocal) if reciprocal else None
    return Case(item, answer_words(item), tuple(quotes[number] for number in sorted(quotes)), rank)
