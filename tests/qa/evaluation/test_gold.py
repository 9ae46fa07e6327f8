"""Where evidence stands, and when a passage shows it."""

from __future__ import annotations

import pytest

from corpus.article import Article
from qa.evaluation.gold import Gold, Place, first_ranks, locate, shows
from qa.evaluation.questions import GoldEvidence, Question
from tests.qa.evaluation.parts import Shelf

TEXT = "The mayor spoke. The  mayor\nleft. The mayor spoke."


def located(*evidence: GoldEvidence) -> Gold:
    return locate(Question("q", "Who?", evidence=evidence), Shelf([Article("a", "", TEXT, path="/x/a b.txt")]))


@pytest.mark.parametrize(
    ("evidence", "start", "end"),
    [
        (GoldEvidence("a", "The mayor spoke."), 0, 16),
        (GoldEvidence("a b.txt", "The mayor left."), 17, 33),  # white space may differ; the file's name will do
        (GoldEvidence("a", "The mayor spoke.", 34, 50), 34, 50),
        (GoldEvidence("a", "The mayor spoke.", 30, 46), 34, 50),  # offsets of another copy: the nearest place
        (GoldEvidence("a", None, 4, 9), 4, 9),
        (GoldEvidence("a"), 0, len(TEXT)),
    ],
)
def test_evidence_is_found(evidence: GoldEvidence, start: int, end: int) -> None:
    assert located(evidence) == Gold((Place("a", start, end),), 0, ())


@pytest.mark.parametrize("evidence", [GoldEvidence("a", "The Mayor spoke."), GoldEvidence("a", None, 40, 51)])
def test_evidence_that_does_not_fit_is_a_fault_of_the_question(evidence: GoldEvidence) -> None:
    gold = located(evidence)
    assert gold.pieces == 0
    assert "left out of the count" in gold.problems[0]


def test_evidence_outside_the_index_stays_in_the_count() -> None:
    gold = located(GoldEvidence("elsewhere", "x"), GoldEvidence("a", "The mayor spoke."))
    assert gold.pieces == 2
    assert first_ranks([Place("a", 0, 30)], gold) == [1, None]
    assert "not in the index" in gold.problems[0]


def test_the_same_evidence_twice_is_one_piece() -> None:
    assert located(GoldEvidence("a", None, 0, 16), GoldEvidence("a", "The mayor spoke.")).pieces == 1


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place("a", 0, 1000), True),  # a passage around the evidence
        (Place("a", 120, 140), True),  # a quote inside it
        (Place("a", 150, 400), True),  # half of it
        (Place("a", 151, 400), False),
        (Place("a", 0, 101), False),  # touches it
        (Place("a", 200, 300), False),
        (Place("b", 100, 200), False),
    ],
)
def test_half_of_the_shorter_one_must_be_shared(place: Place, shown: bool) -> None:
    assert shows(place, Place("a", 100, 200)) is shown
