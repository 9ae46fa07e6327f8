"""More passages than there are: real ones, repeated with small noise.

A copy's vector is the original's, moved until their cosine is 0.9 on average. Two copies are then as near to each other
(0.81) as a passage of news-2023 to the nearest other one (median 0.81), so copies crowd no more than real passages do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.sets import DATA, read_articles
from corpus.article import Article
from index.encoder import Encoder, MiniLMEncoder, in_parts, unit
from index.generation import generations
from index.passage_index import PassageIndex, VectorChoice, add
from index.passage_store import content_of
from index.vectors import Vectors

CLOSENESS = 0.9  # cosine of a copy and its original
_MARK = " (copy {})"


def noisy(vectors: Vectors, seeds: Sequence[int]) -> Vectors:
    """Each unit vector (n, dim) moved at random; one with seed 0 stays as it is."""
    spread = np.sqrt((1 / CLOSENESS**2 - 1) / vectors.shape[1])
    moved = vectors.copy()
    for row, seed in enumerate(seeds):
        if seed:
            moved[row] += np.random.default_rng(seed).standard_normal(vectors.shape[1], np.float32) * spread
    return unit(moved)


def repeated(vectors: Vectors, count: int) -> Vectors:
    """`count` unit vectors: the given ones, and noisy copies of them."""
    made = np.empty((count, vectors.shape[1]), np.float32)
    spread = np.sqrt((1 / CLOSENESS**2 - 1) / vectors.shape[1])
    for copy, start in enumerate(range(0, count, len(vectors))):
        part = vectors[: count - start]
        noise = np.random.default_rng(copy).standard_normal(part.shape, np.float32) * (spread if copy else 0)
        made[start : start + len(part)] = unit(part + noise.astype(np.float32))
    return made


def copied_articles(articles: Sequence[Article], passages: int, per_round: int) -> Iterator[Article]:
    """The articles over and over, each copy with an id and a title of its own, until they have about `passages`.

    `per_round` is how many passages all articles have once.
    """
    for number in range(round(passages / per_round * len(articles))):
        copy, row = divmod(number, len(articles))
        one = articles[row]
        yield replace(one, id=f"{one.id}-{copy}", title=f"{one.title}{_MARK.format(copy)}") if copy else one


class CopyEncoder:
    """Gives copied articles the noisy vectors of their originals, which `originals` holds.

    Name and fingerprint are those of MiniLM, so that an index of copies is searched with real questions.
    """

    def __init__(self, originals: PassageIndex, real: MiniLMEncoder) -> None:
        self._originals = originals
        self._real = real
        self._computed: dict[bytes, Vectors] = {}

    @property
    def name(self) -> str:
        return self._real.name

    @property
    def dim(self) -> int:
        return self._real.dim

    @property
    def fingerprint(self) -> str:
        return self._real.fingerprint

    @property
    def max_tokens(self) -> int:
        return self._real.max_tokens

    def encode_passages(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        marks = [_unmarked(title) for title, _ in texts]
        originals = [(title, text) for (title, _), (_, text) in zip(marks, texts, strict=True)]
        contents = [content_of(title, text) for title, text in originals]
        stored = self._originals.passage_store.keys_with_content(contents)
        vectors = dict(zip(stored, self._originals.vectors.get(np.array([*stored.values()], np.int64)), strict=True))
        # The few that another version of the splitter cut otherwise.
        missing = {content: pair for content, pair in zip(contents, originals, strict=True) if content not in vectors}
        missing = {content: pair for content, pair in missing.items() if content not in self._computed}
        if missing:
            made = self._real.encode_passages(list(missing.values()))
            self._computed.update(zip(missing, made, strict=True))
        seeds = [
            int.from_bytes(content[:4], "big") + copy if copy else 0
            for content, (_, copy) in zip(contents, marks, strict=True)
        ]
        found = [vectors[c] if c in vectors else self._computed[c] for c in contents]
        return noisy(np.array(found, np.float32).reshape(-1, self.dim), seeds)

    def encode_in_parts(self, texts: Sequence[tuple[str, str]], size: int) -> Iterator[tuple[Sequence[int], Vectors]]:
        return in_parts(self.encode_passages, texts, size)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._real.encode_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._real.count_tokens(texts)


def _unmarked(title: str) -> tuple[str, int]:
    before, mark, number = title.rpartition(" (copy ")
    return (before, int(number.removesuffix(")"))) if mark else (title, 0)


def all_vectors(index: PassageIndex) -> Vectors:
    """The vectors (n, dim) of an index, by key."""
    blocks = list(index.vectors.blocks())
    order = np.argsort(np.concatenate([keys for keys, _ in blocks]))
    found: Vectors = np.concatenate([vectors for _, vectors in blocks])[order]
    return found


def news_index(folder: Path, encoder: Encoder) -> PassageIndex:
    """An index of news-2023 that holds its vectors in full; it is made if it isn't there."""
    if not generations(folder):
        add(folder, read_articles(DATA / "news-2023" / "articles.jsonl.xz"), encoder, vectors=VectorChoice.EXACT)
    return PassageIndex.open(folder, encoder)
