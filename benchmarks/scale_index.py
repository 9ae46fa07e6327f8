"""A whole index of many passages: time and peak memory to make it, and what it takes to serve it and to change it.

    python -m benchmarks.scale_index [--passages 100000 1000000] [--keep FOLDER]

The articles are those of news-2023, over and over, each copy under a name of its own; everything is done as for new
articles, but a copy's vectors are its original's with small noise instead of computed (benchmarks/copies.py), so the
time is that of everything but embedding. The encoder's weights are loaded meanwhile, as they would be.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.copies import CopyEncoder, copied_articles, news_index
from benchmarks.scale import write_results
from benchmarks.sets import DATA, read_articles, read_questions
from corpus.article import Article
from index.encoder import MiniLMEncoder
from index.passage_index import add

ARTICLES = DATA / "news-2023" / "articles.jsonl.xz"
NEW = 10  # articles that are added to the finished index
RUNS = 3  # of each command in a fresh process


def build(folder: Path, cache: Path, passages: int) -> dict[str, float]:
    """Makes the index in this process; seconds, and the process's peak memory in MB."""
    real = MiniLMEncoder()
    articles = read_articles(ARTICLES)
    with news_index(cache, real) as originals:
        encoder = CopyEncoder(originals, real)
        real.encode_passages([("", "The weights are in memory.")])
        before = _status("VmRSS")
        began, stages = time.perf_counter(), dict[str, float]()
        last: tuple[str, float] = ("read", began)

        def progress(stage: str, done: int, total: int | None) -> None:
            nonlocal last
            now = time.perf_counter()
            stages[last[0]] = stages.get(last[0], 0.0) + now - last[1]
            last = (stage, now)

        copies = copied_articles(articles, passages, originals.n_passages)
        report = add(folder, copies, encoder, progress=progress)
    return {
        "articles": report.added,
        "passages": report.passages,
        "parts": report.parts,
        "seconds": time.perf_counter() - began,
        **{f"seconds until the end of {stage}": seconds for stage, seconds in stages.items()},
        "memory before, MB": before,
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def serve(folder: Path) -> dict[str, float]:
    """Opens the index as the chat does and asks; seconds, milliseconds and MB of this process."""
    from index.passage_index import RetrievalMode
    from qa.settings import read_settings
    from qa.wiring import open_assistant

    questions = [question.question for question in read_questions(DATA / "news-2023" / "questions.jsonl")]
    began = time.perf_counter()
    assistant = open_assistant(read_settings(os.environ, data=str(folder)))
    opened = time.perf_counter() - began
    after_opening = _status("VmRSS")
    found = {f"{mode}, p50 ms": _median(assistant.index.search, questions, mode) for mode in RetrievalMode}
    for question in questions[:20]:
        assistant.ask(question)
    return {
        "open, s": opened,
        **found,
        "memory after opening, MB": after_opening,
        "memory while serving, MB": _status("VmRSS"),
        "of that files' pages, MB": _status("RssFile"),
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "layout": assistant.index.manifest.vectors.told(),  # type: ignore[dict-item]
    }


def _median(search: object, questions: Sequence[str], mode: object) -> float:
    taken = []
    for question in questions[:100]:
        began = time.perf_counter()
        search([question], 10, mode=mode)  # type: ignore[operator]
        taken.append(1e3 * (time.perf_counter() - began))
    return float(np.median(taken[10:]))


def _status(field: str) -> float:
    """A figure of this process in MB, as Linux says it."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1e3
    return 0.0


def fresh(folder: Path, words: Sequence[str]) -> float:
    """Median seconds of a command in a process of its own."""
    command = [sys.executable, "-m", "qa.cli", words[0], "--data", str(folder), *words[1:]]
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def add_some(folder: Path, articles: Sequence[Article]) -> float:
    """Seconds of `onrecord add` with NEW more articles, in a process of its own and with the real encoder."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "new.jsonl"
        lines = [{"id": f"new-{one.id}", "title": f"{one.title} again", "text": one.text} for one in articles[:NEW]]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        began = time.perf_counter()
        command = [sys.executable, "-m", "qa.cli", "add", "--data", str(folder), str(file)]
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began


def in_process(*words: str) -> dict[str, float]:
    """What a part prints that runs in a process of its own, so that its memory is its own."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.scale_index", *words], check=True, stdout=subprocess.PIPE)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def whole(folder: Path, cache: Path, passages: int) -> dict[str, object]:
    """All figures of an index of so many passages, which is made in `folder` unless it is there."""
    figures: dict[str, object] = {}
    if not folder.exists():
        figures["build"] = in_process("--part", "build", "--keep", str(folder), "--passages", str(passages))
    newest = max(folder.glob("gen-*"))
    figures["disk, MB"] = sum(path.stat().st_size for path in newest.rglob("*") if path.is_file()) / 1e6
    figures["serve"] = in_process("--part", "serve", "--keep", str(folder))
    figures["onrecord search in a fresh process, s"] = fresh(folder, ["search", "Who won the election in Nigeria?"])
    figures[f"onrecord add of {NEW} articles, s"] = add_some(folder, read_articles(ARTICLES))
    return figures


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "onrecord-news" / "exact")
    parser.add_argument("--keep", type=Path, help="make the index there, and leave it; an index that is there is used")
    parser.add_argument("--part", choices=["build", "serve"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        part = build(given.keep, given.cache, given.passages[0]) if given.part == "build" else serve(given.keep)
        sys.stdout.write(json.dumps(part) + "\n")
        return
    for passages in given.passages:
        with tempfile.TemporaryDirectory() as place:
            figures = whole(given.keep or Path(place) / "data", given.cache, passages)
        Console().print_json(json.dumps(figures))
        write_results(f"index {passages}", figures)


if __name__ == "__main__":
    main()
