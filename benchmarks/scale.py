"""Kinds of vector search by size: recall of the ten nearest, latency on one thread, time to build, memory.

    python -m benchmarks.scale [--sizes 100000 1000000] [--kinds exact sq8 hnsw ivf-flat ivf-sq8 onrecord]

The vectors are those of the passages of news-2023 (embedded once, and kept in --cache), repeated with small noise where
more are needed (benchmarks/copies.py); the questions are the set's own. "onrecord" is what the index itself makes of so
many, "sq8" rounds to 8 bits, and the others are FAISS's. Latencies are given by the clock and by the processor's time,
which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.copies import all_vectors, news_index, repeated
from benchmarks.sets import DATA, read_questions
from index.encoder import encoder_by_name
from index.faiss_vectors import FaissLists, FaissVectors
from index.vector_plan import PER_LIST, VectorChoice, arranged, found, lists_for, some_sentences
from index.vectors import Keys, Vectors

CONSOLE = Console()
RESULTS = Path(__file__).parent / "results" / "scale.json"
KINDS = ("exact", "sq8", "hnsw", "ivf-flat", "ivf-sq8", "onrecord")
Search = Callable[[Vectors, int], tuple[Keys, Vectors]]


@dataclass(frozen=True, slots=True)
class Figures:
    """One kind with one setting at one size."""

    vectors: int
    kind: str
    setting: str
    recall: float  # of the ten nearest, 0 to 1
    p50: float  # milliseconds by the clock, one question, one thread
    p95: float
    p50_processor: float  # milliseconds of the processor
    p95_processor: float
    build: float  # seconds
    megabytes: float  # as FAISS writes it, which is about what it holds


@dataclass(frozen=True, slots=True)
class Setting:
    """A way to search that was built."""

    name: str
    search: Search
    build: float
    megabytes: float


def settings(kind: str, vectors: Vectors, asked: Callable[[], Vectors]) -> Iterator[Setting]:
    """The kind with the settings that are compared, built once."""
    import faiss

    untyped: Any = faiss
    dim, began = vectors.shape[1], time.perf_counter()
    if kind == "onrecord":
        yield _own(vectors, asked)
        return
    lists = lists_for(len(vectors))
    name = {
        "exact": "Flat",
        "sq8": "SQ8",
        "hnsw": "HNSW32",
        "ivf-flat": f"IVF{lists},Flat",
        "ivf-sq8": f"IVF{lists},SQ8",
    }
    index = untyped.index_factory(dim, name[kind], untyped.METRIC_INNER_PRODUCT)
    index.train(vectors[:: max(1, len(vectors) // (PER_LIST * lists))])
    index.add(vectors)
    built, size = time.perf_counter() - began, _megabytes(lambda sink: untyped.write_index(index, _writer(sink)))
    if kind == "hnsw":
        for width in (32, 128):
            index.hnsw.efSearch = width
            yield Setting(f"ef {width}", index_search(index), built, size)
    elif kind.startswith("ivf"):
        for probes in (16, 32, 64, 128):
            index.nprobe = probes
            yield Setting(f"{lists} lists, {probes}", index_search(index), built, size)
    else:
        yield Setting("", index_search(index), built, size)


def _own(vectors: Vectors, asked: Callable[[], Vectors]) -> Setting:
    began = time.perf_counter()
    exact = FaissVectors(vectors.shape[1])
    exact.add(np.arange(len(vectors), dtype=np.int64), vectors)
    store, layout = arranged(exact, VectorChoice.AUTO, asked)
    built = time.perf_counter() - began
    name = f"{store.lists} lists, {store.probes}" if isinstance(store, FaissLists) else layout.kind
    return Setting(name, store.search, built, _megabytes(store.write))


def index_search(index: Any) -> Search:
    """A FAISS index as a search, rows in place of keys."""

    def search(queries: Vectors, k: int) -> tuple[Keys, Vectors]:
        scores, rows = index.search(queries, k)
        return rows, scores

    return search


def _writer(sink: Callable[[bytes], object]) -> Any:
    import faiss

    untyped: Any = faiss
    return untyped.PyCallbackIOWriter(sink)


def _megabytes(write: Callable[[Callable[[bytes], object]], object]) -> float:
    sizes: list[int] = []
    write(lambda piece: sizes.append(len(piece)))
    return sum(sizes) / 1e6


def timed(search: Search, questions: Vectors) -> tuple[list[float], list[float]]:
    """Milliseconds by the clock and of the processor for each question, one thread."""
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    clock, processor = [], []
    try:
        for row in range(-20, len(questions)):  # the first ones warm it up
            question = questions[max(row, 0) : max(row, 0) + 1]
            began, began_processor = time.perf_counter(), time.thread_time()
            search(question, 10)
            clock.append(1e3 * (time.perf_counter() - began))
            processor.append(1e3 * (time.thread_time() - began_processor))
    finally:
        faiss.omp_set_num_threads(threads)
    return clock[20:], processor[20:]


def measure(
    kind: str, vectors: Vectors, questions: Vectors, truth: Keys, asked: Callable[[], Vectors]
) -> Iterator[Figures]:
    """Figures of a kind with each of its settings."""
    for setting in settings(kind, vectors, asked):
        clock, processor = timed(setting.search, questions)
        yield Figures(
            vectors=len(vectors),
            kind=kind,
            setting=setting.name,
            recall=found(setting.search, questions, truth),
            p50=float(np.quantile(clock, 0.5)),
            p95=float(np.quantile(clock, 0.95)),
            p50_processor=float(np.quantile(processor, 0.5)),
            p95_processor=float(np.quantile(processor, 0.95)),
            build=setting.build,
            megabytes=setting.megabytes,
        )


def table(figures: list[Figures]) -> Table:
    """The figures for a terminal."""
    shown = Table("vectors", "kind", "setting", "recall@10", "p50 / p95 ms", "processor ms", "build s", "MB")
    for f in figures:
        clock, processor = f"{f.p50:.2f} / {f.p95:.2f}", f"{f.p50_processor:.2f} / {f.p95_processor:.2f}"
        numbers = [f"{f.recall:.3f}", clock, processor, f"{f.build:.1f}", f"{f.megabytes:.0f}"]
        shown.add_row(f"{f.vectors:,}", f.kind, f.setting, *numbers)
    return shown


def write_results(section: str, value: object) -> None:
    """Puts a section into the file of results, beside the others."""
    held = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**held, section: value}, indent=1) + "\n", "utf-8")


def main() -> None:
    """Measure, print, and keep."""
    import faiss

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "onrecord-news" / "exact")
    given = parser.parse_args()
    encoder = encoder_by_name("all-MiniLM-L6-v2")
    asked = encoder.encode_queries([q.question for q in read_questions(DATA / "news-2023" / "questions.jsonl")])
    figures: list[Figures] = []
    with news_index(given.cache, encoder) as index:
        original = all_vectors(index)
        sentences = encoder.encode_queries(some_sentences(index.article_store, index.passage_store))
    for size in given.sizes:
        vectors = repeated(original, size)
        flat: Any = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(vectors)
        truth = flat.search(asked, 10)[1]
        del flat
        for kind in given.kinds:
            figures += measure(kind, vectors, asked, truth, lambda: sentences)
            write_results(f"vectors {size} {kind}", [asdict(f) for f in figures if (f.vectors, f.kind) == (size, kind)])
            CONSOLE.print(f"{size:,} {kind}: done", style="dim")
    CONSOLE.print(table(figures))


if __name__ == "__main__":
    main()
