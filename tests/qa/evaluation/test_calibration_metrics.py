"""Confidence, held against scikit-learn and hand-worked cases."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from qa.evaluation.calibration_metrics import (
    calibration_error_by_chance,
    expected_calibration_error,
    reliability,
    risk_curve,
    selective,
)


def test_bins_and_ece_are_scikit_learns() -> None:
    world = np.random.default_rng(2)
    sure = world.random(450)
    right = (world.random(450) < sure**2).astype(float)
    accuracy, confidence = calibration_curve(right, sure, n_bins=15, strategy="quantile")
    bins = reliability(sure, 1 - right)
    assert [part.count for part in bins] == [30] * 15
    assert [part.accuracy for part in bins] == pytest.approx(list(accuracy))
    assert [part.confidence for part in bins] == pytest.approx(list(confidence))
    assert expected_calibration_error(sure, 1 - right) == pytest.approx(np.abs(accuracy - confidence).mean())


def test_ece_by_hand() -> None:
    sure, lost = np.array([0.2, 0.4, 0.6, 0.8]), np.array([1.0, 0.0, 1.0, 0.0])
    # Two bins of two: |.3 − .5| and |.7 − .5|, each half of the answers.
    assert expected_calibration_error(sure, lost, bins=2) == pytest.approx(0.2)


def test_what_luck_alone_brings_shrinks_with_the_answers() -> None:
    halves = np.full(60, 0.5) + np.arange(60) * 1e-9
    # 15 bins of 4 coins: E|heads/4 − 1/2| = (2 · 1/2 + 8 · 1/4) / 16.
    assert calibration_error_by_chance(halves) == pytest.approx(3 / 16, abs=0.01)
    sure = np.random.default_rng(3).random(30_000)
    assert calibration_error_by_chance(sure, draws=20) < 0.01
    assert calibration_error_by_chance(np.array([1.0, 1.0, 0.0])) == 0


def test_aurc_by_hand() -> None:
    sure, lost = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.0, 1.0, 0.0, 1.0])
    found = selective(sure, lost)
    assert found.aurc == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    assert found.e_aurc == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4 - (0 + 0 + 1 / 3 + 2 / 4) / 4)


def test_ties_are_averaged_over_all_their_orders() -> None:
    sure, lost = np.array([0.9, 0.5, 0.5, 0.5, 0.1]), np.array([0.0, 1.0, 0.0, 0.0, 1.0])
    curves = [
        np.cumsum([lost[0], *(lost[1 + place] for place in order), lost[4]]) / np.arange(1, 6)
        for order in itertools.permutations(range(3))
    ]
    assert risk_curve(sure, lost) == pytest.approx(np.mean(curves, axis=0))
    for order in itertools.permutations(range(5)):
        chosen = list(order)
        assert selective(sure[chosen], lost[chosen]).aurc == pytest.approx(selective(sure, lost).aurc)


def test_a_perfect_order_has_no_excess() -> None:
    lost = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    assert selective(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), lost).e_aurc == pytest.approx(0)


def test_accuracy_at_coverage() -> None:
    sure, lost = np.arange(10, 0, -1) / 10, np.array([0.0] * 7 + [1.0] * 3)
    assert selective(sure, lost).accuracy_at_80_coverage == pytest.approx(7 / 8)


def test_coverage_at_accuracy_is_what_a_threshold_can_reach() -> None:
    nine_of_ten = np.array([0.0] * 9 + [1.0] * 3)
    assert selective(np.arange(12, 0, -1) / 12, nine_of_ten).coverage_at_90_accuracy == pytest.approx(10 / 12)
    tied_at_the_end = np.array([0.9] * 8 + [0.5] * 4)
    assert selective(tied_at_the_end, nine_of_ten).coverage_at_90_accuracy == pytest.approx(8 / 12)
    refused = np.array([-np.inf] * 12)
    assert selective(refused, np.ones(12)).coverage_at_90_accuracy == 0.0


def test_a_refusal_is_never_covered() -> None:
    sure = np.array([0.9, 0.8, -np.inf])
    assert selective(sure, np.array([0.0, 0.0, 1.0])).coverage_at_90_accuracy == pytest.approx(2 / 3)
