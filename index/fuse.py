"""The rankings by words and by meaning become one: a weighted mean of their scores.

Scores tell more than ranks: a first place by far and one by a hair are different evidence. BM25's have no common
scale, so each is divided by the question's best one; a cosine is taken as it is. A passage that one ranking lacks
counts there with that ranking's last score, which it can't exceed. Bruch, Gai and Ingber, "An Analysis of Fusion
Functions for Hybrid Retrieval", ACM Transactions on Information Systems 2023, found such a mean better than reciprocal
rank fusion; so did we, see DECISIONS.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Ranking = list[tuple[int, float]]  # key and score, best first

WORDS = 0.4  # what BM25 weighs beside the cosine


def fused(words: Sequence[tuple[int, float]], meaning: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Keys with their fused score, at most 1, best first, equal scores by key.

    `words` are BM25's scores, above 0, `meaning` cosines; each best first and no key twice. An empty ranking counts
    nothing for all, so that scores of different questions mean the same.
    """
    best = words[0][1] if words else 1.0
    least, farthest = (ranking[-1][1] if ranking else 0.0 for ranking in (words, meaning))
    by_words, by_meaning = dict(words), dict(meaning)
    scores = {
        key: WORDS * by_words.get(key, least) / best + (1 - WORDS) * by_meaning.get(key, farthest)
        for key in by_words.keys() | by_meaning.keys()
    }
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def combine(rankings: Mapping[str, Ranking], k: int) -> list[tuple[int, float, tuple[str, ...]]]:
    """The best k of "bm25" and "dense", each with the names of those that found it; one alone keeps its scores."""
    if len(rankings) == 1:
        ((via, only),) = rankings.items()
        return [(key, score, (via,)) for key, score in only[:k]]
    members = {via: frozenset(key for key, _ in ranking) for via, ranking in rankings.items()}
    best = fused(rankings["bm25"], rankings["dense"])[:k]
    return [(key, score, tuple(via for via in rankings if key in members[via])) for key, score in best]
