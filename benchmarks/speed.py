"""How long a person waits: fresh processes, warm questions, and a batch against one by one.

    python -m benchmarks.speed [--runs 5] [--questions 64]

Everything runs over the onestop articles with the bundled reader. Machines are noisy: medians, and ratios of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.sets import DATA, chunks, read_articles, read_questions
from index import passage_index
from qa.reader import PassageQuestion, Reader
from qa.settings import read_settings
from qa.wiring import open_assistant, open_encoder

RESULTS = Path(__file__).parent / "results"
BATCH = 32
PASSAGES, PIECES = 20, 200  # what the reader's figure is stated for


def fresh(command: list[str], runs: int) -> float:
    """Median seconds of a whole process, after one that warms the disk."""
    ask = [sys.executable, "-m", "qa.cli", *command]
    return float(
        np.median([timed(lambda: subprocess.run(ask, check=True, capture_output=True)) for _ in range(runs + 1)][1:])
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def reading(reader: Reader, runs: int) -> float:
    """Median seconds to read 20 passages of 200 word pieces."""
    text = read_articles(DATA / "onestop" / "articles.jsonl")[0].text
    ends = [end for _, end in reader.offsets(text)]
    passages = [text[: ends[PIECES - 1 + shift]] for shift in range(PASSAGES)]
    pairs = [PassageQuestion("Who threw the bottle into the Baltic Sea?", "", passage) for passage in passages]
    return float(np.median([timed(lambda: reader.read(pairs)) for _ in range(runs + 2)][2:]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--questions", type=int, default=64)
    given = parser.parse_args()
    questions = [q.question for q in read_questions(DATA / "onestop" / "questions.jsonl")][: given.questions]
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(os.environ, data=folder)
        passage_index.add(Path(folder), read_articles(DATA / "onestop" / "articles.jsonl"), open_encoder(settings))
        figures = {
            "fresh process: onrecord --help": fresh(["--help"], given.runs),
            "fresh process: onrecord search": fresh(["search", "--data", folder, questions[0]], given.runs),
            "fresh process: onrecord ask": fresh(["ask", "--data", folder, questions[0]], given.runs),
        }
        assistant = open_assistant(settings)
        assistant.ask_batch(questions[:BATCH])
        single = [timed(lambda q=q: assistant.ask(q)) for q in questions]  # type: ignore[misc]
        batch = timed(lambda: [assistant.ask_batch(chunk) for chunk in chunks(questions, BATCH)])
        figures |= {
            "warm question to answer, p50": float(np.median(single)),
            "warm question to answer, p95": float(np.quantile(single, 0.95)),
            f"{PASSAGES} passages of {PIECES} word pieces read, median": reading(Reader(), given.runs),
            "a question in a batch": batch / len(questions),
        }
    table = Table("what", "seconds")
    for name, seconds in figures.items():
        table.add_row(name, f"{seconds:.3f}")
    table.add_row("one by one / batch", f"{sum(single) / batch:.2f} ×")
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "speed.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
