"""The report's plots as SVG that is part of the page: its colours are the page's, so they follow light and dark.

matplotlib knows no CSS variables. Each colour is drawn as a value that stands for one and is replaced by it at the end;
text stays text in the page's font.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np

from qa.chat.markup import one_line
from qa.evaluation.calibration_metrics import Floats, risk_curve

_INK, _MUTED, _LINE, _MAIN, _OTHER = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {_INK: "--ink", _MUTED: "--muted", _LINE: "--line", _MAIN: "--main", _OTHER: "--other"}
_WIDTH, _HEIGHT = 4.6, 3.2  # inches; the page scales the drawing to its column
_MOST_TAGS = 20


def risk_coverage(confidences: Floats, losses: Floats) -> str:
    """Accuracy against the share of questions answered, the surest first; -inf marks a question without an answer."""
    figure, axes = _figure("Share of the questions answered, the surest first", "Right among them")
    share = np.arange(1, len(losses) + 1) / len(losses)
    given = int(np.isfinite(confidences).sum())
    axes.plot(share, 1 - risk_curve(-losses, losses), color=_LINE, linewidth=1.5, linestyle=(0, (4, 3)))
    accuracy = 1 - risk_curve(confidences, losses)
    axes.plot(share[:given], accuracy[:given], color=_MAIN, linewidth=2.4)
    axes.plot(share[max(given - 1, 0) :], accuracy[max(given - 1, 0) :], color=_MAIN, linewidth=1.6, linestyle=":")
    if 0 < given < len(losses):
        axes.axvline(given / len(losses), color=_MUTED, linewidth=0.9)
        _beside(axes, given / len(losses), 0.9 if accuracy[given - 1] < 0.5 else 0.06, "no answer from here")
    _percent(axes.xaxis, axes.yaxis)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.05)
    return _svg(figure, f"Accuracy by share answered; the area above the line is {1 - accuracy.mean():.3f}.")


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """Stated confidence against how often answers were right, a dot a bin."""
    figure, axes = _figure("Stated confidence", "Right")
    axes.plot([0, 1], [0, 1], color=_LINE, linewidth=1.5, linestyle=(0, (4, 3)))
    points = [(part["confidence"], part["accuracy"]) for part in bins]
    axes.plot(*zip(*points, strict=True), color=_MAIN, linewidth=1.4, alpha=0.45)
    axes.scatter(
        *zip(*points, strict=True), color=_MAIN, s=[24 + 2 * min(part["count"], 40) for part in bins], zorder=3
    )
    _percent(axes.xaxis, axes.yaxis)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.05, 1.05)
    return _svg(figure, f"Reliability in {len(bins)} bins: on the dashed line, confidence means what it says.")


def by_tag(table: Mapping[str, Mapping[str, Mapping[str, Any]]], metric: str, title: str) -> str:
    """One metric for each tag with its interval."""
    rows = [(tag, figures[metric]) for tag, figures in table.items() if metric in figures][:_MOST_TAGS]
    figure, axes = _figure(title, "", height=max(1.5, 0.34 * len(rows) + 0.8))
    for row, (_, found) in enumerate(reversed(rows)):
        if found["low"] is not None:
            axes.plot([found["low"], found["high"]], [row, row], color=_MAIN, linewidth=2, alpha=0.5)
        axes.scatter([found["value"]], [row], color=_MAIN, s=46, zorder=3)
    labels = [f"{_short(tag)} ({found['n']})" for tag, found in reversed(rows)]
    axes.set_yticks(range(len(rows)), labels, parse_math=False)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(0, 1.03)
    _percent(axes.xaxis)
    return _svg(figure, f"{title} by tag, with 95 % intervals.")


def latency(seconds: Sequence[float]) -> str:
    """The share of questions that took no longer than so many seconds."""
    figure, axes = _figure("Seconds a question", "Questions that took no longer")
    ordered = np.sort(np.array(seconds))
    axes.step(ordered, np.arange(1, len(ordered) + 1) / len(ordered), where="post", color=_MAIN, linewidth=2.2)
    for percent, height in ((50, 0.9), (95, 0.8)):
        value = float(np.percentile(ordered, percent))
        axes.axvline(value, color=_OTHER, linewidth=1.1, linestyle=(0, (4, 3)))
        axes.annotate(
            f"{percent} %: {value:.3g} s", (0.02, height), color=_INK, xycoords="axes fraction", fontsize=11.5
        )
    axes.set_xlim(0, max(float(ordered[-1]) * 1.08, 1e-3))
    axes.set_ylim(0, 1.05)
    _percent(axes.yaxis)
    axes.locator_params(axis="x", nbins=5)
    return _svg(figure, "How long questions took.")


def _figure(below: str, beside: str, height: float = _HEIGHT) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(below, color=_MUTED, fontsize=11.5)
    axes.set_ylabel(beside, color=_MUTED, fontsize=11.5)
    axes.tick_params(colors=_MUTED, length=0, labelsize=11.5)
    axes.grid(True, color=_LINE, linewidth=0.7, alpha=0.6)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(_LINE)
    return figure, axes


def _percent(*sides: Any) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    for side in sides:
        side.set_major_locator(MultipleLocator(0.2))
        side.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))


def _beside(axes: Any, place: float, height: float, words: str) -> None:
    """A note beside a vertical line, on the side where there is room."""
    left = place > 0.6 * axes.get_xlim()[1]
    axes.annotate(words, (place, height), xytext=(-5 if left else 5, 0), textcoords="offset points", color=_INK,
                  ha="right" if left else "left", fontsize=11.5, xycoords=("data", "axes fraction"))  # fmt: skip


def _short(tag: str) -> str:
    text = one_line(tag)
    return text if len(text) <= 22 else f"{text[:21]}…"


def _svg(figure: Any, label: str) -> str:
    """The figure as an <svg> element for a page, the same for the same figure."""
    from html import escape

    import matplotlib

    buffer = StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": label}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r" font-family: [^;\"]*;", "", drawn)
    drawn = re.sub(r'<g id="[^"]*"', "<g", drawn)  # one page holds several drawings, and ids must not repeat
    head, rest = drawn.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    for colour, variable in _VARIABLES.items():
        rest = rest.replace(colour, f"var({variable})")
    return f'<svg role="img" aria-label="{escape(label)}" {box[0] if box else ""}>{rest}'
