"""How good the answers are: quotes and refusals on onestop, short answers and reranking on news-2023.

    python -m benchmarks.answers onestop              # quotes, refusals, confidence
    python -m benchmarks.answers news                 # EM and F1 of the short answer, all articles indexed
    python -m benchmarks.answers rerank               # the reader's ranking of the fused top 100
    … --selector sentences                            # the same without the reader

Each prints a table and writes benchmarks/results/<set>-<selector>.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.judgements import judge
from benchmarks.retrieval import measure, quiz_of
from benchmarks.sets import DATA, SetQuestion, chunks, indexed, read_articles, read_questions
from index.encoder import Encoder, encoder_by_name
from index.hits import Hit
from index.passage_index import Narrowing, PassageIndex
from qa.assistant import PASSAGES_READ
from qa.evaluation.answer_metrics import exact_match, token_f1
from qa.evaluation.calibration_metrics import calibration_error_by_chance, expected_calibration_error
from qa.evidence import Evidence, Quote, Selector
from qa.normalise import padded
from qa.settings import SelectorName, Settings
from qa.wiring import open_selector

RESULTS = Path(__file__).parent / "results"
BATCH = 16  # questions
RERANKED = 100  # hits


def onestop(selector: Selector, encoder: Encoder) -> dict[str, float]:
    """Quotes against the marked spans, and refusals when a question's own article is left out."""
    questions = read_questions(DATA / "onestop" / "questions.jsonl")
    articles = read_articles(DATA / "onestop" / "articles.jsonl")
    with indexed(articles, encoder) as index:
        within = look(selector, index, questions)
        everything = {article.id for article in articles}
        without = [
            look(selector, index, [q], Narrowing(article_ids=frozenset(everything - {str(q.article)})))[0]
            for q in questions
        ]
    first = [any(_marks(q, quote) for quote in e.quotes[:1]) for q, e in zip(questions, within, strict=True)]
    three = [any(_marks(q, quote) for quote in e.quotes) for q, e in zip(questions, within, strict=True)]
    return {
        "questions": len(questions),
        "first quote overlaps": mean(first),
        "one of three quotes overlaps": mean(three),
        **refusal_figures([e.support for e in within], [e.support for e in without]),
        "answered, as shipped": mean([e.answered for e in within]),
        "declined without its article, as shipped": mean([not e.answered for e in without]),
        **confidence_figures([e.confidence for e in (*within, *without)], [*first, *[False] * len(without)]),
    }


def news(selector: Selector, encoder: Encoder, folder: Path | None) -> dict[str, float]:
    """The short answer against the reference, over the questions whose answer stands in some article."""
    questions = read_questions(DATA / "news-2023" / "questions.jsonl")
    with indexed(read_articles(DATA / "news-2023" / "articles.jsonl.xz"), encoder, folder) as index:
        found = look(selector, index, questions)
        shorts = [short_answer(e, index) for e in found]
        quoted = [first_quote(e, index) for e in found]
    open_ones = [i for i, q in enumerate(questions) if q.articles_with_answer]
    em = [exact_match(shorts[i], questions[i].answers) for i in open_ones]
    f1 = [token_f1(shorts[i], questions[i].answers) for i in open_ones]
    given = [found[i].answered and found[i].short for i in open_ones]
    right = [token_f1(s, q.answers) >= 0.5 for s, q in zip(shorts, questions, strict=True)]
    said = [any(padded(a) in padded(text) for a in q.answers) for text, q in zip(quoted, questions, strict=True)]
    judged = [
        (e.confidence, j) for e, j in zip(found, judge([q.id for q in questions], found), strict=True) if j is not None
    ]
    return {
        "questions": len(open_ones),
        "EM, always answering": mean(em),
        "F1, always answering": mean(f1),
        "EM, as shipped": mean([e * g for e, g in zip(em, given, strict=True)]),
        "F1, as shipped": mean([f * g for f, g in zip(f1, given, strict=True)]),
        "the first quote holds the answer's words": mean([said[i] for i in open_ones]),
        **confidence_figures([e.confidence for e in found], said),
        "ECE, of the short answer's words": confidence_figures([e.confidence for e in found], right)["ECE"],
        "first quotes judged by reading": len(judged),
        **{f"{name}, judged": f for name, f in confidence_figures(*zip(*judged, strict=True)).items()},
        "right, judged": mean([j for _, j in judged]),
    }


def rerank(selector: Selector, encoder: Encoder, folder: Path | None) -> dict[str, float]:
    """The answer's words within the first 1,000 words of the ranking, fused and in the selector's order."""
    questions = read_questions(DATA / "news-2023" / "questions.jsonl")
    quizzes = [quiz_of(q) for q in questions if q.articles_with_answer]
    with indexed(read_articles(DATA / "news-2023" / "articles.jsonl.xz"), encoder, folder) as index:
        before, after = [], []
        for chunk in chunks([q.question for q in quizzes], 4):
            hits = index.search(chunk, k=RERANKED)
            before += [_texts(found) for found in hits]
            after += [_texts(evidence.considered) for evidence in selector.select(chunk, hits, index.n_passages)]
    fused, reranked = measure(before, quizzes), measure(after, quizzes)
    return {
        "questions": len(quizzes),
        "within 1,000 words, fused": fused.within_words,
        "within 1,000 words, reranked": reranked.within_words,
        "gain": reranked.within_words - fused.within_words,
        **{f"hit@{k}, fused": share for k, share in fused.hit.items()},
        **{f"hit@{k}, reranked": share for k, share in reranked.hit.items()},
    }


def look(
    selector: Selector, index: PassageIndex, questions: Sequence[SetQuestion], narrowing: Narrowing | None = None
) -> list[Evidence]:
    """Search and select in batches, as the product does."""
    found: list[Evidence] = []
    searched = index.passages_within(narrowing)
    for chunk in chunks([q.question for q in questions], BATCH):
        found += selector.select(chunk, index.search(chunk, k=PASSAGES_READ, narrowing=narrowing), searched)
    return found


def short_answer(evidence: Evidence, index: PassageIndex) -> str:
    """The marked words of the first quote, or nothing."""
    if not evidence.quotes or evidence.quotes[0].answer is None:
        return ""
    start, end = evidence.quotes[0].answer
    return index.article(evidence.quotes[0].article_id).text[start:end]


def first_quote(evidence: Evidence, index: PassageIndex) -> str:
    """The words of the first quote, or nothing."""
    if not evidence.quotes:
        return ""
    quote = evidence.quotes[0]
    return index.article(quote.article_id).text[quote.start : quote.end]


def refusal_figures(within: Sequence[float], without: Sequence[float]) -> dict[str, float]:
    """The share declined without the article at thresholds that answer 90 % and 95 % with it, and the AUC."""
    own, other = np.asarray(within), np.asarray(without)
    wins = (own[:, None] > other[None, :]).mean() + 0.5 * (own[:, None] == other[None, :]).mean()
    return {
        f"declined without its article, at {share} % answered": float(
            (other < np.quantile(own, 1 - share / 100)).mean()
        )
        for share in (90, 95)
    } | {"AUC, own article in or out": float(wins)}


def confidence_figures(confidence: Sequence[float], right: Sequence[bool]) -> dict[str, float]:
    """Expected calibration error in 15 equal-mass bins, what luck alone brings of it, and the Brier score."""
    p, y = np.asarray(confidence, float), np.asarray(right, float)
    return {
        "ECE": expected_calibration_error(p, 1 - y, bins=15),
        "ECE by chance alone": calibration_error_by_chance(p, bins=15),
        "Brier": float(((p - y) ** 2).mean()),
    }


def mean(values: Sequence[float | bool]) -> float:
    """The mean of numbers, or of how often something holds."""
    return float(np.mean(np.asarray(values, float)))


def _texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def _marks(question: SetQuestion, quote: Quote) -> bool:
    return quote.article_id == question.article and any(
        start < quote.end and quote.start < end for start, end in question.evidence
    )


def _show(title: str, figures: Mapping[str, float]) -> None:
    table = Table("figure", "value", title=title)
    for name, value in figures.items():
        table.add_row(name, f"{value:,.0f}" if isinstance(value, int) else f"{value:.3f}")
    Console().print(table)


def main() -> None:
    """Measure one set with one selector."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=["onestop", "news", "rerank"])
    parser.add_argument("--selector", choices=list(SelectorName), default=SelectorName.READER)
    parser.add_argument("--index", type=Path, help="folder that keeps the index of news-2023 between runs")
    parser.add_argument("--threads", type=int)
    given = parser.parse_args()
    settings = replace(Settings(data=Path()), selector=SelectorName(given.selector), threads=given.threads)
    encoder = encoder_by_name(settings.encoder, threads=given.threads)
    selector = open_selector(settings, encoder)
    measure = {
        "onestop": lambda: onestop(selector, encoder),
        "news": lambda: news(selector, encoder, given.index),
        "rerank": lambda: rerank(selector, encoder, given.index),
    }
    figures = measure[given.set]()
    _show(f"{given.set}, {selector.name}", figures)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{given.set}-{given.selector}.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
