"""Figures over all questions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from qa.evaluation.statistics import wilson
from qa.evaluation.summary import summarise
from tests.qa.evaluation.parts import item


def answered(confidence: float) -> dict[str, object]:
    return {
        "abstained": False,
        "short": "x",
        "statements": [],
        "considered": [],
        "confidence": confidence,
        "seconds": 0.1,
    }


REFUSED = {**answered(0.05), "abstained": True, "short": None}


def test_a_rate_has_wilsons_interval_and_a_mean_a_bootstrap_one() -> None:
    items = [item(n, {"accuracy": int(n < 30), "answer_f1": (n % 10) / 10}) for n in range(80)]
    figures = summarise(items, seed=0)["metrics"]
    assert figures["accuracy"] == {
        "value": 0.375,
        "low": round(wilson(30, 80).low, 6),
        "high": round(wilson(30, 80).high, 6),
        "n": 80,
        "clusters": 80,
    }
    assert figures["answer_f1"]["value"] == pytest.approx(0.45)
    spread = 1.96 * np.std([n / 10 for n in range(10)]) / np.sqrt(80)
    assert figures["answer_f1"]["high"] - figures["answer_f1"]["low"] == pytest.approx(2 * spread, rel=0.1)


def test_adding_a_metric_moves_no_other_interval() -> None:
    few = [item(n, {"answer_f1": (n % 10) / 10}) for n in range(40)]
    more = [item(n, {"answer_f1": (n % 10) / 10, "answer_rouge_l": (n % 7) / 7}) for n in range(40)]
    assert summarise(few, 5)["metrics"]["answer_f1"] == summarise(more, 5)["metrics"]["answer_f1"]


def test_shares_are_over_all_statements_not_over_questions() -> None:
    items = [
        item(
            0, {}, counts={"statements": 1, "uncited": 1, "quotes": 3, "exact_quotes": 3, "references": 0, "invalid": 0}
        ),
        item(
            1, {}, counts={"statements": 9, "uncited": 0, "quotes": 0, "exact_quotes": 0, "references": 4, "invalid": 1}
        ),
        item(2, {}, counts={}),
    ]
    figures = summarise(items, 0)["metrics"]
    assert (figures["uncited_statements"]["value"], figures["uncited_statements"]["n"]) == (0.1, 10)
    assert (figures["invalid_citations"]["value"], figures["invalid_citations"]["n"]) == (0.25, 4)
    assert figures["quote_exact"]["value"] == 1
    assert "support_names" not in figures


def test_calibration_is_over_answers_given() -> None:
    world = np.random.default_rng(1)
    sure, right = world.random(60).round(4), world.integers(0, 2, 60)
    items = [item(n, {"accuracy": int(right[n])}, answer=answered(float(sure[n]))) for n in range(60)]
    refused = [item(100 + n, {"accuracy": 1}, answer=REFUSED) for n in range(9)]
    figures = summarise([*items, *refused], 0)["metrics"]
    assert figures["brier"]["value"] == pytest.approx(brier_score_loss(right, sure), abs=1e-6)
    assert (figures["brier"]["n"], figures["ece"]["n"]) == (60, 60)
    assert figures["ece"]["low"] is None


def test_a_refusal_or_failure_stands_last_in_selective_answering() -> None:
    items = [
        item(0, {"accuracy": 1}, answer=answered(0.9)),
        item(1, {"accuracy": 0}, answer=answered(0.8)),
        item(2, {"accuracy": 1}, answer=REFUSED),  # rightly refused, but no answer at any coverage
        item(3, {"accuracy": 0}, answer=None, failure="it fell over", seconds=None),
    ]
    figures = summarise(items, 0)["metrics"]
    assert figures["aurc"]["value"] == pytest.approx((0 + 1 / 2 + 2 / 3 + 3 / 4) / 4, abs=1e-6)
    assert figures["coverage_at_90_accuracy"]["value"] == 0.25
    assert summarise(items, 0)["failures"] == [{"id": "q0003", "why": "it fell over"}]


def test_by_tag() -> None:
    items = [
        item(0, {"answer_f1": 1.0}, tags=("people", "short")),
        item(1, {"answer_f1": 0.0}, tags=("people",)),
        item(2, {"answer_f1": 0.5}),
    ]
    table = summarise(items, 0)["by_tag"]
    assert {tag: figures["answer_f1"]["value"] for tag, figures in table.items()} == {
        "people": 0.5,
        "short": 1.0,
        "(no tag)": 0.5,
    }
    assert summarise(items[2:], 0)["by_tag"] == {}


def test_times_stand_apart() -> None:
    items = [item(n, {}, seconds=float(n)) for n in range(1, 22)]
    summary = summarise([*items, item(99, {}, seconds=None, answer=None, failure="x")], 0)
    assert summary["timing"]["metrics"] == {"seconds_p50": {"value": 11.0}, "seconds_p95": {"value": 20.0}}
    assert "seconds_p50" not in summary["metrics"]
