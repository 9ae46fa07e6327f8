"""How fast the models are computed: each runtime in turn, round after round, on the same texts.

    python -m benchmarks.runtimes [--rounds 5] [--threads N] [--passages 64]

The first row is what other packages do with these weights. The share of the machine's rate says what is left to win
without computing less: multiplications of the layers over those that torch reaches in one large bfloat16 product
(float32 where the processor has none) on as many threads. Other work on the machine falls on all rows alike, so trust
ratios more than seconds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.sets import DATA, read_articles, read_questions
from corpus.split import split
from index.bert import Runtime, cores, has_bfloat16, has_int8
from index.encoder import MiniLMEncoder, text_budget
from index.vectors import Vectors
from qa.reader import PassageQuestion, Reader

RESULTS = Path(__file__).parent / "results"
PASSAGES, PIECES = 20, 200  # what the reader's figure is stated for
LAYERS, WIDTH = 6, 384  # of both models
LINEAR = 2 * LAYERS * 12 * WIDTH * WIDTH  # operations a token: 4 projections of width², 2 of 4 width²
IN_INT8 = (Runtime.INT8,) if has_int8() else ()
SIDE = 2048  # of the square matrices that say what the machine can do

Encode = Callable[[Sequence[str]], Vectors]


def seconds(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def alternating(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each work; they take turns, after one round that warms up."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return {name: float(np.median(values[1:])) for name, values in taken.items()}


def encoders(threads: int) -> dict[str, Encode]:
    """What turns texts into vectors, by name."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(threads)
    fast = [MiniLMEncoder(threads, runtime) for runtime in (Runtime.OPENVINO, *IN_INT8)]
    slow = MiniLMEncoder(threads, Runtime.TORCH)
    peer = SentenceTransformer(str(slow.folder), device="cpu", local_files_only=True)
    peer.max_seq_length = slow.max_tokens

    def as_peers(texts: Sequence[str]) -> Vectors:
        vectors: Vectors = peer.encode(list(texts), batch_size=32, show_progress_bar=False)
        return vectors

    return {
        "sentence-transformers, float32": as_peers,
        f"sentence-transformers, {slow.runtime.split(', ')[1]}": slow.encode_many,
        slow.runtime: slow.encode_queries,
        **{encoder.runtime: encoder.encode_queries for encoder in fast},
    }


def passages(count: int) -> list[str]:
    """The first passages of real articles, cut as the index cuts them."""
    encoder = MiniLMEncoder()
    found = []
    for article in read_articles(DATA / "onestop" / "articles.jsonl"):
        for passage in split(article, encoder.count_tokens, max_tokens=min(160, text_budget(encoder))):
            found.append(f"{passage.title}. {passage.text}")
    return found[:count]


def machine_rate(threads: int) -> Callable[[], object]:
    """A product of two large matrices in the precision that the models are computed in."""
    import torch

    torch.set_num_threads(threads)
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    one, two = (torch.randn(SIDE, SIDE).to(dtype) for _ in range(2))
    return lambda: one @ two


def reading(threads: int) -> dict[str, Callable[[], object]]:
    """Reading 20 passages of 200 word pieces, each time for another question."""
    questions = [q.question for q in read_questions(DATA / "onestop" / "questions.jsonl")]
    text = read_articles(DATA / "onestop" / "articles.jsonl")[0].text

    def work(runtime: Runtime) -> Callable[[], Any]:
        reader = Reader(threads=threads, runtime=runtime)
        ends = [end for _, end in reader.offsets(text)]
        parts = [text[: ends[PIECES - 1 + shift]] for shift in range(PASSAGES)]
        asked = iter(questions)
        return lambda: reader.read(
            [PassageQuestion(question, "", part) for question in [next(asked)] for part in parts]
        )

    return {f"read on {runtime}": work(runtime) for runtime in (Runtime.TORCH, Runtime.OPENVINO, *IN_INT8)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=cores())
    parser.add_argument("--passages", type=int, default=64)
    given = parser.parse_args()
    texts, console = passages(given.passages), Console()
    tokens = sum(count + 2 for count in MiniLMEncoder().count_tokens(texts))
    by_name = encoders(given.threads)
    works: dict[str, Callable[[], object]] = {name: lambda e=e: e(texts) for name, e in by_name.items()}  # type: ignore[misc]
    product = "the machine's matrix product"
    taken = alternating(works | {product: machine_rate(given.threads)}, given.rounds)
    rate = 2 * SIDE**3 / taken.pop(product)
    single = alternating({name: lambda e=e: e(["Who opened the bridge?"]) for name, e in by_name.items()}, 20)  # type: ignore[misc]
    exact = next(iter(by_name.values()))(texts)
    table = Table("encoder", "tokens/s", "× the first", "share of machine's rate", "one question, ms", "cosine, least")
    rows = {}
    for name, took in taken.items():
        rows[name] = {
            "tokens_per_second": tokens / took,
            "ratio": taken[next(iter(taken))] / took,
            "share": LINEAR * tokens / took / rate,
            "question_ms": 1000 * single[name],
            "cosine": float((by_name[name](texts) * exact).sum(axis=1).min()),
        }
        shown = zip(rows[name].values(), (0, 2, 2, 1, 5), strict=True)
        table.add_row(name, *(f"{value:,.{places}f}" for value, places in shown))
    console.print(table)
    read = alternating(reading(given.threads), given.rounds)
    console.print(
        f"{len(texts)} passages of {tokens / len(texts):.0f} word pieces on {given.threads} threads;", end=" "
    )
    console.print(f"the machine's product runs at {rate / 1e9:,.0f} GFLOP/s")
    for name, took in read.items():
        console.print(f"{PASSAGES} passages of {PIECES} word pieces {name}: {1000 * took:.0f} ms")
    RESULTS.mkdir(exist_ok=True)
    found = {"encoders": rows, "machine_flops": rate, "read_seconds": read, "threads": given.threads}
    (RESULTS / "runtimes.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
