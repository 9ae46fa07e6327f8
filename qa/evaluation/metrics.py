"""What is measured: every metric with its meaning, and the scores of one question.

A metric whose reference a question lacks is left out for it. A question that failed gets the worst value of every
metric that applies to it, so that crashing never pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from qa.answer import Answer, StatementKind
from qa.evaluation.answer_metrics import contains, exact_match, rouge_l, token_f1
from qa.evaluation.citation_metrics import CitationCounts, citation_scores, count_citations, token_support
from qa.evaluation.gold import ArticleStore, Gold, Place, first_ranks
from qa.evaluation.questions import Question
from qa.evaluation.retrieval_metrics import hit_at, ndcg_at, recall_at, reciprocal_rank

CORRECT_F1 = 0.5  # token F1 from which an answer counts as right


class Kind(StrEnum):
    """How the figure over all questions comes about, and with it its interval and test."""

    RATE = "rate"  # 0 or 1 a question
    MEAN = "mean"  # a number between 0 and 1 a question
    SHARE = "share"  # counts of statements or citations over all questions
    WHOLE = "whole"  # from all questions together
    SECONDS = "seconds"  # differs from run to run, so it is kept apart


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric, in the words that a report shows."""

    name: str
    group: str
    title: str
    meaning: str
    kind: Kind
    higher_is_better: bool = True
    counts: tuple[str, str] = ("", "")  # SHARE: the names of what is counted, and of what it is counted among


def _ranked(name: str, title: str, meaning: str, kind: Kind) -> Metric:
    return Metric(name, "Retrieval", title, meaning, kind)


_EVIDENCE = "the first {} passages show a piece of the evidence"
METRICS: tuple[Metric, ...] = (
    Metric("answer_f1", "Answers", "Token F1", "words shared with the nearest reference; a right refusal counts 1 "
           "(SQuAD 2.0)", Kind.MEAN),
    Metric("answer_f1_answerable", "Answers", "Token F1, answerable", "the same over questions that have an answer",
           Kind.MEAN),
    Metric("answer_em", "Answers", "Exact match", "the same words as a reference; a right refusal counts 1 "
           "(SQuAD 2.0)", Kind.RATE),
    Metric("answer_contains", "Answers", "Contains a reference", "a reference's words stand in the whole answer",
           Kind.RATE),
    Metric("answer_rouge_l", "Answers", "ROUGE-L", "longest common subsequence with the nearest reference", Kind.MEAN),
    Metric("accuracy", "Answers", "Right", f"contains a reference or has token F1 of {CORRECT_F1} or more; a refusal "
           "is right where there is no answer", Kind.RATE),
    Metric("citation_f1", "Citations", "Citation F1", "quotes against the evidence", Kind.MEAN),
    Metric("citation_precision", "Citations", "Citation precision", "the quotes that show a piece of the evidence",
           Kind.MEAN),
    Metric("citation_recall", "Citations", "Citation recall", "the evidence that a quote shows", Kind.MEAN),
    Metric("quote_exact", "Citations", "Exact quotes", "quotes that are the article's own characters", Kind.SHARE,
           counts=("exact_quotes", "quotes")),
    Metric("uncited_statements", "Citations", "Uncited statements", "statements without a valid citation", Kind.SHARE,
           False, ("uncited", "statements")),
    Metric("invalid_citations", "Citations", "Invalid citations", "cited numbers that no quote has", Kind.SHARE, False,
           ("invalid", "references")),
    Metric("support_tokens", "Citations", "Words in the quotes", "content words of a statement that its quotes hold",
           Kind.MEAN),
    Metric("support_names", "Citations", "Numbers and names in the quotes", "statements all of whose numbers and names "
           "stand in their quotes", Kind.SHARE, counts=("named_supported", "named")),
    Metric("answered", "Refusing", "Answered", "questions that got an answer and no refusal", Kind.RATE),
    Metric("abstention_accuracy", "Refusing", "Refused only rightly", "refused exactly where there is no answer",
           Kind.RATE),
    Metric("unanswerable_accuracy", "Refusing", "Refused where there is no answer", "unanswerable questions that were "
           "refused", Kind.RATE),
    Metric("over_refusal", "Refusing", "Refused although answerable", "answerable questions that were refused",
           Kind.RATE, False),
    Metric("over_refusal_evidence_found", "Refusing", "… with the evidence found", "the same where retrieval had the "
           "evidence: the reader's fault", Kind.RATE, False),
    Metric("over_refusal_evidence_missed", "Refusing", "… with the evidence missed", "the same where retrieval had "
           "missed it: an honest refusal", Kind.RATE, False),
    *(_ranked(f"hit@{k}", f"Hit@{k}", _EVIDENCE.format(k) if k > 1 else "the first passage shows a piece of the "
              "evidence", Kind.RATE) for k in (1, 5, 10)),
    *(_ranked(f"recall@{k}", f"Recall@{k}", f"the evidence that the first {k} passages show", Kind.MEAN)
      for k in (5, 10)),
    _ranked("mrr@10", "MRR@10", "one over the rank of the first passage with evidence", Kind.MEAN),
    _ranked("ndcg@10", "nDCG@10", "how near the top the evidence stands, linear gain", Kind.MEAN),
    *(_ranked(f"answer_words@{k}", f"Answer's words@{k}", f"a reference's words stand in the first {k} "
              "passages, rightly or by chance", Kind.RATE) for k in (1, 5, 10)),
    Metric("aurc", "Confidence", "AURC", "mean error over all shares answered, the surest first; ties averaged",
           Kind.WHOLE, False),
    Metric("e_aurc", "Confidence", "Excess AURC", "AURC above that of a perfect order", Kind.WHOLE, False),
    Metric("accuracy_at_80_coverage", "Confidence", "Right at 80 % answered", "accuracy of the surest 80 %",
           Kind.WHOLE),
    Metric("coverage_at_90_accuracy", "Confidence", "Answered at 90 % right", "the largest share that a threshold on "
           "confidence answers with 90 % right", Kind.WHOLE),
    Metric("ece", "Confidence", "Calibration error (ECE)", "distance of confidence from accuracy, 15 bins of equal "
           "size, over answers given", Kind.WHOLE, False),
    Metric("brier", "Confidence", "Brier score", "mean squared distance of confidence from right (1) or wrong (0), "
           "over answers given", Kind.WHOLE, False),
    Metric("seconds_p50", "Time", "Seconds, median", "half of the questions took no longer", Kind.SECONDS, False),
    Metric("seconds_p95", "Time", "Seconds, 95th percentile", "95 % of the questions took no longer", Kind.SECONDS,
           False),
)  # fmt: skip
METRIC: dict[str, Metric] = {metric.name: metric for metric in METRICS}


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage of the ranking that was retrieved for a question."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Scores:
    """What one question got: values by metric's name, and counts for the metrics that are shares."""

    values: dict[str, float]
    counts: dict[str, int]


def prediction(answer: Answer) -> str:
    """The words that are compared with the references: the short answer, else the statements; nothing if refused."""
    if answer.abstained:
        return ""
    return answer.short if answer.short is not None else _statements(answer)


def score(
    question: Question, gold: Gold, answer: Answer | None, ranking: Sequence[Retrieved], store: ArticleStore
) -> Scores:
    """The scores of one question; `answer` is None if answering failed, `ranking` is what retrieval brought."""
    values: dict[str, float] = {}
    evidence_found = _retrieval(values, question, gold, ranking)
    if question.answers or question.expects_answer is False:
        _words(values, question, answer)
    _refusing(values, question, answer, evidence_found)
    if gold.pieces and question.expects_answer is not False:
        quotes = [Place(c.article_id, c.start, c.end) for c in answer.citations] if answer else []
        names = ("citation_precision", "citation_recall", "citation_f1")
        values |= zip(names, citation_scores(quotes, gold), strict=True)
    if answer is None:
        return Scores(values, {})
    support = token_support(answer)
    if support is not None:
        values["support_tokens"] = support
    return Scores(values, _counts(count_citations(answer, store)))


def _retrieval(values: dict[str, float], question: Question, gold: Gold, ranking: Sequence[Retrieved]) -> bool | None:
    """Add the retrieval scores; returns whether the evidence was in the ranking at all, None if that can't be known.

    Without evidence, the reference's words stand in for it.
    """
    found: bool | None = None
    if question.answers:
        held = [contains(passage.text, question.answers) for passage in ranking]
        values |= {f"answer_words@{k}": int(any(held[:k])) for k in (1, 5, 10)}
        found = any(held)
    if gold.pieces and question.expects_answer is not False:
        ranks = first_ranks([passage.place for passage in ranking], gold)
        values |= {f"hit@{k}": hit_at(ranks, k) for k in (1, 5, 10)}
        values |= {f"recall@{k}": recall_at(ranks, k) for k in (5, 10)}
        values["mrr@10"] = reciprocal_rank(ranks, 10)
        values["ndcg@10"] = ndcg_at(ranks, 10)
        found = any(rank is not None for rank in ranks)
    return found


def _words(values: dict[str, float], question: Question, answer: Answer | None) -> None:
    if question.expects_answer is False:
        # A refusal is a field of the answer, never a matter of its words.
        right = int(answer is not None and answer.abstained)
        values |= {"answer_f1": right, "answer_em": right, "accuracy": right}
        return
    words = prediction(answer) if answer else ""
    f1 = token_f1(words, question.answers)
    values |= {"answer_f1": f1, "answer_f1_answerable": f1, "answer_em": exact_match(words, question.answers)}
    values["answer_rouge_l"] = rouge_l(words, question.answers)
    values["answer_contains"] = max((contains(part, question.answers) for part in _parts(answer)), default=0)
    values["accuracy"] = int(f1 >= CORRECT_F1 or contains(words, question.answers))


def _refusing(values: dict[str, float], question: Question, answer: Answer | None, found: bool | None) -> None:
    answered = answer is not None and not answer.abstained
    values["answered"] = int(answered)
    if question.expects_answer is None:
        return
    if not question.expects_answer:
        values["unanswerable_accuracy"] = values["abstention_accuracy"] = int(answer is not None and answer.abstained)
        return
    values["abstention_accuracy"] = int(answered)
    values["over_refusal"] = int(not answered)
    if found is not None:
        values["over_refusal_evidence_found" if found else "over_refusal_evidence_missed"] = int(not answered)


def _statements(answer: Answer) -> str:
    held = [statement for statement in answer.statements if statement.kind is not StatementKind.UNSUPPORTED]
    return " ".join(statement.text for statement in held)  # what no quote holds up is no part of the answer


def _parts(answer: Answer | None) -> list[str]:
    if answer is None or answer.abstained:
        return []
    return [answer.short or "", _statements(answer)]


def _counts(counts: CitationCounts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in CitationCounts.__slots__}
