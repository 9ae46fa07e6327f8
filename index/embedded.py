"""Vectors that were computed for a change and aren't committed yet, so that a killed one isn't computed again.

    <data folder>/embedded/<SHA-256 of encoder and content>

Each file holds one batch: 16 bytes a passage that name its title and text, then a float32 vector for each. A file whose
name isn't its content's hash, torn by a kill or a power cut or made by another encoder, counts as nothing. They go when
a change is committed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from index.files import Files, remove_tree
from index.vectors import Vectors

NAME = "embedded"
_CONTENT = 16  # bytes that name a title and a text, see passage_store.content_of


class Embedded:
    """The batches under one data folder, for one encoder; whoever uses them holds the folder's lock."""

    def __init__(self, folder: Path, fingerprint: str, dim: int, files: Files) -> None:
        """Reads what an earlier change left; only where each passage's vector stands is held in memory."""
        self._path = folder / NAME
        self._stamp = f"{fingerprint} {dim}\n".encode()
        self._dim = dim
        self._files = files
        self._places: dict[bytes, tuple[str, int]] = {}  # file and row by content
        for name in sorted(os.listdir(self._path)) if self._path.is_dir() else ():
            self._take(name)

    def get(self, contents: Iterable[bytes]) -> dict[bytes, Vectors]:
        """The vectors (dim,) of those contents that were encoded before."""
        by_file: dict[str, list[tuple[int, bytes]]] = {}
        for content in contents:
            if place := self._places.get(content):
                by_file.setdefault(place[0], []).append((place[1], content))
        found = {}
        for name, rows in by_file.items():
            _, vectors = self._parsed((self._path / name).read_bytes())
            found.update({content: vectors[row] for row, content in rows})
        return found

    def put(self, contents: Sequence[bytes], vectors: Vectors) -> None:
        """Keeps a batch: a vector (n, dim) for each of the contents. Not synced: a torn file counts as nothing."""
        data = b"".join(contents) + np.ascontiguousarray(vectors, "<f4").tobytes()
        name = self._named(data)
        if not self._path.is_dir():
            self._files.make_folder(self._path)
        elif (self._path / name).exists():  # torn, else its passages would have been found
            self._files.remove_file(self._path / name)
        self._files.write(self._path / name, data)
        self._places.update({content: (name, row) for row, content in enumerate(contents)})

    def clear(self) -> None:
        """Removes all, also what isn't of this encoder."""
        self._places = {}
        if self._path.is_dir():
            remove_tree(self._files, self._path)

    def _take(self, name: str) -> None:
        try:
            data = (self._path / name).read_bytes()
        except OSError:
            return
        if self._named(data) == name:
            contents, _ = self._parsed(data)
            self._places.update({content: (name, row) for row, content in enumerate(contents)})

    def _parsed(self, data: bytes) -> tuple[list[bytes], Vectors]:
        count = len(data) // (_CONTENT + 4 * self._dim)
        contents = [data[start : start + _CONTENT] for start in range(0, count * _CONTENT, _CONTENT)]
        return contents, np.frombuffer(data, "<f4", offset=count * _CONTENT).reshape(count, self._dim)

    def _named(self, data: bytes) -> str:
        return hashlib.sha256(self._stamp + data).hexdigest()
