"""Vectors in FAISS under stable keys, exact or by lists. The only file that imports faiss.

FAISS checks little (the same key twice, NaN, and an empty message for a wrong dimension), so everything is checked
before it gets there; and its own file writer overlooks a full disk, so it hands out bytes and takes bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.vectors import NO_KEY, Keys, KeyTable, Vectors, check_new, check_queries, widened

VERSION: str = faiss.__version__
BLOCK = 16_384  # vectors that `blocks` gives at a time
SEED = 20_240_501  # of the clustering, so that the same vectors give the same lists
_faiss: Any = faiss  # its stubs know neither fields by name nor the wrappers that take arrays and functions
_reading = threading.Lock()
Sink = Callable[[bytes], object]


class FaissVectors:
    """`IndexFlatIP` under `IndexIDMap2`: exact. Searches may run side by side; a change must be alone."""

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dim))
        self._table: KeyTable | None = None  # made when first needed

    @classmethod
    def of(cls, index: Any) -> FaissVectors:
        """Takes the FAISS index over."""
        store = cls(index.d)
        store._index = index
        return store

    @property
    def keys(self) -> Keys:
        """All keys (n,), in no particular order."""
        keys: Keys = faiss.vector_to_array(self._index.id_map)
        return keys

    def add(self, keys: Keys, vectors: Vectors) -> None:
        check_new(keys, vectors, self.dim, self._slots)
        if len(keys):
            self._index.add_with_ids(np.ascontiguousarray(vectors), keys)
            self._slots.add(keys)

    def delete(self, keys: Keys) -> None:
        if len(keys):
            self._index.remove_ids(np.ascontiguousarray(keys, np.int64))
            self._table = None

    def search(self, queries: Vectors, k: int, allowed_keys: Keys | None = None) -> tuple[Keys, Vectors]:
        check_queries(queries, k, self.dim)
        queries = np.ascontiguousarray(queries)
        # Below the keys, by row: a bitmap of rows is many times as fast as FAISS's own sets of keys.
        flat, table, parameters, available = faiss.downcast_index(self._index.index), self._slots, None, len(self)
        if allowed_keys is not None:
            bits, available = table.bitmap(allowed_keys)
            parameters = _faiss.SearchParameters(sel=_faiss.IDSelectorBitmap(bits))

        def fetch(width: int) -> tuple[Keys, Vectors]:
            if not width:
                return _nothing(len(queries))
            scores, rows = flat.search(queries, width, params=parameters)
            return table.keys[rows], scores

        return widened(fetch, k, available)

    def get(self, keys: Keys) -> Vectors:
        found = np.empty((len(keys), self.dim), np.float32)
        for row, key in enumerate(keys.tolist()):
            try:
                found[row] = self._index.reconstruct(key)
            except RuntimeError as error:
                raise KeyError(key) from error
        return found

    def blocks(self) -> Iterator[tuple[Keys, Vectors]]:
        """All keys and vectors, at most BLOCK at a time."""
        flat, keys = faiss.downcast_index(self._index.index), self.keys
        for start in range(0, len(keys), BLOCK):
            part = keys[start : start + BLOCK]
            yield part, flat.reconstruct_n(start, len(part))

    def write(self, sink: Sink) -> None:
        """Gives the whole store to `sink` in pieces, for `read`. What `sink` raises comes out."""
        faiss.write_index(self._index, _faiss.PyCallbackIOWriter(sink))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def _slots(self) -> KeyTable:
        if self._table is None:
            self._table = KeyTable(self.keys)
        return self._table


class FaissLists:
    """`IndexIVFScalarQuantizer`: each vector stands in the list of its nearest centroid, in 8 bits a dimension.

    A search looks into the `probes` lists that are nearest to the question, so it may miss some of the nearest, and
    its scores are those of the rounded vectors. Searches may run side by side; a change must be alone.
    """

    def __init__(self, index: Any) -> None:
        """Takes the FAISS index over, whose ids are keys; in memory they are slots, as narrowing needs them."""
        self.dim = int(index.d)
        self._index = index
        self._table = KeyTable(np.empty(0, np.int64))
        self._places: tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]] | None = None  # list and offset, by slot
        held, start = [np.empty(0, np.int64)], 0
        for ids in self._ids():
            held.append(ids.copy())
            ids[:] = np.arange(start, start + len(ids))
            start += len(ids)
        self._table = KeyTable(np.concatenate(held))

    @classmethod
    def trained(cls, sample: Vectors, lists: int) -> FaissLists:
        """An empty store of `lists` lists, whose centroids are fitted to `sample` (n, dim)."""
        dim = sample.shape[1]
        quantizer = faiss.IndexFlatIP(dim)
        kind = faiss.ScalarQuantizer.QT_8bit
        index: Any = faiss.IndexIVFScalarQuantizer(quantizer, dim, lists, kind, faiss.METRIC_INNER_PRODUCT)
        index.referenced_objects = [quantizer]  # Python must not let go of it first
        index.cp.seed = SEED
        index.cp.spherical = True  # unit vectors
        index.cp.min_points_per_centroid = 1  # else FAISS writes a warning to the terminal
        index.cp.max_points_per_centroid = max(1, len(sample) // lists)  # all that it is given
        index.train(np.ascontiguousarray(sample))
        return cls(index)

    @property
    def lists(self) -> int:
        return int(self._index.nlist)

    @property
    def probes(self) -> int:
        """Lists that a search looks into."""
        return int(self._index.nprobe)

    @probes.setter
    def probes(self, value: int) -> None:
        self._index.nprobe = max(1, min(value, self.lists))

    @property
    def keys(self) -> Keys:
        """All keys (n,), in no particular order."""
        held: Keys = self._table.keys[self._table.keys != NO_KEY]
        return held

    def add(self, keys: Keys, vectors: Vectors) -> None:
        check_new(keys, vectors, self.dim, self._table)
        if len(keys):
            self._places = None
            self._index.add_with_ids(np.ascontiguousarray(vectors), self._table.add(keys))

    def delete(self, keys: Keys) -> None:
        slots = self._table.delete(keys)
        if len(slots):
            self._places = None
            self._index.remove_ids(slots)

    def search(self, queries: Vectors, k: int, allowed_keys: Keys | None = None) -> tuple[Keys, Vectors]:
        """As any store; where too few stand in the lists that are looked into, all lists are."""
        check_queries(queries, k, self.dim)
        queries = np.ascontiguousarray(queries)
        available, probes, bits = len(self), self.probes, None
        if allowed_keys is not None:
            bits, available = self._table.bitmap(allowed_keys)
            # As many allowed vectors are compared as without the narrowing: few are compared with all of them.
            probes = min(self.lists, -(-probes * len(self) // max(available, 1)))
        keys, scores = self._nearest(queries, k, available, probes, bits)
        short = keys[:, min(k, available) - 1] == NO_KEY if available else np.zeros(len(queries), np.bool_)
        if short.any() and probes < self.lists:
            keys[short], scores[short] = self._nearest(queries[short], k, available, self.lists, bits)
        return keys, scores

    def get(self, keys: Keys) -> Vectors:
        slots = self._table.find(keys)
        if (slots < 0).any():
            raise KeyError(int(keys[slots < 0][0]))
        lists, offsets = self._where()
        codes = np.empty((len(slots), self._index.code_size), np.uint8)
        for row, slot in enumerate(slots.tolist()):
            codes[row] = self._codes(int(lists[slot]))[offsets[slot]]
        return self._decoded(codes, lists[slots].astype(np.int64))

    def blocks(self) -> Iterator[tuple[Keys, Vectors]]:
        """All keys and vectors as they are stored, about BLOCK at a time."""
        codes, numbers, slots = [], [], []
        for number, ids in enumerate(self._ids()):
            codes.append(self._codes(number).copy())
            numbers.append(np.full(len(ids), number, np.int64))
            slots.append(ids.copy())
            if sum(map(len, slots)) >= BLOCK or number + 1 == self.lists:
                part = self._decoded(np.concatenate(codes), np.concatenate(numbers))
                yield self._table.keys[np.concatenate(slots)], part
                codes, numbers, slots = [], [], []

    def write(self, sink: Sink) -> None:
        """Gives the whole store to `sink` in pieces, with keys as ids, for `read`. What `sink` raises comes out."""
        try:
            for ids in self._ids():
                ids[:] = self._table.keys[ids]
            faiss.write_index(self._index, _faiss.PyCallbackIOWriter(sink))
        finally:
            for ids in self._ids():
                ids[:] = self._table.find(ids)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def _nearest(
        self, queries: Vectors, k: int, available: int, probes: int, bits: npt.NDArray[np.uint8] | None
    ) -> tuple[Keys, Vectors]:
        selector = None if bits is None else _faiss.IDSelectorBitmap(bits)
        parameters = _faiss.SearchParametersIVF(nprobe=probes, sel=selector)

        def fetch(width: int) -> tuple[Keys, Vectors]:
            if not width:
                return _nothing(len(queries))
            scores, slots = self._index.search(queries, width, params=parameters)
            scores[slots < 0] = -np.inf
            return np.where(slots < 0, NO_KEY, self._table.keys[slots]), scores

        return widened(fetch, k, available)

    def _ids(self) -> Iterator[npt.NDArray[np.int64]]:
        """Views of each list's ids."""
        lists = self._index.invlists
        for number in range(self.lists):
            yield _view(lists.get_ids(number), lists.list_size(number), np.int64)

    def _codes(self, number: int) -> npt.NDArray[np.uint8]:
        """A view of a list's codes (n, code size)."""
        lists, size = self._index.invlists, self._index.code_size
        view: npt.NDArray[np.uint8] = _view(lists.get_codes(number), lists.list_size(number) * size, np.uint8)
        return view.reshape(-1, size)

    def _decoded(self, codes: npt.NDArray[np.uint8], lists: npt.NDArray[np.int64]) -> Vectors:
        found = np.empty((len(codes), self.dim), np.float32)
        if len(codes):
            pointers = (faiss.swig_ptr(codes), faiss.swig_ptr(lists), faiss.swig_ptr(found))
            self._index.decode_vectors(len(codes), *pointers)
        return found

    def _where(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        if self._places is None:
            lists, offsets = np.zeros(len(self._table.keys), np.int32), np.zeros(len(self._table.keys), np.int64)
            for number, ids in enumerate(self._ids()):
                lists[ids], offsets[ids] = number, np.arange(len(ids))
            self._places = lists, offsets
        return self._places


FaissStore = FaissVectors | FaissLists


def read(path: Path, dim: int) -> FaissStore:
    """The store that was written to `path`, already known to be undamaged. ValueError if it is none of `dim`.

    Read in pieces, so that it is never in memory twice.
    """
    # A vector inside cannot be larger than the whole: a wild length in the header is refused, not allocated.
    # The limit holds for the process, so two threads must not read at once.
    with _reading, path.open("rb") as file:
        faiss.set_deserialization_vector_byte_limit(path.stat().st_size)
        try:
            index = faiss.read_index(_faiss.PyCallbackIOReader(file.read))
        except RuntimeError as error:
            raise ValueError("not a FAISS index") from error
    if index.d != dim:
        raise ValueError(f"dimension {index.d}, not {dim}")
    if isinstance(index, faiss.IndexIVFScalarQuantizer) and index.metric_type == faiss.METRIC_INNER_PRODUCT:
        return FaissLists(index)
    if isinstance(index, faiss.IndexIDMap2) and isinstance(faiss.downcast_index(index.index), faiss.IndexFlatIP):
        return FaissVectors.of(index)
    raise ValueError("neither an exact inner-product index under keys nor one by lists")


def _view(pointer: Any, size: int, dtype: Any) -> Any:
    return faiss.rev_swig_ptr(pointer, size) if size else np.empty(0, dtype)


def _nothing(queries: int) -> tuple[Keys, Vectors]:
    return np.empty((queries, 0), np.int64), np.empty((queries, 0), np.float32)
