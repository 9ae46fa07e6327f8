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
from qa.counterpart import tell_apart
from qa.evaluation.answer_metrics import exact_match, token_f1
from qa.reader import Reader, Reading
from qa.reader_input import PassageQuestion

HERE = Path(__file__).parent
CONSOLE = Console()


def read_contrasts() -> list[tuple[PassageQuestion, list[str]]]:
    """Each question with its sentence, and its answers."""
    rows = [json.loads(line) for line in (HERE / "contrasts.jsonl").read_text("utf-8").splitlines()]
    return [(PassageQuestion(row["question"], "", row["text"]), row["answers"]) for row in rows]


def pointed_at(pairs: Sequence[PassageQuestion], readings: Sequence[Reading]) -> list[str]:
    """The best words of each."""
    return [
        pair.text[reading.spans[0].start : reading.spans[0].end] for pair, reading in zip(pairs, readings, strict=True)
    ]


def scores(words: Sequence[str], answers: Sequence[Sequence[str]]) -> dict[str, float]:
    """Means over the questions."""
    return {
        "exact match": mean([exact_match(found, right) for found, right in zip(words, answers, strict=True)]),
        "F1": mean([token_f1(found, right) for found, right in zip(words, answers, strict=True)]),
    }


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=None, help="another reader than the bundled one")
    given = parser.parse_args()
    rows = read_contrasts()
    pairs, answers = [pair for pair, _ in rows], [right for _, right in rows]
    reader = Reader(given.weights) if given.weights else Reader()
    alone = reader.read(pairs)
    words = pointed_at(pairs, tell_apart(reader.read, pairs, alone))
    for found, pair, right in zip(words, pairs, answers, strict=True):
        if token_f1(found, right) < 0.5:
            CONSOLE.print(f"{pair.question} “{found}” instead of “{right[0]}”", style="dim", highlight=False)
    figures = {
        "questions": len(rows),
        **scores(words, answers),
        **{f"{name}, read once": figure for name, figure in scores(pointed_at(pairs, alone), answers).items()},
    }
    CONSOLE.print_json(json.dumps(figures))
    if given.weights is None:
        (HERE / "results" / "contrasts.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
