"""Passages in the order in which they cover what may be the answer; every order is worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from corpus.article import Passage
from index.hits import Hit
from qa.candidates import Candidate
from qa.coverage import TEMPERATURE, UNSEEN, covering

SURE = UNSEEN + 20 * TEMPERATURE  # so strong that the answer is surely among the candidates


def hit(article: str, text: str, rank: int) -> Hit:
    return Hit(Passage(article, 0, len(text), text, "Title"), 1 / rank, rank, ("bm25",))


def candidate(found: Hit, words: str, strength: float) -> Candidate:
    """Words of a passage, by how much stronger they are than what makes the reader sure."""
    start = found.passage.text.index(words)
    return Candidate(found, start, start + len(words), SURE + strength)


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


def test_of_passages_that_hold_the_same_and_were_found_as_well_the_stronger_comes_first() -> None:
    lima = replace(LIMA, score=AGAIN.score)
    candidates = [candidate(AGAIN, "Lima", 3.0), candidate(lima, "Lima", 1.0)]
    assert order([lima, AGAIN], candidates) == ["again", "lima"]


def test_what_holds_nothing_comes_last_as_it_was_found() -> None:
    empty, other = hit("empty", "No word of it.", 1), hit("other", "Nor here.", 2)
    assert order([empty, other, LIMA], [candidate(LIMA, "Lima", -3.0)]) == ["lima", "empty", "other"]


def test_ranks_are_counted_and_scores_are_the_reader_s() -> None:
    candidates = [candidate(LIMA, "Lima", 4.0), candidate(QUITO, "Quito", 2.0)]
    found = covering([LIMA, QUITO, hit("empty", "Nothing.", 3)], candidates)
    assert [(one.rank, one.score) for one in found] == [(1, SURE + 4), (2, SURE + 2), (3, -math.inf)]


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


def test_where_the_reader_is_unsure_the_search_s_order_stays() -> None:
    """What it has found is so unlikely that the answer is rather one that it has not seen."""
    found = [hit("first", "No word of it.", 1), hit("second", "Nor here.", 2), hit("third", "It was Ruiz.", 3)]
    assert order(found, [candidate(found[2], "Ruiz", 0.0)]) == ["third", "first", "second"]
    assert order(found, [candidate(found[2], "Ruiz", -2 * SURE)]) == ["first", "second", "third"]


def test_a_score_of_the_search_counts_beside_what_the_reader_found() -> None:
    """An answer as likely as the one that nobody has seen: half of all, and the search's favourite has less or more."""
    text = "The summit is held in Lima."
    for lead, first in ((0.1, "lima"), (10.0, "favourite")):
        favourite = Hit(Passage("favourite", 0, 9, "Elsewhere", "Title"), 0.5 + lead, 1, ("bm25",))
        lima = Hit(Passage("lima", 0, len(text), text, "Title"), 0.5, 2, ("bm25",))
        assert order([favourite, lima], [candidate(lima, "Lima", UNSEEN - SURE - 0.01)])[0] == first
