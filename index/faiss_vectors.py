"""Vectors in FAISS: exact inner product under stable keys. The only file that imports faiss.

FAISS checks little (the same key twice, NaN, and an empty message for a wrong dimension), so everything is checked
before it gets there; and its own file writer overlooks a full disk, so it hands out bytes and takes bytes.
"""

from __future__ import annotations

import threading
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.vectors import Keys, Vectors, check_new, check_queries, widened

VERSION: str = faiss.__version__
_reading = threading.Lock()


class FaissVectors:
    """`IndexFlatIP` under `IndexIDMap2`. Searches may run side by side; a change must be alone."""

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dim))
        self._order: npt.NDArray[np.int64] | None = None  # rows by key, made when first needed

    @classmethod
    def from_bytes(cls, data: bytes, dim: int) -> FaissVectors:
        """What `to_bytes` gave, already known to be undamaged. ValueError if it is another kind or dimension."""
        # A vector inside cannot be larger than the whole: a wild length in the header is refused, not allocated.
        # The limit holds for the process, so two threads must not read at once.
        with _reading:
            faiss.set_deserialization_vector_byte_limit(len(data))
            try:
                index = faiss.deserialize_index(np.frombuffer(data, np.uint8))
            except RuntimeError as error:
                raise ValueError("not a FAISS index") from error
        if not isinstance(index, faiss.IndexIDMap2) or not isinstance(
            faiss.downcast_index(index.index), faiss.IndexFlatIP
        ):
            raise ValueError("not an exact inner-product index under keys")
        if index.d != dim:
            raise ValueError(f"dimension {index.d}, not {dim}")
        store = cls(dim)
        store._index = index
        return store

    def to_bytes(self) -> bytes:
        """The whole store, for `from_bytes`."""
        data: bytes = faiss.serialize_index(self._index).tobytes()
        return data

    @property
    def keys(self) -> Keys:
        """All keys (n,), in no particular order."""
        keys: Keys = faiss.vector_to_array(self._index.id_map)
        return keys

    def add(self, keys: Keys, vectors: Vectors) -> None:
        check_new(keys, vectors, self.dim, self.keys)
        self._order = None
        if len(keys):
            self._index.add_with_ids(np.ascontiguousarray(vectors), keys)

    def delete(self, keys: Keys) -> None:
        self._order = None
        if len(keys):
            self._index.remove_ids(np.ascontiguousarray(keys, np.int64))

    def search(self, queries: Vectors, k: int, allowed_keys: Keys | None = None) -> tuple[Keys, Vectors]:
        check_queries(queries, k, self.dim)
        queries = np.ascontiguousarray(queries)
        # Below the keys, by row: a bitmap of rows is many times as fast as FAISS's own sets of keys.
        flat, stored = faiss.downcast_index(self._index.index), self.keys
        parameters, available = None, len(stored)
        if allowed_keys is not None:
            allowed = self._rows_of(allowed_keys, stored)
            available = int(np.count_nonzero(allowed))
            bits = np.packbits(allowed, bitorder="little")
            # The stubs don't know the wrappers that take arrays, and fields by name.
            untyped: Any = faiss
            parameters = untyped.SearchParameters(sel=untyped.IDSelectorBitmap(bits))

        def fetch(width: int) -> tuple[Keys, Vectors]:
            if not width:
                return np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32)
            scores, rows = flat.search(queries, width, params=parameters)
            return stored[rows], scores

        return widened(fetch, k, available)

    def _rows_of(self, keys: Keys, stored: Keys) -> npt.NDArray[np.bool_]:
        """Which rows (n,) hold one of `keys`; unknown keys are ignored."""
        allowed = np.zeros(len(stored), np.bool_)
        order = self._order
        if order is None or len(order) != len(stored):
            self._order = order = np.argsort(stored)
        if len(stored):
            places = np.minimum(np.searchsorted(stored, keys, sorter=order), len(stored) - 1)
            rows = order[places]
            allowed[rows[stored[rows] == keys]] = True
        return allowed

    def get(self, keys: Keys) -> Vectors:
        found = np.empty((len(keys), self.dim), np.float32)
        for row, key in enumerate(keys.tolist()):
            try:
                found[row] = self._index.reconstruct(key)
            except RuntimeError as error:
                raise KeyError(key) from error
        return found

    def __len__(self) -> int:
        return int(self._index.ntotal)
