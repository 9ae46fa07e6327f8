"""A power cut at any moment: the old index or the new one, and nothing that was reported is gone.

The changes run once on a real disk while everything that happens to it is recorded. Then the power is cut at points of
that record: a state is built that a disk may be left in, and opened. A generation that is there but isn't whole counts
as a fault even where an older one could be served: with all syncs in place it cannot happen.
"""

from __future__ import annotations

import ast
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import index
from index.files import Files
from index.passage_index import add, rebuild, remove
from tests.index.samples import article, articles, with_text
from tests.torture.power import Choice, Event, Kind, Recorder, Tree, replay, write_tree
from tests.torture.size import Record, Torture
from tests.torture.warm import Farm, scratch_in
from tests.torture.world import ENCODER, State, listing, state, whole

STATES = 10_000  # different ones
TRIES = 30  # random cuts for each: most have been tried before
DATA = "home/onrecord"  # two folders that the first add has to make
_OLD = articles(2)
_NEW = [with_text(_OLD[0], _OLD[0].text + " More came to light."), article(2)]

Change = Callable[[Path, Files], object]
CHANGES: tuple[Change, ...] = (
    lambda folder, files: add(folder, _OLD, ENCODER, files=files),
    lambda folder, files: add(folder, _NEW, ENCODER, files=files),
    lambda folder, files: remove(folder, [_OLD[1].id], ENCODER, files=files),
    lambda folder, files: rebuild(folder, [article(3)], ENCODER, files=files),
)


@dataclass(frozen=True, slots=True)
class Record_:
    """What happened during the changes, and what a reader got before the first and after each."""

    events: tuple[Event, ...]
    states: tuple[State, ...]


def rehearse(root: Path) -> Record_:
    """All changes, one after the other, undisturbed."""
    root.mkdir()
    recorder = Recorder(root)
    states = [state(root / DATA)]
    for change in CHANGES:
        change(root / DATA, recorder)
        recorder.report()
        states.append(state(root / DATA))
    return Record_(tuple(recorder.events), tuple(states))


@dataclass(frozen=True, slots=True)
class Cuts:
    """Random cuts at one in every `jobs` points, made by one process."""

    record: Record_
    root: Path
    job: int  # 0 to jobs - 1: at which points
    jobs: int
    count: int  # different states
    again: int  # every how many the next change is tried too
    without: int | None = None  # the event that is left out


def cut(job: Cuts) -> tuple[set[int], list[str]]:
    """Hashes of the states that were tried, and what was wrong."""
    chance = random.Random(job.job)
    tried: set[int] = set()
    faults = []
    points = range(job.job, len(job.record.events) + 1, job.jobs)
    for _ in range(job.count * TRIES):
        if len(tried) == job.count or not points:
            break
        point = chance.choice(points)
        disk = replay(job.record.events[:point], without=job.without)
        tree = disk.after_cut(Choice(chance, _likely(chance), _likely(chance)))
        state_of_disk = hash(tuple(tree.items()))
        if state_of_disk in tried:
            continue
        again = len(tried) % job.again == 0
        tried.add(state_of_disk)
        if fault := judge(tree, job.record, point, job.root, again=again):
            faults.append(f"cut at {point} of {len(job.record.events)}: {fault}")
    return tried, faults


def _likely(chance: random.Random) -> float:
    """How likely something unsynced is kept: anything from never to always, and these two often."""
    return chance.choice((0.0, 1.0, chance.random(), chance.random(), chance.random(), chance.random()))


def judge(tree: Tree, record: Record_, point: int, root: Path, *, again: bool) -> str | None:
    """What is wrong with a state in which the disk may be after `point` events."""
    done = sum(event.kind is Kind.REPORT for event in record.events[:point])
    allowed = record.states[done : done + 2]
    with scratch_in(root) as scratch:
        home = Path(scratch) / "disk"
        write_tree(tree, home)
        folder = home / DATA
        try:
            whole(folder)
            found = state(folder)
            if found not in allowed:
                return f"{done} changes were reported, and {found} is left; {listing(folder)}"
            if again and done < len(CHANGES):
                return _next(home, record, done, found)
        except Exception as error:  # whatever a reader stumbles over is a finding
            return f"{type(error).__name__}: {error}; {listing(folder)}"
    return None


def _next(home: Path, record: Record_, done: int, found: State) -> str | None:
    """The change that was cut off is made again, with the power cut once more while it is under way."""
    folder = home / DATA
    wanted = record.states[done + 1]
    if found == wanted:
        return None
    recorder = Recorder(home)
    CHANGES[done](folder, recorder)
    recorder.report()
    after = state(folder)
    if after != wanted or [name for name in listing(folder) if name.startswith("tmp-")]:
        return f"the next change leaves {after}; {listing(folder)}"
    second = Record_(tuple(recorder.events), (found, wanted))
    chance = random.Random(len(recorder.events))
    point = chance.randrange(recorder.settled, len(recorder.events) + 1)
    tree = replay(recorder.events[:point]).after_cut(Choice(chance, 0.5, 0.5))
    fault = judge(tree, second, point, home.parent, again=False)
    return f"cut a second time: {fault}" if fault else None


@pytest.fixture(scope="module")
def recorded(farm: Farm, scratch: Path) -> Record_:
    return farm.each(rehearse, [scratch / "rehearsal"])[0]


def test_a_power_cut_at_any_moment(
    farm: Farm, scratch: Path, torture: Torture, record: Record, recorded: Record_
) -> None:
    wanted, parts = torture.count(STATES, 80), torture.count(40, 4)
    each = math.ceil(wanted * 1.5 / parts)  # at some points there are fewer, and some come up in two parts
    jobs = [Cuts(recorded, scratch, part, parts, each, torture.count(5, 12)) for part in range(parts)]
    results = farm.each(cut, jobs, lambda done: torture.progress(f"  power cuts: {done} of {len(jobs)} parts"))
    faults = [fault for _, found in results for fault in found]
    assert not faults, "\n".join([f"{len(faults)} faults:", *faults[:5]])
    distinct = set().union(*(tried for tried, _ in results))
    assert len(distinct) >= wanted
    again = sum(math.ceil(len(tried) / job.again) for job, (tried, _) in zip(jobs, results, strict=True))
    record("power", states=len(distinct), cut_again=again, violations=0)


def syncs(recorded: Record_) -> list[int]:
    """Numbers of the events that are syncs asked for by the code."""
    return [number for number, event in enumerate(recorded.events) if event.site]


def test_every_sync_in_the_code_is_among_the_recorded(recorded: Record_) -> None:
    called = set()
    for path in Path(index.__file__).parent.glob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        named = [(call.lineno, call.func.attr) for call in calls if isinstance(call.func, ast.Attribute)]
        called |= {f"{path.name}:{line}" for line, name in named if name in ("sync_file", "sync_folder")}
    assert {recorded.events[number].site for number in syncs(recorded)} == called
    assert len(called) >= 6


@dataclass(frozen=True, slots=True)
class Without:
    """One sync that is left out."""

    record: Record_
    root: Path
    event: int


def fault_without(job: Without) -> str | None:
    """A fault that this sync prevents: the worst cuts first, then random ones, from the end of its change backwards."""
    events, chance = job.record.events, random.Random(job.event)
    end = next(n for n in range(job.event, len(events)) if events[n].kind is Kind.REPORT) + 1
    for point in range(end, job.event, -1):
        disk = replay(events[:point], without=job.event)
        for names, data in ((1.0, 0.0), (0.0, 1.0), (0.5, 1.0), (0.5, 0.5)):
            fault = judge(disk.after_cut(Choice(chance, names, data)), job.record, point, job.root, again=False)
            if fault:
                return fault
    return None


def repeated(recorded: Record_) -> set[int]:
    """Syncs of a folder that is synced once more in the same change with nothing but a renaming in between."""
    found = set()
    for number in syncs(recorded):
        event, following = recorded.events[number], recorded.events[number + 1 : number + 3]
        if [later.kind for later in following] == [Kind.RENAME, Kind.SYNC_FOLDER] and following[1].path == event.path:
            found.add(number)
    return found


def test_without_any_one_sync_something_is_lost(
    farm: Farm, scratch: Path, torture: Torture, record: Record, recorded: Record_
) -> None:
    numbers = syncs(recorded)
    by_site: dict[str, list[int]] = {}
    for number in numbers:
        by_site.setdefault(recorded.events[number].site, []).append(number)
    if not torture.full:
        numbers = sorted({found[0] for found in by_site.values()} | set(numbers[::17]))
    faults = farm.each(fault_without, [Without(recorded, scratch, number) for number in numbers])
    needless = {number for number, fault in zip(numbers, faults, strict=True) if fault is None}
    # The commit's sync is done again by the retirement of an old generation right after it. The first two changes
    # retire nothing, and there it is needed.
    assert needless <= repeated(recorded), [recorded.events[number] for number in sorted(needless)]
    assert not torture.full or needless == repeated(recorded)
    red = Counter(recorded.events[number].site for number in numbers if number not in needless)
    assert set(red) == set(by_site)
    record("power", syncs=len(numbers), call_sites=len(red), red=red.total(), repeated_right_after=len(needless))


def test_the_disk_forgets_what_posix_lets_it_forget() -> None:
    """Worked out by hand."""
    events = [
        Event(Kind.FOLDER, "a"),
        Event(Kind.SYNC_FOLDER, ""),
        Event(Kind.DATA, "a/x", b"one"),
        Event(Kind.SYNC_FILE, "a/x"),
        Event(Kind.DATA, "a/y", b"two"),
        Event(Kind.RENAME, "a", target="b"),
    ]
    nothing, everything = Choice(random.Random(0), 0.0, 0.0), Choice(random.Random(0), 1.0, 1.0)
    # x was synced, but not the folder that names it; and the renaming isn't settled.
    assert replay(events).after_cut(nothing) == {"a": None}
    assert replay(events).after_cut(everything) == {"b": None, "b/x": b"one", "b/y": b"two"} == replay(events).seen()
    settled = [*events, Event(Kind.SYNC_FOLDER, "b"), Event(Kind.SYNC_FOLDER, "")]
    assert replay(settled).after_cut(nothing) == {"b": None, "b/x": b"one", "b/y": b""}
    assert replay(settled, without=3).after_cut(nothing) == {"b": None, "b/x": b"", "b/y": b""}
    parts = {replay(settled).after_cut(Choice(random.Random(seed), 0.0, 0.1))["b/y"] for seed in range(50)}
    assert {b"", b"two", b"\0\0\0"} <= parts


def test_the_recorder_sees_what_engines_write_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"settled")
    recorder = Recorder(tmp_path)
    begin = recorder.settled
    recorder.engine(tmp_path / "new")
    (tmp_path / "new").write_bytes(b"by an engine")
    (tmp_path / "old").unlink()
    recorder.sync_file(tmp_path / "new")
    recorder.rename(tmp_path / "new", tmp_path / "newer")
    recorder.report()
    kinds = [(event.kind, event.path) for event in recorder.events[begin:]]
    assert kinds == [
        (Kind.REMOVE, "old"),
        (Kind.DATA, "new"),
        (Kind.SYNC_FILE, "new"),
        (Kind.RENAME, "new"),
        (Kind.REPORT, ""),
    ]
    assert replay(recorder.events).after_cut(Choice(random.Random(0), 0.0, 0.0)) == {"old": b"settled"}
