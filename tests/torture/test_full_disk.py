"""A full disk, at any moment: the old index, a message that says so, and the change goes through once there is room."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from index.files import DISK, Files
from tests.torture.size import Record, Torture
from tests.torture.small_disk import FULL_MESSAGE
from tests.torture.warm import Farm, forked, scratch_in
from tests.torture.world import COMMANDS, Command, World, fresh, listing, run, state, whole

STEPS = 64
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def namespace() -> list[str]:
    """What is put before a command to give it mounts of its own."""
    words = ["unshare", "-rm"]
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here to mount a small disk with; injected faults take its place")
    allowed = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if allowed.returncode != 0:
        pytest.skip(f"a small disk can't be mounted here ({allowed.stderr.strip()}); injected faults take its place")
    return words


def test_a_small_disk_with_ever_more_room(
    namespace: list[str], world: World, scratch: Path, torture: Torture, record: Record
) -> None:
    names = [command.name for command in COMMANDS if not command.serving] if torture.full else ["add"]
    rooms = range(0, STEPS) if torture.full else range(1, STEPS, 20)
    for of in ("pages", "inodes"):
        steps = [step for name in names for step in _sweep(namespace, world, scratch, name, of, rooms)]
        torture.progress(f"  small disk: {len(steps)} runs with ever more {of}")
        faults = [f"{step['command']} with {step['room']} {of}: {step['fault']}" for step in steps if step["fault"]]
        assert not faults, "\n".join([f"{len(faults)} of {len(steps)}:", *faults[:5]])
        assert len(steps) == len(names) * len(rooms)
        went = Counter(step["command"] for step in steps if step["done"])
        # The sweep goes from nothing to enough.
        assert all(0 < went[name] < len(rooms) for name in names), went
        runs = {"runs": len(steps), "refused_with_the_message": len(steps) - went.total(), "went_through": went.total()}
        record(
            "full-disk", **{f"{of}_{name}": count for name, count in {"steps": len(rooms), **runs}.items()}, silent=0
        )


def _sweep(namespace: list[str], world: World, scratch: Path, name: str, of: str, rooms: range) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(dir=scratch) as disk:
        words = [*namespace, sys.executable, "-m", "tests.torture.small_disk", str(world.root), disk, name, of]
        ran = subprocess.run(
            [*words, str(rooms.start), str(rooms.stop), str(rooms.step)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


@dataclass(frozen=True, slots=True)
class Failing:
    """The disk fails at operation `point`, and from then on unless it is `once`."""

    world: World
    command: Command
    number: int  # errno
    once: bool
    point: int
    step: int  # from point to point


class _FailingDisk(Files):
    """What is written at the point where it fails is written by half."""

    job: Failing
    count = 0
    _NEEDS_ROOM = frozenset(("write", "append", "copy", "make_folder", "open_lock", "write_lock", "sync_file"))

    def before(self, operation: str, path: Path) -> None:
        if self.job.number == errno.ENOSPC and operation not in self._NEEDS_ROOM:
            return
        at, self.count = self.count, self.count + 1
        if at == self.job.point or (at > self.job.point and not self.job.once):
            if operation in ("write", "copy"):
                path.write_bytes(b"half of it")
            raise OSError(self.job.number, os.strerror(self.job.number), str(path))


def fail(job: Failing) -> tuple[str, str | None]:
    """ "refused", "done" or, if the point is after the last operation, "undisturbed"; and what is wrong."""
    with scratch_in(job.world.root) as scratch:
        folder = fresh(job.world, job.command, Path(scratch) / "data")
        before = state(folder)

        def run_on_it() -> None:
            _FailingDisk.job = job
            DISK.__class__ = _FailingDisk  # in this fork only
            try:
                run(job.world, job.command, folder)
            finally:
                if DISK.count <= job.point:  # type: ignore[attr-defined]
                    sys.stdout.write("undisturbed\n")

        ended = forked(run_on_it)
        try:
            return _judged(job, folder, ended.code, ended.output, before.contents)
        except Exception as error:  # whatever a reader stumbles over is a finding
            return "torn", f"{type(error).__name__}: {error}; {listing(folder)}; {ended}"


def _judged(job: Failing, folder: Path, code: int, output: str, before: str) -> tuple[str, str | None]:
    found = state(folder)
    whole(folder)
    if "undisturbed" in output:
        return "undisturbed", None
    if code == 0:
        return "done", None if found.contents != before else f"silent: {output}"
    refusal = FULL_MESSAGE if job.number == errno.ENOSPC else "The disk refused ("
    if job.command.serving:  # there it is the page that shows the error's sentence
        refusal = f"StorageError: {refusal}"
    elif code != 1:
        return "refused", f"exit code {code}: {output}"
    if refusal not in output:
        return "refused", f"no such message: {output}"
    taken_back = "when the new index was in place already" not in output
    if taken_back is not (found.contents == before):
        return "refused", f"the message is wrong: {output}"
    again = forked(lambda: run(job.world, job.command, folder))
    refused = job.command.name == "remove" and not taken_back
    if (again.code != 0 and not refused) or state(folder).contents == before:
        return "refused", f"the next change: {again}"
    return "refused", None


def fail_everywhere(job: Failing) -> tuple[Counter[str], list[str]]:
    """The same from the job's point on, in its steps, until the command ends before the disk fails."""
    ends: Counter[str] = Counter()
    faults = []
    while True:
        end, fault = fail(job)
        if fault:
            faults.append(f"{job.command.name}, {errno.errorcode[job.number]} at {job.point}, once {job.once}: {fault}")
        if end == "undisturbed":
            return ends, faults
        ends[end] += 1
        job = replace(job, point=job.point + job.step)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_the_disk_fails_at_any_operation(
    farm: Farm, world: World, torture: Torture, record: Record, number: int
) -> None:
    commands = COMMANDS if torture.full else COMMANDS[1:2]
    step = torture.count(1, 16)
    jobs = [Failing(world, command, number, once, 0, step) for command in commands for once in (False, True)]
    results = farm.each(fail_everywhere, jobs, lambda done: torture.progress(f"  failing: {done} of {len(jobs)}"))
    faults = [fault for _, found in results for fault in found]
    ends = sum((ends for ends, _ in results), Counter())
    assert not faults, "\n".join([f"{len(faults)} of {ends.total()}:", *faults[:5]])
    assert ends["refused"] > torture.count(100, 3)
    figures = {"failures": ends.total(), "refused_with_the_message": ends["refused"], "done_all_the_same": ends["done"]}
    record("full-disk", **figures, silent=0)
