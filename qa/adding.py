"""Adding and removing articles with progress: what the commands `add`, `sample` and `remove` do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.article import Article, Skipped
from corpus.errors import NoIndexError, UsageError
from corpus.load import load
from index import passage_index
from index.passage_index import ChangeReport, PassageIndex
from qa.settings import Settings
from qa.wiring import open_encoder

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_STAGES = {"read": "Reading", "split": "Splitting", "embed": "Embedding", "write": "Writing"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change of the index did."""

    report: ChangeReport
    skipped: tuple[Skipped, ...]

    def summary(self) -> str:
        """One sentence for a person."""
        r = self.report
        counts = [(r.added, "added"), (r.replaced, "replaced"), (r.unchanged, "unchanged"), (r.removed, "removed")]
        told = ", ".join(f"{count:,} {word}" for count, word in counts if count) or "nothing changed"
        skipped = f", {len(self.skipped):,} skipped" if self.skipped else ""
        return f"Articles: {told}{skipped}. The index holds {r.passages:,} passages ({r.seconds:.1f} s)."


@dataclass(slots=True)
class _Sorter:
    """Lets articles through and keeps what was skipped, so that loading stays a stream."""

    skipped: list[Skipped] = field(default_factory=list)
    articles: int = 0

    def articles_of(self, loaded: Iterable[Article | Skipped]) -> Iterator[Article]:
        for item in loaded:
            if isinstance(item, Skipped):
                self.skipped.append(item)
            else:
                self.articles += 1
                yield item


def add_sources(settings: Settings, sources: Sequence[str], *, rebuild: bool = False) -> Outcome:
    """Load the sources and add their articles; raises UsageError if not one article could be read."""
    sorter = _Sorter()
    encoder = open_encoder(settings)
    with _progress() as progress:
        bars = _Bars(progress)
        loaded = load(sources, on_progress=lambda done, total: bars("read", done, total))
        articles = sorter.articles_of(loaded)
        if rebuild:
            report = passage_index.rebuild(settings.data, articles, encoder, progress=bars)
        else:
            report = passage_index.add(settings.data, articles, encoder, progress=bars)
    if sorter.articles == 0:
        reasons = "; ".join(f"{skipped.path}: {skipped.reason}" for skipped in sorter.skipped[:5])
        raise UsageError(f"No article could be read. {reasons or 'Name files, folders or URLs that hold some.'}")
    return Outcome(report, tuple(sorter.skipped) + report.skipped)


def add_sample(settings: Settings) -> Outcome | None:
    """Add the bundled sample unless there is an index already; None if there is."""
    try:
        PassageIndex.open(settings.data, open_encoder(settings)).close()
    except NoIndexError:
        import corpus

        return add_sources(settings, [str(Path(corpus.__file__).parent / "sample")])
    return None


def remove_articles(settings: Settings, names: Sequence[str]) -> Outcome:
    """Remove articles by id, file name or unique beginning of an id; raises UsageError for a name that fits none."""
    encoder = open_encoder(settings)
    with PassageIndex.open(settings.data, encoder) as index:
        ids = [index.find_article(name).id for name in names]
    return Outcome(passage_index.remove(settings.data, list(dict.fromkeys(ids)), encoder), ())


class _Bars:
    """One progress bar a stage, made when the stage begins."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(_STAGES.get(stage, stage), total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
