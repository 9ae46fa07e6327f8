"""Bounds: kept, broken, or not to be had."""

from __future__ import annotations

from typing import Any

import pytest

from corpus.errors import UsageError
from qa.evaluation.gates import Bound, GateError, check_gates, parse_bound


def summary(sha: str = "same", **values: float) -> dict[str, Any]:
    return {
        "metrics": {name: {"value": value} for name, value in values.items()},
        "timing": {"metrics": {"seconds_p95": {"value": 0.4}}},
        "configuration": {"questions": {"sha256": sha}},
    }


def test_bounds_are_read() -> None:
    assert parse_bound("answer_f1=0.6") == Bound("answer_f1", 0.6)
    with pytest.raises(UsageError, match="There is no metric 'f1'. There are: answer_f1, "):
        parse_bound("f1=0.6")
    for text in ("answer_f1", "answer_f1=", "answer_f1=much", "answer_f1=nan", "answer_f1=-1"):
        with pytest.raises(UsageError, match="Write it like answer_f1=0.6"):
            parse_bound(text)


def test_the_least_that_is_allowed() -> None:
    check_gates(
        summary(answer_f1=0.6, ece=0.1), [Bound("answer_f1", 0.6), Bound("ece", 0.1), Bound("seconds_p95", 0.5)]
    )
    with pytest.raises(GateError, match=r"answer_f1 is 0.59, below 0.6; ece is 0.11, above 0.1 \(lower is better\)"):
        check_gates(summary(answer_f1=0.59, ece=0.11), [Bound("answer_f1", 0.6), Bound("ece", 0.1)])
    assert GateError.exit_code == 1


def test_what_cannot_be_computed_keeps_no_bound() -> None:
    with pytest.raises(GateError, match="citation_f1 could not be computed"):
        check_gates(summary(), [Bound("citation_f1", 0.0)])


def test_a_drop_from_the_baseline() -> None:
    before = summary(answer_f1=0.62, over_refusal=0.1)
    check_gates(summary(answer_f1=0.60, over_refusal=0.05), [], before, [Bound("answer_f1", 0.02)])
    with pytest.raises(GateError, match="answer_f1 went from 0.62 to 0.59, worse by 0.03 where 0.02 is allowed"):
        check_gates(summary(answer_f1=0.59), [], before, [Bound("answer_f1", 0.02)])
    with pytest.raises(GateError, match="over_refusal went from 0.1 to 0.2"):
        check_gates(summary(over_refusal=0.2), [], before, [Bound("over_refusal", 0.02)])
    with pytest.raises(GateError, match="could not be computed in the baseline"):
        check_gates(summary(ece=0.2), [], before, [Bound("ece", 0.02)])


def test_a_baseline_must_be_there_and_be_asked_the_same() -> None:
    with pytest.raises(UsageError, match="--max-drop needs --baseline"):
        check_gates(summary(answer_f1=1), [], None, [Bound("answer_f1", 0.02)])
    with pytest.raises(UsageError, match="asked other questions"):
        check_gates(summary(answer_f1=1), [], summary("other", answer_f1=1), [Bound("answer_f1", 0.02)])
