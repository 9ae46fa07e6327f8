"""One system at work, in its own environment: `python worker.py SYSTEM SETUP (index|first|warm) JOB.json`.

Run by benchmarks.peers in the environment of SYSTEM; imports nothing of Onrecord but in Onrecord's own. Prints one line
of JSON. The clock of "index" starts when articles are in memory and ends when the index is on disk, model loading
included, imports not; "first" is timed from outside, as a process.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

K = 10  # passages a question


@dataclass(frozen=True)
class Job:
    """What is to be done, as JSON names it."""

    articles: str  # JSONL with id, title and text
    questions: list[str]
    folder: str  # of the index
    model: str  # folder of MiniLM


class Chunk(NamedTuple):
    """A stretch of an article that went to the encoder."""

    article: str  # id
    text: str
    before: int = 0  # word pieces that the encoder read before it, such as a title's


class System(Protocol):
    """What every system's module gives."""

    def index(self, articles: Sequence[dict[str, str]], job: Job, setup: str) -> Callable[[], list[Chunk]]:
        """Indexes into job.folder; what it returns gives the chunks, when the clock has stopped."""

    def open(self, job: Job, setup: str) -> Any:
        """A function from a question to the texts of K passages."""


def coverage(articles: Sequence[dict[str, str]], chunks: Sequence[Chunk], job: Job) -> dict[str, float]:
    """Word pieces that the encoder has read, and how much of the text that was; what it cuts off doesn't count."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(job.model) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = {article["id"]: article["text"] for article in articles}
    seen: dict[str, list[tuple[int, int]]] = {name: [] for name in texts}
    cursor = dict.fromkeys(texts, 0)
    tokens = 0
    for name, text, before in chunks:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        read = min(len(encoding), 254 - before)  # 256 with [CLS] and [SEP]
        tokens += before + read
        body = text.strip()
        start = texts[name].find(body[:60], cursor[name]) if body else -1
        if start < 0:
            start = max(texts[name].find(body[:60]), 0)
        end = start + (encoding.offsets[read - 1][1] if read else 0)
        cursor[name] = start + 1
        seen[name].append((start, min(end, len(texts[name]))))
    return {
        "chunks": len(chunks),
        "tokens": tokens,
        "share": sum(map(_union, seen.values())) / sum(map(len, texts.values())),
    }


def _union(spans: Sequence[tuple[int, int]]) -> int:
    covered, reached = 0, 0
    for start, end in sorted(spans):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered


def main() -> None:
    name, setup, what, path = sys.argv[1:]
    job = Job(**json.loads(Path(path).read_text("utf-8")))
    system: System = importlib.import_module(f"with_{name}").System()
    if what == "index":
        articles = [json.loads(line) for line in Path(job.articles).read_text("utf-8").splitlines()]
        began = time.perf_counter()
        chunks = system.index(articles, job, setup)
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, **coverage(articles, chunks(), job)}))  # noqa: T201
        return
    ask = system.open(job, setup)
    taken = []
    for question in job.questions[:1] if what == "first" else job.questions:
        began = time.perf_counter()
        found = ask(question)
        taken.append(time.perf_counter() - began)
        if len(found) < min(K, 1):
            raise SystemExit(f"{name} found nothing for {question!r}")
    print(json.dumps({"seconds": taken[min(5, len(taken) - 1) :]}))  # noqa: T201


if __name__ == "__main__":
    main()
