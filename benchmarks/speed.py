"""How long a person waits: fresh processes, warm questions, and a batch against one by one.

How fast the models alone are computed is printed by benchmarks.runtimes.

    python -m benchmarks.speed [--runs 5] [--questions 64]

Everything runs over the onestop articles with the bundled reader. Machines are noisy: medians, and ratios of one run.
No question is asked twice of one assistant, since its reader remembers what it read lately.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.sets import DATA, chunks, read_articles, read_questions
from index import passage_index
from qa.settings import Settings, read_settings
from qa.wiring import open_assistant, open_encoder

RESULTS = Path(__file__).parent / "results"
BATCH = 32


def fresh(command: list[str], runs: int) -> float:
    """Median seconds of a whole process, after one that warms the disk."""
    ask = [sys.executable, "-m", "qa.cli", *command]
    # Compiled modules are kept between runs, as they are where a person installed it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run() -> object:
        return subprocess.run(ask, check=True, capture_output=True, env=environment)

    return float(np.median([timed(run) for _ in range(runs + 1)][1:]))


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def asked(settings: Settings, questions: Sequence[str]) -> tuple[list[float], float]:
    """Seconds of each question asked alone, and of all asked in batches; each by an assistant that knows none yet."""
    alone, together = open_assistant(settings), open_assistant(settings)
    single: list[float] = []
    batches = 0.0
    for chunk in chunks(questions, BATCH):  # taking turns, so that other work on the machine falls on both alike
        single += [timed(lambda q=q: alone.ask(q)) for q in chunk]  # type: ignore[misc]
        batches += timed(lambda c=chunk: together.ask_batch(c))  # type: ignore[misc]
    return single, batches


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
        single, batches = asked(settings, questions)
    figures |= {
        "warm question to answer, p50": float(np.median(single)),
        "warm question to answer, p95": float(np.quantile(single, 0.95)),
        f"a question in a batch of {BATCH}": batches / len(questions),
    }
    table = Table("what", "seconds")
    for name, seconds in figures.items():
        table.add_row(name, f"{seconds:.3f}")
    per_process = figures["fresh process: onrecord ask"]
    table.add_row("one by one in one process / batch", f"{sum(single) / batches:.2f} ×")
    table.add_row("one process each / batch", f"{per_process * len(questions) / batches:.2f} ×")
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "speed.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
