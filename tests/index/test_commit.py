"""The moment of the commit: who holds the lock, what can't be synced is taken back, and readers meanwhile."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from pathlib import Path

import pytest

from corpus.errors import BusyError, DamagedError, StorageError
from index import generation
from index.encoder import HashEncoder
from index.files import Files
from index.manifest import Manifest
from index.passage_index import PassageIndex, add
from tests.index.samples import article, articles

ENCODER = HashEncoder(32)
OLD = articles(3)
NEW = [*OLD, article(3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of OLD with two generations."""
    folder = tmp_path / "data"
    add(folder, OLD[:2], ENCODER)
    add(folder, OLD, ENCODER)
    return folder


def contents(folder: Path) -> list[str]:
    """Ids of all articles."""
    with PassageIndex.open(folder, ENCODER) as index:
        assert index.notice is None
        return [summary.id for summary in index.articles()]


def test_the_builder_that_is_named_is_alive(folder: Path) -> None:
    """A holder writes its number a moment after it has the lock; until then an earlier one's may stand there."""
    lock = folder / generation.LOCK
    lock.write_text("999999999\n")
    with lock.open("rb+", buffering=0) as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        told = threading.Timer(0.1, lambda: os.pwrite(holder.fileno(), f"{os.getpid()}\n".ljust(10).encode(), 0))
        told.start()
        with pytest.raises(BusyError, match=rf"pid {os.getpid()}\)"):
            add(folder, NEW, ENCODER)
        told.join()
    add(folder, NEW, ENCODER)
    assert lock.read_bytes() == b""  # nobody is named when nobody builds


def test_another_builder_may_make_the_folder_first(tmp_path: Path) -> None:
    class Late(Files):
        def make_folder(self, path: Path) -> None:
            if path.name == "data":
                path.mkdir()
            super().make_folder(path)

    assert add(tmp_path / "new" / "data", OLD, ENCODER, files=Late()).added == 3


class CommitUnsynced(Files):
    """The folder can't be synced once the new generation stands in it; nor can that be taken back, if `stuck`."""

    def __init__(self, *, stuck: bool) -> None:
        self.renamed = False
        self.stuck = stuck

    def before(self, operation: str, path: Path) -> None:
        if self.renamed and (operation == "sync_folder" or (self.stuck and operation == "rename")):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        self.renamed = self.renamed or operation == "rename"


def test_a_commit_that_may_not_survive_is_taken_back(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(StorageError, match=r"^The disk refused \(.*the old index is kept"):
        add(folder, NEW, ENCODER, files=CommitUnsynced(stuck=False))
    assert contents(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == ["LOCK", "gen-00000001", "gen-00000002"]


def test_a_commit_that_may_not_survive_and_stays_is_told(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(StorageError, match="in place already, so it may not survive a power cut"):
        add(folder, NEW, ENCODER, files=CommitUnsynced(stuck=True))
    assert contents(folder) != before


@pytest.mark.parametrize("error", [StorageError("unable to open"), DamagedError("no such file")])
def test_a_reader_whose_generation_is_retired_meanwhile_reads_the_newest(folder: Path, error: Exception) -> None:
    opened: list[int] = []

    def opener(path: Path, manifest: Manifest) -> int:
        opened.append(manifest.generation)
        if len(opened) == 1:
            add(folder, NEW, ENCODER)
            raise error
        return manifest.generation

    assert generation.read_newest(folder, opener) == (3, None)
    assert opened == [2, 3]


def test_what_cannot_be_opened_now_is_not_damage(folder: Path) -> None:
    def opener(path: Path, manifest: Manifest) -> None:
        raise StorageError("too many open files")

    with pytest.raises(StorageError):
        generation.read_newest(folder, opener)
