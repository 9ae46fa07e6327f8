"""How far a figure can be trusted: intervals, paired tests, and their correction when there are several.

Pure functions; what is random takes its generator. Questions about one article, or of one week, are not independent:
`clusters` are integers (n,) from 0 that say which belong together, and whole clusters are what is resampled.
Formulas of a few lines are written out here, because importing scipy.stats costs more than an evaluation's other
arithmetic together; the tests hold them against scipy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CONFIDENCE = 0.95
RESAMPLES = 2_000
FLIPS = 10_000  # sign flips of a permutation test
MOST_JACKKNIFED = 1_000  # statistics with something left out, for the acceleration of an interval
FEWEST = 5  # clusters under which resampling says nothing
_BLOCK = 2_000_000  # numbers held at a time while resampling
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, both ends included."""

    low: float
    high: float


def wilson(successes: float, trials: float, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval for a rate (Wilson 1927); neither count need be whole, `trials` must be above 0."""
    z = _NORMAL.inv_cdf(0.5 + confidence / 2)
    rate = successes / trials
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def clustered_rate(successes: Floats, trials: Floats, clusters: Ints, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's interval for a rate over items (n,) that come in clusters, with the effective number of trials.

    That number is the trials divided by the design effect: the variance between clusters (linearised, Kish 1965) over
    that of independent trials, at least 1. Where all agree, that ratio can't be known and a cluster counts as one.
    """
    total, rate = float(trials.sum()), float(successes.sum() / trials.sum())
    sums = np.bincount(clusters, weights=successes - rate * trials)
    sizes = np.bincount(clusters, weights=trials)
    filled = int((sizes > 0).sum())
    if filled == total:
        effective = total
    elif rate in (0.0, 1.0) or filled < 2:
        effective = float(filled)
    else:
        between = filled / (filled - 1) * float((sums**2).sum()) / total**2
        effective = total / max(1.0, between / (rate * (1 - rate) / total))
    return wilson(rate * effective, effective, confidence)


def bca_mean(
    values: Floats, clusters: Ints, rng: np.random.Generator, *, resamples: int = RESAMPLES, bounded: bool = True
) -> Interval | None:
    """BCa bootstrap interval (Efron 1987) for the mean of values (n,), resampling clusters; None under FEWEST.

    Where all clusters agree there is nothing to resample; `bounded` values (between 0 and 1) then get Wilson's
    interval for their mean, which is too wide rather than too narrow, and others the mean alone.
    """
    sizes = np.bincount(clusters).astype(np.float64)
    sums = np.bincount(clusters, weights=values)[sizes > 0]
    sizes = sizes[sizes > 0]
    count = len(sizes)
    if count < FEWEST:
        return None
    if np.ptp(sums / sizes) < 1e-12:
        mean = float(sums.sum() / sizes.sum())
        return wilson(min(1.0, max(0.0, mean)) * count, count) if bounded else Interval(mean, mean)
    resampled = np.concatenate(
        [sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1) for drawn in _draws(count, resamples, rng)]
    )
    without = (sums.sum() - sums) / (sizes.sum() - sizes)
    return _bca(float(sums.sum() / sizes.sum()), resampled, without)


def bca_statistics(
    statistics: Callable[[Ints], Floats], clusters: Ints, rng: np.random.Generator, *, resamples: int = RESAMPLES // 2
) -> list[Interval | None]:
    """BCa bootstrap intervals for several statistics of the items' positions (n,) → (m,), resampling clusters.

    None for a statistic that does not vary, and for all under FEWEST clusters.
    """
    positions = np.arange(len(clusters))
    order = np.argsort(clusters, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(clusters))[:-1])
    observed = statistics(positions)
    if len(members) < FEWEST:
        return [None] * len(observed)
    resampled = np.array(
        [
            statistics(np.concatenate([members[cluster] for cluster in row]))
            for drawn in _draws(len(members), resamples, rng)
            for row in drawn
        ]
    )
    # With many clusters, groups of them are left out: the acceleration needs no finer grain, and n² is slow.
    left_out, groups = clusters % MOST_JACKKNIFED, min(len(members), MOST_JACKKNIFED)
    without = np.array([statistics(positions[left_out != group]) for group in range(groups)])
    return [
        _bca(float(value), resampled[:, column], without[:, column]) if np.ptp(resampled[:, column]) > 1e-12 else None
        for column, value in enumerate(observed)
    ]


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Two-sided exact McNemar test on the two counts of pairs that differ (Edwards 1948, binomial form)."""
    differing = only_first + only_second
    fewer = min(only_first, only_second)
    tail = sum(math.comb(differing, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << differing))


def sign_flip_test(differences: Floats, clusters: Ints, rng: np.random.Generator, *, flips: int = FLIPS) -> float:
    """Two-sided paired permutation test that the mean difference is 0, turning the sign of whole clusters.

    All sign patterns if there are no more than `flips` of them, otherwise `flips` random ones, of which the observed
    one counts as one more (Phipson and Smyth 2010).
    """
    sums = np.bincount(clusters, weights=differences)
    sums = sums[sums != 0]
    if len(sums) == 0:
        return 1.0
    observed = abs(float(sums.sum())) - 1e-9 * float(np.abs(sums).sum())
    if 2 ** len(sums) <= flips:
        patterns = (np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums))) & 1
        return float(np.mean(np.abs((2.0 * patterns - 1) @ sums) >= observed))
    extreme = 0
    for rows in _blocks(flips, len(sums)):
        signs = rng.integers(0, 2, (rows, len(sums))) * 2.0 - 1
        extreme += int((np.abs(signs @ sums) >= observed).sum())
    return (extreme + 1) / (flips + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p-values, in the given order: each may be held against the level that was set for all."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def _bca(observed: float, resampled: Floats, without: Floats) -> Interval:
    """`without` are the statistics with one cluster left out each (the jackknife), for the acceleration."""
    below = float(((resampled < observed).mean() + (resampled <= observed).mean()) / 2)
    shift = _NORMAL.inv_cdf(min(max(below, 1e-9), 1 - 1e-9))
    pull = without.mean() - without
    spread = float((pull**2).sum())
    acceleration = float((pull**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    ends = []
    for z in (_NORMAL.inv_cdf((1 - CONFIDENCE) / 2), _NORMAL.inv_cdf((1 + CONFIDENCE) / 2)):
        moved = shift + (shift + z) / (1 - acceleration * (shift + z))
        ends.append(float(np.quantile(resampled, _NORMAL.cdf(moved))))
    return Interval(ends[0], ends[1])


def _draws(count: int, resamples: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Blocks of rows of `count` clusters drawn with replacement."""
    for rows in _blocks(resamples, count):
        yield rng.integers(0, count, (rows, count))


def _blocks(rows: int, width: int) -> Iterator[int]:
    step = max(1, _BLOCK // max(width, 1))
    for begin in range(0, rows, step):
        yield min(step, rows - begin)
