"""Several processes give the gradient of one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.training.test_loss import _pair
from tests.training.tiny import tiny_reader
from training.trainer import Clock, Recipe, Trainer, rate_at
from training.workers import Alone


@pytest.mark.slow
def test_workers_give_the_gradient_of_one_process(tmp_path: Path) -> None:
    folder = tiny_reader(tmp_path / "model")
    recipe = Recipe(dropout=0.0)
    trainer = Trainer(recipe, folder, torch.device("cpu"), workers=2)
    groups = [[_pair(20 + i, (3, 5)), _pair(24, None)] for i in range(40)]
    try:
        parts = trainer.workers.begin(groups)
        gradient, value = trainer.workers.finish(parts)
        again, _ = trainer.workers.finish(trainer.workers.begin(groups))
    finally:
        trainer.workers.close()
    assert parts > 1
    torch.testing.assert_close(again, gradient, atol=1e-3, rtol=1e-2)  # nothing is left over from the step before
    trained = [p for p in trainer.model.parameters() if p.requires_grad]
    alone = Alone(trainer.model, trained, {"dropout": 0.0, "ranking": recipe.ranking})
    whole, expected = alone.finish(alone.begin(groups))
    assert value == pytest.approx(expected, rel=1e-2)
    assert torch.nn.functional.cosine_similarity(gradient, whole, dim=0) > 0.99  # in bfloat16
    trainer.step(gradient, 1e-3, 0)
    trainer.save(tmp_path / "state.pt", Clock(step=1))
    other = Trainer(recipe, folder, torch.device("cpu"), workers=0)
    assert other.load(tmp_path / "state.pt") == Clock(step=1)
    torch.testing.assert_close(other.weights, trainer.weights)
    other.workers.close()


def test_the_rate_rises_and_falls() -> None:
    recipe = Recipe(rate=1.0, warm_up=0.1)
    assert rate_at(0.05, recipe) == pytest.approx(0.5)
    assert rate_at(0.1, recipe) == pytest.approx(1.0)
    assert rate_at(0.55, recipe) == pytest.approx(0.5)
    assert rate_at(1.0, recipe) == 0.0
