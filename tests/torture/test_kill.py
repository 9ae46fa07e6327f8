"""kill -9 during add, remove, rebuild and reload: the old index or the new one, and the next change works.

Every kill is a SIGKILL of a real process that runs the command as a person types it. What it printed is kept, so that
"reported done and gone" is looked for where it would hurt: a summary on the screen, and the articles not there.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.torture import kill_points
from tests.torture.size import Record, Torture
from tests.torture.warm import Ended, Farm, chunks, forked, scratch_in
from tests.torture.world import COMMANDS, Command, State, World, fresh, listing, reported, run, state, whole

RANDOM_KILLS = 3_000


@dataclass(frozen=True, slots=True)
class Case:
    """One kill: at an operation's number, or at a share of the time that the command takes."""

    world: World
    command: Command
    before: State
    after: State
    point: int | None = None
    share: float | None = None
    again: bool = True  # whether the next change is tried too
    typical: float = 0.0  # seconds


def kill(case: Case) -> tuple[str, str | None]:
    """How it ended ("old", "new"), and what is wrong, if anything is."""
    with scratch_in(case.world.root) as scratch:
        folder = fresh(case.world, case.command, Path(scratch) / "data")

        def doomed() -> None:
            if case.point is not None:
                kill_points.install(Path(scratch), point=case.point)
            run(case.world, case.command, folder)

        after = None if case.share is None else case.share * case.typical
        ended = forked(doomed, kill_after=after)
        try:
            return _judged(case, folder, ended)
        except Exception as error:  # whatever a reader stumbles over is a finding
            return "torn", f"{type(error).__name__}: {error}; {listing(folder)}; {ended}"


def _judged(case: Case, folder: Path, ended: Ended) -> tuple[str, str | None]:
    if not ended.killed and ended.code != 0:
        return "failed", str(ended)
    found = state(folder)
    whole(folder)
    if found not in (case.before, case.after):
        return "lost", f"{found}; {listing(folder)}; {ended}"
    if reported(ended) and found != case.after:
        return "reported", f"reported done and gone: {ended}"
    if case.again:
        again = forked(lambda: run(case.world, case.command, folder))
        # What is gone can't be removed twice: that is the one change that rightly refuses.
        refused = case.command.name == "remove" and found == case.after and again.code == 2
        if again.code != 0 and not refused:
            return "stuck", f"the next change: {again}"
        last = state(folder)
        # The oldest goes when the next one is committed.
        if last.contents != case.after.contents or len(whole(folder)) > (2 if last != found else 3):
            return "stuck", f"after the next change: {last}; {listing(folder)}"
        if not refused and [name for name in listing(folder) if name.startswith("tmp-")]:
            return "stuck", f"left behind: {listing(folder)}"
    return ("new" if found == case.after else "old"), None


def kills(cases: list[Case]) -> tuple[Counter[str], list[str]]:
    """Several kills in one warm process: how they ended, and what was wrong.

    Random moments are spread over the time that the command takes right now, on a machine that may be busy.
    """
    ends: Counter[str] = Counter()
    faults = []
    typical: dict[Command, float] = {}
    for case in cases:
        if case.share is not None and case.command not in typical:
            typical[case.command] = _seconds(case.world, case.command)
        end, fault = kill(replace(case, typical=typical.get(case.command, 0.0)))
        ends[end] += 1
        if fault:
            faults.append(f"{case.command.name}, point {case.point}, share {case.share}: {fault}")
    return ends, faults


def _seconds(world: World, command: Command) -> float:
    taken = []
    for _ in range(3):
        with scratch_in(world.root) as scratch:
            folder = fresh(world, command, Path(scratch) / "data")
            taken.append(forked(lambda folder=folder: run(world, command, folder)).seconds)
    return sorted(taken)[1]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The command undisturbed."""

    before: State
    after: State
    operations: tuple[str, ...]  # every point at which it can be killed


def rehearse(task: tuple[World, Command]) -> Rehearsal:
    world, command = task
    with scratch_in(world.root) as scratch:
        folder = fresh(world, command, Path(scratch) / "data")
        before = state(folder)
        log = world.root / f"{command.name}.log"

        def watched() -> None:
            kill_points.install(Path(scratch), point=None, log=log)
            run(world, command, folder)

        ended = forked(watched)
        assert ended.code == 0, ended
        return Rehearsal(before, state(folder), tuple(log.read_text("utf-8").splitlines()))


@pytest.fixture(scope="module")
def rehearsals(farm: Farm, world: World) -> list[tuple[Command, Rehearsal]]:
    return list(zip(COMMANDS, farm.each(rehearse, [(world, command) for command in COMMANDS]), strict=True))


def points_of(rehearsal: Rehearsal, step: int) -> list[int]:
    """Every `step`-th point, and all those around the commit."""
    operations = rehearsal.operations
    commit = next(n for n, name in enumerate(operations) if name.startswith("rename gen-"))
    near = range(max(0, commit - 1), min(len(operations), commit + 3))
    return sorted({*range(0, len(operations), step), *near})


def check(farm: Farm, torture: Torture, cases: list[Case]) -> Counter[str]:
    """Runs all cases; nothing may be wrong in any."""
    parts = chunks(cases, 25)
    results = farm.each(kills, parts, lambda done: torture.progress(f"  kills: {done} of {len(parts)} parts"))
    faults = [fault for _, found in results for fault in found]
    assert not faults, "\n".join([f"{len(faults)} of {len(cases)} kills:", *faults[:5]])
    return sum((ends for ends, _ in results), Counter())


def test_killed_at_any_operation(
    farm: Farm, world: World, torture: Torture, record: Record, rehearsals: list[tuple[Command, Rehearsal]]
) -> None:
    cases = [
        Case(world, command, rehearsal.before, rehearsal.after, point=point, again=torture.full or point % 3 == 0)
        for command, rehearsal in rehearsals
        for point in points_of(rehearsal, torture.count(1, 90))
    ]
    ends = check(farm, torture, cases)
    assert ends["old"] > len(cases) / 5
    assert ends["new"] > len(rehearsals)
    points = sum(len(rehearsal.operations) for _, rehearsal in rehearsals)
    record("kill", operations=points, killed=len(cases), old=ends["old"], new=ends["new"], lost_or_torn=0)


def test_killed_at_a_random_moment(
    farm: Farm, world: World, torture: Torture, record: Record, rehearsals: list[tuple[Command, Rehearsal]]
) -> None:
    chance = random.Random(5)
    kinds = [chance.choice(rehearsals) for _ in range(torture.count(RANDOM_KILLS, 10))]
    cases = [
        Case(world, command, rehearsal.before, rehearsal.after, share=chance.uniform(0, 1.15), again=number % 4 == 0)
        for number, (command, rehearsal) in enumerate(sorted(kinds, key=lambda kind: kind[0].name))
    ]
    ends = check(farm, torture, cases)
    record("kill", killed=len(cases), old=ends["old"], new=ends["new"], lost_or_torn=0)


def test_the_points_are_all_there_are(rehearsals: list[tuple[Command, Rehearsal]]) -> None:
    """The torture would prove little if it missed the operations that matter."""
    for command, rehearsal in rehearsals:
        seen = Counter(name.split()[0] for name in rehearsal.operations)
        assert seen["rename"] == (1 if command.first else 2), command
        assert min(seen[name] for name in ("write", "half", "sync_file", "sync_folder", "make_folder", "engine")) >= 1
        assert seen["sync_file"] >= 10
        assert seen["sqlite3.connect"] >= 4
        assert rehearsal.before != rehearsal.after
