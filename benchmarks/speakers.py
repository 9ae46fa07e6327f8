"""How often the rules name the right speaker, on sentences of real news that were marked by hand.

    python -m benchmarks.speakers                     # and writes benchmarks/results/speakers.json

speaker_marks.jsonl holds places only, no text: 101 sentences of news-2023 for which the rules named somebody, drawn
with a seed that had not been looked at before, and 60 for which they named nobody. The rules may be mended on neither.
"""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.sets import DATA, read_articles
from qa.sources.speakers import find_speaker

MARKS = Path(__file__).with_name("speaker_marks.jsonl")
RESULTS = Path(__file__).parent / "results"


def measure() -> dict[str, float]:
    """Shares of the marked sentences; what is missed is estimated on those that had nobody when they were drawn."""
    texts = {article.id: article.text for article in read_articles(DATA / "news-2023" / "articles.jsonl.xz")}
    marks = [json.loads(line) for line in MARKS.read_text("utf-8").splitlines()]
    named = right = missed = silent = 0
    for mark in marks:
        found = find_speaker(texts[mark["article"]], mark["start"], mark["end"])
        named += found is not None
        right += found is not None and [found.start, found.end] == mark["speaker"]
        if "named_nobody_when_drawn" in mark:
            silent += 1
            missed += found is None and mark["speaker"] is not None
    return {
        "sentences": len(marks),
        "named": named,
        "precision": right / max(named, 1),
        "of the sentences without a name, plainly said by somebody": missed / max(silent, 1),
    }


def main() -> None:
    """Print and keep the figures."""
    figures = measure()
    table = Table("figure", "value", title="speakers, news-2023")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else f"{value:.3f}")
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "speakers.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
