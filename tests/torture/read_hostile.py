"""Reads hostile files one by one in a process of its own: `python -m tests.torture.read_hostile FOLDER FIRST COUNT`.

A process of its own, so that its memory is its own too. Writes a line of JSON with what happened to standard output
for every hundred files, and one at the end.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.article import Article, Skipped
from corpus.load import Reader
from corpus.sentences import sentences
from corpus.unseen import without_unseen
from tests.torture.hostile_files import HostileFile, hostile_file

MIN_KEPT = 0.5  # of the planted words must be in the article, or the loss was silent


@dataclass(slots=True)
class Tally:
    """What happened so far."""

    done: int = 0
    articles: int = 0
    skipped: int = 0
    seconds: float = 0.0  # of the slowest
    reasons: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)  # share of the planted words, a file

    def told(self) -> str:
        """As one line of JSON; memory in bytes, at its highest."""
        here = _highest_memory() or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        figures: dict[str, Any] = {
            "done": self.done,
            "articles": self.articles,
            "skipped": self.skipped,
            "slowest_seconds": round(self.seconds, 2),
            "memory": here * 1024,
            "worker_memory": child * 1024,
            "reasons": dict(self.reasons.most_common(30)),
            "wrong": self.wrong[:20],
            "checked_for_loss": len(self.kept),
            "least_kept": min(self.kept, default=1.0),
        }
        return json.dumps(figures)


def _highest_memory() -> int:
    """KiB of this program; what getrusage says also counts the program that it was forked from."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found.group(1)) if found else 0


def read_one(reader: Reader, path: Path, hostile: HostileFile, tally: Tally) -> None:
    """Write it, read it, and note whatever is not as promised."""
    path.write_bytes(hostile.data)
    began = time.monotonic()
    try:
        results = list(reader.read(path))
    except Exception:
        tally.wrong.append(f"{hostile.name} ({hostile.made_by}): {traceback.format_exc(limit=-3)}")
        results = []
    took = time.monotonic() - began
    path.unlink()
    tally.done += 1
    tally.seconds = max(tally.seconds, took)
    articles = [result for result in results if isinstance(result, Article)]
    skipped = [result for result in results if isinstance(result, Skipped)]
    tally.articles += bool(articles)
    tally.skipped += not articles
    tally.reasons.update(_kind_of_reason(result.reason) for result in skipped)
    faults = [*_faults(articles, skipped), *_lost(articles, skipped, hostile, tally)]
    tally.wrong += [f"{hostile.name} ({hostile.made_by}): {fault}" for fault in faults]


def _faults(articles: list[Article], skipped: list[Skipped]) -> list[str]:
    faults = [] if articles or skipped else ["neither an article nor a reason"]
    faults += [f"no sentence: {result.reason!r}" for result in skipped if len(result.reason) < 8]
    for article in articles:
        if not any(map(str.isalnum, article.text)) or without_unseen(article.text) != article.text:
            faults.append(f"no text, or what nobody sees is in it: {article.text[:80]!r}")
        spans = sentences(article.text)
        if "".join("".join(article.text[a:b] for a, b in spans).split()) != "".join(article.text.split()):
            faults.append("its sentences are not its text")
    return faults


def _lost(articles: list[Article], skipped: list[Skipped], hostile: HostileFile, tally: Tally) -> list[str]:
    if not hostile.planted or not articles or skipped:
        return []
    text = "\n".join(f"{article.title}\n{article.text}" for article in articles)
    kept = sum(word in text for word in hostile.planted) / len(hostile.planted)
    tally.kept.append(kept)
    return [f"only {kept:.0%} of its sentences are there, and nothing was said"] if kept < MIN_KEPT else []


def _kind_of_reason(reason: str) -> str:
    return "".join("0" if char.isdigit() else char for char in reason.split(": ")[0])[:70]


def main() -> None:
    """Read files number FIRST and following."""
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    tally = Tally()
    with Reader() as reader:
        for seed in range(first, first + count):
            hostile = hostile_file(seed)
            read_one(reader, folder / hostile.name, hostile, tally)
            if tally.done % 100 == 0:
                sys.stdout.write(tally.told() + "\n")
                sys.stdout.flush()
    sys.stdout.write(tally.told() + "\n")


if __name__ == "__main__":
    main()
