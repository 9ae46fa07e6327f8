"""One suite for every VectorStore."""

from __future__ import annotations

import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoder import unit
from index.faiss_vectors import FaissLists, FaissStore, FaissVectors, read
from index.vectors import NO_KEY, Keys, KeyTable, NumpyVectors, Vectors, VectorStore

DIM = 8
ROUNDING = 0.02  # of 8 bits a dimension
Make = Callable[[], VectorStore]


def lists() -> FaissLists:
    """By lists, all of which are looked into: exact but for the rounding to 8 bits."""
    store = FaissLists.trained(np.concatenate([some(200, seed=3), axes(DIM), -axes(DIM)]), 5)
    store.probes = 5
    return store


FAISS: dict[str, Callable[[], FaissStore]] = {"faiss": lambda: FaissVectors(DIM), "lists": lists}


@pytest.fixture(params=["numpy", *FAISS])
def make(request: pytest.FixtureRequest) -> Make:
    return {"numpy": lambda: NumpyVectors(DIM), **FAISS}[request.param]


@pytest.fixture(params=FAISS.values(), ids=FAISS)
def make_faiss(request: pytest.FixtureRequest) -> Callable[[], FaissStore]:
    made: Callable[[], FaissStore] = request.param
    return made


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
    assert scores[0] == pytest.approx([0.9, 0.4], abs=ROUNDING)
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
    assert store.get(keys(3, 2)) == pytest.approx(axes(3)[[2, 1]], abs=ROUNDING)
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


def through_a_file(store: FaissStore, path: Path) -> FaissStore:
    pieces: list[bytes] = []
    store.write(lambda piece: pieces.append(bytes(piece)))
    path.write_bytes(b"".join(pieces))
    return read(path, store.dim)


def test_faiss_survives_the_way_through_a_file(make_faiss: Callable[[], FaissStore], tmp_path: Path) -> None:
    store = make_faiss()
    store.add(np.arange(300, dtype=np.int64) * 7, some(300))
    store.delete(keys(0, 7))
    again = through_a_file(store, tmp_path / "vectors")
    assert type(again) is type(store)
    assert sorted(again.keys.tolist()) == sorted(store.keys.tolist()) == [7 * n for n in range(2, 300)]
    for other in (again, store):  # writing leaves a store as it was
        assert other.get(keys(21, 14)).tolist() == store.get(keys(21, 14)).tolist()
        assert other.search(some(5, seed=2), 9)[0].tolist() == again.search(some(5, seed=2), 9)[0].tolist()
    again.add(keys(7), axes(1))
    assert len(again) == 299
    assert again.search(axes(1), 1)[0].tolist() == [[7]]


@pytest.mark.parametrize("cut", [0, 10, 100, -1])
def test_cut_files_are_refused(make_faiss: Callable[[], FaissStore], tmp_path: Path, cut: int) -> None:
    store = make_faiss()
    store.add(keys(4, 2), some(2))
    through_a_file(store, tmp_path / "whole")
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:cut])
    with pytest.raises(ValueError, match="not a FAISS index"):
        read(tmp_path / "cut", DIM)


def test_files_of_another_kind_or_dimension_are_refused(tmp_path: Path) -> None:
    import faiss

    through_a_file(FaissVectors(DIM), tmp_path / "other")
    with pytest.raises(ValueError, match="dimension 8, not 9"):
        read(tmp_path / "other", DIM + 1)
    (tmp_path / "flat").write_bytes(faiss.serialize_index(faiss.IndexFlatL2(DIM)).tobytes())
    with pytest.raises(ValueError, match="neither"):
        read(tmp_path / "flat", DIM)


def test_what_the_disk_says_while_writing_comes_out(make_faiss: Callable[[], FaissStore]) -> None:
    def full(_: bytes) -> None:
        raise OSError(errno.ENOSPC, "full")

    store = make_faiss()
    store.add(np.arange(50, dtype=np.int64), some(50))
    with pytest.raises(OSError, match="full"):
        store.write(full)
    assert store.search(some(50)[3:4], 1)[0].tolist() == [[3]]  # and the store is as it was


def test_stores_of_different_size_can_be_read_at_the_same_time(tmp_path: Path) -> None:
    """The limit on what FAISS may allocate while reading belongs to the process, not to the call."""
    files = []
    for count in (1, 3000):
        store = FaissVectors(DIM)
        store.add(np.arange(count, dtype=np.int64), some(count))
        through_a_file(store, tmp_path / str(count))
        files.append((count, tmp_path / str(count)))
    with ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(lambda item: (item[0], len(read(item[1], DIM))), files * 100))
    assert all(count == size for count, size in sizes)


def test_all_vectors_come_in_blocks(make_faiss: Callable[[], FaissStore], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.faiss_vectors.BLOCK", 100)
    store = make_faiss()
    store.add(np.arange(1000, dtype=np.int64), some(1000))
    store.delete(np.arange(0, 1000, 3, dtype=np.int64))
    seen: dict[int, list[float]] = {}
    for block_keys, vectors in store.blocks():
        assert len(block_keys) == len(vectors) < 200
        seen.update(zip(block_keys.tolist(), vectors.tolist(), strict=True))
    assert sorted(seen) == [n for n in range(1000) if n % 3]
    assert seen[4] == store.get(keys(4))[0].tolist()


def test_lists_miss_little_and_round_little() -> None:
    reference = NumpyVectors(DIM)
    store = FaissLists.trained(some(2000), 40)
    store.probes = 10
    for each in (reference, store):
        each.add(np.arange(2000, dtype=np.int64), some(2000))
    asked = some(100, seed=5)
    (ours, scores), (true, true_scores) = store.search(asked, 10), reference.search(asked, 10)
    shared = [len(set(a) & set(b)) for a, b in zip(ours.tolist(), true.tolist(), strict=True)]
    assert sum(shared) / 1000 > 0.9
    assert np.abs(scores[:, 0] - true_scores[:, 0]).max() < 0.02
    store.probes = 1000  # no more than there are
    assert store.probes == store.lists == 40


def test_narrowed_lists_give_as_many_as_there_are() -> None:
    """Few are allowed, and none of them near: the lists that are looked into by habit hold none."""
    store = FaissLists.trained(some(2000), 40)
    store.probes = 1
    store.add(np.arange(2000, dtype=np.int64), some(2000))
    question = some(1, seed=6)
    far = store.search(-question, 12)[0][0]
    reference = NumpyVectors(DIM)
    reference.add(far, store.get(far))
    found, _ = store.search(question, 12, far)
    assert found.tolist() == reference.search(question, 12)[0].tolist()
    assert (store.search(question, 500)[0] != NO_KEY).all()  # one list holds fewer
    assert store.search(question, 12, np.append(far, 10**6))[0].tolist() == found.tolist()


def test_a_bitmap_is_made_anew_for_other_keys_and_after_changes() -> None:
    table = KeyTable(keys(5, 9, 2))
    first = keys(9, 2, 77)
    assert table.bitmap(first)[0].tolist() == [0b110]
    assert table.bitmap(keys(5))[0].tolist() == [0b001]
    assert table.add(keys(77)).tolist() == [3]
    assert table.bitmap(first) == (np.array([0b1110], np.uint8), 3)
    assert table.delete(keys(9, 9000)).tolist() == [1]
    assert table.bitmap(first) == (np.array([0b1100], np.uint8), 2)
    assert table.find(keys(9, 2, 77, 5)).tolist() == [-1, 2, 3, 0]
    assert table.add(keys(9)).tolist() == [4]  # slots aren't used twice


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 40), max_size=12)), max_size=12))
def test_a_key_table_finds_what_a_dictionary_finds(changes: list[tuple[bool, set[int]]]) -> None:
    table, slots, used = KeyTable(keys()), {}, 0
    for adds, values in changes:
        if adds:
            new = [value for value in values if value not in slots]
            assert table.add(keys(*new)).tolist() == list(range(used, used + len(new)))
            slots.update(zip(new, range(used, used + len(new)), strict=True))
            used += len(new)
        else:
            gone = sorted(slots.pop(value) for value in values if value in slots)
            assert sorted(table.delete(keys(*values)).tolist()) == gone
        assert table.find(np.arange(41)).tolist() == [slots.get(value, -1) for value in range(41)]
