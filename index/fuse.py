"""Several rankings of the same things become one, by rank alone, because their scores cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

K = TypeVar("K", int, str)
Ranking = list[tuple[int, float]]  # key and score, best first


def reciprocal_rank_fusion(rankings: Sequence[Sequence[K]], *, k: int = 60) -> list[tuple[K, float]]:
    """Keys with their fused score, best first: the sum of 1 / (k + rank) over the rankings, with ranks from 1.

    Cormack, Clarke and Büttcher, SIGIR 2009, where k = 60. Equal scores are ordered by key. A key that stands twice
    in one ranking counts at its better place.
    """
    scores: dict[K, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] = scores.get(key, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def combine(rankings: dict[str, Ranking], k: int) -> list[tuple[int, float, tuple[str, ...]]]:
    """The best k of named rankings, each with the names of those that found it; a single one keeps its scores."""
    if len(rankings) == 1:
        ((via, only),) = rankings.items()
        return [(key, score, (via,)) for key, score in only[:k]]
    by_key = {via: [key for key, _ in ranking] for via, ranking in rankings.items()}
    members = {via: frozenset(keys) for via, keys in by_key.items()}
    fused = reciprocal_rank_fusion(list(by_key.values()))[:k]
    return [(key, score, tuple(via for via in by_key if key in members[via])) for key, score in fused]
