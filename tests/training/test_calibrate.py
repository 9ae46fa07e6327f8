"""Questions are asked of piles with, without and around what answers them, and two models are fitted to that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.article import Article, Passage
from index.encoder import HashEncoder
from index.hits import Hit
from index.passage_index import PassageIndex, add
from qa.evidence import Evidence, Quote
from qa.sentence_selector import SentenceSelector
from qa.settings import SelectorName
from tests.qa.doubles import even_odds
from training.calibrate import Marked, Pile, Sample, ask, draw_piles, fit

PARK = Article(
    "park",
    "A park for the harbour",
    "The harbour park opened on Friday. The park has 1,240 trees and ponds.\n\n"
    + "The mayor praised the gardeners. " * 60,
)
BRIDGE = Article("bridge", "Cracks", "Engineers found 14 cracks in the old bridge. Nobody was hurt.")
PLACE = ("park", PARK.text.index("1,240"), PARK.text.index("1,240") + 5)


def test_each_question_is_asked_with_without_and_around_what_answers_it(tmp_path: Path) -> None:
    encoder = HashEncoder()
    add(tmp_path, [PARK, BRIDGE], encoder, max_tokens=64)
    question = Marked("How many trees and ponds has the park?", frozenset({"park"}), (PLACE,), ("1,240",))
    with PassageIndex.open(tmp_path, encoder) as index:
        selector = SentenceSelector(encoder, even_odds("overlap"))
        samples = ask(selector, index, [question], [frozenset({"bridge"})])
        everything = index.n_passages
    by_pile = {sample.pile: sample for sample in samples}
    assert len(samples) == 3 and by_pile.keys() == set(Pile)
    assert [by_pile[pile].right for pile in Pile] == [True, False, False]
    assert by_pile[Pile.OWN].features["searched"] == pytest.approx(math.log(everything))
    assert by_pile[Pile.OTHERS].features["searched"] == 0.0  # of one passage
    # What is left of its article is about the park, and doesn't say it.
    assert by_pile[Pile.OWN].features["overlap"] > by_pile[Pile.REST].features["overlap"]


class Marking:
    """A selector that marks the given words in the first hit that holds them, and else all of the first one."""

    name = "marking"

    def __init__(self, words: str) -> None:
        self._words = words
        self.read: list[list[Passage]] = []

    def select(self, questions: Sequence[str], hits: Sequence[Sequence[Hit]], searched: int) -> list[Evidence]:
        """One quote a question, the whole passage."""
        return [
            self._look(question, [hit.passage for hit in found])
            for question, found in zip(questions, hits, strict=True)
        ]

    def _look(self, question: str, passages: list[Passage]) -> Evidence:
        self.read.append(passages)
        best = next((passage for passage in passages if self._words in passage.text), passages[0])
        start = best.start + max(best.text.find(self._words), 0)
        marked = (start, start + len(self._words))
        return Evidence(question, (Quote(best.article_id, best.start, best.end, 1.0, marked),), 0.5, 0.0, True, ())


def test_nothing_that_answers_counts_as_wrong(tmp_path: Path) -> None:
    again = Article("again", "", "How many trees has the harbour park? It has 1,240 trees, the mayor said.")
    post = Article("reddit/1", "", "I like the harbour park and its 1,240 trees.")
    review = Article("amazon_reviews/2", "", "How many trees has the harbour park? I like its 1,240 trees.")
    encoder = HashEncoder()
    add(tmp_path, [PARK, again, post, review, BRIDGE], encoder, max_tokens=64)
    asked, words = "How many trees has the harbour park?", ("1,240",)
    with PassageIndex.open(tmp_path, encoder) as index:
        selector = Marking("1,240")
        samples = ask(
            selector, index, [Marked(asked, frozenset({"park"}), (PLACE,), words)], [frozenset({"again", "bridge"})]
        )
        # The same words in another article are right, and no passage with them is among those that don't answer.
        assert {sample.pile: sample.right for sample in samples} == {
            Pile.OWN: True,
            Pile.REST: False,
            Pile.OTHERS: True,
        }
        assert [any("1,240" in passage.text for passage in read) for read in selector.read] == [True, False, True]
        selector.read.clear()
        ask(
            selector,
            index,
            [Marked(asked, frozenset({"reddit/1"}), (("reddit/1", 32, 37),), words)],
            [frozenset({"amazon_reviews/2", "bridge"})],
        )
        assert {passage.article_id for read in selector.read for passage in read} == {"reddit/1", "bridge"}


def test_piles_are_of_every_size_and_always_the_same() -> None:
    articles = [Article(str(n), "", "Text.") for n in range(100)]
    piles = draw_piles(articles, 200, 1)
    sizes = [len(pile) for pile in piles]
    assert piles == draw_piles(articles, 200, 1)
    assert min(sizes) >= 1 and max(sizes) <= 100
    assert 60 < sum(size <= 10 for size in sizes) < 140  # half of the logarithms
    assert {len(pile) for pile in draw_piles(articles, 5, 100)} == {100}


def test_the_models_tell_the_piles_apart_and_the_right_from_the_wrong() -> None:
    def sample(strength: float, pile: Pile, right: bool) -> Sample:
        same = dict.fromkeys(("lead", "share", "rank", "searched", "retrieval"), 0.0)
        return Sample({"strength": strength, "firmness": strength, **same}, right, pile)

    samples = [
        one
        for n in range(40)
        for one in (
            sample(6.0 + n % 5, Pile.OWN, right=n % 4 > 0),
            sample(-6.0 - n % 5, Pile.OTHERS, right=False),
            sample(-3.0 + n % 5, Pile.REST, right=False),
        )
    ]
    calibration = fit(samples, SelectorName.READER, "a test")
    strong, weak = sample(9.0, Pile.OWN, True).features, sample(-6.0, Pile.OTHERS, False).features
    assert calibration.answers(strong) and not calibration.answers(weak)
    assert calibration.answered.probability(strong) > 0.95
    assert 0.3 < calibration.right.probability(strong) < calibration.answered.probability(strong)
