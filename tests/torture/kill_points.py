"""Where a process can be killed: before every change to the disk, in the middle of a write, and at every open or list.

Changes pass through index/files.py; what only reads is heard of by Python's audit events. What SQLite and tantivy do
inside one of their own calls is left to kills at random moments.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from index.files import DISK, Files

_EVENTS = frozenset(
    ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.listdir", "os.scandir", "sqlite3.connect")
)
_PLAIN = Files()


class _Counted(Files):
    """The disk of a process that ends at one of its operations."""

    def _tick(self, name: str) -> bool:
        raise NotImplementedError  # set by `install`

    def before(self, operation: str, path: Path) -> None:
        self._end_if(self._tick(f"{operation} {path.name}"))

    def write(self, path: Path, data: bytes) -> None:
        if self._tick(f"half of write {path.name}"):
            _PLAIN.write(path, data[: len(data) // 2])
            self._end_if(True)
        super().write(path, data)

    def append(self, path: Path, data: bytes) -> None:
        if self._tick(f"half of append {path.name}"):
            _PLAIN.append(path, data[: len(data) // 2])
            self._end_if(True)
        super().append(path, data)

    def copy(self, source: Path, target: Path) -> str:
        if self._tick(f"half of copy {target.name}"):
            data = source.read_bytes()
            _PLAIN.write(target, data[: len(data) // 2])
            self._end_if(True)
        return super().copy(source, target)

    def _end_if(self, now: bool) -> None:
        if now:
            os.kill(os.getpid(), signal.SIGKILL)


def install(root: Path, *, point: int | None, log: Path | None = None) -> None:
    """From now on this process counts its operations under `root` and is killed at number `point`, from 0.

    With `log`, their names are written there instead. For a fork that is thrown away: nothing can be undone.
    """
    count = 0
    names = log.open("a", encoding="utf-8", buffering=1) if log else None

    def tick(name: str) -> bool:
        nonlocal count
        count += 1
        if names:
            names.write(f"{name}\n")
        return point is not None and count > point

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _EVENTS and str(root) in str(arguments[0] if arguments else "") and tick(event):
            os.kill(os.getpid(), signal.SIGKILL)

    DISK.__class__ = _Counted  # the disk that every command uses
    DISK._tick = tick  # type: ignore[attr-defined]
    sys.addaudithook(audit)
