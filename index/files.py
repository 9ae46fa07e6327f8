"""Every change that Onrecord makes to its data folder goes through one small object.

The commit protocol is only as good as its worst interruption. With all operations in one place a test can stop the
process at each of them, or replay them with the writes dropped that were never synced, and nothing has to be patched.
Engines that write their own files (SQLite, tantivy) announce it with `engine`, and their files count as unsynced
until `sync_file` is called on them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corpus.errors import OnrecordError, StorageError

CHUNK = 1 << 20  # bytes read or copied at a time
_ROUNDS = 10  # through a folder that is to be removed while something is put into it
_FULL = (errno.ENOSPC, errno.EDQUOT)
_SCARCE = (*_FULL, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class Files:
    """The real disk. A subclass overrides `before` to watch or to interrupt, or single methods to simulate."""

    def before(self, operation: str, path: Path) -> None:
        """Called ahead of every change with its name ("write", "rename", …) and the path it changes."""

    def engine(self, path: Path) -> None:
        """An engine is about to change `path` (a file, or files inside a folder) by itself."""
        self.before("engine", path)

    def make_folder(self, path: Path) -> None:
        self.before("make_folder", path)
        path.mkdir(mode=0o755)

    def write(self, path: Path, data: bytes) -> None:
        """Creates `path`, which must not exist, with exactly `data`. Not yet synced."""
        self.before("write", path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest[: 64 * CHUNK]) :]
        finally:
            os.close(descriptor)

    def append(self, path: Path, data: bytes) -> None:
        """Adds `data` to the end of a file that was written in this draft. Not yet synced."""
        self.before("append", path)
        with path.open("ab", buffering=0) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]

    def copy(self, source: Path, target: Path) -> str:
        """Copies `source` to `target`, which must not exist, and returns the SHA-256 of the bytes written."""
        self.before("copy", target)
        digest = hashlib.sha256()
        with source.open("rb", buffering=0) as reader, target.open("xb", buffering=0) as writer:
            while chunk := reader.read(CHUNK):
                digest.update(chunk)
                rest = memoryview(chunk)
                while rest:
                    rest = rest[writer.write(rest) :]
        return digest.hexdigest()

    def sync_file(self, path: Path) -> None:
        self.before("sync_file", path)
        _sync(path, os.O_RDONLY)

    def sync_folder(self, path: Path) -> None:
        self.before("sync_folder", path)
        _sync(path, os.O_RDONLY | os.O_DIRECTORY)

    def open_lock(self, path: Path) -> int:
        """A descriptor of the lock file, which is made if need be. What it says is `write_lock`'s."""
        self.before("open_lock", path)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def write_lock(self, path: Path, descriptor: int, data: bytes) -> None:
        """The lock file's content, a few bytes, for whoever finds it locked. Never synced: it means nothing later."""
        self.before("write_lock", path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, data, 0)

    def rename(self, source: Path, target: Path) -> None:
        self.before("rename", target)
        os.rename(source, target)

    def remove_file(self, path: Path) -> None:
        self.before("remove_file", path)
        path.unlink()

    def remove_folder(self, path: Path) -> None:
        self.before("remove_folder", path)
        path.rmdir()


DISK = Files()


@contextmanager
def writing(files: Files, path: Path, piece: int = 64 * CHUNK) -> Iterator[Callable[[bytes], int]]:
    """Creates `path`, which must not exist, from whatever is given to the function that this yields.

    For what is too large to be held whole: `piece` bytes are held. Not yet synced.
    """
    held = bytearray()
    change = files.write

    def take(data: bytes) -> int:
        nonlocal change
        held.extend(data)
        if len(held) >= piece:
            change(path, bytes(held))
            change = files.append
            held.clear()
        return len(data)

    yield take
    if held or change == files.write:
        change(path, bytes(held))


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, read a chunk at a time (hashing frees the interpreter's lock, so threads help)."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_tree(files: Files, path: Path) -> None:
    """Removes `path` and what is in it, one operation at a time; links are removed, never followed.

    A thread of tantivy's may make its lock file and take it away again a moment after whoever used the index, so a
    file that has gone is no error, and a folder that isn't empty any more is gone through again.
    """
    if path.is_symlink() or not path.is_dir():
        with suppress(FileNotFoundError):
            files.remove_file(path)
        return
    for left in reversed(range(_ROUNDS)):
        for child in sorted(path.iterdir()):
            remove_tree(files, child)
        try:
            files.remove_folder(path)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or not left:
                raise
        else:
            return


def files_under(folder: Path) -> list[str]:
    """Names of all files under `folder`, relative to it, with forward slashes, sorted; lock files left out."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return sorted(path.relative_to(folder).as_posix() for path in found)


def raise_if_scarce(error: Exception) -> None:
    """StorageError if it is the machine that an open failed on, not the file: too many open files, memory, space."""
    named = getattr(error, "errno", None) in _SCARCE or any(os.strerror(number) in str(error) for number in _SCARCE)
    if named or getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM):
        raise StorageError(f"The index can't be opened now ({error}). Close other programs and try again.") from error


_IO_ERRORS = ("IoError", "io::Error", "os error")  # how tantivy's messages name one
_LEAST_ROOM = 1 << 20  # bytes; a commit writes more than that or nothing
_LEAST_FILES = 32  # that may still be made; a commit makes more than half of that


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turns what a disk can refuse, in whichever engine it comes up, into a StorageError with one sentence."""
    try:
        yield
    except OnrecordError:
        raise
    except (OSError, sqlite3.Error, ValueError) as error:
        sentence = _refusal(error, folder)
        if sentence is None:
            raise
        raise StorageError(sentence) from error


def _no_room(folder: Path) -> bool:
    """Whether the disk is out of bytes or out of files."""
    if shutil.disk_usage(folder).free < _LEAST_ROOM:
        return True
    if not hasattr(os, "statvfs"):  # Windows
        return False
    files = os.statvfs(folder)
    return files.f_files > 0 and files.f_favail < _LEAST_FILES  # some file systems have no such limit and say 0


def _refusal(error: Exception, folder: Path) -> str | None:
    text = str(error)
    full = getattr(error, "errno", None) in _FULL or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    # tantivy reports the operating system's error in the message of a ValueError; where a thread of its own met it,
    # only that it was an "io::Error". SQLite that can't make a file says no more either. Then the disk itself is asked.
    unnamed = "io::Error" in text or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CANTOPEN
    full = full or (unnamed and _no_room(folder))
    if full or "No space left on device" in text or "database or disk is full" in text:
        return f"disk full; the old index is kept. Free some space on the disk that holds {folder} and try again."
    if isinstance(error, (OSError, sqlite3.OperationalError)) or any(sign in text for sign in _IO_ERRORS):
        return f"The disk refused ({text}); the old index is kept. Check that {folder} can be written and try again."
    return None
