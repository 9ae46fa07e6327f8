"""A small file of JSON lines in the data folder that several processes change, and that is old or new, never torn.

A change writes the whole file beside the old one and renames it over: what is killed at any moment leaves the lines as
they were or as they should be. People may edit such a file too, so that lines which are no JSON are kept as they are.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from index.files import DISK, Files, storage_errors

Change = Callable[[list[str]], Sequence[str]]


class LineFile:
    """Lines of a file in a folder of its own kind; neither need exist before the first change."""

    def __init__(self, path: Path, files: Files = DISK) -> None:
        self.path = path
        self._files = files

    def lines(self) -> list[str]:
        """The lines that are not blank; raises StorageError if the file is there but can't be read."""
        with storage_errors(self.path.parent):
            try:
                text = self.path.read_text("utf-8", errors="replace")
            except FileNotFoundError:
                return []
        return [line for line in text.split("\n") if line.strip()]

    def rows(self) -> list[dict[str, Any]]:
        """The lines that are JSON objects."""
        return [row for line in self.lines() if (row := row_of(line)) is not None]

    def change(self, change: Change) -> None:
        """Put what `change` makes of the lines in their place, on disk before this returns; raises StorageError.

        Waits for other processes that are changing a file of the same folder.
        """
        with storage_errors(self.path.parent), self._held():
            old = self.lines()
            new = list(change(list(old)))
            if new != old:
                self._replace("".join(line + "\n" for line in new).encode("utf-8", "replace"))

    def _replace(self, data: bytes) -> None:
        beside = self.path.with_name(f".{self.path.name}.new")
        if beside.exists():  # left by a process that was killed
            self._files.remove_file(beside)
        self._files.write(beside, data)
        self._files.sync_file(beside)
        self._files.rename(beside, self.path)
        self._files.sync_folder(self.path.parent)

    @contextmanager
    def _held(self) -> Iterator[None]:
        folder = self.path.parent
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):  # another process was first
                self._files.make_folder(folder)
            self._files.sync_folder(folder.parent)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)  # and with it the lock


def row_of(line: str) -> dict[str, Any] | None:
    """The JSON object on a line; None if there is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def line_of(row: Mapping[str, Any]) -> str:
    """A JSON object as one line."""
    return json.dumps(row, ensure_ascii=False)
