"""The items of a run become its figures: every metric with its interval, tables, and what to look at.

A pure function of the stored lines, so a resumed run and one that was never interrupted give the same summary.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from qa.evaluation.calibration_metrics import (
    Floats,
    expected_calibration_error,
    reliability,
    selective,
)
from qa.evaluation.drafting import TAG
from qa.evaluation.metrics import METRICS, Kind, Metric
from qa.evaluation.questions import TO_CORRECT
from qa.evaluation.run_folder import Item
from qa.evaluation.statistics import Interval, Ints, bca_mean, bca_statistics, clustered_rate

TAG_METRICS = ("accuracy", "answer_f1", "citation_f1", "hit@10", "answered", "over_refusal", "unanswerable_accuracy")
NO_TAG = "(no tag)"

Figure = dict[str, Any]  # value, low, high, n, clusters


def summarise(items: Sequence[Item], seed: int) -> dict[str, Any]:
    """Everything in a summary that follows from the items; times stand under `timing` alone."""
    whole = {**_selective(items, seed), **_calibration(items, seed)}
    figures = {metric.name: whole.get(metric.name) or _figure(metric, items, seed) for metric in METRICS}
    sure, lost = _answers_given(items)
    return {
        "questions": _questions(items),
        "metrics": {name: figure for name, figure in figures.items() if figure is not None},
        "abstention": _abstention(items),
        "by_tag": _by_tag(items, seed),
        "reliability": [asdict(part) for part in reliability(sure, lost)],
        "failures": [{"id": item.id, "why": item.failure} for item in items if item.failure is not None],
        "problems": [{"id": item.id, "what": problem} for item in items for problem in item.problems],
        "timing": _timing(items),
    }


def selective_answers(items: Sequence[Item]) -> tuple[list[Item], Floats, Floats]:
    """The items of which it is known whether they are right, their confidence and their loss, each (n,).

    A refusal or failure has no answer to be right at any coverage: it stands last, with loss 1.
    """
    known = [item for item in items if "accuracy" in item.scores]
    given = [item.answer is not None and not item.refused for item in known]
    sure = [item.answer["confidence"] if item.answer and ok else -np.inf for item, ok in zip(known, given, strict=True)]
    lost = [1 - item.scores["accuracy"] if ok else 1.0 for item, ok in zip(known, given, strict=True)]
    return known, np.array(sure, dtype=np.float64), np.array(lost, dtype=np.float64)


def clusters_of(items: Sequence[Item]) -> Ints:
    """The items' clusters as integers from 0 in order of appearance, (n,)."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(item.cluster, len(numbers)) for item in items], dtype=np.int64)


def generator(seed: int, name: str) -> np.random.Generator:
    """A random generator of its own for each figure, so that adding one figure doesn't change another's interval."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _figure(metric: Metric, items: Sequence[Item], seed: int) -> Figure | None:
    """A metric that adds up over the items; None if it applies to none of them."""
    if metric.kind is Kind.SHARE:
        return _share(metric, items)
    scored = [item for item in items if metric.name in item.scores]
    if not scored:
        return None
    values, clusters = np.array([item.scores[metric.name] for item in scored], dtype=np.float64), clusters_of(scored)
    if metric.kind is Kind.RATE:
        interval: Interval | None = clustered_rate(values, np.ones(len(values)), clusters)
    else:
        interval = bca_mean(values, clusters, generator(seed, metric.name))
    return _as_figure(float(values.mean()), interval, len(values), clusters)


def _share(metric: Metric, items: Sequence[Item]) -> Figure | None:
    part, whole = metric.counts
    counted = [item for item in items if item.counts.get(whole)]
    if not counted:
        return None
    parts = np.array([item.counts[part] for item in counted], dtype=np.float64)
    wholes = np.array([item.counts[whole] for item in counted], dtype=np.float64)
    clusters = clusters_of(counted)
    interval = clustered_rate(parts, wholes, clusters)
    return _as_figure(float(parts.sum() / wholes.sum()), interval, int(wholes.sum()), clusters)


def _selective(items: Sequence[Item], seed: int) -> dict[str, Figure]:
    known, sure, lost = selective_answers(items)
    if not known:
        return {}
    clusters = clusters_of(known)
    found = asdict(selective(sure, lost))
    intervals = bca_statistics(
        lambda chosen: np.array(list(asdict(selective(sure[chosen], lost[chosen])).values())),
        clusters,
        generator(seed, "selective"),
    )
    return {
        name: _as_figure(value, interval, len(known), clusters)
        for (name, value), interval in zip(found.items(), intervals, strict=True)
    }


def _calibration(items: Sequence[Item], seed: int) -> dict[str, Figure]:
    given = _given(items)
    sure, lost = _answers_given(items)
    if not given:
        return {}
    clusters = clusters_of(given)
    squares = (sure - (1 - lost)) ** 2
    interval = bca_mean(squares, clusters, generator(seed, "brier"))
    return {
        # Resampling adds noise to every bin and so only ever raises this error: an interval from it would be wrong.
        "ece": _as_figure(expected_calibration_error(sure, lost), None, len(given), clusters),
        "brier": _as_figure(float(squares.mean()), interval, len(given), clusters),
    }


def _given(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.answer and not item.refused and "accuracy" in item.scores]


def _answers_given(items: Sequence[Item]) -> tuple[Floats, Floats]:
    given = _given(items)
    sure = np.array([item.answer["confidence"] for item in given if item.answer], dtype=np.float64)
    return sure, np.array([1 - item.scores["accuracy"] for item in given], dtype=np.float64)


def _as_figure(value: float, interval: Interval | None, n: int, clusters: Ints) -> Figure:
    return {
        "value": round(value, 6),
        "low": round(interval.low, 6) if interval else None,
        "high": round(interval.high, 6) if interval else None,
        "n": n,
        "clusters": int(len(np.unique(clusters))),
    }


def _questions(items: Sequence[Item]) -> dict[str, int]:
    return {
        "asked": len(items),
        "answered": sum(item.answer is not None and not item.refused for item in items),
        "refused": sum(item.refused for item in items),
        "failed": sum(item.failure is not None for item in items),
        "with_answers": sum(bool(item.expected["answers"]) for item in items),
        "with_evidence": sum(bool(item.expected["evidence"]) for item in items),
        "drafts": sum(TAG in item.tags for item in items),
        "to_correct": sum(TO_CORRECT in item.tags for item in items),
        "clusters": len({item.cluster for item in items}),
    }


def _abstention(items: Sequence[Item]) -> dict[str, dict[str, int]]:
    """What was done with questions that have an answer, and with those that have none."""
    rows = {"answerable": "over_refusal", "unanswerable": "unanswerable_accuracy"}
    table = {}
    for row, metric in rows.items():
        done = Counter(
            "failed" if item.answer is None else "refused" if item.refused else "answered"
            for item in items
            if metric in item.scores
        )
        table[row] = {outcome: done[outcome] for outcome in ("answered", "refused", "failed")}
    return table


def _by_tag(items: Sequence[Item], seed: int) -> dict[str, dict[str, Figure]]:
    """The metrics that are read by tag; nothing if no question has one."""
    tags = sorted({tag for item in items for tag in item.tags})
    if not tags:
        return {}
    groups = {tag: [item for item in items if tag in item.tags] for tag in tags}
    groups[NO_TAG] = [item for item in items if not item.tags]
    table: dict[str, dict[str, Figure]] = {}
    for tag, members in groups.items():
        figures = {m.name: _figure(m, members, seed) for m in METRICS if m.name in TAG_METRICS}
        found = {name: figure for name, figure in figures.items() if figure is not None}
        if found:
            table[tag] = found
    return table


def _timing(items: Sequence[Item]) -> dict[str, Any]:
    seconds = [item.seconds for item in items if item.seconds is not None]
    if not seconds:
        return {"metrics": {}, "answering": 0.0}
    points = {"seconds_p50": 50, "seconds_p95": 95}
    return {
        "metrics": {name: {"value": round(float(np.percentile(seconds, p)), 4)} for name, p in points.items()},
        "answering": round(sum(seconds), 3),  # seconds over all questions
    }
