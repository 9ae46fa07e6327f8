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

from qa.reader_input import load_tokenizer
from training.batches import Encoded, stream
from training.data import load
from training.dev import dev_pairs, measure
from training.groups import Mix, Shower
from training.hard import read_hard
from training.negatives import mine
from training.split import split
from training.trainer import Clock, Recipe, Trainer, base_folder, rate_at

log = logging.getLogger("training")

# Without these, glibc returns every large tensor to the kernel and gets it back page by page.
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "20000000000", "MALLOC_TOP_PAD_": "500000000"}


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a run reads and writes."""

    out: Path
    data: Path
    start: Path  # the model that it begins with
    hard: Path | None = None  # what training.hard wrote


def steps(shower: Shower, tokenizer: Any, clock: Clock, recipe: Recipe) -> Iterator[list[list[Encoded]]]:
    """Epoch after epoch from where the clock stands; a resumed run begins a new epoch."""
    for epoch in itertools.count(clock.epoch):
        clock.epoch = epoch
        yield from stream(tokenizer, shower.epoch(recipe.seed * 1000 + epoch), recipe.rows)


def run(recipe: Recipe, folders: Folders, resume: bool, every: float, workers: int) -> None:
    """Trains, measuring on the held-out questions and saving every `every` minutes."""
    folders.out.mkdir(parents=True, exist_ok=True)
    saved_state = folders.out / "state.pt"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parts_of = split(load(folders.data))
    tokenizer = load_tokenizer(folders.start)
    given = asdict(recipe)
    mix = Mix(**{field.name: given[field.name] for field in fields(Mix) if field.name in given})
    hard = read_hard(folders.hard) if folders.hard else {}
    shower = Shower(parts_of.train, mine(parts_of.train, parts_of.train_documents), mix, hard)
    asked = dev_pairs(parts_of.dev, mine(parts_of.dev, parts_of.dev_documents))
    log.info("%d questions to train on, %d held out", len(parts_of.train.questions), len(asked))
    trainer = Trainer(recipe, folders.start, device, workers)
    clock = Clock()
    if resume and saved_state.exists():
        clock = trainer.load(saved_state)
        clock.epoch += 1
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
            trainer.save(saved_state, clock)
            report(trainer, tokenizer, parts_of.dev, asked[::8])
            last = time.monotonic()
    trainer.save(saved_state, clock)
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
    parser.add_argument("--hard-file", type=Path, default=None, help="passages that training.hard found")
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
    folders = Folders(options["out"], options["data"], options["start"] or base_folder(), options["hard_file"])
    run(recipe, folders, options["resume"], options["every"], options["workers"])


if __name__ == "__main__":
    main()
