"""Which kind of vector search an index gets, and that it lives as an exact one does."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import IncompatibleError, UsageError
from index import manifest
from index.encoder import HashEncoder, unit
from index.faiss_vectors import FaissLists, FaissVectors
from index.generation import generations
from index.manifest import NAME
from index.passage_index import Narrowing, PassageIndex, RetrievalMode, VectorChoice, add, rebuild, remove
from index.vector_plan import (
    COMPARED,
    EXACT_UP_TO,
    RECALL,
    VectorLayout,
    arranged,
    found,
    is_due,
    kind_for,
    lists_for,
    nearest,
)
from index.vectors import NO_KEY, Keys, NumpyVectors, Vectors
from tests.index.samples import article

ENCODER = HashEncoder(48)
MANY = [article(number, sentences=60) for number in range(62)]  # 59 passages of 40 tokens each
AUTO, EXACT, LISTS = VectorChoice.AUTO, VectorChoice.EXACT, VectorChoice.LISTS


def some(count: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, 16)).astype(np.float32))


def test_the_kind_follows_from_size_and_choice() -> None:
    assert [kind_for(n, AUTO) for n in (0, EXACT_UP_TO, EXACT_UP_TO + 1)] == [EXACT, EXACT, LISTS]
    assert [kind_for(n, LISTS) for n in (0, 999, 1000)] == [EXACT, EXACT, LISTS]
    assert kind_for(10**9, EXACT) is EXACT
    assert [lists_for(n) for n in (1, 1_000, 20_000, 1_000_000)] == [1, 25, 500, 4_000]


def test_lists_are_made_anew_when_the_index_has_grown_or_shrunk_by_half() -> None:
    layout = VectorLayout("auto", "ivf", 1_000, 10, made_for=90_000)
    assert [is_due(n, layout) for n in (59_000, 60_000, 90_000, 135_000, 136_000)] == [True, False, False, False, True]
    small = VectorLayout("auto", "ivf", 500, 10, made_for=EXACT_UP_TO + 1)
    assert not is_due(EXACT_UP_TO - 1, small)  # not to and fro at the border
    assert is_due(EXACT_UP_TO // 2, small)
    assert [is_due(n, VectorLayout()) for n in (EXACT_UP_TO, EXACT_UP_TO + 1)] == [False, True]
    assert not is_due(10**9, VectorLayout("exact"))


def test_enough_lists_are_looked_into() -> None:
    store = stored(np.arange(21_000, dtype=np.int64) * 3, some(21_000))
    asked = some(64, seed=1)
    made, layout = arranged(store, AUTO, lambda: asked)
    assert isinstance(made, FaissLists)
    truth = store.search(asked, 10)[0]
    assert RECALL <= layout.recall == pytest.approx(found(made.search, asked, truth), abs=1e-4)
    assert (layout.kind, layout.lists, layout.probes, layout.made_for) == ("ivf", 525, made.probes, 21_000)
    assert made.probes / made.lists >= COMPARED / 21_000
    assert len(made) == len(store) == 21_000  # and the old one is as it was
    made.probes = 1
    assert found(made.search, asked, truth) < 0.9
    again, same = arranged(store, AUTO, lambda: asked)
    assert same == layout  # the same vectors give the same lists
    again.probes = 1
    assert again.search(asked, 10)[0].tolist() == made.search(asked, 10)[0].tolist()


def test_an_index_that_shrinks_out_of_lists_says_that_its_vectors_are_rounded() -> None:
    vectors, keys = some(2_000), np.arange(2_000, dtype=np.int64)
    lists, layout = arranged(stored(keys, vectors), LISTS, lambda: some(8, seed=1))
    assert layout.by_lists
    lists.delete(keys[600:])
    assert is_due(len(lists), layout)
    exact, shrunk = arranged(lists, LISTS, lambda: some(8, seed=1))
    assert isinstance(exact, FaissVectors)
    assert (shrunk, is_due(len(exact), shrunk)) == (VectorLayout("ivf", "rounded"), False)
    assert "onrecord add --rebuild" in shrunk.told()
    assert (unit(exact.get(keys[:600])) * vectors[:600]).sum(axis=1).min() > 0.999
    exact.add(keys[600:], vectors[600:])
    assert is_due(len(exact), shrunk)  # and grown again it is due for lists
    assert arranged(exact, LISTS, lambda: some(8, seed=1))[1].by_lists


def stored(keys: Keys, vectors: Vectors) -> FaissVectors:
    store = FaissVectors(vectors.shape[1])
    store.add(keys, vectors)
    return store


def test_the_nearest_by_blocks_are_the_nearest() -> None:
    reference = NumpyVectors(16)
    reference.add(np.arange(500, dtype=np.int64), some(500))
    blocks = [(np.arange(start, start + 50), some(500)[start : start + 50]) for start in range(0, 500, 50)]
    ours = nearest(iter(blocks), some(20, seed=2), 10)
    assert np.sort(ours).tolist() == np.sort(reference.search(some(20, seed=2), 10)[0]).tolist()
    few = nearest(iter([(np.array([7, 3]), some(2))]), some(1), 4)
    assert sorted(few[0].tolist()) == [NO_KEY, NO_KEY, 3, 7]
    assert nearest(iter([]), some(1), 2).tolist() == [[NO_KEY, NO_KEY]]


@pytest.fixture(scope="module")
def by_lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists") / "data"
    add(folder, MANY[:40], ENCODER, max_tokens=40, vectors=LISTS)
    return folder


def manifest_fields(folder: Path) -> dict[str, Any]:
    """What the newest generation's manifest says."""
    fields: dict[str, Any] = json.loads((generations(folder)[0][1] / NAME).read_bytes().rsplit(b"\n", 2)[0])
    return fields


def test_a_program_that_knows_no_lists_names_the_format_instead_of_calling_the_index_damaged(
    by_lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path, MANY[:2], ENCODER)
    assert [manifest_fields(folder)["format"] for folder in (tmp_path, by_lists)] == [1, 2]
    monkeypatch.setattr(manifest, "FORMATS", (1,))  # as it was before there were lists
    with PassageIndex.open(tmp_path, ENCODER) as index:
        assert index.n_articles == 2
    for attempt in (PassageIndex.open, lambda folder, encoder: add(folder, MANY[:1], encoder)):
        with pytest.raises(IncompatibleError, match="has format 2: a newer Onrecord made it than this one"):
            attempt(by_lists, ENCODER)


def test_lists_from_before_they_had_a_format_of_their_own_are_read(by_lists: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(by_lists, tmp_path / "data"))
    fields = {**manifest_fields(folder), "format": 1}
    write_manifest(folder, fields)
    with PassageIndex.open(folder, ENCODER) as index:
        assert index.manifest.vectors.by_lists
    add(folder, MANY[40:41], ENCODER)
    assert manifest_fields(folder)["format"] == 2


def test_a_newer_program_may_choose_what_this_one_does_not_know(by_lists: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(by_lists, tmp_path / "data"))
    fields = manifest_fields(folder)
    write_manifest(folder, {**fields, "format": 3, "vectors": {**fields["vectors"], "choice": "graph"}})
    with pytest.raises(
        IncompatibleError, match=r"format 3: .*reads format 1 and format 2\. .*`onrecord add --rebuild`"
    ):
        PassageIndex.open(folder, ENCODER)
    rebuild(folder, [], ENCODER, max_tokens=160)
    with PassageIndex.open(folder, ENCODER) as index:
        assert (index.n_articles, index.manifest.vectors) == (40, VectorLayout())


def write_manifest(folder: Path, fields: dict[str, Any]) -> None:
    body = json.dumps(fields).encode() + b"\n"
    path = generations(folder)[0][1] / NAME
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode() + b"\n")


def test_an_index_by_lists_changes_as_an_exact_one_does(by_lists: Path, tmp_path: Path) -> None:
    with PassageIndex.open(by_lists, ENCODER) as index:
        first = index.manifest.vectors
        assert (first.choice, first.kind, first.made_for) == ("ivf", "ivf", index.n_passages)
        assert first.told().startswith(f"ivf (ivf): {first.probes} of {first.lists} lists")
    add(by_lists, MANY[40:45], ENCODER)
    remove(by_lists, [MANY[3].id, MANY[41].id], ENCODER)
    left = [one for one in MANY[:45] if one.id not in (MANY[3].id, MANY[41].id)]
    add(tmp_path, left, ENCODER, max_tokens=40)
    questions = ["Which harbour burned?", "the observatory of Quito won a prize", "ferry witness"]
    with PassageIndex.open(by_lists, ENCODER) as ours, PassageIndex.open(tmp_path, ENCODER) as exact:
        assert ours.manifest.vectors == first  # few came and went: the lists stay
        assert exact.manifest.vectors == VectorLayout()
        assert len(ours.vectors) == ours.n_passages == exact.n_passages
        dense = [index.search(questions, 10, mode=RetrievalMode.DENSE) for index in (ours, exact)]
        for mine, theirs in zip(*dense, strict=True):
            assert len(mine) == 10
            assert {hit.passage.id for hit in mine} - {hit.passage.id for hit in theirs} == set() or (
                mine[-1].score >= theirs[-1].score - 0.02  # what differs is as near within the rounding
            )
        narrowing = Narrowing(article_ids=frozenset({MANY[9].id}))
        for hits in ours.search(questions, 10, mode=RetrievalMode.DENSE, narrowing=narrowing):
            assert [hit.passage.article_id for hit in hits] == [MANY[9].id] * 10


def test_growing_by_half_makes_new_lists(by_lists: Path) -> None:
    with PassageIndex.open(by_lists, ENCODER) as index:
        before = index.manifest.vectors.made_for
    add(by_lists, MANY, ENCODER)
    with PassageIndex.open(by_lists, ENCODER) as index:
        assert index.manifest.vectors.made_for == index.n_passages > 1.3 * before
        assert index.finds_itself()


def test_a_choice_holds_until_a_rebuild_makes_another(by_lists: Path) -> None:
    with pytest.raises(UsageError, match="'ivf' in this index; use --rebuild"):
        add(by_lists, MANY[:1], ENCODER, vectors=EXACT)
    assert add(by_lists, MANY[:1], ENCODER, vectors=LISTS).parts == 0
    rebuild(by_lists, [], ENCODER, max_tokens=40)
    with PassageIndex.open(by_lists, ENCODER) as index:
        assert index.manifest.vectors.kind == "ivf"
    rebuild(by_lists, [], ENCODER, max_tokens=40, vectors=EXACT)
    with PassageIndex.open(by_lists, ENCODER) as index:
        assert index.manifest.vectors == VectorLayout("exact")
        assert isinstance(index.vectors, FaissVectors)


def test_an_index_from_before_there_was_a_choice_opens_as_exact(tmp_path: Path) -> None:
    add(tmp_path, MANY[:1], ENCODER)
    fields = manifest_fields(tmp_path)
    del fields["vectors"]
    write_manifest(tmp_path, fields)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        assert index.manifest.vectors == VectorLayout()
        assert index.manifest.vectors.told() == "exact (auto)"
    assert add(tmp_path, MANY[1:2], ENCODER).added == 1
