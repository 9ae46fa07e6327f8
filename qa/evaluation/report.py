"""A run as one HTML page that a person likes to read: what was found, where it goes wrong, and what to look at first.

The page needs nothing but itself: no script, no font, no address is loaded. Questions, answers and article text are
data: the template escapes all of it, and what the eye can't see is taken out first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from qa.chat.markup import safe_url, visible
from qa.evaluation import plots
from qa.evaluation.headline import cautions, headline, percent
from qa.evaluation.metrics import METRIC, METRICS, Kind
from qa.evaluation.outcomes import outcome_bars, outcome_of, worst_groups
from qa.evaluation.run_folder import TIMES_BEGIN, TIMES_END, Run
from qa.evaluation.summary import selective_answers
from qa.formatting import counted

MOST_ROWS = 2_000  # questions in the table of all
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Row:
    """One metric as the table shows it."""

    name: str
    title: str
    meaning: str
    value: str
    interval: str
    left: float | None  # where the bar of the interval begins and how wide it is, in percent; None: no bar
    width: float
    mark: float
    n: int
    lower_is_better: bool


def render_report(run: Run) -> str:
    """The report as one self-contained page; the same run gives the same page, but for times, which are marked."""
    summary = run.summary
    bars = outcome_bars(run.items)
    page: str = (
        _environment()
        .get_template("report.html.j2")
        .render(
            headline=headline(summary),
            cautions=cautions(summary),
            cards=_cards(summary["metrics"]),
            bars=bars,
            reworded=any(bar.tone == "unsure" for bar in bars),
            plots=_plots(run),
            latency=_latency(run),
            groups=metric_groups(summary["metrics"]),
            abstention=summary["abstention"],
            worst=worst_groups(run.items),
            all_items=[(item, outcome_of(item)) for item in run.items[:MOST_ROWS]],
            total=len(run.items),
            summary=summary,
            times=(TIMES_BEGIN, TIMES_END),
        )
    )
    return page


def metric_groups(metrics: Mapping[str, Any]) -> list[tuple[str, list[Row]]]:
    """The table of metrics, by group in their order."""
    groups: dict[str, list[Row]] = {}
    for metric in METRICS:
        if metric.kind is not Kind.SECONDS and metric.name in metrics:
            groups.setdefault(metric.group, []).append(_row(metric.name, metrics[metric.name]))
    return list(groups.items())


def _cards(metrics: Mapping[str, Any]) -> list[Row]:
    wanted = ("accuracy", "answer_f1", "citation_f1", "abstention_accuracy", "answered", "quote_exact")
    return [_row(name, metrics[name]) for name in wanted if name in metrics][:4]


def _row(name: str, figure: Mapping[str, Any]) -> Row:
    metric, low, high = METRIC[name], figure["low"], figure["high"]
    as_share = metric.kind is not Kind.WHOLE or "coverage" in name
    show = percent if as_share else "{:.3f}".format
    drawn = low is not None
    return Row(
        name=name,
        title=metric.title,
        meaning=metric.meaning,
        value=show(figure["value"]),
        interval=f"{show(low)} to {show(high)}".replace(" % to", " to") if drawn else "",
        left=round(low * 100, 2) if drawn else None,
        width=round((high - low) * 100, 2) if drawn else 0.0,
        mark=round(figure["value"] * 100, 2),
        n=figure["n"],
        lower_is_better=not metric.higher_is_better,
    )


def _plots(run: Run) -> list[tuple[str, str, str]]:
    """Title, what it shows, and the drawing."""
    drawn = []
    known, sure, lost = selective_answers(run.items)
    if len(known) > 1:
        drawn.append(
            (
                "Answering less, being right more",
                "If only the surest answers were given, this share of them would be right. Dashed: a perfect order.",
                plots.risk_coverage(sure, lost),
            )
        )
    if len(run.summary["reliability"]) > 1:
        drawn.append(
            (
                "Does confidence mean what it says?",
                "Answers in groups of equal size. On the dashed line 80 % sure means 80 % right; below it, too sure.",
                plots.reliability(run.summary["reliability"]),
            )
        )
    table = run.summary["by_tag"]
    metric = next(
        (m for m in ("answer_f1", "citation_f1", "answered") if any(m in row for row in table.values())), None
    )
    if metric:
        title = METRIC[metric].title
        drawn.append(("By tag", f"{title}: {METRIC[metric].meaning}.", plots.by_tag(table, metric, title)))
    return drawn


def _latency(run: Run) -> tuple[str, str] | None:
    """A sentence and the drawing; both are times."""
    seconds = [item.seconds for item in run.items if item.seconds is not None]
    if len(seconds) < 2:
        return None
    figures = run.summary["timing"]["metrics"]
    middle, slow = figures["seconds_p50"]["value"], figures["seconds_p95"]["value"]
    return (
        f"Half of the questions took at most {middle:.3g} s, 95 % at most {slow:.3g} s (each its share of a batch).",
        plots.latency(seconds),
    )


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters |= {"percent": percent, "safe_url": safe_url, "cut": _cut}
    environment.globals |= {"count": counted}
    return environment


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
