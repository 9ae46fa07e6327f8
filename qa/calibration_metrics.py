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


def aurc(confidences: Floats, losses: Floats) -> float:
    """Area under the risk–coverage curve (Geifman and El-Yaniv 2017): the curve's mean. Lower is better."""
    return float(risk_curve(confidences, losses).mean())


def excess_aurc(confidences: Floats, losses: Floats) -> float:
    """AURC above that of the best order of the same losses (Geifman, Uziel and El-Yaniv 2019): 0 is perfect."""
    return aurc(confidences, losses) - aurc(-losses, losses)


def accuracy_at_coverage(confidences: Floats, losses: Floats, coverage: float) -> float:
    """One minus the mean loss of the most confident `coverage` of the questions, rounded up to whole questions."""
    answered = max(1, int(np.ceil(coverage * len(losses) - 1e-9)))
    return float(1 - risk_curve(confidences, losses)[answered - 1])


def coverage_at_accuracy(confidences: Floats, losses: Floats, accuracy: float) -> float:
    """The largest share of the questions that can be answered, the most confident first, at this accuracy.

    Only shares that a threshold on confidence can make count: tied questions are answered together or not at all,
    and those without an answer (-inf) never.
    """
    ordered = -np.sort(-confidences)
    last_of_tie = np.append(ordered[1:] != ordered[:-1], True) & np.isfinite(ordered)
    good = (risk_curve(confidences, losses) <= 1 - accuracy + 1e-12) & last_of_tie
    return float((np.flatnonzero(good)[-1] + 1) / len(losses)) if good.any() else 0.0


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


def _mean_over_ties(ordered: Floats, losses: Floats) -> Floats:
    """Losses with each run of equal confidences replaced by its mean; `ordered` has equal ones side by side."""
    _, inverse, counts = np.unique(ordered, return_inverse=True, return_counts=True)
    means: Floats = np.bincount(inverse, weights=losses) / counts
    return means[inverse]
