"""Whether confidence means what it says: selective answering, calibration.

Pure functions over arrays of one value a question. `confidences` are float (n,), -inf for a question without an
answer; `losses` are float (n,) between 0 (right) and 1 (wrong). Questions of equal confidence share their mean loss,
so no result depends on the order in which questions came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS = 15


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a reliability diagram."""

    confidence: float  # mean of the bin
    accuracy: float  # share that is right
    count: int


def risk_curve(confidences: Floats, losses: Floats) -> Floats:
    """Mean loss of the k most confident answers, for k = 1 … n, float (n,); ties averaged over their orders."""
    order = np.argsort(-confidences, kind="stable")
    shared = _mean_over_ties(confidences[order], losses[order])
    return np.cumsum(shared) / np.arange(1, len(shared) + 1)


@dataclass(frozen=True, slots=True)
class Selective:
    """What is gained by answering only where confidence is high."""

    aurc: float  # area under the risk–coverage curve (Geifman and El-Yaniv 2017): its mean; lower is better
    e_aurc: float  # AURC above that of the best order of the same losses (Geifman et al. 2019): 0 is perfect
    accuracy_at_80_coverage: float  # one minus the mean loss of the surest 80 %, rounded up to whole questions
    coverage_at_90_accuracy: float  # largest share, the surest first, whose mean loss is at most 0.1


def selective(confidences: Floats, losses: Floats) -> Selective:
    """The figures of selective answering; there must be at least one question.

    A coverage at an accuracy counts only if a threshold on confidence can reach it: tied questions are answered
    together or not at all, and those without an answer (-inf) never.
    """
    curve = risk_curve(confidences, losses)
    count = len(losses)
    perfect = np.cumsum(np.sort(losses)) / np.arange(1, count + 1)
    surest = max(1, int(np.ceil(0.8 * count - 1e-9)))
    ordered = -np.sort(-confidences)
    last_of_tie = np.append(ordered[1:] != ordered[:-1], True) & np.isfinite(ordered)
    reached = np.flatnonzero((curve <= 0.1 + 1e-12) & last_of_tie)
    return Selective(
        aurc=float(curve.mean()),
        e_aurc=float(curve.mean() - perfect.mean()),
        accuracy_at_80_coverage=float(1 - curve[surest - 1]),
        coverage_at_90_accuracy=float((reached[-1] + 1) / count) if len(reached) else 0.0,
    )


def reliability(confidences: Floats, losses: Floats, bins: int = BINS) -> tuple[Bin, ...]:
    """Bins of equal size, from the least confident to the most; fewer than `bins` if there are fewer questions."""
    order = np.argsort(confidences, kind="stable")
    sure, right = confidences[order], 1 - _mean_over_ties(confidences[order], losses[order])
    parts = np.array_split(np.arange(len(sure)), min(bins, len(sure))) if len(sure) else []
    return tuple(Bin(float(sure[part].mean()), float(right[part].mean()), len(part)) for part in parts)


def expected_calibration_error(confidences: Floats, losses: Floats, bins: int = BINS) -> float:
    """Mean distance of confidence from accuracy over bins of equal size (Nguyen and O'Connor 2015). Lower is better."""
    parts = reliability(confidences, losses, bins)
    return sum(abs(part.confidence - part.accuracy) * part.count for part in parts) / len(losses)


def calibration_error_by_chance(confidences: Floats, bins: int = BINS, draws: int = 200, seed: int = 0) -> float:
    """The mean error of confidences that mean exactly what they say, over so many answers: what luck alone brings.

    Whether each answer is right is drawn with its own confidence; with 34 answers a bin, about 0.03 to 0.06.
    """
    dice = np.random.default_rng(seed)
    lost = dice.random((draws, len(confidences))) >= confidences
    return float(np.mean([expected_calibration_error(confidences, row.astype(float), bins) for row in lost]))


def _mean_over_ties(ordered: Floats, losses: Floats) -> Floats:
    """Losses with each run of equal confidences replaced by its mean; `ordered` has equal ones side by side."""
    begins = np.append(True, ordered[1:] != ordered[:-1])
    if begins.all():
        return losses
    group = np.cumsum(begins) - 1
    means: Floats = np.bincount(group, weights=losses) / np.bincount(group)
    shared: Floats = means[group]
    return shared
