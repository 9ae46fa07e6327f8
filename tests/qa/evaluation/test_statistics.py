"""Intervals and tests, held against scipy, hand-worked cases, and what they promise in simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from qa.evaluation.statistics import (
    Interval,
    bca_mean,
    bca_statistics,
    clustered_rate,
    holm,
    mcnemar_exact,
    sign_flip_test,
    wilson,
)


def each_its_own(count: int) -> np.ndarray:
    return np.arange(count)


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (10, 10), (81, 263), (1, 1)])
def test_wilson_is_scipys(successes: int, trials: int) -> None:
    reference = stats.binomtest(successes, trials).proportion_ci(method="wilson")
    assert wilson(successes, trials).low == pytest.approx(reference.low, abs=1e-12)
    assert wilson(successes, trials).high == pytest.approx(reference.high, abs=1e-12)


def test_a_rate_over_independent_questions_is_wilsons() -> None:
    right = np.array([1.0] * 30 + [0.0] * 70)
    assert clustered_rate(right, np.ones(100), each_its_own(100)) == wilson(30, 100)


def test_clusters_that_agree_inside_count_once_each() -> None:
    right = np.repeat([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0], 10)
    interval = clustered_rate(right, np.ones(100), np.repeat(np.arange(10), 10))
    # Design effect by hand: p = .7; between = 10/9 · Σ(10·(x − .7))² / 100² = 10/9 · 210 / 10,000 = 7/300;
    # independent = .21 / 100; effect = (7/300) / .0021 = 100/9, so 9 effective trials.
    assert interval.low == pytest.approx(wilson(0.7 * 9, 9).low)
    assert interval.high == pytest.approx(wilson(0.7 * 9, 9).high)


def test_a_rate_that_never_varies_counts_clusters() -> None:
    assert clustered_rate(np.ones(40), np.ones(40), np.repeat(np.arange(8), 5)) == wilson(8, 8)


def test_the_interval_of_a_rate_is_never_narrower_than_for_independent_questions() -> None:
    right = np.array([1.0, 0.0] * 50)  # opposite answers inside each cluster
    assert clustered_rate(right, np.ones(100), np.repeat(np.arange(50), 2)) == wilson(50, 100)


@pytest.mark.parametrize("seed", range(3))
def test_bca_is_scipys(seed: int) -> None:
    values = np.random.default_rng(seed).beta(0.4, 0.9, 83)
    ours = bca_mean(values, each_its_own(83), np.random.default_rng(99), resamples=2_000)
    reference = stats.bootstrap(
        (values,), np.mean, n_resamples=2_000, method="BCa", rng=np.random.default_rng(99)
    ).confidence_interval
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((reference.low, reference.high), abs=1e-9)


def test_bca_over_equal_clusters_is_bca_over_their_means() -> None:
    means = np.random.default_rng(1).random(40)
    clustered = bca_mean(np.repeat(means, 7), np.repeat(np.arange(40), 7), np.random.default_rng(5))
    plain = bca_mean(means, each_its_own(40), np.random.default_rng(5))
    assert clustered is not None and plain is not None
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high), abs=1e-12)


def test_bca_covers_what_it_promises() -> None:
    """95 % intervals of a skewed mean hold the truth in about 95 % of samples, clustered or not."""
    world = np.random.default_rng(0)
    covered = 0
    for _ in range(300):
        cluster_means = world.beta(0.5, 1.5, 60)
        values = np.repeat(cluster_means, 5)
        interval = bca_mean(values, np.repeat(np.arange(60), 5), world, resamples=600)
        assert interval is not None
        covered += interval.low <= 0.25 <= interval.high
    assert 0.91 <= covered / 300 <= 0.985


def test_bca_without_variation() -> None:
    assert bca_mean(np.ones(12), each_its_own(12), np.random.default_rng(0)) == wilson(12, 12)
    assert bca_mean(np.full(5, -0.1), each_its_own(5), np.random.default_rng(0), bounded=False) == Interval(-0.1, -0.1)


def test_resampling_a_handful_says_nothing() -> None:
    values = np.array([0.2, 0.9, 0.4, 0.1])
    assert bca_mean(values, each_its_own(4), np.random.default_rng(0)) is None
    assert bca_mean(np.repeat(values, 50), np.repeat(np.arange(4), 50), np.random.default_rng(0)) is None
    statistics = bca_statistics(
        lambda chosen: values[chosen].mean(keepdims=True), each_its_own(4), np.random.default_rng(0)
    )
    assert statistics == [None]


def test_bca_of_any_statistic_is_scipys() -> None:
    values = np.random.default_rng(3).gamma(2.0, size=60)

    def statistics(chosen: np.ndarray) -> np.ndarray:
        return np.array([values[chosen].mean(), values[chosen].std(), 1.0])

    mean, spread, constant = bca_statistics(statistics, each_its_own(60), np.random.default_rng(8), resamples=500)
    for ours, function in ((mean, np.mean), (spread, np.std)):
        reference = stats.bootstrap(
            (values,), function, n_resamples=500, method="BCa", rng=np.random.default_rng(8)
        ).confidence_interval
        assert ours is not None
        assert (ours.low, ours.high) == pytest.approx((reference.low, reference.high), abs=1e-9)
    assert constant is None


def test_bca_of_a_statistic_resamples_whole_clusters() -> None:
    clusters = np.array([2, 0, 1, 0, 2, 2, 3, 4, 5])
    seen: set[tuple[int, ...]] = set()

    def statistics(chosen: np.ndarray) -> np.ndarray:
        seen.add(tuple(np.bincount(chosen, minlength=9)))
        return np.array([float(chosen.sum())])

    bca_statistics(statistics, clusters, np.random.default_rng(0), resamples=50)
    assert all(row[0] == row[4] == row[5] and row[1] == row[3] for row in seen)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (3, 11), (10, 10), (40, 75), (700, 800)])
def test_mcnemar_is_the_binomial_test(first: int, second: int) -> None:
    reference = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar_exact(first, second) == pytest.approx(reference, rel=1e-9)


def test_mcnemar_by_hand() -> None:
    assert mcnemar_exact(1, 5) == pytest.approx(2 * (1 + 6) / 64)


def test_sign_flips_are_exact_for_few_clusters() -> None:
    differences = np.array([0.5, 0.2, -0.1, 0.4, 0.3, 0.25, -0.02])
    reference = stats.permutation_test(
        (differences, np.zeros(7)), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
    )
    ours = sign_flip_test(differences, each_its_own(7), np.random.default_rng(0))
    assert ours == pytest.approx(reference.pvalue)


def test_sign_flips_turn_whole_clusters() -> None:
    """Five clusters have 32 sign patterns, so no p-value under 2/32, however many questions they hold."""
    assert sign_flip_test(np.full(500, 0.3), np.repeat(np.arange(5), 100), np.random.default_rng(0)) == 2 / 32


def test_sign_flips_hold_their_level() -> None:
    world = np.random.default_rng(11)
    p_values = [sign_flip_test(world.normal(size=40), each_its_own(40), world, flips=400) for _ in range(400)]
    assert 0.02 <= np.mean(np.array(p_values) < 0.05) <= 0.085


def test_no_difference_is_no_evidence() -> None:
    assert sign_flip_test(np.zeros(300), each_its_own(300), np.random.default_rng(0)) == 1.0


def test_holm_by_hand() -> None:
    # Sorted .01, .03, .04 → 3·.01, 2·.03, 1·.04, then never below the one before: .03, .06, .06.
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
