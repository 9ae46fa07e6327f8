"""From an index to an answer: copies don't make an answer surer, and different figures are told apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.article import Article, Passage
from index.encoder import HashEncoder
from index.hits import Hit
from index.passage_index import Narrowing, PassageIndex, add
from qa.answer import Answer, Sources
from qa.answer_json import answer_to_json
from qa.answerer import make_answerer
from qa.assistant import Assistant, QuotesFound
from qa.candidates import Candidate, group_answers
from qa.reader import log_sum_exp
from tests.chat_figures import ARTICLES, QUESTION, figure_selector


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    return serving(tmp_path, ARTICLES)


def serving(folder: Path, articles: tuple[Article, ...]) -> Assistant:
    encoder = HashEncoder()
    add(folder, articles, encoder)
    return Assistant(PassageIndex.open(folder, encoder), figure_selector(), make_answerer("extractive"))


def candidate(article: str, strength: float, cluster: int | None) -> Candidate:
    return Candidate(Hit(Passage(article, 0, 6, "27,000", ""), 1.0, 1, ("bm25",), cluster), 0, 6, strength)


def test_agreement_counts_sources_and_not_copies() -> None:
    copies = [candidate("a", 2.0, 7), candidate("b", 1.5, 7), candidate("c", 1.0, 7)]
    (of_copies,) = group_answers(copies)
    assert of_copies.strength == pytest.approx(2.0)
    assert [member.hit.passage.article_id for member in of_copies.members] == ["a"]
    (with_other,) = group_answers([*copies, candidate("d", 0.5, None)])
    assert with_other.strength == pytest.approx(log_sum_exp([2.0, 0.5]))


def test_without_near_duplicates_every_article_counts_as_before() -> None:
    (group,) = group_answers([candidate(name, 1.0, None) for name in "abc"])
    assert group.strength == pytest.approx(log_sum_exp([1.0, 1.0, 1.0]))


def test_a_copy_more_changes_neither_the_confidence_nor_the_quotes(assistant: Assistant, tmp_path: Path) -> None:
    third = replace(ARTICLES[1], id="gazette", title="A march", source="gazette.example", url=None)
    before = assistant.ask(QUESTION)
    after = serving(tmp_path / "more", (*ARTICLES, third)).ask(QUESTION)
    assert after.confidence == pytest.approx(before.confidence)
    assert [citation.quote for citation in after.citations] == [citation.quote for citation in before.citations]
    assert (before.sources, after.sources) == (Sources(2, 1), Sources(3, 1))
    assert [len(citation.copies) for citation in after.citations] == [2, 0]


def test_the_answer_holds_copies_speakers_and_both_figures(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTION)
    assert [(stated.text, stated.citations) for stated in answer.differing] == [("27,000", (1,)), ("31,000", (2,))]
    assert [one.speaker.name for one in answer.citations if one.speaker] == ["Ines Falk", "a team of the university"]
    for citation in answer.citations:
        for copy in citation.copies:
            assert assistant.index.article(copy.article_id).text[copy.start : copy.end] == copy.quote
    told = answer_to_json(answer)
    assert told["sources"] == {"articles": 2, "independent": 1}
    assert [value["text"] for value in told["differing"]] == ["27,000", "31,000"]
    assert [value["citations"][0]["source"] for value in told["differing"]][1] == "star.example"
    first = told["statements"][0]["citations"][0]
    assert first["speaker"]["name"] == "Ines Falk"
    assert len(first["copies"]) == 1


def test_a_narrowed_answer_names_no_copy_outside(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTION, narrowing=Narrowing(sources=frozenset({"tribune.example"})))
    assert [citation.copies for citation in answer.citations] == [()]
    assert answer.sources == Sources(1, 1)
    steps = list(assistant.stream(QUESTION, narrowing=Narrowing(sources=frozenset({"tribune.example"}))))
    cited = [one for step in steps if isinstance(step, (QuotesFound, Answer)) for one in step.citations]
    assert {citation.source for citation in cited} == {"tribune.example"}
    assert not any(citation.copies for citation in cited)
