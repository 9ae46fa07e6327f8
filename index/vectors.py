"""Where vectors live and how the nearest are found: the Protocol, what stores share, and the exact one in plain NumPy.

Vectors are addressed by a stable 63-bit key, never by row, so that deleting one moves no other's name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]
NO_KEY = -1  # pads the rows of a result that has fewer than k entries


class VectorStore(Protocol):
    """Unit vectors by key; the score is the inner product, higher is better."""

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Stores `vectors` (n, dim) under `keys` (n,). ValueError, and nothing stored, if `check_new` objects."""

    def delete(self, keys: Keys) -> None:
        """Forgets `keys`; unknown ones are ignored."""

    def search(self, queries: Vectors, k: int, allowed_keys: Keys | None = None) -> tuple[Keys, Vectors]:
        """Keys (q, k) int64 and scores (q, k) float32 of the nearest, best first, ties by key.

        Rows with fewer than k entries end in NO_KEY with score -inf. With `allowed_keys` nothing else is considered.
        """

    def get(self, keys: Keys) -> Vectors:
        """The vectors (n, dim) stored under `keys`; KeyError for one that isn't there."""

    def __len__(self) -> int: ...


class KeyTable:
    """Which slot each key is in: what lies between stable keys and an engine's own numbers. Slots aren't used twice."""

    def __init__(self, keys: Keys) -> None:
        """Slot n holds `keys[n]`."""
        self.keys = keys  # by slot; NO_KEY where the key was deleted
        self._sorted: tuple[Keys, npt.NDArray[np.int64]] | None = None  # keys, and their slots; made when first needed
        self._allowed: tuple[Keys, npt.NDArray[np.uint8], int] | None = None  # the last bitmap, and what it is of

    def find(self, keys: Keys) -> npt.NDArray[np.int64]:
        """The slot of each key, -1 for one that isn't there."""
        ordered, slots = self._by_key()
        if not len(ordered):
            return np.full(len(keys), -1, np.int64)
        places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
        return np.where(ordered[places] == keys, slots[places], -1)

    def add(self, keys: Keys) -> npt.NDArray[np.int64]:
        """Gives new keys the next slots."""
        new = np.arange(len(self.keys), len(self.keys) + len(keys), dtype=np.int64)
        if self._sorted is not None:
            ordered, slots = self._sorted
            order = np.argsort(keys)
            places = np.searchsorted(ordered, keys[order])
            self._sorted = np.insert(ordered, places, keys[order]), np.insert(slots, places, new[order])
        self.keys, self._allowed = np.concatenate([self.keys, keys]), None
        return new

    def delete(self, keys: Keys) -> npt.NDArray[np.int64]:
        """The slots that are empty from now on; unknown keys are ignored."""
        slots = self.find(keys)
        slots = slots[slots >= 0]
        if len(slots):
            self.keys = self.keys.copy()
            self.keys[slots] = NO_KEY
            self._sorted = self._allowed = None
        return slots

    def bitmap(self, keys: Keys) -> tuple[npt.NDArray[np.uint8], int]:
        """A bit for each slot, set where it holds one of `keys`, and how many are set.

        The last one is kept: a conversation asks within the same articles again and again.
        """
        kept = self._allowed
        if kept is None or kept[0] is not keys:
            held = np.zeros(len(self.keys), np.bool_)
            slots = self.find(keys)
            held[slots[slots >= 0]] = True
            kept = self._allowed = (keys, np.packbits(held, bitorder="little"), int(np.count_nonzero(held)))
        return kept[1], kept[2]

    def _by_key(self) -> tuple[Keys, npt.NDArray[np.int64]]:
        if self._sorted is None:
            order = np.argsort(self.keys)
            order = order[np.count_nonzero(self.keys == NO_KEY) :]  # NO_KEY is smaller than any key
            self._sorted = self.keys[order], order
        return self._sorted


def check_new(keys: Keys, vectors: Vectors, dim: int, stored: KeyTable) -> None:
    """ValueError unless `keys` are new, distinct and not negative, and `vectors` finite float32 of shape (n, dim)."""
    if keys.dtype != np.int64 or keys.ndim != 1:
        raise ValueError(f"keys must be int64 of shape (n,), not {keys.dtype} of shape {keys.shape}")
    if vectors.dtype != np.float32 or vectors.shape != (len(keys), dim):
        raise ValueError(f"vectors must be float32 of shape {(len(keys), dim)}, not {vectors.dtype} {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors must be finite")
    if len(keys) and keys.min() < 0:
        raise ValueError("keys must not be negative")
    if len(np.unique(keys)) != len(keys) or (stored.find(keys) >= 0).any():
        raise ValueError("keys must be distinct and not stored already")


def check_queries(queries: Vectors, k: int, dim: int) -> None:
    """ValueError unless `queries` are finite float32 of shape (q, dim) and k is positive."""
    if queries.dtype != np.float32 or queries.ndim != 2 or queries.shape[1] != dim:
        raise ValueError(f"queries must be float32 of shape (q, {dim}), not {queries.dtype} {queries.shape}")
    if not np.isfinite(queries).all():
        raise ValueError("queries must be finite")
    if k < 1:
        raise ValueError("k must be at least 1")


def widened(fetch: Callable[[int], tuple[Keys, Vectors]], k: int, available: int) -> tuple[Keys, Vectors]:
    """The first k columns of `fetch(width)` with ties by key, also where a tie stretches across the k-th place.

    `fetch` gives any (q, width) keys and scores that are sorted by score, with -inf where it found no more; more are
    fetched while the last one still ties with the k-th, so that which of equals are returned never depends on the
    order in which they were stored.
    """
    width = min(k + 8, available)
    while True:
        keys, scores = fetch(width)
        if width >= available or not ((scores[:, -1] == scores[:, k - 1]) & np.isfinite(scores[:, -1])).any():
            break  # width > k up to here
        width = min(2 * width, available)
    order = np.lexsort((keys, -scores), axis=1)[:, :k]
    return _padded(np.take_along_axis(keys, order, 1), np.take_along_axis(scores, order, 1), k)


def _padded(keys: Keys, scores: Vectors, k: int) -> tuple[Keys, Vectors]:
    missing = k - keys.shape[1]
    if missing <= 0:
        return keys, scores
    room = ((0, 0), (0, missing))
    return np.pad(keys, room, constant_values=NO_KEY), np.pad(scores, room, constant_values=-np.inf)


class NumpyVectors:
    """Exact search by one matrix product: the reference for every other store, and enough for a small corpus."""

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self._keys: Keys = np.empty(0, np.int64)
        self._vectors: Vectors = np.empty((0, dim), np.float32)

    def add(self, keys: Keys, vectors: Vectors) -> None:
        check_new(keys, vectors, self.dim, KeyTable(self._keys))
        self._keys = np.concatenate([self._keys, keys])
        self._vectors = np.concatenate([self._vectors, vectors])

    def delete(self, keys: Keys) -> None:
        kept = ~np.isin(self._keys, keys)
        self._keys, self._vectors = self._keys[kept], self._vectors[kept]

    def search(self, queries: Vectors, k: int, allowed_keys: Keys | None = None) -> tuple[Keys, Vectors]:
        check_queries(queries, k, self.dim)
        rows = slice(None) if allowed_keys is None else np.flatnonzero(np.isin(self._keys, allowed_keys))
        keys, scores = self._keys[rows], queries @ self._vectors[rows].T

        def fetch(width: int) -> tuple[Keys, Vectors]:
            order = np.argsort(-scores, axis=1, kind="stable")[:, :width]
            return keys[order], np.take_along_axis(scores, order, 1)

        return widened(fetch, k, len(keys))

    def get(self, keys: Keys) -> Vectors:
        row_of = {key: row for row, key in enumerate(self._keys.tolist())}
        return self._vectors[[row_of[key] for key in keys.tolist()]].reshape(len(keys), self.dim)

    def __len__(self) -> int:
        return len(self._keys)
