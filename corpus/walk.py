"""Which files a person means by the paths that they name, and why each of the others is left out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.article import Skipped

_MAX_DEPTH = 100  # folders below the named one


def find_files(source: Path) -> Iterator[Path | Skipped]:
    """The files that `source` names, sorted by path: itself, or every file in that folder and below.

    Hidden files and folders (".git", ".DS_Store") inside a folder are left out by convention, without a word; one that
    is named itself is read. Links inside a folder are never followed, so that a walk neither leaves it nor goes round
    in circles; a link that is named itself is. Paths come back absolute, with links in them unresolved.
    """
    for item in _find(source):
        yield _nameable(item)


def _nameable(item: Path | Skipped) -> Path | Skipped:
    """A name in bytes that are no UTF-8 can't be stored or shown: such a file is left out, its name escaped."""
    name = item.path if isinstance(item, Skipped) else str(item)
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "backslashreplace").decode("utf-8")
        return Skipped(shown, item.reason if isinstance(item, Skipped) else "its name is not UTF-8; rename it")
    return item


def _find(source: Path) -> Iterator[Path | Skipped]:
    path = Path(os.path.abspath(source))  # resolve() would follow links
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        yield Skipped(str(source), _why(error, path))
        return
    if stat.S_ISDIR(mode):
        empty = True
        for item in _walk(path, path.resolve(), 0):
            empty = False
            yield item
        if empty:
            yield Skipped(str(path), "the folder holds no files")
    else:
        yield path if stat.S_ISREG(mode) else Skipped(str(path), not_regular(mode))


def _walk(folder: Path, root: Path, depth: int) -> Iterator[Path | Skipped]:
    if depth > _MAX_DEPTH:
        yield Skipped(str(folder), f"it lies more than {_MAX_DEPTH} folders deep")
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Skipped(str(folder), _why(error, folder))
        return
    for entry in entries:
        if not entry.name.startswith("."):
            yield from _entry(entry, root, depth)


def _entry(entry: os.DirEntry[str], root: Path, depth: int) -> Iterator[Path | Skipped]:
    path = Path(entry.path)
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError as error:
        yield Skipped(str(path), _why(error, path))
        return
    if stat.S_ISLNK(mode):
        yield Skipped(str(path), _about_link(path, root))
    elif stat.S_ISDIR(mode):
        yield from _walk(path, root, depth + 1)
    elif stat.S_ISREG(mode):
        yield path
    else:
        yield Skipped(str(path), not_regular(mode))


def _about_link(path: Path, root: Path) -> str:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "it is a link that leads nowhere"
    if target.is_relative_to(root):
        return "it is a link to another place in the same folder, which is read by itself"
    return "it is a link that leads out of the folder; name its target to have it read"


def not_regular(mode: int) -> str:
    """What something is that is no file to read, as a reason."""
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return f"it is {next((name for test, name in kinds if test(mode)), 'something else')}, not a file"


def why_unreadable(error: OSError | ValueError) -> str:
    """An operating system's error as a reason."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, PermissionError):
        return "it may not be read (permission denied)"
    if isinstance(error, UnicodeError):
        return "it changed while it was read; add it again"
    if isinstance(error, OSError) and error.strerror:
        return f"it can't be read: {error.strerror}"
    return "its name can't be a path"


def _why(error: OSError | ValueError, path: Path) -> str:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return "it is a link that leads nowhere"
    return why_unreadable(error)


def split_sources(sources: Sequence[str | Path]) -> list[Path | Skipped | str]:
    """Each file once, in the order in which the sources name them; addresses stay strings."""
    found: dict[str, Path | Skipped | str] = {}
    for source in sources:
        if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
            found.setdefault(source, source)
            continue
        for item in find_files(Path(source)):
            found.setdefault(item.path if isinstance(item, Skipped) else str(item), item)
    return list(found.values())
