"""Sentences that say the same of two or three, and a question about one of them: `python -m benchmarks.contrasts`.

"Boeing delivered 27 jets in March and Airbus delivered 63": how many did Airbus deliver? The 44 sentences and their
questions were written for this, before the reader was trained on such passages; nothing was chosen by them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.answers import mean
from qa.evaluation.answer_metrics import exact_match, token_f1
from qa.reader import Reader
from qa.reader_input import PassageQuestion

HERE = Path(__file__).parent
CONSOLE = Console()


def read_contrasts() -> list[tuple[PassageQuestion, list[str]]]:
    """Each question with its sentence, and its answers."""
    rows = [json.loads(line) for line in (HERE / "contrasts.jsonl").read_text("utf-8").splitlines()]
    return [(PassageQuestion(row["question"], "", row["text"]), row["answers"]) for row in rows]


def pointed_at(reader: Reader, pairs: Sequence[PassageQuestion]) -> list[str]:
    """The words that the reader likes best in each."""
    found = []
    for pair, reading in zip(pairs, reader.read(pairs), strict=True):
        best = reading.spans[0]
        found.append(pair.text[best.start : best.end])
    return found


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=None, help="another reader than the bundled one")
    given = parser.parse_args()
    rows = read_contrasts()
    words = pointed_at(Reader(given.weights) if given.weights else Reader(), [pair for pair, _ in rows])
    matched = [exact_match(found, answers) for found, (_, answers) in zip(words, rows, strict=True)]
    shared = [token_f1(found, answers) for found, (_, answers) in zip(words, rows, strict=True)]
    for found, (pair, answers), score in zip(words, rows, shared, strict=True):
        if score < 0.5:
            CONSOLE.print(f"{pair.question} “{found}” instead of “{answers[0]}”", style="dim", highlight=False)
    figures = {"questions": len(rows), "exact match": mean(matched), "F1": mean(shared)}
    CONSOLE.print_json(json.dumps(figures))
    if given.weights is None:
        (HERE / "results" / "contrasts.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
