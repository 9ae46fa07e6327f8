"""The first passage that holds the answer's place counts, and only in its own article."""

from __future__ import annotations

from pathlib import Path

from corpus.article import Article
from index.encoder import HashEncoder
from index.passage_index import PassageIndex, RetrievalMode, add
from training.articles import Marked
from training.found import ranks_of_right

FERRY = "The ferry to Bergen was late because of a storm."
BREAD = "A bakery in Tunis won a prize for its bread."
ASKED = "Which ferry was late because of a storm?"


def test_the_rank_of_the_right_passage(tmp_path: Path) -> None:
    encoder = HashEncoder()
    add(tmp_path, [Article("a", "", f"{FERRY}\n\n{BREAD}"), Article("b", "", "Another ferry was late.")], encoder)
    with PassageIndex.open(tmp_path, encoder) as index:
        hits = index.search([ASKED], 5)[0]
        assert [hit.passage.article_id for hit in hits] == ["a", "b"]
        wanted = [
            Marked(ASKED, frozenset("a"), (("a", 4, 9),), ()),
            Marked(ASKED, frozenset("b"), (("b", 8, 13),), ()),
            Marked(ASKED, frozenset("b"), (("b", 90, 99),), ()),
        ]
        for mode in (RetrievalMode.FUSED, RetrievalMode.BM25):
            assert ranks_of_right(index, wanted, mode) == [1, 2, float("inf")]
