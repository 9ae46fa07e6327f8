"""How well copies are found: against an exhaustive comparison of real articles, and copies planted among them.

python -m benchmarks.near_duplicates              # and writes benchmarks/results/near-duplicates.json
python -m benchmarks.near_duplicates --scale 100000
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.sets import DATA, read_articles
from corpus.near_duplicates import HASHES, LEAST_ALIKE, LEAST_SHARED, Sketch, cluster, shared, shingles, sketch
from corpus.sentences import sentences

RESULTS = Path(__file__).parent / "results"
PLANTED = 300  # articles that copies are made of
LEAST_WORDS = 100  # of these
CUT_OFF = 60_000  # characters; the few longer ones are lists

Edit = Callable[[str, random.Random], str]


def without(share: float) -> Edit:
    """Takes that share of the sentences out."""

    def edit(text: str, chance: random.Random) -> str:
        spans = sentences(text)
        gone = set(chance.sample(range(len(spans)), round(share * len(spans))))
        return " ".join(text[start:end] for n, (start, end) in enumerate(spans) if n not in gone)

    return edit


def reworded(share: float) -> Edit:
    """Puts two other words into that share of the sentences."""

    def edit(text: str, chance: random.Random) -> str:
        spans = sentences(text)
        touched = set(chance.sample(range(len(spans)), round(share * len(spans))))
        return " ".join(_reword(text[s:e], chance) if n in touched else text[s:e] for n, (s, e) in enumerate(spans))

    return edit


def opening(share: float) -> Edit:
    """Keeps that share of the sentences, from the top, as an editor cuts."""

    def edit(text: str, chance: random.Random) -> str:
        spans = sentences(text)
        return text[: spans[max(1, round(share * len(spans))) - 1][1]]

    return edit


def both(one: Edit, other: Edit) -> Edit:
    """One edit after the other."""
    return lambda text, chance: other(one(text, chance), chance)


EDITS: dict[str, Edit] = {
    "new headline only": lambda text, chance: text,
    **{f"{share:.0%} of sentences removed": without(share) for share in (0.05, 0.1, 0.2, 0.4)},
    **{f"{share:.0%} of sentences reworded": reworded(share) for share in (0.05, 0.1, 0.2, 0.4)},
    "40% removed, 40% of the rest reworded": both(without(0.4), reworded(0.4)),
    "first half only": opening(0.5),
    "first third only": opening(1 / 3),
    "first fifth only": opening(0.2),
}


def _reword(sentence: str, chance: random.Random) -> str:
    words = sentence.split()
    for place in chance.sample(range(len(words)), min(2, len(words))):
        words[place] = f"other{chance.randrange(10**6)}"
    return " ".join(words)


def exhaustive(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """All pairs that share a sequence, (m, 2), and the exact share of the shorter one in the longer, (m,)."""
    from scipy.sparse import csr_matrix, triu

    known: dict[str, int] = {}
    sets = [[known.setdefault(item, len(known)) for item in shingles(text)] for text in texts]
    sizes = np.array([len(own) for own in sets])
    columns = np.fromiter((item for own in sets for item in own), np.int64, int(sizes.sum()))
    table = csr_matrix((np.ones(len(columns), np.float32), columns, np.cumsum([0, *sizes])))
    common = triu(table @ table.T, k=1).tocoo()
    pairs = np.stack([common.row, common.col], axis=1).astype(np.int64)
    union = sizes[pairs[:, 0]] + sizes[pairs[:, 1]] - common.data
    exact = np.where(common.data / union >= LEAST_ALIKE, common.data / sizes[pairs].min(axis=1), 0.0)
    return pairs, exact


def found_pairs(sketches: Sequence[Sketch], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the pairs are in one cluster."""
    labels = cluster(*stacked(sketches))
    return np.asarray(labels[pairs[:, 0]] == labels[pairs[:, 1]])


def stacked(sketches: Sequence[Sketch]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Signatures (n, HASHES) and sizes (n,)."""
    return np.stack([one.signature for one in sketches]), np.array([one.size for one in sketches], np.int64)


def real(texts: Sequence[str], sketches: Sequence[Sketch]) -> dict[str, float]:
    """Clusters of real articles against the exact comparison of all pairs."""
    pairs, exact = exhaustive(texts)
    same = found_pairs(sketches, pairs)
    true = exact >= LEAST_SHARED
    unclear = (exact >= LEAST_SHARED - 0.1) & (exact < LEAST_SHARED + 0.1)
    signatures, sizes = stacked(sketches)
    alike = (signatures[pairs[true, 0]] == signatures[pairs[true, 1]]).mean(axis=1)
    estimated = shared(alike, sizes[pairs[true, 0]], sizes[pairs[true, 1]])
    differ = exact < 1  # one page of nothing but a notice was saved 37 times: 666 pairs that are easily found
    return {
        "articles": len(texts),
        "pairs of copies": int(true.sum()),
        "of them not word for word the same": int((true & differ).sum()),
        "precision without those": float((same & true & differ).sum() / max((same & differ).sum(), 1)),
        "recall without those": float((same & true & differ).sum() / max((true & differ).sum(), 1)),
        "precision": float((same & true).sum() / max(same.sum(), 1)),
        "recall": float((same & true).sum() / max(true.sum(), 1)),
        "precision, share not within 0.1 of the bound": float(
            (same & true & ~unclear).sum() / max((same & ~unclear).sum(), 1)
        ),
        "recall, share not within 0.1 of the bound": float(
            (same & true & ~unclear).sum() / max((true & ~unclear).sum(), 1)
        ),
        "root mean square error of the estimated share": float(np.sqrt(np.mean((estimated - exact[true]) ** 2))),
    }


def planted(texts: Sequence[str], sketches: Sequence[Sketch]) -> dict[str, float]:
    """Share of planted copies that end up with their original, and of pairs of others that are wrongly together."""
    chance = random.Random(7)
    chosen = [n for n, text in enumerate(texts) if len(text.split()) >= LEAST_WORDS and len(text) < CUT_OFF]
    chosen = sorted(chance.sample(chosen, PLANTED))
    before = cluster(*stacked(sketches))
    figures = {}
    for name, edit in EDITS.items():
        copies = sketch([edit(texts[n], chance) for n in chosen])
        labels = cluster(*stacked([*sketches, *copies]))
        own = labels[len(texts) :] == labels[chosen]
        figures[name] = float(own.mean())
        # A copy must join its original's cluster and nothing else: the real articles' clusters stay what they were.
        figures[f"{name}: clusters of others merged"] = len(set(before.tolist())) - len(
            set(labels[: len(texts)].tolist())
        )
    return figures


def scaled(sketches: Sequence[Sketch], count: int) -> dict[str, float]:
    """Processor time to cluster so many articles: the real ones and made-up others, a tenth of these copies."""
    chance = np.random.default_rng(3)
    signatures, sizes = stacked(sketches)
    more = count - len(signatures)
    made = chance.integers(0, 2**16, (max(more, 0), HASHES), np.uint16)
    for n in range(10, len(made), 10):
        kept = chance.random(HASHES) < 0.7
        made[n, kept] = made[n - 1, kept]
    all_sizes = np.concatenate([sizes, np.full(len(made), int(np.median(sizes)))])[:count]
    began = time.process_time()
    labels = cluster(np.concatenate([signatures, made])[:count], all_sizes)
    return {
        "articles": count,
        "seconds of processor time to cluster": time.process_time() - began,
        "MB of signatures": count * HASHES * 2 / 1e6,
        "articles with copies": float((np.bincount(labels)[labels] > 1).sum()),
    }


def main() -> None:
    """Print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, action="append", help="only time the clustering of so many articles")
    given = parser.parse_args()
    texts = [article.text for article in read_articles(DATA / "news-2023" / "articles.jsonl.xz")]
    began = time.process_time()
    sketches = sketch(texts)
    per_article = (time.process_time() - began) / len(texts)
    parts = {f"clustering {count:,}": scaled(sketches, count) for count in given.scale or (3_000, 100_000)}
    if not given.scale:
        parts = {"news-2023": real(texts, sketches), "planted copies": planted(texts, sketches), **parts}
    parts["sketching"] = {"milliseconds of processor time an article": per_article * 1000}
    for title, figures in parts.items():
        table = Table("figure", "value", title=title)
        for name, value in figures.items():
            table.add_row(name, f"{value:,}" if isinstance(value, int) else f"{value:.3f}")
        Console().print(table)
    if not given.scale:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "near-duplicates.json").write_text(json.dumps(parts, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
