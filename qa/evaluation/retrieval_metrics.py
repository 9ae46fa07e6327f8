"""How well a ranking brings up the evidence: hit, recall, reciprocal rank, nDCG.

Pure functions over the rank at which each piece of evidence is first shown (`qa.evaluation.gold.first_ranks`). A piece
counts once, however many passages show it, so that nothing can exceed 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Ranks = Sequence[int | None]  # one a piece of evidence; from 1, None: not found


def hit_at(ranks: Ranks, k: int) -> int:
    """1 if any piece of evidence is within the first k, else 0."""
    return int(any(rank is not None and rank <= k for rank in ranks))


def recall_at(ranks: Ranks, k: int) -> float:
    """The share of the evidence that is within the first k; `ranks` must not be empty."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Ranks, k: int) -> float:
    """1 over the rank of the first piece of evidence within the first k, else 0."""
    first = min((rank for rank in ranks if rank is not None), default=k + 1)
    return 1 / first if first <= k else 0.0


def ndcg_at(ranks: Ranks, k: int) -> float:
    """Normalised discounted cumulative gain with gain 1 a piece and discount log2(rank + 1), as trec_eval has it.

    A passage that shows several pieces takes as many places: the second piece counts at the next free rank. A perfect
    ranking then gets exactly 1, and no ranking more. `ranks` must not be empty.
    """
    gained, place = 0.0, 0
    for rank in sorted(rank for rank in ranks if rank is not None):
        place = max(rank, place + 1)
        gained += 1 / math.log2(place + 1) if place <= k else 0.0
    return gained / sum(1 / math.log2(place + 1) for place in range(1, min(len(ranks), k) + 1))
