"""Small real parts that tests of this room share."""

from __future__ import annotations

from qa.calibration import Calibration, LogisticModel


def even_odds(feature: str, threshold: float = -1e9) -> Calibration:
    """A calibration in which one feature is the logit of the confidence and decides whether to answer."""
    return Calibration(
        answered=LogisticModel(((feature, 1.0),), -threshold),
        right=LogisticModel(((feature, 1.0),), 0.0),
        least=0.5,
        fitted_on="nothing: made by a test",
    )
