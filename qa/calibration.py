"""Scores become decisions and probabilities: fitted by training/calibrate.py, read here.

Two questions are asked of a selector's features. Do the articles answer at all? One feature decides, by a threshold.
And is this the answer? A logistic model gives the probability that is shown as confidence. The coefficients lie in a
small JSON file beside the code, with what they were fitted on; nothing is fitted at run time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import DamagedError

CALIBRATION_FOLDER = Path(__file__).parent / "calibration"


@dataclass(frozen=True, slots=True)
class Calibration:
    """P(the first quote is right) = 1 / (1 + exp(-(intercept + Σ weight · feature)))."""

    weights: tuple[tuple[str, float], ...]  # feature name, weight
    intercept: float
    decides: str  # the feature that tells answered questions from unanswered ones; higher is more likely answered
    threshold: float  # from here on an answer is given
    fitted_on: str

    def answers(self, features: Mapping[str, float]) -> bool:
        """Whether to answer at all."""
        return features[self.decides] >= self.threshold

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the calibrated probability; a feature that is missing raises KeyError."""
        logit = self.intercept + sum(weight * features[name] for name, weight in self.weights)
        # Split by sign so that a large logit of either sign cannot overflow exp.
        if logit >= 0:
            return 1.0 / (1.0 + math.exp(-logit))
        return math.exp(logit) / (1.0 + math.exp(logit))

    def to_json(self) -> str:
        """Return the calibration as the text of its file."""
        fields = {
            "weights": dict(self.weights),
            "intercept": self.intercept,
            "decides": self.decides,
            "threshold": self.threshold,
            "fitted_on": self.fitted_on,
        }
        return json.dumps(fields, indent=2) + "\n"


def load_calibration(name: str, folder: Path = CALIBRATION_FOLDER) -> Calibration:
    """Read the calibration of a selector; raises DamagedError if it is missing or not what it should be."""
    path = folder / f"{name}.json"
    try:
        fields = json.loads(path.read_text("utf-8"))
        return Calibration(
            weights=tuple((str(key), float(value)) for key, value in fields["weights"].items()),
            intercept=float(fields["intercept"]),
            decides=str(fields["decides"]),
            threshold=float(fields["threshold"]),
            fitted_on=str(fields["fitted_on"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(
            f"The calibration {path.name} can't be read ({error}). Install Onrecord again with `make install`."
        ) from error
