"""Several rankings of the same things become one, by rank alone, because their scores cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

K = TypeVar("K", int, str)


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
