"""The last comparison as a picture for the README: `python -m benchmarks.peers.plot`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.peers.ratios import OURS, Figures

ROOT = Path(__file__).parents[2]
_OURS, _OTHERS, _PARTIAL, _INK, _MUTED = "#1f6f54", "#a9b2ba", "#e3e7ea", "#1c2126", "#5c656e"
_WHOLE = 0.9  # of the text: what reads less has less to do, and is drawn pale
_PANELS: tuple[tuple[str, Callable[[Figures], float], str], ...] = (
    ("Word pieces embedded a second", lambda one: one.tokens_per_second, "{:,.0f}"),
    ("Articles indexed a second", lambda one: one.articles_per_second, "{:.1f}"),
    ("Fresh process to ten passages, seconds", lambda one: one.first_seconds, "{:.1f}"),
    ("Warm question to ten passages, ms", lambda one: one.warm_milliseconds, "{:.1f}"),
)


def draw(figures: Sequence[Figures], title: str, path: Path) -> None:
    """Writes an SVG of four panels, a bar for each system and setup in each."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    rows = sorted(figures, key=lambda one: (one.system != OURS, one.system, one.setup), reverse=True)
    names = [f"{one.system}, {one.setup} ({100 * one.share:.0f} % of the text)" for one in rows]
    colours = [_OURS if one.system == OURS else _OTHERS if one.share >= _WHOLE else _PARTIAL for one in rows]
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "onrecord", "font.size": 9}):
        figure, panels = pyplot.subplots(2, 2, figsize=(10, 7), sharey=True, layout="constrained")
        for axes, (what, value, shown) in zip(panels.flat, _PANELS, strict=True):
            values = [value(one) for one in rows]
            bars = axes.barh(names, values, color=colours, height=0.72)
            axes.bar_label(bars, [shown.format(number) for number in values], padding=3, color=_INK)
            axes.set_title(what, loc="left", fontsize=10, color=_INK)
            axes.set_xlim(0, 1.18 * max(values))
            axes.xaxis.set_visible(False)
            axes.tick_params(axis="y", length=0, labelcolor=_MUTED)
            axes.spines[:].set_visible(False)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, color=_INK)
        figure.savefig(path, format="svg", facecolor="white", metadata={"Date": None})
        pyplot.close(figure)


def main() -> None:
    """Draw the last results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=ROOT / "benchmarks" / "results" / "peers.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "peers.svg")
    given = parser.parse_args()
    found = json.loads(given.results.read_text("utf-8"))
    figures = [Figures(**one) for one in found["figures"]]
    weights = "the same MiniLM weights everywhere; pale: most of the text is cut off"
    draw(figures, f"{found['articles']:,} articles, 4 cores, {weights}", given.out)


if __name__ == "__main__":
    main()
