"""A citation is a slice of the stored article, whatever the article, the spans and the route."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Passage
from index.encoder import HashEncoder
from index.hits import Hit
from qa.answer import StatementKind
from qa.answerer import Draft, DraftStatement
from qa.citations import make_answer, make_citation
from qa.evidence import Evidence, Quote
from qa.extractive import ExtractiveAnswerer
from qa.reader import PassageQuestion, Reading, Span
from qa.reading_selector import ReadingSelector
from tests.qa.doubles import even_odds

TEXTS = st.text(min_size=1, max_size=400)


@st.composite
def articles_with_places(draw: st.DrawFn) -> tuple[Article, list[tuple[int, int]]]:
    text = draw(TEXTS)
    places = draw(
        st.lists(
            st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(lambda p: p[0] < p[1]),
            min_size=1,
            max_size=5,
        )
    )
    return Article(id="a", title=draw(st.text(max_size=20)), text=text), places


@given(articles_with_places())
def test_a_citation_slices_the_article(drawn: tuple[Article, list[tuple[int, int]]]) -> None:
    article, places = drawn
    for number, (start, end) in enumerate(places, 1):
        citation = make_citation(number, Quote("a", start, end, 0.0, (start, end)), article)
        assert article.text[citation.start : citation.end] == citation.quote
        assert (citation.number, citation.title) == (number, article.title)


class PlacesReader:
    """Points where a test tells it to, on every passage; no weights."""

    name = "places"

    def __init__(self, places: list[tuple[int, int]]) -> None:
        self._places = places

    def read(self, pairs: list[PassageQuestion]) -> list[Reading]:
        return [
            Reading(
                tuple(Span(s, min(e, len(p.text)), -i) for i, (s, e) in enumerate(self._places) if s < len(p.text)),
                -5.0,
            )
            for p in pairs
        ]


@given(articles_with_places(), st.integers(0, 50))
def test_every_path_from_the_reader_to_an_answer_is_verbatim(
    drawn: tuple[Article, list[tuple[int, int]]], cut: int
) -> None:
    article, places = drawn
    start = min(cut, len(article.text) - 1)
    passage = Passage("a", start, len(article.text), article.text[start:], article.title)
    selector = ReadingSelector(PlacesReader(places), HashEncoder(), even_odds("strength"))
    evidence = selector.select(["What?"], [[Hit(passage, 1.0, 1, ("bm25",))]], 1)
    answer = make_answer(evidence[0], ExtractiveAnswerer().answer(evidence)[0], lambda _: article, seconds=0.0)
    for citation in answer.citations:
        assert article.text[citation.start : citation.end] == citation.quote
    for statement in answer.statements:
        assert statement.text in article.text
        assert statement.kind is StatementKind.VERBATIM
        assert all(answer.citations[n - 1].number == n for n in statement.citations)
    assert answer.short is None or answer.short in answer.citations[0].quote
    for considered in answer.considered:
        assert article.text[considered.start : considered.end] == considered.text


ARTICLE = Article(id="a", title="T", text="One two three.")


@pytest.mark.parametrize(
    ("quote", "message"),
    [
        (Quote("b", 0, 3, 0.0), "not of 'a'"),
        (Quote("a", 0, 0, 0.0), "no part of"),
        (Quote("a", -1, 3, 0.0), "no part of"),
        (Quote("a", 0, 99, 0.0), "no part of"),
        (Quote("a", 0, 3, 0.0, (0, 4)), "outside its quote"),
        (Quote("a", 4, 7, 0.0, (3, 5)), "outside its quote"),
    ],
)
def test_a_quote_that_is_not_there_is_refused(quote: Quote, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_citation(1, quote, ARTICLE)


@pytest.mark.parametrize(
    "draft",
    [
        Draft((DraftStatement((2,)),), None, False),
        Draft((DraftStatement((0,)),), None, False),
        Draft((DraftStatement(()),), None, False),
        Draft((), 2, False),
        Draft((), 1, False),  # the quote marks no words
    ],
)
def test_a_draft_that_points_nowhere_is_refused(draft: Draft) -> None:
    evidence = Evidence("Q?", (Quote("a", 0, 3, 0.0),), 0.9, 2.0, True, ())
    with pytest.raises(ValueError, match="quote"):
        make_answer(evidence, draft, lambda _: ARTICLE, seconds=0.0)


def test_a_refusal_quotes_nothing_but_shows_what_was_near() -> None:
    hit = Hit(Passage("a", 4, 14, "two three.", "T"), 0.5, 1, ("dense",))
    evidence = Evidence("Q?", (Quote("a", 0, 3, 0.0),), 0.1, -2.0, False, (hit,))
    answer = make_answer(evidence, Draft((), None, True), lambda _: ARTICLE, seconds=0.5)
    assert (answer.confidence, round(answer.answerable, 2)) == (0.1, 0.12)
    assert answer.abstained
    assert (answer.short, answer.statements, answer.citations) == (None, (), ())
    assert [passage.text for passage in answer.considered] == ["two three."]
