"""Adding and removing articles with progress: what the commands `add`, `sample` and `remove` do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import NoIndexError, UsageError
from corpus.load import load
from index import passage_index
from index.passage_index import ChangeReport, PassageIndex, VectorChoice
from qa.settings import Settings
from qa.wiring import open_encoder

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

# What a person waits for, and what is counted.
_STAGES = {
    "load": ("Reading", "MB"),
    "read": ("Rereading", "articles"),
    "split": ("Splitting", "articles"),
    "embed": ("Embedding", "passages"),
    "arrange": ("Arranging", ""),
    "write": ("Writing", "articles"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change of the index did."""

    report: ChangeReport

    def summary(self) -> str:
        """One sentence for a person."""
        r = self.report
        counts = [(r.added, "added"), (r.replaced, "replaced"), (r.unchanged, "unchanged"), (r.removed, "removed")]
        told = ", ".join(f"{count:,} {word}" for count, word in counts if count) or "nothing changed"
        skipped = f", {len(r.skipped):,} skipped" if r.skipped else ""
        held = "1 passage" if r.passages == 1 else f"{r.passages:,} passages"
        return f"Articles: {told}{skipped}. The index holds {held} ({r.seconds:.1f} s)."


def add_sources(
    settings: Settings, sources: Sequence[str], *, rebuild: bool = False, vectors: VectorChoice | None = None
) -> Outcome:
    """Load the sources and add their articles; `vectors` is how those of a new or rebuilt index are searched.

    Raises UsageError if there were sources and not one article could be read from them.
    """
    encoder = open_encoder(settings)
    with _progress() as progress:
        bars = _Bars(progress)
        loaded = load(sources, on_progress=lambda done, total: bars("load", done, total))
        change = passage_index.rebuild if rebuild else passage_index.add
        report = change(settings.data, loaded, encoder, progress=bars, vectors=vectors)
    if sources and report.added + report.replaced + report.unchanged == 0:
        reasons = "; ".join(f"{skipped.path}: {skipped.reason}" for skipped in report.skipped[:5])
        raise UsageError(f"No article could be read. {reasons or 'Name files, folders or URLs that hold some.'}")
    return Outcome(report)


def add_sample(settings: Settings) -> Outcome | None:
    """Add the bundled sample unless there are articles already; None if there are."""
    try:
        with PassageIndex.open(settings.data, open_encoder(settings)) as index:
            if index.n_articles:
                return None
    except NoIndexError:
        pass
    import corpus

    return add_sources(settings, [str(Path(corpus.__file__).parent / "sample")])


def remove_articles(settings: Settings, names: Sequence[str]) -> Outcome:
    """Remove articles by id, file name or unique beginning of an id; raises UsageError for a name that fits none."""
    encoder = open_encoder(settings)
    with PassageIndex.open(settings.data, encoder) as index:
        ids = [index.find_article(name).id for name in names]
    return Outcome(passage_index.remove(settings.data, list(dict.fromkeys(ids)), encoder))


class _Bars:
    """One line a stage, made when the stage begins. What is read goes on to be embedded, so reading has the ETA."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        name, unit = _STAGES[stage]
        if stage == "read" and total is None:  # those that come from `load`, which has a line of its own
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(name, total=total, unit=unit)
        task = self._tasks[stage]
        if done < self._progress.tasks[task].completed:  # the next part
            self._progress.reset(task, total=total)
        self._progress.update(task, completed=done, total=total)


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many are done, and how many a second."""

        def render(self, task: Task) -> Text:
            return Text(rate(task.completed, task.speed or task.finished_speed, task.fields["unit"]))

    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TaskProgressColumn(),
        Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        speed_estimate_period=120,  # seconds: articles are read in bursts, between which they are embedded
    )


def rate(done: float, speed: float | None, unit: str) -> str:
    """E.g. "2,048 passages, 310/s"; the speed in units a second, where it is known."""
    if unit == "MB":
        done, speed = done / 1e6, speed / 1e6 if speed else None
    if not unit:
        return ""
    per_second = f", {speed:,.0f}/s" if speed and speed >= 10 else f", {speed:.1f}/s" if speed else ""
    return f"{done:,.0f} {unit}{per_second}"
