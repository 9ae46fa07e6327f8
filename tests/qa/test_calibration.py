"""Features become a decision and a probability, the same after a round through the file."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from corpus.errors import DamagedError
from qa.calibration import Calibration, LogisticModel, load_calibration

MODEL = LogisticModel((("strength", 0.5), ("rank", -1.0)), 0.25)
CALIBRATION = Calibration(MODEL, LogisticModel((("strength", 1.0),), 0.0), 1 / 3, "a test")


def test_the_logistic_model_by_hand() -> None:
    features = {"strength": 3.0, "rank": math.log(2)}
    logit = 0.25 + 1.5 - math.log(2)
    assert MODEL.logit(features) == pytest.approx(logit)
    assert MODEL.probability(features) == pytest.approx(1 / (1 + math.exp(-logit)))


@pytest.mark.parametrize(("strength", "probability"), [(1e6, 1.0), (-1e6, 0.0), (-math.inf, 0.0)])
def test_no_logit_overflows(strength: float, probability: float) -> None:
    assert MODEL.probability({"strength": strength, "rank": 0.0}) == probability


@pytest.mark.parametrize(("odds", "answered"), [(0.49, False), (0.51, True)])
def test_one_chance_in_three_is_enough(odds: float, answered: bool) -> None:
    strength = (math.log(odds) - 0.25) / 0.5
    assert CALIBRATION.answers({"strength": strength, "rank": 0.0}) is answered


def test_a_calibration_survives_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(CALIBRATION.to_json(), "utf-8")
    assert load_calibration("mine", tmp_path) == CALIBRATION


@pytest.mark.parametrize("text", ["", "[]", '{"answered": {}}', '{"least": "x"}'])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.json").write_text(text, "utf-8")
    with pytest.raises(DamagedError, match=r"mine\.json can't be read .* `make install`"):
        load_calibration("mine", tmp_path)
