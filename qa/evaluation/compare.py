"""Two runs side by side: what changed, whether it is more than chance, and on which questions.

Questions are paired by id and text. At most three metrics are declared as primary beforehand and tested, corrected
for their number; everything else is estimation, with intervals but no verdict. Under 100 questions no winner is
called whatever the figures say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from corpus.errors import UsageError
from qa.evaluation.gates import figure
from qa.evaluation.metrics import METRIC, METRICS, Kind, Metric
from qa.evaluation.run_folder import Item, Run
from qa.evaluation.statistics import Interval, bca_mean, holm, mcnemar_exact, sign_flip_test
from qa.evaluation.summary import clusters_of, generator

PRIMARIES = ("answer_f1", "citation_f1", "abstention_accuracy")
MOST_PRIMARIES = 3
ENOUGH = 100  # questions under which no winner is called
LEVEL = 0.05

Pair = tuple[Item, Item]


class Verdict(StrEnum):
    """What may be said about a primary metric."""

    BETTER = "better"
    WORSE = "worse"
    CHANCE = "no more than chance"
    TOO_FEW = "too few questions"


@dataclass(frozen=True, slots=True)
class Change:
    """One metric in both runs, over the questions that both scored."""

    metric: str
    before: float
    after: float
    low: float | None  # interval of the difference, after minus before
    high: float | None
    n: int  # paired questions
    better: int  # of them, those whose score got better
    worse: int
    p: float | None = None  # two-sided; primaries only
    adjusted_p: float | None = None  # after Holm over the primaries
    verdict: Verdict | None = None  # primaries only

    @property
    def difference(self) -> float:
        """After minus before, in the metric's own unit."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A question whose score changed."""

    id: str
    question: str
    metric: str
    before: float
    after: float
    answer_before: str  # in words
    answer_after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that two runs say about each other."""

    paired: int
    only_before: tuple[str, ...]  # ids of questions that the other run lacks, or asks in other words
    only_after: tuple[str, ...]
    primaries: tuple[Change, ...]
    others: tuple[Change, ...]  # estimation only
    items: tuple[ItemChange, ...]  # by the first primary metric, the largest loss first
    same_index: bool


def compare(before: Run, after: Run, *, primaries: Sequence[str] = (), seed: int = 0) -> Comparison:
    """Compare two runs of the same questions.

    Without `primaries`, those of the default three that both runs have. Raises UsageError if no question is in both,
    if more than three are declared, or one can't be tested question by question.
    """
    pairs = _pair(before, after)
    if not pairs:
        raise UsageError("The two runs have no question in common, so there is nothing to compare.")
    declared = _declared(primaries, pairs)
    tested = _tested([_change(METRIC[name], pairs, seed) for name in declared], pairs, seed)
    others = [_change(m, pairs, seed) for m in METRICS if m.name not in declared and _both(m, pairs)]
    whole = [_whole(metric, before, after) for metric in METRICS if metric.kind not in (Kind.RATE, Kind.MEAN)]
    shared = {one.id for one, _ in pairs}
    return Comparison(
        paired=len(pairs),
        only_before=tuple(item.id for item in before.items if item.id not in shared),
        only_after=tuple(item.id for item in after.items if item.id not in shared),
        primaries=tuple(tested),
        others=(*others, *(change for change in whole if change)),
        items=_items(declared[0], pairs) if declared else (),
        same_index=before.summary["configuration"]["index"] == after.summary["configuration"]["index"],
    )


def comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON-ready values, with the differences written out."""
    fields = asdict(comparison)
    for name, changes in (("primaries", comparison.primaries), ("others", comparison.others)):
        fields[name] = [{**asdict(change), "difference": change.difference} for change in changes]
    return fields


def answer_words(item: Item) -> str:
    """What a question got, in a few words."""
    if item.answer is None:
        return f"failed: {item.failure}"
    if item.refused:
        return "the articles don't say"
    return str(item.answer["short"] or " ".join(statement["text"] for statement in item.answer["statements"]))


def _pair(before: Run, after: Run) -> list[Pair]:
    later = {item.id: item for item in after.items}
    return [
        (item, later[item.id]) for item in before.items if item.id in later and later[item.id].question == item.question
    ]


def _both(metric: Metric, pairs: Sequence[Pair]) -> list[Pair]:
    return [(one, two) for one, two in pairs if metric.name in one.scores and metric.name in two.scores]


def _declared(primaries: Sequence[str], pairs: Sequence[Pair]) -> list[str]:
    declared = list(dict.fromkeys(primaries)) or [name for name in PRIMARIES if _both(METRIC[name], pairs)]
    if len(declared) > MOST_PRIMARIES:
        raise UsageError(f"At most {MOST_PRIMARIES} metrics can be declared as primary: more would dilute the test.")
    for name in declared:
        if name not in METRIC or METRIC[name].kind not in (Kind.RATE, Kind.MEAN):
            testable = [metric.name for metric in METRICS if metric.kind in (Kind.RATE, Kind.MEAN)]
            raise UsageError(f"{name!r} can't be tested question by question. These can: {', '.join(testable)}.")
        if not _both(METRIC[name], pairs):
            raise UsageError(f"No question has a score for {name!r} in both runs.")
    return declared


def _change(metric: Metric, pairs: Sequence[Pair], seed: int) -> Change:
    scored = _both(metric, pairs)
    before, after = _values(metric.name, scored)
    differences = after - before
    interval = _interval(metric.name, differences, scored, seed)
    gains = differences if metric.higher_is_better else -differences
    return Change(
        metric=metric.name,
        before=float(before.mean()),
        after=float(after.mean()),
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        n=len(scored),
        better=int((gains > 0).sum()),
        worse=int((gains < 0).sum()),
    )


def _interval(name: str, differences: Any, scored: Sequence[Pair], seed: int) -> Interval | None:
    if not differences.any():
        return Interval(0.0, 0.0)
    clusters = clusters_of([one for one, _ in scored])
    return bca_mean(differences, clusters, generator(seed, f"change of {name}"), bounded=False)


def _values(name: str, scored: Sequence[Pair]) -> tuple[Any, Any]:
    before = np.array([one.scores[name] for one, _ in scored], dtype=np.float64)
    return before, np.array([two.scores[name] for _, two in scored], dtype=np.float64)


def _whole(metric: Metric, before: Run, after: Run) -> Change | None:
    """A figure over all questions: its two values stand side by side, nothing is paired."""
    old, new = figure(before.summary, metric.name), figure(after.summary, metric.name)
    if old is None or new is None:
        return None
    return Change(metric.name, old, new, None, None, n=len(after.items), better=0, worse=0)


def _tested(changes: Sequence[Change], pairs: Sequence[Pair], seed: int) -> list[Change]:
    p_values = [_p_value(METRIC[change.metric], pairs, seed) for change in changes]
    return [
        Change(**{**asdict(change), "p": p, "adjusted_p": adjusted, "verdict": _verdict(change, adjusted)})
        for change, p, adjusted in zip(changes, p_values, holm(p_values), strict=True)
    ]


def _p_value(metric: Metric, pairs: Sequence[Pair], seed: int) -> float:
    scored = _both(metric, pairs)
    before, after = _values(metric.name, scored)
    if metric.kind is Kind.RATE:
        return mcnemar_exact(int((before > after).sum()), int((after > before).sum()))
    clusters = clusters_of([one for one, _ in scored])
    return sign_flip_test(after - before, clusters, generator(seed, f"test of {metric.name}"))


def _verdict(change: Change, adjusted: float) -> Verdict:
    """Called only if test and interval agree: McNemar's test takes questions as independent, the interval doesn't."""
    if change.n < ENOUGH:
        return Verdict.TOO_FEW
    if adjusted >= LEVEL or change.low is None or change.high is None or change.low <= 0 <= change.high:
        return Verdict.CHANCE
    return Verdict.BETTER if (change.difference > 0) == METRIC[change.metric].higher_is_better else Verdict.WORSE


def _items(name: str, pairs: Sequence[Pair]) -> tuple[ItemChange, ...]:
    sign = 1 if METRIC[name].higher_is_better else -1
    changed = [(one, two) for one, two in _both(METRIC[name], pairs) if one.scores[name] != two.scores[name]]
    changed.sort(key=lambda pair: (sign * (pair[1].scores[name] - pair[0].scores[name]), pair[0].id))
    return tuple(
        ItemChange(one.id, one.question, name, one.scores[name], two.scores[name], answer_words(one), answer_words(two))
        for one, two in changed
    )
