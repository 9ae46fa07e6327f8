"""A disk that forgets: what may be left of a folder after a power cut, as POSIX allows it and no kinder.

A file's content survives only if the file was synced, a name in a folder only if that folder was synced after it.
What was not synced may be there, be gone, or be there in part, each thing by itself and in any order. The one thing
taken for granted is that a rename inside a folder happens as a whole or not at all.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from index.files import Files

SECTOR = 512  # bytes that a disk writes as a whole


class Kind(Enum):
    """What happened to the disk."""

    FOLDER = auto()  # made
    DATA = auto()  # a file holds these bytes now, whether it is new or not
    SYNC_FILE = auto()
    SYNC_FOLDER = auto()
    RENAME = auto()
    REMOVE = auto()  # a file or an empty folder
    REPORT = auto()  # no change: the caller was told that it is done


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. Paths are relative to the recorded root."""

    kind: Kind
    path: str = ""
    data: bytes = b""
    target: str = ""  # of a rename
    site: str = ""  # of a sync: where it was asked for


@dataclass(slots=True)
class _Folder:
    durable: dict[str, _Node] = field(default_factory=dict)
    live: dict[str, _Node] = field(default_factory=dict)
    pending: list[dict[str, _Node | None]] = field(default_factory=list)  # each happens as a whole or not at all

    def change(self, names: dict[str, _Node | None]) -> None:
        self.pending.append(names)
        _apply(self.live, names)


@dataclass(slots=True)
class _File:
    durable: bytes = b""
    live: bytes = b""


_Node = _Folder | _File


def _apply(entries: dict[str, _Node], names: dict[str, _Node | None]) -> None:
    for name, node in names.items():
        if node is None:
            entries.pop(name, None)
        else:
            entries[name] = node


Tree = dict[str, bytes | None]  # path to content; None for a folder


class Disk:
    """What the events so far came to: what is on the platter, and what only the running system sees."""

    def __init__(self) -> None:
        self._root = _Folder()

    def happen(self, event: Event) -> None:
        if event.kind is Kind.REPORT:
            return
        if event.kind in (Kind.SYNC_FILE, Kind.SYNC_FOLDER):
            _sync(self._at(event.path))
            return
        parent, name = self._place(event.path)
        if event.kind is Kind.FOLDER:
            parent.change({name: _Folder()})
        elif event.kind is Kind.REMOVE:
            parent.change({name: None})
        elif event.kind is Kind.RENAME:
            target, new = self._place(event.target)
            assert target is parent, "a rename between folders is more than this disk knows"
            parent.change({name: None, new: parent.live[name]})
        else:
            node = parent.live.get(name)
            if not isinstance(node, _File):
                node = _File()
                parent.change({name: node})
            node.live = event.data

    def seen(self) -> Tree:
        """What the running system sees."""
        return _tree(self._root, lambda folder: folder.live, lambda file: file.live)

    def after_cut(self, choice: Choice) -> Tree:
        """What is left after a power cut now, with whatever isn't settled decided by `choice`."""
        return _tree(self._root, lambda folder: _left(folder, choice), lambda file: choice.content(file))

    def _at(self, path: str) -> _Node:
        node: _Node = self._root
        for name in _parts(path):
            assert isinstance(node, _Folder)
            node = node.live[name]
        return node

    def _place(self, path: str) -> tuple[_Folder, str]:
        head, _, name = path.rpartition("/")
        parent = self._at(head)
        assert isinstance(parent, _Folder)
        return parent, name


class Choice:
    """Decides by chance: each unsynced name stays with probability `names`, each unsynced content with `data`."""

    def __init__(self, chance: random.Random, names: float, data: float) -> None:
        self._chance = chance
        self._names = names
        self._data = data

    def stays(self) -> bool:
        return self._chance.random() < self._names

    def content(self, file: _File) -> bytes:
        """The old content, the new one, or some of it."""
        old, new = file.durable, file.live
        if old == new or self._chance.random() < self._data:
            return new
        if self._data == 0.0:
            return old
        sectors = range(0, max(len(new), 1), SECTOR)
        kept = [new[at : at + SECTOR] if self._chance.random() < 0.5 else bytes(SECTOR) for at in sectors]
        partial = b"".join(kept)[: len(new)]
        return self._chance.choice([old, bytes(len(new)), new[: self._chance.choice(sectors)], partial])


def _left(folder: _Folder, choice: Choice) -> dict[str, _Node]:
    entries = dict(folder.durable)
    for names in folder.pending:
        if choice.stays():
            _apply(entries, names)
    return entries


def _sync(node: _Node) -> None:
    if isinstance(node, _File):
        node.durable = node.live
    else:
        node.durable = dict(node.live)
        node.pending.clear()


def _tree(root: _Folder, entries: Callable[[_Folder], dict[str, _Node]], content: Callable[[_File], bytes]) -> Tree:
    found: Tree = {}

    def walk(folder: _Folder, head: str) -> None:
        for name, node in sorted(entries(folder).items()):
            path = f"{head}{name}"
            if isinstance(node, _File):
                found[path] = content(node)
            else:
                found[path] = None
                walk(node, f"{path}/")

    walk(root, "")
    return found


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


class Recorder(Files):
    """The real disk, keeping what happens under `root`. What engines write by themselves is found by looking."""

    def __init__(self, root: Path) -> None:
        self.events: list[Event] = []
        self._root = root
        self._disk = Disk()
        self._known: Tree = {}
        self._look()
        for path, data in self._known.items():  # what is there already is taken for settled
            self._happen(Event(Kind.SYNC_FOLDER if data is None else Kind.SYNC_FILE, path))
        self._happen(Event(Kind.SYNC_FOLDER))
        self.settled = len(self.events)

    def before(self, operation: str, path: Path) -> None:
        self._look()

    def sync_file(self, path: Path) -> None:
        super().sync_file(path)
        self._happen(Event(Kind.SYNC_FILE, self._name(path), site=_site()))

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(path)
        self._happen(Event(Kind.SYNC_FOLDER, self._name(path), site=_site()))

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self._happen(Event(Kind.RENAME, self._name(source), target=self._name(target)))
        self._known = self._disk.seen()

    def report(self) -> None:
        """The caller has been told that it is done."""
        self._look()
        self._happen(Event(Kind.REPORT))

    def _name(self, path: Path) -> str:
        name = path.relative_to(self._root).as_posix()
        return "" if name == "." else name

    def _happen(self, event: Event) -> None:
        self.events.append(event)
        self._disk.happen(event)

    def _look(self) -> None:
        """Events for everything that has changed since the last look."""
        now = read_tree(self._root)
        for path in sorted(set(self._known) - set(now), reverse=True):
            self._happen(Event(Kind.REMOVE, path))
        for path, data in now.items():
            if path not in self._known or self._known[path] != data:
                self._happen(Event(Kind.FOLDER, path) if data is None else Event(Kind.DATA, path, data))
        self._known = now


def read_tree(root: Path) -> Tree:
    """All that lies under `root`, folders before what is in them."""
    found: Tree = {}
    for path in sorted(root.rglob("*")):
        found[path.relative_to(root).as_posix()] = None if path.is_dir() else path.read_bytes()
    return found


def write_tree(tree: Tree, root: Path) -> None:
    """Makes `root`, which must not exist, hold exactly `tree`."""
    root.mkdir()
    for path, data in tree.items():
        if data is None:
            (root / path).mkdir()
        else:
            (root / path).write_bytes(data)


def replay(events: Sequence[Event], *, without: int | None = None) -> Disk:
    """The disk after these events; one of them, a sync, may be left out."""
    disk = Disk()
    for number, event in enumerate(events):
        if number != without:
            disk.happen(event)
    return disk


def _site() -> str:
    """Where in index/ a sync was asked for: file and line."""
    frame = sys._getframe(2)
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
