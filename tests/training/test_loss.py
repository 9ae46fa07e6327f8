"""The loss by hand, and that its parts add up to its whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from qa.reader_input import Window
from tests.training.tiny import tiny_reader
from training.batches import Encoded, build
from training.loss import answered_scores, loss
from training.workers import Alone, Shape, add_gradient, split_parts


def _pair(length: int, target: tuple[int, int] | None) -> Encoded:
    window = Window(
        list(range(1000, 1000 + length)), [0] * 3 + [1] * (length - 3), 3, [(i, i + 1) for i in range(length - 4)]
    )
    if target is None:
        return Encoded(window, ((0, 0, 1.0),), False)
    return Encoded(window, ((*target, 1.0),), True)


def test_the_loss_of_even_logits() -> None:
    """Five places are allowed ([CLS] and four pieces): log 5 a pair; two passages: log 2 a question with both."""
    batch = build([[_pair(8, (3, 4)), _pair(8, None)], [_pair(8, (5, 5))]], 48)
    logits = torch.zeros(48, 2)
    log5, log2 = torch.log(torch.tensor(5.0)), torch.log(torch.tensor(2.0))
    assert float(loss(logits, batch, ranking=0.0)) == pytest.approx(float(log5), abs=1e-5)
    assert float(loss(logits, batch, ranking=0.5)) == pytest.approx(float(log5 + 0.5 * log2 / 2), abs=1e-5)


def test_the_answered_score_by_hand() -> None:
    starts = torch.tensor([[1.0, 0.0, 0.0, float("-inf")]])
    ends = torch.tensor([[2.0, 3.0, float("-inf"), float("-inf")]])
    # log(e^0 + e^0) + 3 - 1 - 2
    assert float(answered_scores(starts, ends)[0]) == pytest.approx(0.6931, abs=1e-3)


def test_masked_places_get_no_gradient() -> None:
    batch = build([[_pair(8, (3, 4))]], 16)
    logits = torch.zeros(16, 2, requires_grad=True)
    loss(logits, batch).backward()
    assert logits.grad is not None
    assert logits.grad[1:3].abs().sum() == 0 and logits.grad[7:].abs().sum() == 0
    assert logits.grad[[0, 3, 4, 5, 6]].abs().sum() > 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model."""
    return tiny_reader(tmp_path_factory.mktemp("loss"))


def test_parts_add_up_to_the_whole(folder: Path) -> None:
    from transformers import AutoModelForQuestionAnswering

    model = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32)
    shape = Shape.of(model)
    flat = shape.flat(model)
    trained = shape.lay(model, flat)
    recipe = {"dropout": 0.0, "ranking": 0.5}
    groups = [[_pair(20, (3, 5)), _pair(24, None)], [_pair(30, (9, 9)), _pair(17, None)]]
    alone = Alone(model, trained, recipe)
    whole, value = alone.finish(alone.begin(groups))
    parts = split_parts(groups, 32)
    assert [len(part) for part in parts] == [1, 1]
    total = torch.zeros_like(whole)
    values = [add_gradient(model, trained, part, 0.5, total, recipe) for part in parts]
    assert sum(values) == pytest.approx(value, abs=1e-5)
    torch.testing.assert_close(total, whole, atol=1e-6, rtol=1e-3)
    assert len(whole) == len(flat) - shape.frozen
