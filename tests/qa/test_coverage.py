"""Passages in the order in which they cover what may be the answer; every order is worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from corpus.article import Passage
from index.hits import Hit
from qa.candidates import Candidate
from qa.coverage import TEMPERATURE, covering


def hit(article: str, text: str, rank: int) -> Hit:
    return Hit(Passage(article, 0, len(text), text, "Title"), 1 / rank, rank, ("bm25",))


def candidate(found: Hit, words: str, strength: float) -> Candidate:
    start = found.passage.text.index(words)
    return Candidate(found, start, start + len(words), strength)


def order(hits: Sequence[Hit], candidates: Sequence[Candidate]) -> list[str]:
    return [one.passage.article_id for one in covering(hits, candidates)]


LIMA = hit("lima", "The summit is held in Lima.", 1)
AGAIN = hit("again", "Lima holds the summit.", 2)
QUITO = hit("quito", "The summit will be in Quito.", 3)
BOTH = hit("both", "Neither Lima nor Quito is ready.", 4)


def test_another_answer_comes_before_the_same_again() -> None:
    candidates = [candidate(LIMA, "Lima", 4.0), candidate(AGAIN, "Lima", 3.0), candidate(QUITO, "Quito", 2.0)]
    assert order([LIMA, AGAIN, QUITO], candidates) == ["lima", "quito", "again"]


def test_words_count_wherever_they_stand() -> None:
    """The passage that holds both answers covers more than either, though the reader points at nothing in it."""
    candidates = [candidate(LIMA, "Lima", 4.0), candidate(QUITO, "Quito", 3.0)]
    assert order([LIMA, QUITO, BOTH], candidates)[0] == "both"


def test_of_passages_that_hold_the_same_the_stronger_comes_first() -> None:
    candidates = [candidate(AGAIN, "Lima", 3.0), candidate(LIMA, "Lima", 1.0)]
    assert order([LIMA, AGAIN], candidates) == ["again", "lima"]


def test_what_holds_nothing_comes_last_as_it_was_found() -> None:
    empty, other = hit("empty", "No word of it.", 1), hit("other", "Nor here.", 2)
    assert order([empty, other, LIMA], [candidate(LIMA, "Lima", -3.0)]) == ["lima", "empty", "other"]


def test_ranks_are_counted_and_scores_are_the_reader_s() -> None:
    candidates = [candidate(LIMA, "Lima", 4.0), candidate(QUITO, "Quito", 2.0)]
    found = covering([LIMA, QUITO, hit("empty", "Nothing.", 3)], candidates)
    assert [(one.rank, one.score) for one in found] == [(1, 4.0), (2, 2.0), (3, -math.inf)]


def test_without_candidates_the_order_stays() -> None:
    assert order([LIMA, AGAIN], []) == ["lima", "again"]
    assert covering([], []) == ()


@pytest.mark.parametrize(("lead", "first"), [(0.5, "pair"), (20.0, "sure")])
def test_how_sure_the_reader_is_decides_what_covers_more(lead: float, first: str) -> None:
    """Two answers together outweigh one that is a little likelier, not one that is nearly certain."""
    sure, pair = hit("sure", "It was Ruiz.", 1), hit("pair", "It was Silva or Moreno.", 2)
    candidates = [
        candidate(sure, "Ruiz", TEMPERATURE * lead),
        candidate(pair, "Silva", 0.0),
        candidate(pair, "Moreno", 0.0),
    ]
    assert order([sure, pair], candidates)[0] == first
