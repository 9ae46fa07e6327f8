"""One suite for every VectorStore."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoder import unit
from index.faiss_vectors import FaissVectors
from index.vectors import NO_KEY, Keys, NumpyVectors, Vectors, VectorStore

DIM = 8
Make = Callable[[], VectorStore]


@pytest.fixture(params=[NumpyVectors, FaissVectors], ids=["numpy", "faiss"])
def make(request: pytest.FixtureRequest) -> Make:
    return lambda: request.param(DIM)


def keys(*values: int) -> Keys:
    return np.array(values, np.int64)


def some(count: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32))


def axes(count: int) -> Vectors:
    return np.eye(DIM, dtype=np.float32)[:count]


def test_nearest_worked_by_hand(make: Make) -> None:
    store = make()
    store.add(keys(2**62, 5, 9), axes(3))
    found, scores = store.search(np.array([[0.1, 0.9, 0.4, 0, 0, 0, 0, 0]], np.float32), 2)
    assert found.tolist() == [[5, 9]]
    assert scores[0] == pytest.approx([0.9, 0.4])
    assert found.dtype == np.int64 and scores.dtype == np.float32


def test_rows_are_padded_where_fewer_are_stored(make: Make) -> None:
    store = make()
    assert store.search(axes(2), 3)[0].tolist() == [[NO_KEY] * 3] * 2
    store.add(keys(1), axes(1))
    found, scores = store.search(axes(1), 3)
    assert found.tolist() == [[1, NO_KEY, NO_KEY]]
    assert scores[0, 1:].tolist() == [-np.inf, -np.inf]


def test_a_deleted_key_is_gone_and_moves_no_other(make: Make) -> None:
    store = make()
    store.add(keys(1, 2, 3), axes(3))
    store.delete(keys(1, 77))
    assert len(store) == 2
    assert store.search(axes(3), 1)[0].ravel().tolist()[1:] == [2, 3]
    assert store.get(keys(3, 2)).tolist() == axes(3)[[2, 1]].tolist()
    store.add(keys(1), axes(1))
    assert store.search(axes(1), 1)[0].tolist() == [[1]]


def test_getting_an_unknown_key_is_an_error(make: Make) -> None:
    with pytest.raises(KeyError):
        make().get(keys(4))


def test_narrowing_happens_inside_the_search(make: Make) -> None:
    store = make()
    store.add(np.arange(500, dtype=np.int64), some(500))
    allowed = np.arange(3, 500, 25, dtype=np.int64)
    found, _ = store.search(some(4, seed=1), 10, np.append(allowed, 10_000))
    assert np.isin(found, allowed).all()
    assert store.search(some(1, seed=1), 2, keys())[0].tolist() == [[NO_KEY, NO_KEY]]


@pytest.mark.parametrize("order", [1, -1])
def test_ties_go_by_key_also_across_the_last_place(make: Make, order: int) -> None:
    store = make()
    store.add(np.arange(100, dtype=np.int64)[::order], np.repeat(axes(1), 100, axis=0))
    store.add(keys(1000), np.array([[2, 0, 0, 0, 0, 0, 0, 0]], np.float32))
    assert store.search(axes(1), 4)[0].tolist() == [[1000, 0, 1, 2]]


@pytest.mark.parametrize(
    ("new", "vectors"),
    [
        (keys(2, 2), axes(2)),
        (keys(1), axes(1)),
        (keys(-3), axes(1)),
        (keys(2), np.full((1, DIM), np.nan, np.float32)),
        (keys(2), np.ones((1, DIM + 1), np.float32)),
        (keys(2), axes(2)),
        (keys(2), np.ones((1, DIM), np.float64)),
        (np.array([2], np.int32), axes(1)),
    ],
    ids=["twice", "stored", "negative", "nan", "dimension", "length", "dtype", "key dtype"],
)
def test_bad_vectors_are_refused_whole(make: Make, new: Keys, vectors: Vectors) -> None:
    store = make()
    store.add(keys(1), axes(1))
    with pytest.raises(ValueError, match=r"keys|vectors"):
        store.add(new, vectors)
    assert len(store) == 1


@pytest.mark.parametrize(
    ("queries", "k"),
    [(np.ones((1, DIM + 1), np.float32), 1), (np.full((1, DIM), np.nan, np.float32), 1), (axes(1), 0), (axes(1)[0], 1)],
    ids=["dimension", "nan", "k", "shape"],
)
def test_bad_queries_are_refused(make: Make, queries: Vectors, k: int) -> None:
    with pytest.raises(ValueError, match=r"queries|k must"):
        make().search(queries, k)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_both_stores_agree_after_any_changes(data: st.DataObject) -> None:
    ours, reference = FaissVectors(DIM), NumpyVectors(DIM)
    stored: set[int] = set()
    pool = some(30)
    for _ in range(data.draw(st.integers(1, 6))):
        new = sorted(data.draw(st.sets(st.integers(0, 29))) - stored)
        gone = sorted(data.draw(st.sets(st.integers(0, 29))))
        for store in (ours, reference):
            store.add(keys(*new), pool[new])
            store.delete(keys(*gone))
        stored = (stored | set(new)) - set(gone)
    found, scores = ours.search(some(3, seed=9), 7)
    expected, expected_scores = reference.search(some(3, seed=9), 7)
    assert len(ours) == len(reference) == len(stored)
    assert found.tolist() == expected.tolist()
    assert scores == pytest.approx(expected_scores, abs=1e-6)


def test_faiss_survives_the_way_through_bytes() -> None:
    store = FaissVectors(DIM)
    store.add(keys(4, 2), some(2))
    again = FaissVectors.from_bytes(store.to_bytes(), DIM)
    assert again.get(keys(2, 4)).tolist() == store.get(keys(2, 4)).tolist()
    again.add(keys(7), axes(1))
    assert len(again) == 3


@pytest.mark.parametrize("cut", [0, 10, 100, -1])
def test_cut_bytes_are_refused(cut: int) -> None:
    store = FaissVectors(DIM)
    store.add(keys(4, 2), some(2))
    with pytest.raises(ValueError, match="not a FAISS index"):
        FaissVectors.from_bytes(store.to_bytes()[:cut], DIM)


def test_bytes_of_another_kind_or_dimension_are_refused() -> None:
    import faiss

    with pytest.raises(ValueError, match="dimension 8, not 9"):
        FaissVectors.from_bytes(FaissVectors(DIM).to_bytes(), DIM + 1)
    with pytest.raises(ValueError, match="not an exact"):
        FaissVectors.from_bytes(faiss.serialize_index(faiss.IndexFlatL2(DIM)).tobytes(), DIM)


def test_stores_of_different_size_can_be_read_at_the_same_time() -> None:
    """The limit on what FAISS may allocate while reading belongs to the process, not to the call."""
    blobs = []
    for count in (1, 3000):
        store = FaissVectors(DIM)
        store.add(np.arange(count, dtype=np.int64), some(count))
        blobs.append((count, store.to_bytes()))
    with ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(lambda item: (item[0], len(FaissVectors.from_bytes(item[1], DIM))), blobs * 200))
    assert all(count == size for count, size in sizes)
