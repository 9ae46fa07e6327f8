"""Scores become decisions and probabilities: fitted by training/calibrate.py, read here.

Two questions are asked of a selector's features. Do the articles answer at all? And is the first quote right? Each has
a logistic model of its own: a strong passage may answer the question and the wrong words of it be marked. The
coefficients lie in a small JSON file beside the code, with what they were fitted on; nothing is fitted at run time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import DamagedError

CALIBRATION_FOLDER = Path(__file__).parent / "calibration"


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """P = 1 / (1 + exp(-(intercept + Σ weight · feature)))."""

    weights: tuple[tuple[str, float], ...]  # feature name, weight
    intercept: float

    def logit(self, features: Mapping[str, float]) -> float:
        """The log odds; a feature that is missing raises KeyError."""
        return self.intercept + sum(weight * features[name] for name, weight in self.weights)

    def probability(self, features: Mapping[str, float]) -> float:
        """0 to 1."""
        return probability(self.logit(features))


def probability(logit: float) -> float:
    """0 to 1, from log odds of any size."""
    # Split by sign so that a large logit of either sign cannot overflow exp.
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    return math.exp(logit) / (1.0 + math.exp(logit))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a selector's features say about a question."""

    answered: LogisticModel  # whether what was searched answers it
    right: LogisticModel  # whether the first quote does: the confidence that is shown
    least: float  # an answer is given from this probability of `answered` on
    fitted_on: str

    def answers(self, features: Mapping[str, float]) -> bool:
        """Whether to answer at all."""
        return self.answered.probability(features) >= self.least

    def to_json(self) -> str:
        """Return the calibration as the text of its file."""
        models = {
            name: {"weights": dict(model.weights), "intercept": model.intercept}
            for name, model in (("answered", self.answered), ("right", self.right))
        }
        return json.dumps({**models, "least": self.least, "fitted_on": self.fitted_on}, indent=2) + "\n"


def load_calibration(name: str, folder: Path = CALIBRATION_FOLDER) -> Calibration:
    """Read the calibration of a selector; raises DamagedError if it is missing or not what it should be."""
    path = folder / f"{name}.json"
    try:
        fields = json.loads(path.read_text("utf-8"))
        return Calibration(
            answered=_model(fields["answered"]),
            right=_model(fields["right"]),
            least=float(fields["least"]),
            fitted_on=str(fields["fitted_on"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(
            f"The calibration {path.name} can't be read ({error}). Install Onrecord again with `make install`."
        ) from error


def _model(fields: Mapping[str, Any]) -> LogisticModel:
    weights = tuple((str(name), float(weight)) for name, weight in fields["weights"].items())
    return LogisticModel(weights, float(fields["intercept"]))
