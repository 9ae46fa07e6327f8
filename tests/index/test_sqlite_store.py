"""The three stores open, refuse and let go of their files alike."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.articles_store import ArticleStore
from index.near_duplicate_store import NearDuplicateStore
from index.passage_store import PassageRow, PassageStore

Store = type[ArticleStore] | type[PassageStore] | type[NearDuplicateStore]
STORES = [ArticleStore, PassageStore, NearDuplicateStore]
ROW = PassageRow(key=1, article=1, start=0, end=4, tokens=1, content=b"0" * 16)


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("writable", [False, True])
def test_a_file_that_holds_something_else_is_noticed_when_it_is_opened(
    tmp_path: Path, kind: Store, writable: bool
) -> None:
    (tmp_path / "torn").write_bytes(b"half of something" * 100)
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("create table something (x)")
    for name, message in (("torn", "file is not a database"), ("other", "no such table")):
        with pytest.raises(sqlite3.Error, match=message):
            kind(tmp_path / name, writable=writable)


@pytest.mark.parametrize("kind", STORES)
def test_a_writer_makes_the_file_with_no_journal_beside_it(tmp_path: Path, kind: Store) -> None:
    with closing(kind(tmp_path / "store", writable=True)) as store:
        assert len(store) == 0
        settings = [store.rows(f"pragma {name}")[0][0] for name in ("journal_mode", "synchronous", "secure_delete")]
        assert settings == ["off", 0, 1]
        assert [path.name for path in tmp_path.iterdir()] == ["store"]
    with closing(kind(tmp_path / "store")) as store:
        assert len(store) == 0
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            store.rows("create table another (x)")


def test_what_is_written_outside_a_transaction_is_there_at_once(tmp_path: Path) -> None:
    with closing(PassageStore(tmp_path / "store", writable=True)) as writer:
        writer.add([ROW])
        with closing(PassageStore(tmp_path / "store")) as reader:
            assert reader.get([1, 2]) == {1: ROW}
        writer.begin()
        writer.delete([1, 2])
        writer.commit()
        assert len(writer) == 0
