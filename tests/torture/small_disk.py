"""Runs commands on a disk that is full, or will be in a moment; for `unshare -rm python -m tests.torture.small_disk`.

In a mount namespace of its own nobody needs privileges for a tmpfs, whose size can be set to the page: the index as it
is, and some room. Prints one JSON line a run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.torture.warm import forked, prepare
from tests.torture.world import COMMANDS, Command, State, World, fresh, listing, onrecord, run, state, whole

PAGE = 4096
PLENTY = "size=64m,nr_inodes=20000"
FULL_MESSAGE = "disk full; the old index is kept"


@dataclass(frozen=True, slots=True)
class Step:
    """One run with so much room."""

    command: str
    room: int  # pages, or inodes
    of: str  # "pages" or "inodes"
    done: bool  # the command went through
    fault: str | None


def sweep(world: World, disk: Path, command: Command, of: str, rooms: range) -> Iterator[Step]:
    """The command with more and more room."""
    _mount(disk, PLENTY)
    before, after = _states(world, disk, command)
    for room in rooms:
        _mount(disk, f"remount,{PLENTY}")
        shutil.rmtree(disk / "data", ignore_errors=True)
        (disk / "data").mkdir()
        folder = fresh(world, command, disk / "data" / "index")
        _leave(disk, room, of)
        ended = forked(lambda folder=folder: run(world, command, folder))
        fault = None
        try:
            found = state(folder)
            whole(folder)
            if ended.code == 0:
                fault = None if found == after else f"silent: {ended}"
            elif ended.code != 1 or FULL_MESSAGE not in ended.output or found != before:
                fault = f"{found == before}, {ended}"
            else:
                fault = _read_and_try_again(world, disk, command, folder, after.contents)
        except Exception as error:  # whatever a reader stumbles over is a finding
            fault = f"{type(error).__name__}: {error}; {ended}; {listing(folder)}"
        yield Step(command.name, room, of, ended.code == 0, fault)
    subprocess.run(["umount", str(disk)], check=True)


def _read_and_try_again(world: World, disk: Path, command: Command, folder: Path, contents: str) -> str | None:
    """The full disk can be read, and the change goes through once there is room."""
    if left := [name for name in listing(folder) if name.startswith("tmp-")]:
        return f"left on the full disk: {left}"
    if not command.first:
        read = forked(lambda: onrecord("search", "witness", "--data", str(folder)))
        if read.code != 0 or "witness" not in read.output:
            return f"searching on the full disk: {read}"
    _mount(disk, f"remount,{PLENTY}")
    again = forked(lambda: run(world, command, folder))
    return None if again.code == 0 and state(folder).contents == contents else f"with room again: {again}"


def _states(world: World, disk: Path, command: Command) -> tuple[State, State]:
    folder = fresh(world, command, disk / "rehearsal")
    before = state(folder)
    ended = forked(lambda: run(world, command, folder))
    assert ended.code == 0, ended
    after = state(folder)
    shutil.rmtree(folder)
    return before, after


def _mount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)


def _leave(disk: Path, room: int, of: str) -> None:
    held = os.statvfs(disk)
    if of == "pages":
        pages = held.f_blocks - held.f_bfree + room
        _mount(disk, f"remount,size={max(pages, 1) * PAGE},nr_inodes=20000")
    else:
        _mount(disk, f"remount,size=64m,nr_inodes={held.f_files - held.f_ffree + room}")


def main(root: str, disk: str, name: str, of: str, *rooms: str) -> None:
    prepare()
    os.environ["TMPDIR"] = str(Path(disk) / "data")  # whoever needs room beside the index finds none either
    command = next(command for command in COMMANDS if command.name == name)
    for step in sweep(World(Path(root)), Path(disk), command, of, range(*map(int, rooms))):
        print(json.dumps(asdict(step)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
