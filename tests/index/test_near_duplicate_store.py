"""Clusters survive whatever comes and goes, and an index from before there were any still opens."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from pathlib import Path

from corpus.article import Article
from index.encoder import HashEncoder
from index.manifest import NAME as MANIFEST
from index.near_duplicate_store import NAME, NearDuplicateStore
from index.passage_index import PassageIndex, add, rebuild, remove
from tests.index.samples import article

ENCODER = HashEncoder()


def copy_of(original: Article, name: str, *, cut: float = 1.0) -> Article:
    return replace(
        original,
        id=name,
        title=f"{name}: another headline",
        text=original.text[: round(len(original.text) * cut)],
        path=f"/articles/{name}.txt",
    )


WIRE = article(1, sentences=30)
FIRST, SECOND, CUT = copy_of(WIRE, "first"), copy_of(WIRE, "second"), copy_of(WIRE, "cut", cut=0.7)
OTHERS = [article(n) for n in range(2, 8)]


def clusters(folder: Path) -> dict[str, list[str]]:
    with PassageIndex.open(folder, ENCODER) as index:
        found = {one.id: sorted(index.copies_of(one.id)) for one in index.articles()}
    return {name: others for name, others in found.items() if others}


def test_copies_that_come_later_join_and_those_that_go_leave(tmp_path: Path) -> None:
    add(tmp_path, [WIRE, *OTHERS], ENCODER)
    assert clusters(tmp_path) == {}
    add(tmp_path, [FIRST], ENCODER)
    assert clusters(tmp_path) == {WIRE.id: ["first"], "first": [WIRE.id]}
    add(tmp_path, [CUT, SECOND], ENCODER)
    assert clusters(tmp_path)["first"] == [WIRE.id, "cut", "second"]
    remove(tmp_path, [WIRE.id, "cut"], ENCODER)
    assert clusters(tmp_path) == {"first": ["second"], "second": ["first"]}
    add(tmp_path, [replace(SECOND, text=article(99, sentences=30).text)], ENCODER)  # no copy any more
    assert clusters(tmp_path) == {}


def test_what_joins_two_parts_takes_the_joint_with_it(tmp_path: Path) -> None:
    left, right = article(10, sentences=20), article(11, sentences=20)
    both = replace(left, id="both", text=f"{left.text}\n\n{right.text}")
    add(tmp_path, [left, right, both], ENCODER)
    assert sorted(clusters(tmp_path)) == sorted([left.id, right.id, "both"])
    remove(tmp_path, ["both"], ENCODER)
    assert clusters(tmp_path) == {}


def test_the_clusters_follow_from_the_articles_whatever_the_order(tmp_path: Path) -> None:
    wanted = [WIRE, FIRST, SECOND, CUT, OTHERS[0]]
    add(tmp_path / "0", wanted, ENCODER)
    for seed in (1,):
        folder, shuffled = tmp_path / str(seed), random.Random(seed).sample(wanted, len(wanted))
        for item in shuffled:
            add(folder, [item], ENCODER)
        assert clusters(folder) == clusters(tmp_path / "0")
    rebuild(tmp_path / "0", [], ENCODER)
    assert clusters(tmp_path / "0") == clusters(tmp_path / "1")


def test_hits_of_copies_share_a_cluster_and_others_have_none(tmp_path: Path) -> None:
    add(tmp_path, [WIRE, FIRST, *OTHERS], ENCODER)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        hits = index.search([WIRE.text[:80]], k=30)[0]
        found = {hit.passage.article_id: hit.cluster for hit in hits}
    assert found[WIRE.id] is not None
    assert found[WIRE.id] == found["first"]
    assert {found[one.id] for one in OTHERS if one.id in found} == {None}


def test_a_generation_without_sketches_opens_and_gets_them_with_the_next_change(tmp_path: Path) -> None:
    add(tmp_path, [WIRE, FIRST, *OTHERS], ENCODER)
    with PassageIndex.open(tmp_path, ENCODER) as index:
        path, manifest = index.path, index.manifest
    (path / NAME).unlink()  # as it was written before there were sketches
    older = replace(manifest, files=tuple(file for file in manifest.files if file.path != NAME))
    (path / MANIFEST).write_bytes(older.to_bytes())
    assert clusters(tmp_path) == {}
    add(tmp_path, [SECOND], ENCODER)
    assert clusters(tmp_path)["second"] == [WIRE.id, "first"]


def test_sketches_of_another_scheme_are_dropped_by_a_writer(tmp_path: Path) -> None:
    add(tmp_path / "index", [WIRE, FIRST], ENCODER)
    with PassageIndex.open(tmp_path / "index", ENCODER) as index:
        stored = (index.path / NAME).read_bytes()
    path = tmp_path / NAME
    path.write_bytes(stored)
    with sqlite3.connect(path) as connection:
        connection.execute("update scheme set name = 'older'")
    connection.close()
    store = NearDuplicateStore(path, writable=True)
    assert len(store) == 0
    assert store.missing([1, 2]) == [1, 2]
    store.close()


def test_a_store_without_a_file_knows_of_no_near_duplicates_and_makes_none(tmp_path: Path) -> None:
    store = NearDuplicateStore(tmp_path / NAME)
    assert (len(store), store.clusters([1, 2]), store.members(1), store.missing([1, 2])) == (0, {}, [1], [1, 2])
    store.close()
    assert list(tmp_path.iterdir()) == []
