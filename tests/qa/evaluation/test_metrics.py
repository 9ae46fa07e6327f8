"""The scores of one question: which apply, and what a failure and a refusal get."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qa.answer import Answer
from qa.evaluation.gold import Place, locate
from qa.evaluation.metrics import METRIC, METRICS, Kind, Retrieved, Scores, score
from qa.evaluation.questions import GoldEvidence, Question
from tests.qa.evaluation.parts import QUESTIONS, Shelf, refusal, short_answer

SHELF = Shelf()
FERRY = QUESTIONS[0]
SANK = SHELF.citation(1, "harbour", "The ferry to Lindholm sank on 3 May 2021.")
HURT = SHELF.citation(1, "harbour", "Nobody was hurt.")
RIGHT = short_answer(FERRY.text, "on 3 May 2021", SANK)


def scored(question: Question, answer: Answer | None, ranking: Sequence[tuple[str, int, int]] = ()) -> Scores:
    retrieved = [Retrieved(Place(*place), SHELF.article(place[0]).text[place[1] : place[2]]) for place in ranking]
    return score(question, locate(question, SHELF), answer, retrieved, SHELF)


def test_a_right_answer() -> None:
    values = scored(FERRY, RIGHT, [("bridge", 0, 60), ("harbour", 0, 60)]).values
    assert values["answer_em"] == 0  # "on" too much
    assert values["answer_f1"] == values["answer_f1_answerable"] == pytest.approx(2 * (3 / 4) / (3 / 4 + 1))
    assert values["accuracy"] == values["answer_contains"] == 1
    assert values["citation_f1"] == values["support_tokens"] == 1
    assert (values["hit@1"], values["hit@5"], values["mrr@10"]) == (0, 1, 0.5)
    assert (values["answer_words@1"], values["answer_words@5"]) == (0, 1)
    assert values["over_refusal"] == values["over_refusal_evidence_found"] == 0
    assert "over_refusal_evidence_missed" not in values
    assert "unanswerable_accuracy" not in values


def test_a_wrong_answer_with_the_wrong_quote() -> None:
    values = scored(FERRY, short_answer(FERRY.text, "Nobody", HURT), [("harbour", 0, 60)]).values
    assert values["answer_f1"] == values["accuracy"] == values["citation_f1"] == 0
    assert values["answered"] == values["hit@1"] == values["abstention_accuracy"] == 1


def test_a_refusal_where_there_is_an_answer() -> None:
    values = scored(FERRY, refusal(FERRY.text), [("bridge", 0, 60)]).values
    assert values["over_refusal"] == values["over_refusal_evidence_missed"] == 1
    assert values["answer_f1"] == values["answer_em"] == values["accuracy"] == values["citation_f1"] == 0
    assert values["abstention_accuracy"] == values["answered"] == 0


def test_a_refusal_where_there_is_none_is_right() -> None:
    question = QUESTIONS[4]
    values = scored(question, refusal(question.text)).values
    assert values == {
        "answered": 0,
        "answer_f1": 1,
        "answer_em": 1,
        "accuracy": 1,
        "unanswerable_accuracy": 1,
        "abstention_accuracy": 1,
    }


def test_refusing_is_a_field_and_not_a_matter_of_words() -> None:
    question = QUESTIONS[4]
    values = scored(question, short_answer(question.text, "", HURT)).values
    assert values["unanswerable_accuracy"] == values["answer_f1"] == values["accuracy"] == 0


def test_a_failure_gets_the_worst_of_everything_that_applies() -> None:
    everything = scored(FERRY, RIGHT, [("harbour", 0, 60)]).values
    failed = scored(FERRY, None)
    expected = {name: 0 if METRIC[name].higher_is_better else 1 for name in everything if name != "support_tokens"}
    # Nothing was retrieved, so the evidence counts as missed.
    expected["over_refusal_evidence_missed"] = expected.pop("over_refusal_evidence_found")
    assert failed.values == expected
    assert failed.counts == {}
    unanswerable = scored(QUESTIONS[4], None).values
    assert unanswerable == {name: 0 for name in unanswerable} and "unanswerable_accuracy" in unanswerable


def test_only_a_question_gives_only_what_can_be_known() -> None:
    question = Question("q", FERRY.text)
    values = scored(question, RIGHT, [("harbour", 0, 60)])
    assert values.values == {"answered": 1, "support_tokens": 1}
    assert values.counts["exact_quotes"] == values.counts["quotes"] == 1


def test_evidence_without_answers_gives_retrieval_and_citations() -> None:
    question = Question("q", FERRY.text, evidence=(GoldEvidence("harbour", "Nobody was hurt."),))
    values = scored(question, RIGHT, [("harbour", 40, 60)]).values
    assert values["hit@1"] == 1
    assert values["citation_f1"] == 0
    assert "answer_f1" not in values and "accuracy" not in values


def test_answers_without_evidence_use_their_words_to_see_what_retrieval_had() -> None:
    question = Question("q", FERRY.text, ("3 May 2021",))
    values = scored(question, refusal(FERRY.text), [("harbour", 0, 60)]).values
    assert values["over_refusal_evidence_found"] == 1
    assert "hit@1" not in values


def test_without_a_short_answer_the_statements_are_compared() -> None:
    answer = Answer(FERRY.text, None, RIGHT.statements, RIGHT.citations, 0.5, False, (), 0.0)
    values = scored(FERRY, answer).values
    assert values["answer_contains"] == values["accuracy"] == 1
    # Three of the eight tokens of "ferry to lindholm sank on 3 may 2021".
    assert values["answer_f1"] == pytest.approx(2 * (3 / 8) / (3 / 8 + 1))


def test_evidence_that_is_only_outside_the_index_is_a_miss() -> None:
    question = Question("q", FERRY.text, ("3 May 2021",), True, (GoldEvidence("elsewhere"),))
    values = score(question, locate(question, SHELF), RIGHT, [], SHELF).values
    assert values["recall@10"] == values["citation_recall"] == values["ndcg@10"] == 0


def test_unanswerable_questions_have_no_citations_to_be_right() -> None:
    question = Question("q", "Who?", (), False, (GoldEvidence("harbour"),))
    values = score(question, locate(question, SHELF), refusal("Who?"), [], SHELF).values
    assert "citation_f1" not in values and "hit@10" not in values


def test_every_metric_is_described_once() -> None:
    assert len(METRIC) == len(METRICS)
    assert all(metric.title and metric.meaning for metric in METRICS)
    assert all((metric.counts != ("", "")) == (metric.kind is Kind.SHARE) for metric in METRICS)
