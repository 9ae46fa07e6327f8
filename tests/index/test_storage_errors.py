"""What an engine says of a disk becomes one sentence that a person can act on."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from corpus.errors import StorageError
from index.files import storage_errors

THREAD = "An error occurred in a thread: 'An index writer was killed.. A worker thread met an error (io::Error …)"


@pytest.mark.parametrize(("free", "sentence"), [(4096, "disk full; the old index is kept"), (1 << 30, "disk refused")])
def test_an_error_in_a_thread_of_tantivy_is_looked_up_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, sentence: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(StorageError, match=sentence), storage_errors(tmp_path):
        raise ValueError(THREAD)


def test_what_is_no_fault_of_a_disk_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="k must be"), storage_errors(tmp_path):
        raise ValueError("k must be at least 1")
