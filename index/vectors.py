"""Where vectors live and how the nearest are found: the Protocol, its checks, and the exact store in plain NumPy.

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


def check_new(keys: Keys, vectors: Vectors, dim: int, stored: Keys) -> None:
    """ValueError unless `keys` are new, distinct and not negative, and `vectors` finite float32 of shape (n, dim)."""
    if keys.dtype != np.int64 or keys.ndim != 1:
        raise ValueError(f"keys must be int64 of shape (n,), not {keys.dtype} of shape {keys.shape}")
    if vectors.dtype != np.float32 or vectors.shape != (len(keys), dim):
        raise ValueError(f"vectors must be float32 of shape {(len(keys), dim)}, not {vectors.dtype} {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors must be finite")
    if len(keys) and keys.min() < 0:
        raise ValueError("keys must not be negative")
    if len(np.unique(keys)) != len(keys) or np.isin(keys, stored).any():
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

    `fetch` gives any (q, width) keys and scores that are sorted by score; more are fetched while the last one still
    ties with the k-th, so that which of equals are returned never depends on the order in which they were stored.
    """
    width = min(k + 8, available)
    while True:
        keys, scores = fetch(width)
        if width >= available or not (scores[:, -1] == scores[:, k - 1]).any():  # width > k here
            break
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
        check_new(keys, vectors, self.dim, self._keys)
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
