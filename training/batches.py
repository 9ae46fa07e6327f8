"""Groups → packed rows with their targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from qa.reader_input import Window, encode_pairs
from training.groups import Shown
from training.packed import Packed, padded


@dataclass(frozen=True, slots=True)
class Encoded:
    """A pair's input and its right (start, end, weight) in places of the input; the [CLS] where nothing answers."""

    window: Window
    targets: tuple[tuple[int, int, float], ...]
    answered: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Packed input, and for every pair what is right. n pairs, m the longest pair's length."""

    packed: Packed
    rows: Tensor  # int64 (n, m): where each place of each pair stands among the rows
    allowed: Tensor  # bool (n, m): [CLS] and the passage
    starts: Tensor  # float32 (n, m): target distribution over starts
    ends: Tensor
    answered: Tensor  # bool (n,)
    group: Tensor  # int64 (n,): pairs of one question share a number

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        if device.type == "cpu":
            return self
        old = self.packed
        ids, types, positions = (part.to(device) for part in (old.ids, old.types, old.positions))
        packed = Packed(ids, types, positions, old.starts, old.lengths)
        parts = (self.rows, self.allowed, self.starts, self.ends, self.answered, self.group)
        return Batch(packed, *(part.to(device) for part in parts))


def encode(tokenizer: Any, shown: Sequence[Shown]) -> list[Encoded]:
    """One window each; where a passage needs several, the first that holds an answer."""
    out = []
    for one, windows in zip(shown, encode_pairs(tokenizer, [s.pair for s in shown]), strict=True):
        options = [_aim(window, one.spans) for window in windows]
        out.append(next((o for o in options if o.answered), options[0]))
    return out


def _aim(window: Window, spans: Sequence[tuple[int, int, float]]) -> Encoded:
    found = []
    for start, end, weight in spans:
        inside = [i for i, (a, b) in enumerate(window.offsets) if a < end and b > start]
        whole = inside and window.offsets[inside[0]][0] <= start and window.offsets[inside[-1]][1] >= end
        if whole:
            found.append((window.first + inside[0], window.first + inside[-1], weight))
    total = sum(weight for _, _, weight in found)
    if not found:
        return Encoded(window, ((0, 0, 1.0),), False)
    return Encoded(window, tuple((a, b, w / total) for a, b, w in found), True)


def pack(windows: Sequence[Window], rows: int = 0) -> Packed:
    """Windows end to end, filled up to `rows` (or to the next multiple of ALIGN)."""
    starts, total = [], 0
    for window in windows:
        starts.append(total)
        total += padded(len(window.ids))
    size = max(total, rows)
    ids, types, positions = (torch.zeros(size, dtype=torch.long) for _ in range(3))
    for window, start in zip(windows, starts, strict=True):
        end = start + len(window.ids)
        ids[start:end] = torch.tensor(window.ids)
        types[start:end] = torch.tensor(window.types)
        positions[start:end] = torch.arange(end - start)
    return Packed(ids, types, positions, tuple(starts), tuple(len(w.ids) for w in windows))


def places(windows: Sequence[Window], packed: Packed) -> tuple[Tensor, Tensor]:
    """`rows` and `allowed` of Batch."""
    longest = max(packed.lengths)
    rows = torch.zeros(len(windows), longest, dtype=torch.long)
    allowed = torch.zeros(len(windows), longest, dtype=torch.bool)
    for i, window in enumerate(windows):
        rows[i, : packed.lengths[i]] = torch.arange(packed.lengths[i]) + packed.starts[i]
        allowed[i, 0] = True
        allowed[i, window.first : window.first + len(window.offsets)] = True
    return rows, allowed


def build(groups: Sequence[Sequence[Encoded]], rows: int) -> Batch:
    """A batch of whole groups."""
    pairs = [pair for group in groups for pair in group]
    windows = [pair.window for pair in pairs]
    packed = pack(windows, rows)
    index, allowed = places(windows, packed)
    starts, ends = torch.zeros(allowed.shape), torch.zeros(allowed.shape)
    for i, pair in enumerate(pairs):
        for start, end, weight in pair.targets:
            starts[i, start] += weight
            ends[i, end] += weight
    numbers = torch.tensor([n for n, group in enumerate(groups) for _ in group])
    answered = torch.tensor([pair.answered for pair in pairs])
    return Batch(packed, index, allowed, starts, ends, answered, numbers)


def stream(tokenizer: Any, groups: Iterable[tuple[Shown, ...]], budget: int) -> Iterator[list[list[Encoded]]]:
    """Steps of at most `budget` rows, in whole groups."""
    waiting: list[list[Encoded]] = []
    filled = 0
    for group in groups:
        encoded = encode(tokenizer, group)
        size = sum(padded(len(pair.window.ids)) for pair in encoded)
        if waiting and filled + size > budget:
            yield waiting
            waiting, filled = [], 0
        waiting.append(encoded)
        filled += size
    if waiting:
        yield waiting
