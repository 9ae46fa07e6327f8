"""Which articles are near-duplicates of one another: each one's sketch, and the cluster that it is in, in SQLite.

Clusters are worked out anew from all sketches whenever a change is committed, so they follow from the articles that
are there and not from the order in which they came and went. A generation from before there were sketches opens as one
without near-duplicates; the next change sketches what it finds.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.near_duplicates import HASHES, SCHEME, Sketch, cluster
from index.sqlite_store import SqliteStore

NAME = "near_duplicates.sqlite"
SCHEMA = """
create table sketches (
    article integer primary key,  -- articles.number
    signature blob not null, size integer not null,
    cluster integer  -- the smallest article of the cluster; null where the article has no near-duplicates
);
create index sketches_cluster on sketches (cluster) where cluster is not null;
create table scheme (name text not null);  -- sketches of another scheme can't be compared
"""
_BYTES = "<u2"  # of a signature's values, on every machine


class NearDuplicateStore(SqliteStore):
    """Reading and, in a draft, writing the sketches and clusters. Calls from several threads take turns.

    Its length is the number of articles that have been sketched.
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        """Without a file, a reader finds that nothing has near-duplicates; a writer drops what another scheme made."""
        super().__init__(path if writable or path.exists() else None, SCHEMA, "sketches", writable=writable)
        self._changed = False
        if writable and self.rows("select name from scheme") != [(SCHEME,)]:
            for statement in ("delete from sketches", "delete from scheme"):
                self.rows(statement)
            self.rows("insert into scheme values (?)", (SCHEME,))

    def clusters(self, numbers: Sequence[int]) -> dict[int, int]:
        """The cluster of each of these articles; those without near-duplicates are left out."""
        sql = (
            "select article, cluster from sketches "
            "where cluster is not null and article in (select value from json_each(?))"
        )
        return dict(self.rows(sql, (json.dumps(list(numbers)),)))

    def members(self, number: int) -> list[int]:
        """All articles of this one's cluster, ascending; the article alone if it has no near-duplicates."""
        sql = "select article from sketches where cluster = (select cluster from sketches where article = ?)"
        return sorted(row[0] for row in self.rows(sql, (number,))) or [number]

    def missing(self, numbers: Iterable[int]) -> list[int]:
        """Those of the articles that have not been sketched."""
        known = {row[0] for row in self.rows("select article from sketches")}
        return [number for number in numbers if number not in known]

    def put(self, sketches: Mapping[int, Sketch]) -> None:
        """Stores the sketch of each article in place of an older one."""
        values = [
            (number, sketch.signature.astype(_BYTES).tobytes(), sketch.size) for number, sketch in sketches.items()
        ]
        self._change("insert or replace into sketches (article, signature, size) values (?, ?, ?)", values)

    def delete(self, number: int) -> None:
        self._change("delete from sketches where article = ?", [(number,)])

    def cluster(self) -> None:
        """Brings the clusters up to date with the sketches."""
        if not self._changed:
            return
        stored = self.rows("select article, signature, size, cluster from sketches order by article")
        numbers = [row[0] for row in stored]
        signatures = np.frombuffer(b"".join(row[1] for row in stored), _BYTES).reshape(len(stored), HASHES)
        labels = cluster(signatures.astype(np.uint16), np.array([row[2] for row in stored], np.int64)).tolist()
        sizes: dict[int, int] = defaultdict(int)
        for label in labels:
            sizes[label] += 1
        found = [numbers[label] if sizes[label] > 1 else None for label in labels]
        moved = [(now, row[0]) for row, now in zip(stored, found, strict=True) if row[3] != now]
        self._change("update sketches set cluster = ? where article = ?", moved)
        self._changed = False

    def _change(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        if values:
            self._each(sql, values)
            self._changed = True


def parts(numbers: Sequence[int], size: int = 256) -> Iterator[Sequence[int]]:
    """The numbers a few at a time, so that few articles are in memory."""
    return (numbers[start : start + size] for start in range(0, len(numbers), size))
