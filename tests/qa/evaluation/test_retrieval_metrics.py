"""Retrieval metrics, held against ir-measures, and against what duplicates and overlaps do to naive ones."""

from __future__ import annotations

import random

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.gold import Gold, Place, first_ranks
from qa.evaluation.retrieval_metrics import hit_at, ndcg_at, recall_at, reciprocal_rank

REFERENCE = {
    "recall@5": ir_measures.R @ 5,
    "recall@10": ir_measures.R @ 10,
    "mrr@10": ir_measures.RR @ 10,
    "ndcg@10": ir_measures.nDCG @ 10,
    "hit@5": ir_measures.Success @ 5,
}


def ours(ranks: list[int | None]) -> dict[str, float]:
    return {
        "recall@5": recall_at(ranks, 5),
        "recall@10": recall_at(ranks, 10),
        "mrr@10": reciprocal_rank(ranks, 10),
        "ndcg@10": ndcg_at(ranks, 10),
        "hit@5": hit_at(ranks, 5),
    }


def test_one_passage_a_piece_of_evidence_is_as_in_ir_measures() -> None:
    """Forty rankings of twenty passages of an article each; some are evidence, some evidence is never retrieved."""
    chooser = random.Random(7)
    qrels, run, mine = [], [], []
    for number in range(40):
        query = f"q{number}"
        documents = [f"d{n:02}" for n in chooser.sample(range(40), 20)]
        relevant = chooser.sample(range(40), chooser.randrange(1, 14))
        qrels += [ir_measures.Qrel(query, f"d{n:02}", 1) for n in relevant]
        run += [ir_measures.ScoredDoc(query, document, 1.0 - rank / 100) for rank, document in enumerate(documents)]
        gold = Gold(tuple(Place(f"d{n:02}", 10, 60) for n in relevant), 0, ())
        mine.append(ours(first_ranks([Place(document, 0, 100) for document in documents], gold)))
    wanted = ir_measures.calc_aggregate(list(REFERENCE.values()), qrels, run)
    for name, measure in REFERENCE.items():
        assert sum(scores[name] for scores in mine) / 40 == pytest.approx(wanted[measure]), name


def test_a_query_without_any_result_counts_as_nothing_found() -> None:
    qrels = [ir_measures.Qrel("a", "d", 1), ir_measures.Qrel("b", "d", 1)]
    run = [ir_measures.ScoredDoc("a", "d", 1.0)]
    wanted = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, run)[ir_measures.nDCG @ 10]
    assert (ndcg_at([1], 10) + ndcg_at([None], 10)) / 2 == wanted == 0.5


def test_ndcg_by_hand() -> None:
    # Evidence at ranks 2 and 4 of three pieces: (1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/log2 4).
    assert ndcg_at([4, None, 2], 10) == pytest.approx((0.6309298 + 0.4306766) / (1 + 0.6309298 + 0.5))


def test_duplicates_do_not_push_recall_over_one() -> None:
    gold = Gold((Place("a", 0, 100), Place("a", 400, 500)), 0, ())
    ranking = [Place("a", 0, 120)] * 8 + [Place("a", 380, 520)] * 2
    ranks = first_ranks(ranking, gold)
    assert ranks == [1, 9]
    assert recall_at(ranks, 10) == 1.0
    assert recall_at(ranks, 5) == 0.5


def test_a_passage_with_two_pieces_takes_two_places() -> None:
    assert ndcg_at([1, 1], 10) == 1.0
    assert ndcg_at([2, 2], 10) == pytest.approx(ndcg_at([2, 3], 10))


@given(st.lists(st.none() | st.integers(1, 20), min_size=1, max_size=15))
def test_every_score_lies_between_nothing_and_one(ranks: list[int | None]) -> None:
    assert all(0 <= score <= 1 + 1e-12 for score in ours(ranks).values())
