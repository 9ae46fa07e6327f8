"""What an engine says of a disk becomes one sentence that a person can act on."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from corpus.errors import StorageError
from index.files import Files, remove_tree, storage_errors

THREAD = "An error occurred in a thread: 'An index writer was killed.. A worker thread met an error (io::Error …)"


@pytest.mark.parametrize(("free", "sentence"), [(4096, "disk full; the old index is kept"), (1 << 30, "disk refused")])
def test_an_error_in_a_thread_of_tantivy_is_looked_up_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, sentence: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(StorageError, match=sentence), storage_errors(tmp_path):
        raise ValueError(THREAD)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [((10_000, 3), "disk full"), ((10_000, 9_000), "disk refused"), ((0, 0), "disk refused")],  # 0: no such limit
)
def test_a_file_that_sqlite_cannot_make_is_looked_up_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: tuple[int, int], sentence: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 30))
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_files=files[0], f_favail=files[1]), raising=False)
    with pytest.raises(StorageError, match=sentence), storage_errors(tmp_path):
        sqlite3.connect(tmp_path / "missing" / "passages.sqlite")


def test_what_is_no_fault_of_a_disk_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="k must be"), storage_errors(tmp_path):
        raise ValueError("k must be at least 1")


class _LateLock(Files):
    """A disk where somebody's lock file turns up again `times` times when its folder is about to be removed."""

    def __init__(self, times: int) -> None:
        self.times = times

    def before(self, operation: str, path: Path) -> None:
        if path.name == "lexical" and self.times:
            self.times -= 1
            (path / ".tantivy-meta.lock").touch()
        if path.name == "gone":
            path.unlink()


def test_a_folder_is_removed_though_a_lock_file_comes_and_goes(tmp_path: Path) -> None:
    (tmp_path / "tmp-1" / "lexical").mkdir(parents=True)
    (tmp_path / "tmp-1" / "lexical" / "gone").touch()
    remove_tree(_LateLock(2), tmp_path / "tmp-1")
    assert list(tmp_path.iterdir()) == []


def test_what_keeps_a_folder_from_being_removed_for_good_is_told(tmp_path: Path) -> None:
    (tmp_path / "lexical").mkdir()
    with pytest.raises(OSError) as caught:
        remove_tree(_LateLock(1_000), tmp_path / "lexical")
    assert caught.value.errno == errno.ENOTEMPTY
