"""How far an evaluation is, in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A bar with the time that is left, on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("Asking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"))
    with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("", total=None)
        started = False

        def show(done: int, total: int) -> None:
            nonlocal started
            if not started and done:
                console.print(f"Going on with an interrupted run: {done:,} of {total:,} questions are done.")
            # What an earlier run had done must not count as this one's speed.
            if not started:
                bar.reset(task, total=total, completed=done)
            started = True
            bar.update(task, completed=done)

        yield show
