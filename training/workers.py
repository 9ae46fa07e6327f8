"""Gradients from several processes of one thread each.

One process with several threads waits at the end of every matrix product for its slowest thread; on a machine
that others use too it then crawls (a fifth of the speed was seen). Processes meet once a step, take small parts
from one queue as they get through, and lose only the share of the processor that they don't get.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.multiprocessing as processes
from torch import Tensor

from training.batches import Encoded, build
from training.loss import loss
from training.packed import logits, padded

PART = 1024  # rows of a part, about
STEP = 128  # a part is padded to a multiple of it, so that few matrix shapes occur
PATIENCE = 600.0  # seconds until a silent worker is given up

Group = Sequence[Encoded]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a model's parameters lie in one flat vector: word embeddings, which stay as they are, first."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    frozen: int  # length of the first part

    @staticmethod
    def of(model: Any) -> Shape:
        """The shape of a BertForQuestionAnswering."""
        first = "bert.embeddings.word_embeddings.weight"
        named = dict(model.named_parameters())
        names = (first, *(name for name in named if name != first))
        return Shape(names, tuple(named[name].numel() for name in names), named[first].numel())

    def flat(self, model: Any) -> Tensor:
        """The parameters as one float32 vector."""
        named = dict(model.named_parameters())
        return torch.cat([named[name].detach().float().reshape(-1) for name in self.names])

    def lay(self, model: Any, flat: Tensor) -> list[Tensor]:
        """Makes the parameters views of the vector; the trained ones, in order."""
        named = dict(model.named_parameters())
        for name, part in zip(self.names, torch.split(flat, list(self.sizes)), strict=True):
            named[name].data = part.view(named[name].shape)
        named[self.names[0]].requires_grad_(False)
        return [named[name] for name in self.names[1:]]


def split_parts(groups: Sequence[Group], rows: int) -> list[list[Group]]:
    """Whole groups in parts of about `rows` rows."""
    parts: list[list[Group]] = [[]]
    filled = 0
    for group in groups:
        size = sum(padded(len(pair.window.ids)) for pair in group)
        if parts[-1] and filled + size > rows:
            parts.append([])
            filled = 0
        parts[-1].append(group)
        filled += size
    return parts


def add_gradient(
    model: Any, trained: Sequence[Tensor], groups: Sequence[Group], share: float, into: Tensor, recipe: dict[str, float]
) -> float:
    """Adds `share` times the gradient of the groups' loss to the vector; that much of the loss."""
    size = sum(padded(len(pair.window.ids)) for group in groups for pair in group)
    batch = build(groups, -(-size // STEP) * STEP).to(into.device)
    value = loss(logits(model, batch.packed, recipe["dropout"]), batch, recipe["ranking"]) * share
    grads = torch.autograd.grad(value, list(trained), allow_unused=True)
    place = 0
    for parameter, grad in zip(trained, grads, strict=True):
        if grad is not None:
            into[place : place + parameter.numel()] += grad.reshape(-1)
        place += parameter.numel()
    return float(value.detach())


def _work(
    start: Path, weights: Tensor, into: Tensor, recipe: dict[str, float], seed: int, tasks: Any, done: Any
) -> None:
    from transformers import AutoModelForQuestionAnswering

    if hasattr(os, "setsid"):
        os.setsid()  # Linux shares the processor out by session: in one, all workers would count as one process
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    model = AutoModelForQuestionAnswering.from_pretrained(start, dtype=torch.bfloat16)
    trained = Shape.of(model).lay(model, weights)
    parent = os.getppid()
    while os.getppid() == parent:
        try:
            task = tasks.get(timeout=5.0)
        except queue.Empty:
            continue
        if task is None:
            return
        groups, share = task
        done.put(add_gradient(model, trained, groups, share, into, recipe))


class Workers:
    """Processes that share the bfloat16 weights, each with a gradient of its own."""

    def __init__(self, count: int, start: Path, weights: Tensor, trained: int, recipe: dict[str, float]) -> None:
        context = processes.get_context("spawn")
        self._tasks, self._done = context.Queue(), context.Queue()
        self._gradients = [torch.zeros(trained) for _ in range(count)]
        for gradient in self._gradients:
            gradient.share_memory_()  # type: ignore[no-untyped-call]
        self._processes = [
            context.Process(target=_work, args=(start, weights, into, recipe, i, self._tasks, self._done), daemon=True)
            for i, into in enumerate(self._gradients)
        ]
        for process in self._processes:
            process.start()

    def begin(self, groups: Sequence[Group]) -> int:
        """Hands out a step's parts; how many there are."""
        parts = split_parts(groups, PART)
        total = sum(len(group) for group in groups)
        for part in parts:
            self._tasks.put((part, sum(len(group) for group in part) / total))
        return len(parts)

    def finish(self, parts: int) -> tuple[Tensor, float]:
        """Waits for that many parts; the gradient and the loss."""
        value = 0.0
        for _ in range(parts):
            try:
                value += self._done.get(timeout=PATIENCE)
            except queue.Empty as error:
                raise RuntimeError("a training process has stopped answering") from error
        total = torch.zeros_like(self._gradients[0])
        for gradient in self._gradients:
            total += gradient
            gradient.zero_()
        return total, value

    def close(self) -> None:
        """Ends the processes."""
        for _ in self._processes:
            self._tasks.put(None)
        for process in self._processes:
            process.join(timeout=30)


class Alone:
    """The same in this process, for a GPU."""

    def __init__(self, model: Any, trained: Sequence[Tensor], recipe: dict[str, float]) -> None:
        self._model, self._trained, self._recipe = model, trained, recipe
        self._groups: Sequence[Group] = ()

    def begin(self, groups: Sequence[Group]) -> int:
        """Keeps the groups until they are asked for."""
        self._groups = groups
        return 1

    def finish(self, parts: int) -> tuple[Tensor, float]:
        """The gradient and the loss."""
        size = sum(parameter.numel() for parameter in self._trained)
        into = torch.zeros(size, device=self._trained[0].device)
        return into, add_gradient(self._model, self._trained, self._groups, 1.0, into, self._recipe)

    def close(self) -> None:
        """Nothing to end."""
