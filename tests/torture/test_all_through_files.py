"""Nothing in index/ changes the disk around index/files.py: else kills, cuts and full disks would miss it.

Looked for twice: in the code, and while the commands run, when Python's audit events tell of every file that is
opened for writing, made, renamed or removed. What SQLite and tantivy write is theirs; it is announced with `engine`.
"""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from typing import Any

import index
from index.files import DISK, Files
from tests.torture.warm import Farm, forked, scratch_in
from tests.torture.world import COMMANDS, World, fresh, run

# The one place that makes something: links in the system's temporary folder, where tantivy may not lock the index.
ALLOWED = {("lexical.py", "TemporaryDirectory"), ("lexical.py", "symlink_to")}
_CHANGES = frozenset(
    "write_bytes write_text mkdir makedirs unlink remove removedirs rmdir rmtree rename renames touch symlink_to "
    "symlink hardlink_to link chmod utime truncate ftruncate pwrite fsync fdatasync copyfile copytree copy2 move "
    "NamedTemporaryFile TemporaryFile TemporaryDirectory mkdtemp mkstemp tofile savez memmap".split()
)
_EVENTS = frozenset(("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.symlink", "os.link"))
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def changes_in(path: Path) -> set[tuple[str, str]]:
    """Calls in the file that change the disk, whatever they are called on."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        modes = [value.value for value in ast.walk(node) if isinstance(value, ast.Constant)]
        opens = name == "open" and any(isinstance(mode, str) and set(mode) & set("wax+") for mode in modes)
        if opens or (owner, name) in (("os", "open"), ("os", "replace"), ("os", "write")):
            found.add((path.name, f"{owner}.{name}"))
        # "remove" of a list or of a draft, "rename" of `files`: those of a module or of a path are meant.
        elif name in _CHANGES and not owner.endswith("files") and (name != "remove" or owner == "os"):
            found.add((path.name, name))
    return found


def test_the_code_changes_the_disk_in_one_file() -> None:
    folder = Path(index.__file__).parent
    found = set().union(*(changes_in(path) for path in folder.glob("*.py") if path.name != "files.py"))
    assert found == ALLOWED
    assert {name for _, name in changes_in(folder / "files.py")} >= {"os.open", "os.write", "mkdir", "unlink", "fsync"}


class _Inside(Files):
    """Knows whether one of its methods is at work."""

    depth = 0

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or name in ("before", "depth") or not callable(found):
            return found

        def entered(*arguments: Any) -> Any:
            _Inside.depth += 1
            try:
                return found(*arguments)
            finally:
                _Inside.depth -= 1

        return entered


def changes_around(world: World) -> tuple[int, list[str]]:
    """How many changes the commands make, and those that go around index/files.py."""
    seen = 0
    around = []
    for command in COMMANDS:
        with scratch_in(world.root) as scratch:
            folder = fresh(world, command, Path(scratch) / "data")

            def watched(folder: Path = folder, command: Any = command) -> None:
                DISK.__class__ = _Inside  # in this fork only

                def audit(event: str, arguments: tuple[Any, ...]) -> None:
                    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
                    if (writes or event in _EVENTS) and str(folder) in str(arguments[0]):
                        sys.stdout.write(f"change {_Inside.depth} {event} {arguments[0]}\n")

                sys.addaudithook(audit)
                run(world, command, folder)

            ended = forked(watched)
            assert ended.code == 0, ended
            lines = [line for line in ended.output.splitlines() if line.startswith("change ")]
            seen += len(lines)
            around += [f"{command.name}: {line}" for line in lines if line.startswith("change 0 ")]
    return seen, around


def test_the_commands_change_the_disk_through_one_object(farm: Farm, world: World) -> None:
    ((seen, around),) = farm.each(changes_around, [world])
    assert around == []
    assert seen > 100
