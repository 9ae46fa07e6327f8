"""Many builders at once: one builds, the others are told who does and end with code 75, and nothing done is lost."""

from __future__ import annotations

import json
import os
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from index.files import DISK, Files
from index.passage_index import PassageIndex
from tests.index.samples import article
from tests.torture.size import Record, Torture
from tests.torture.warm import Ended, Farm, Fork, scratch_in
from tests.torture.world import ENCODER, listing, onrecord, whole

BUILDERS = 50
ROUNDS = 20
_BUSY = re.compile(r"onrecord: Another process \(pid (\d+)\) is building this index; wait until it has finished")


class _Timed(Files):
    """Writes down when the lock was taken and given back; both are one write to the lock file."""

    def write_lock(self, path: Path, descriptor: int, data: bytes) -> None:
        super().write_lock(path, descriptor, data)
        sys.stdout.write(f"lock {time.monotonic()}\n")


@dataclass(frozen=True, slots=True)
class Race:
    """One round: each builder adds an article of its own. `killed` of them are killed at some moment."""

    root: Path
    seed: int
    builders: int
    killed: int
    exists: bool  # whether there is an index before


def race(job: Race) -> tuple[Counter[str], list[str]]:
    """How the builders ended, and what was wrong."""
    chance = random.Random(job.seed)
    with scratch_in(job.root) as scratch:
        folder = Path(scratch) / "deep" / "data"
        for number in range(job.builders + 1):
            _source(Path(scratch), number).write_text(json.dumps(_fields(number)) + "\n", "utf-8")
        if job.exists:
            first = Fork(
                lambda: onrecord("add", str(_source(Path(scratch), job.builders)), "--data", str(folder))
            ).wait()
            assert first.code == 0, first
        gate, opened = os.pipe()

        def build(number: int) -> None:
            DISK.__class__ = _Timed  # in this fork only
            os.close(opened)
            os.read(gate, 1)  # returns when the gate is opened
            sys.stdout.write(f"from {time.monotonic()}\n")
            try:
                onrecord("add", str(_source(Path(scratch), number)), "--data", str(folder))
            finally:
                sys.stdout.write(f"to {time.monotonic()}\n")

        forks = [Fork(lambda number=number: build(number)) for number in range(job.builders)]
        os.close(gate)
        os.close(opened)
        for fork in chance.sample(forks, job.killed):
            time.sleep(chance.uniform(0, 0.02))
            fork.kill()
        ends = {fork.pid: fork.wait() for fork in forks}
        return _judged(folder, job, ends)


def _judged(folder: Path, job: Race, ends: dict[int, Ended]) -> tuple[Counter[str], list[str]]:
    faults = []
    ended: Counter[str] = Counter()
    added, doubtful = {_fields(job.builders)["id"]} if job.exists else set(), set()
    for number, (pid, end) in enumerate(ends.items()):
        if end.code == 0:
            ended["built"] += 1
            added.add(_fields(number)["id"])
        elif end.killed:
            ended["killed"] += 1
            doubtful.add(_fields(number)["id"])
        elif end.code == 75 and (told := _BUSY.search(end.output)):
            ended["told who builds"] += 1
            if not _held_meanwhile(ends.get(int(told[1])), end):
                faults.append(f"{pid} was told {told[1]}, which didn't build: {end}; {ends.get(int(told[1]))}")
        else:
            faults.append(f"{pid}: {end}")
    if added:
        with PassageIndex.open(folder, ENCODER) as index:
            held = {summary.id for summary in index.articles()}
        if not added <= held <= added | doubtful or index.notice:
            faults.append(f"{sorted(added)} were added, {sorted(held)} are there; {index.notice}")
        whole(folder)
    last = Fork(lambda: onrecord("add", str(folder.parents[1] / "0.jsonl"), "--data", str(folder))).wait()
    if last.code != 0 or [name for name in listing(folder) if name.startswith("tmp-")]:
        faults.append(f"the next change: {last}; {listing(folder)}")
    return ended, faults


def _held_meanwhile(builder: Ended | None, told: Ended) -> bool:
    """Whether the builder held the lock at some time while the other one tried to get it."""
    if builder is None:
        return False
    held = [float(at) for at in re.findall(r"^lock (\S+)$", builder.output, re.M)]
    if builder.killed and len(held) < 2:
        return True  # what it wrote last is lost with it
    (began,), (ended,) = (re.findall(rf"^{word} (\S+)$", told.output, re.M) for word in ("from", "to"))
    return len(held) == 2 and held[0] <= float(ended) and held[1] >= float(began)


def _source(folder: Path, number: int) -> Path:
    return folder / f"{number}.jsonl"


def _fields(number: int) -> dict[str, str]:
    held = article(number)
    return {"id": held.id, "title": held.title, "text": held.text}


def test_the_second_builder_is_told_who_builds(farm: Farm, scratch: Path, torture: Torture, record: Record) -> None:
    builders = torture.count(BUILDERS, 10)
    jobs = [
        Race(scratch, seed, builders, builders // 10 if seed % 4 == 3 else 0, exists=seed % 2 == 1)
        for seed in range(torture.count(ROUNDS, 2))
    ]
    results = farm.each(race, jobs, lambda done: torture.progress(f"  races: {done} of {len(jobs)}"))
    faults = [fault for _, found in results for fault in found]
    assert not faults, "\n".join([f"{len(faults)} faults:", *faults[:5]])
    ends = sum((ends for ends, _ in results), Counter())
    assert ends["built"] >= len(jobs)
    assert ends["told who builds"] > ends["built"]
    figures = {name.replace(" ", "_"): count for name, count in sorted(ends.items())}
    record("builders", rounds=len(jobs), builders=builders, **figures, faults=0)
