"""Several answerers over the same questions: a table with a column each, and each held against the first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qa.evaluation.run_folder import Run


def folder_name(answerer: str) -> str:
    """A folder's name for an answerer: "hf:Qwen/Qwen3-0.6B" → "hf-Qwen-Qwen3-0.6B"."""
    return re.sub(r"[^\w.-]+", "-", answerer).strip("-.") or "answerer"


def side_by_side(runs: Mapping[str, Run]) -> str:
    """Every metric that any run has, a column an answerer, with the half-width of its interval."""
    names = list(runs)
    metrics = dict.fromkeys(metric for run in runs.values() for metric in run.summary["metrics"])
    width = max(14, *(len(name) + 2 for name in names))
    lines = [f"  {'':<28}" + "".join(f"{name:>{width}}" for name in names)]
    for metric in metrics:
        cells = [_cell(run.summary["metrics"].get(metric)) for run in runs.values()]
        lines.append(f"  {metric:<28}" + "".join(f"{cell:>{width}}" for cell in cells))
    for metric in dict.fromkeys(name for run in runs.values() for name in run.summary["timing"]["metrics"]):
        values = [run.summary["timing"]["metrics"].get(metric, {}).get("value") for run in runs.values()]
        cells = ["–" if value is None else f"{value:.3f}" for value in values]
        lines.append(f"  {metric:<28}" + "".join(f"{cell:>{width}}" for cell in cells))
    return "\n".join(lines)


def _cell(figure: Mapping[str, float | None] | None) -> str:
    if figure is None:
        return "–"
    low, high = figure["low"], figure["high"]
    spread = "" if low is None or high is None else f" ±{(high - low) / 2:.3f}"
    return f"{figure['value']:.3f}{spread}"
