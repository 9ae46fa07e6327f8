"""Citations against evidence, and statements against the quotes that they cite."""

from __future__ import annotations

import pytest

from qa.answer import Answer, Citation, Statement, StatementKind
from qa.evaluation.citation_metrics import (
    citation_scores,
    cited_numbers,
    count_citations,
    numbers_and_names,
    token_support,
)
from qa.evaluation.gold import Gold, Place
from tests.qa.evaluation.parts import Shelf

SHELF = Shelf()
SANK = SHELF.citation(1, "harbour", "The ferry to Lindholm sank on 3 May 2021.")
COST = SHELF.citation(2, "bridge", "The Karl Bridge in Osthafen cost 14 million crowns.")


def answer(*statements: Statement, citations: tuple[Citation, ...] = (SANK, COST)) -> Answer:
    return Answer("Who?", None, statements, citations, 0.5, False, (), 0.0)


def said(text: str, *numbers: int, kind: StatementKind = StatementKind.SUPPORTED) -> Statement:
    return Statement(text, kind, numbers)


def test_precision_and_recall_of_quotes() -> None:
    gold = Gold((Place("a", 0, 100), Place("a", 500, 600), Place("b", 0, 50)), 1, ())
    quotes = [Place("a", 10, 40), Place("a", 50, 90), Place("c", 0, 50)]
    # Two of three quotes show evidence; one of four pieces is shown, one of them being outside the index.
    assert citation_scores(quotes, gold) == pytest.approx((2 / 3, 1 / 4, 2 * (2 / 3) * (1 / 4) / (2 / 3 + 1 / 4)))
    assert citation_scores([], gold) == (0.0, 0.0, 0.0)
    assert citation_scores([Place("c", 0, 9)], gold) == (0.0, 0.0, 0.0)


def test_numbers_in_brackets_are_citations_too() -> None:
    assert cited_numbers(said("It sank [1, 2] and rose [3][ 12 ].", 1)) == (1, 2, 3, 12)
    assert cited_numbers(said("The list [1, 2] is the article's own.", 2, kind=StatementKind.VERBATIM)) == (2,)


def test_what_is_uncited_and_what_points_nowhere_is_counted_apart() -> None:
    found = answer(
        said("The ferry sank.", 1), said("It was Tuesday."), said("The bridge fell [7].", 2, 9), said("Yes [5].")
    )
    counts = count_citations(found, SHELF)
    assert (counts.statements, counts.uncited) == (4, 2)  # the second, and the last, which points nowhere
    assert (counts.references, counts.invalid) == (5, 3)


def test_an_answer_without_statements_counts_nothing() -> None:
    counts = count_citations(answer(citations=()), SHELF)
    assert (counts.statements, counts.references, counts.quotes) == (0, 0, 0)
    assert token_support(answer(citations=())) is None


def test_a_quote_is_exact_or_it_is_not() -> None:
    wrong = Citation(2, "bridge", 0, 10, "The bridge", "Bridge", None, None, None, None, None, "0" * 64)
    counts = count_citations(answer(citations=(SANK, wrong)), SHELF)
    assert (counts.quotes, counts.exact_quotes) == (2, 1)


@pytest.mark.parametrize(
    ("text", "support"),
    [
        ("The ferry to Lindholm sank on 3 May 2021.", 1.0),
        ("The ferry sank.", 1.0),
        ("The ferry burned [1].", 1 / 2),  # ferry, burned
        ("A ferry sank near Oslo in May", 3 / 5),  # ferry, sank, near, Oslo, May
        ("Bridges collapse.", 0.0),
    ],
)
def test_token_support(text: str, support: float) -> None:
    assert token_support(answer(said(text, 1))) == pytest.approx(support)


def test_what_is_not_cited_does_not_support() -> None:
    assert token_support(answer(said("The Karl Bridge cost 14 million crowns.", 1))) == 0.0
    assert token_support(answer(said("The Karl Bridge cost 14 million crowns."), said("The ferry sank.", 1))) == 0.5


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        ("The ferry to Lindholm sank on 3 May 2021.", 1),
        ("The ferry sank on 4 May.", 0),  # another number
        ("The ferry to Lundholm sank.", 0),  # another name
        ("In 2021 the Lindholm ferry sank.", 1),
    ],
)
def test_every_number_and_name_must_stand_in_a_quote(text: str, supported: int) -> None:
    counts = count_citations(answer(said(text, 1)), SHELF)
    assert (counts.named, counts.named_supported) == (1, supported)


def test_numbers_and_names() -> None:
    assert numbers_and_names("Officials said Ada Brandt's crew of 1,200 left. Rain fell [3].") == {
        "ada",
        "brandt",
        "1200",
    }
    assert numbers_and_names("Ada Brandt paid 2.5 million.") == {"ada", "brandt", "2.5"}
    assert numbers_and_names("It was cold.") == frozenset()
