"""Processes that start without threads and with everything imported, so that a fork of them is quick and safe.

A killed `onrecord` must be a real process. A new interpreter takes seconds to import what it needs, a fork of a warm
one milliseconds; and the test process itself may hold threads by now, which a fork would lose.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

A = TypeVar("A")
R = TypeVar("R")
STUCK = 100  # seconds after which a fork is ended by a signal that no test expects
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ONRECORD_THREADS")


def prepare() -> None:
    """Imports whatever the commands import, by running them once."""
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    os.environ.update({"ONRECORD_ENCODER": "hash-32", "ONRECORD_SELECTOR": "sentences"})
    from index import draft
    from tests.torture.world import COMMANDS, fresh, make_world, run, state

    draft.ENCODED_AT_ONCE = 2  # so that a few articles are many batches, which are kept until the commit

    with tempfile.TemporaryDirectory(prefix="torture-warm-") as scratch, redirect_stdout(io.StringIO()):
        world = make_world(Path(scratch) / "world")
        for command in COMMANDS:
            folder = fresh(world, command, Path(scratch) / command.name)
            with suppress(SystemExit):
                run(world, command, folder)
            state(folder)


class Farm:
    """Warm processes that take jobs. A job that takes its process down with it fails the test."""

    def __init__(self, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._processes = processes
        self._pool = ProcessPoolExecutor(processes, mp_context=context, initializer=prepare)

    def each(
        self, job: Callable[[A], R], tasks: Sequence[A], tell: Callable[[int], None] = lambda done: None
    ) -> list[R]:
        """`job(task)` for every task, in their order; `tell` hears how many are done."""
        futures = [self._pool.submit(job, task) for task in tasks]
        waiting = set(futures)
        while waiting:
            _, waiting = wait(waiting, timeout=30, return_when=FIRST_COMPLETED)
            tell(len(futures) - len(waiting))
        return [future.result() for future in futures]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a forked process ended."""

    code: int  # exit code; minus the signal's number if a signal ended it
    output: str  # of both channels
    seconds: float

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Fork:
    """A fork of this process that runs `function` and ends, within `patience` seconds."""

    def __init__(self, function: Callable[[], object], *, patience: int = STUCK) -> None:
        _wait_for_threads()
        reader, writer = os.pipe()
        sys.stdout.flush()
        self._began = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reader)
            os.dup2(writer, 1)
            os.dup2(writer, 2)
            _exit_with(function, patience)
        os.close(writer)
        self._reader = reader

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> Ended:
        with os.fdopen(self._reader, "rb") as pipe:
            output = pipe.read()
        _, status = os.waitpid(self.pid, 0)
        seconds = time.perf_counter() - self._began
        return Ended(os.waitstatus_to_exitcode(status), output.decode("utf-8", "replace"), seconds)


def forked(function: Callable[[], object], *, kill_after: float | None = None) -> Ended:
    """Runs `function` in a fork of this process; it is killed after `kill_after` seconds, if it isn't done by then."""
    fork = Fork(function)
    if kill_after is not None:
        time.sleep(kill_after)
        fork.kill()
    return fork.wait()


def scratch_in(root: Path) -> tempfile.TemporaryDirectory[str]:
    """A temporary folder for an index; what can't be removed goes with `root`.

    tantivy's threads may put a lock file into it a moment after whoever used the index.
    """
    return tempfile.TemporaryDirectory(dir=root, ignore_cleanup_errors=True)


def _wait_for_threads() -> None:
    """tantivy's threads end a moment after whoever used them; a fork in that moment could inherit a held lock."""
    tasks, until = Path("/proc/self/task"), time.monotonic() + 10
    while tasks.exists() and len(list(tasks.iterdir())) > 1 and time.monotonic() < until:
        time.sleep(0.001)


def _exit_with(function: Callable[[], object], patience: int) -> None:
    """Never returns: nothing of the parent's may be cleaned up by the child."""
    code = 70
    signal.alarm(patience)
    try:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        try:
            function()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def chunks(items: Iterable[A], size: int) -> list[list[A]]:
    """Consecutive parts of at most `size`."""
    whole = list(items)
    return [whole[start : start + size] for start in range(0, len(whole), size)]
