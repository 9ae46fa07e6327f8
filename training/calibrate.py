"""Fits a selector's calibration: `python -m training.calibrate reader` (or `sentences`).

The reader is calibrated as it is used, from retrieval on: questions on held-out articles, posts and news, that it was
not trained on, among the texts of all training sets (some 7,800). Each is asked of a pile of its own, of one text to
all of them, since among more passages one fits better by chance; and it is asked three times: with its article (or the
story's), without it, and with the article but for the passages that answer, since what is about the matter and doesn't
answer deceives most. What answers is marked in one place only, so care is taken that nothing right counts as wrong: the
same words marked elsewhere are right, passages that hold them are left out with those that answer, and a question about
a post ("What did the author like?") is asked of no other posts, which may well answer it. The baseline `sentences` is
fitted on onestop, all of its articles each time, in the same way.
"""

from __future__ import annotations

import argparse
import logging
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.sets import DATA, indexed, read_articles, read_questions
from corpus.article import Article
from index.encoder import Encoder, encoder_by_name
from index.hits import Hit
from index.passage_index import Narrowing, PassageIndex
from qa.assistant import PASSAGES_READ
from qa.calibration import CALIBRATION_FOLDER, Calibration, LogisticModel
from qa.evaluation.answer_metrics import contains, token_f1
from qa.evidence import Evidence, Selector
from qa.settings import DEFAULT_ENCODER, SelectorName
from training.articles import Marked, joined, marked
from training.data import load
from training.split import split
from training.stories import load_stories

log = logging.getLogger("training")

ANSWERED = {"reader": ("strength", "rank", "searched", "retrieval"), "sentences": ("match",)}
RIGHT = {
    "reader": ("firmness", "lead", "share", "rank", "searched"),
    "sentences": ("similarity", "overlap", "rank"),
}
# An answer stands beside its quote and is seen through where it is wrong; after a wrong "no" nobody looks further. So
# that one counts twice, and an answer is given from one chance in three on.
LEAST = round(1 / 3, 4)
# Inverse of the penalty: the reader's has to hold on other kinds of text than those it is fitted on (DECISIONS.md).
RESTRAINT = {"reader": 0.1, "sentences": 10.0}
SPARE = 12  # passages looked at beyond those read, for those that answer and are left out
SAME_WORDS = 0.5  # F1 of the marked words with the answer's from which on they say the same
SEED = 0  # of the questions drawn with --limit, and of the piles


class Pile(StrEnum):
    """What a question is asked of."""

    OWN = "with its article"
    OTHERS = "without its article"
    REST = "without the passages that answer"


WEIGHT = {Pile.OWN: 1.0, Pile.OTHERS: 0.5, Pile.REST: 0.5}  # as many questions with an answer as without


@dataclass(frozen=True, slots=True)
class Sample:
    """One question asked once."""

    features: Mapping[str, float]
    right: bool  # the first quote overlaps a marked place, or marks the same words elsewhere
    pile: Pile


def held_out(folder: Path) -> tuple[list[Article], list[Marked]]:
    """The texts of all sets, and the questions on those held out from training: articles, posts, running stories."""
    parts = split(load(folder))
    articles, places = joined(parts.train)
    told, asked_of_stories = load_stories()
    return [*articles, *told], [*(marked(asked, parts.dev, places) for asked in parts.dev.questions), *asked_of_stories]


def onestop() -> tuple[list[Article], list[Marked]]:
    """The onestop articles and questions with their critical spans."""
    folder = DATA / "onestop"
    # Its answers are in other words than the article's, so that there are none to be found elsewhere.
    questions = [
        Marked(q.question, frozenset({str(q.article)}), tuple((str(q.article), *place) for place in q.evidence), ())
        for q in read_questions(folder / "questions.jsonl")
    ]
    return read_articles(folder / "articles.jsonl"), questions


def ask(
    selector: Selector, index: PassageIndex, questions: Sequence[Marked], piles: Sequence[frozenset[str]]
) -> list[Sample]:
    """Each question three times; piles[i] are the articles, besides its own, among which questions[i] is asked."""
    samples = []
    for question, pile in zip(questions, piles, strict=True):
        of_post = any(map(is_post, question.articles))
        others = frozenset(name for name in pile if not is_post(name)) if of_post else pile
        whole = Narrowing(article_ids=others | question.articles)
        without = Narrowing(article_ids=others - question.articles)
        found = index.search([question.text], k=PASSAGES_READ + SPARE, narrowing=whole)[0]
        hits = {
            Pile.OWN: (found[:PASSAGES_READ], whole),
            Pile.REST: (_rest(found, question), whole),
            Pile.OTHERS: (index.search([question.text], k=PASSAGES_READ, narrowing=without)[0], without),
        }
        for kind, (some, narrowing) in hits.items():
            [evidence] = selector.select([question.text], [some], index.passages_within(narrowing))
            if evidence.quotes:
                samples.append(Sample(evidence.features, _right(index, evidence, question), kind))
    return samples


def is_post(article: str) -> bool:
    """Whether its name says that it is one of the posts and reviews."""
    return article.startswith(("reddit/", "amazon_reviews/"))


def _rest(hits: Sequence[Hit], question: Marked) -> list[Hit]:
    """The hits that don't answer, ranked as if the others weren't there."""
    kept = [
        hit
        for hit in hits
        if not question.answered_by(hit.passage.article_id, hit.passage.start, hit.passage.end)
        and not contains(hit.passage.text, question.answers)
    ]
    return [replace(hit, rank=rank) for rank, hit in enumerate(kept[:PASSAGES_READ], 1)]


def _right(index: PassageIndex, evidence: Evidence, question: Marked) -> bool:
    quote = evidence.quotes[0]
    if question.answered_by(quote.article_id, quote.start, quote.end):
        return True
    marked = slice(*quote.answer) if quote.answer else slice(0)
    return token_f1(index.article(quote.article_id).text[marked], question.answers) >= SAME_WORDS


def draw_piles(articles: Sequence[Article], count: int, least: int) -> list[frozenset[str]]:
    """So many piles of articles, of `least` to all of them, the logarithm of their number evenly spread."""
    dice = random.Random(SEED)
    names = [article.id for article in articles]
    sizes = [round(math.exp(dice.uniform(math.log(least), math.log(len(names))))) for _ in range(count)]
    return [frozenset(dice.sample(names, size)) for size in sizes]


def fit(samples: Sequence[Sample], name: SelectorName, fitted_on: str) -> Calibration:
    """Logistic regressions on whether the pile answers, and on whether the first quote is right."""
    restraint = RESTRAINT[name]
    answered = _regression(samples, ANSWERED[name], [sample.pile is Pile.OWN for sample in samples], restraint)
    right = _regression(samples, RIGHT[name], [sample.right for sample in samples], restraint)
    calibration = Calibration(answered, right, LEAST, fitted_on)
    for pile in Pile:
        own = [sample for sample in samples if sample.pile is pile]
        log.info(
            "%s: %d, answered %.3f, first quote right %.3f",
            pile,
            len(own),
            np.mean([calibration.answers(sample.features) for sample in own]),
            np.mean([sample.right for sample in own]),
        )
    for model, said in ((answered, [s.pile is Pile.OWN for s in samples]), (right, [s.right for s in samples])):
        log.info("AUC %.3f", roc_auc_score(said, [model.logit(sample.features) for sample in samples]))
    return calibration


def _regression(
    samples: Sequence[Sample], features: Sequence[str], said: Sequence[bool], restraint: float
) -> LogisticModel:
    table = np.array([[sample.features[feature] for feature in features] for sample in samples])
    weights = [WEIGHT[sample.pile] for sample in samples]
    model = LogisticRegression(C=restraint, max_iter=5000).fit(table, said, weights)
    coefficients = tuple((f, round(float(w), 5)) for f, w in zip(features, model.coef_[0], strict=True))
    return LogisticModel(coefficients, round(float(model.intercept_[0]), 5))


def _selector(name: SelectorName, encoder: Encoder, weights: Path | None) -> Selector:
    unknown = LogisticModel((), 0.0)
    neutral = Calibration(unknown, unknown, 0.0, "nothing yet")
    if name is SelectorName.SENTENCES:
        from qa.sentence_selector import SentenceSelector

        return SentenceSelector(encoder, neutral)
    from qa.reader import Reader
    from qa.reading_selector import ReadingSelector

    return ReadingSelector(Reader(weights), encoder, neutral)


def main() -> None:
    """Fit one selector's calibration and write it beside the code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("selector", choices=list(SelectorName))
    parser.add_argument("--weights", type=Path, help="the reader's folder; default: the bundled one")
    parser.add_argument("--limit", type=int, help="so many questions, drawn with a fixed seed; default: all")
    parser.add_argument("--index", type=Path, help="folder that keeps the index between runs")
    parser.add_argument("--threads", type=int)
    given = parser.parse_args()
    name = SelectorName(given.selector)
    encoder = encoder_by_name(DEFAULT_ENCODER, threads=given.threads)
    selector = _selector(name, encoder, given.weights)
    articles, questions = onestop() if name is SelectorName.SENTENCES else held_out(DATA / "reading")
    random.Random(SEED).shuffle(questions)
    questions = questions[: given.limit]
    piles = draw_piles(articles, len(questions), len(articles) if name is SelectorName.SENTENCES else 1)
    with indexed(articles, encoder, given.index) as index:
        samples = ask(selector, index, questions, piles)
    on = "onestop" if name is SelectorName.SENTENCES else "held-out articles, posts and invented news"
    among = f"among up to {len(articles):,} texts with and without what answers them"
    calibration = fit(samples, name, f"{len(questions)} questions of {on}, {among}")
    CALIBRATION_FOLDER.mkdir(exist_ok=True)
    (CALIBRATION_FOLDER / f"{name}.json").write_text(calibration.to_json(), "utf-8")


if __name__ == "__main__":
    main()
