"""Fits a selector's confidence: `python -m training.calibrate reader` (or `sentences`).

The reader is calibrated as it is used, from retrieval on: questions on held-out articles and posts, that it was not
trained on, over the texts of all training sets together (some 6,000), each question once with its own article and once
without. Confidence is fitted on both kinds of text, since fitted on one it is wrong about the other; the threshold on
the articles, whose questions no other text answers. The baseline `sentences` is fitted on onestop in the same way.

Confidence is a logistic model of whether the first quote is right; whether to answer at all is decided by one feature,
at the lowest threshold that declines nine of ten without their article.
"""

from __future__ import annotations

import argparse
import logging
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.sets import DATA, chunks, indexed, read_articles, read_questions
from corpus.article import Article
from index.encoder import Encoder, encoder_by_name
from index.passage_index import Narrowing, PassageIndex
from qa.assistant import PASSAGES_READ
from qa.calibration import CALIBRATION_FOLDER, Calibration
from qa.evidence import Evidence, Selector
from qa.settings import DEFAULT_ENCODER, SelectorName
from training.data import Reading, load
from training.split import split

log = logging.getLogger("training")

FEATURES = {"reader": ("strength", "lead", "share"), "sentences": ("similarity", "overlap", "rank")}
DECIDES = {"reader": "strength", "sentences": "match"}
DECLINED = 0.9  # share of the questions without their article that the threshold declines
SEED = 0  # of the questions drawn with --limit


@dataclass(frozen=True, slots=True)
class Marked:
    """A question with the places in one article that answer it."""

    text: str
    article: str
    places: tuple[tuple[int, int], ...]  # characters into the article's text, half open
    elsewhere: bool = False  # what it asks ("What did the author like?") other articles may answer as well


@dataclass(frozen=True, slots=True)
class Sample:
    """One question asked once."""

    features: Mapping[str, float]
    right: bool  # the first quote overlaps a marked place
    answerable: bool  # its own article was searched
    decides: bool = True  # without its own article there is nothing to answer: counts for the threshold


def held_out(folder: Path) -> tuple[list[Article], list[Marked]]:
    """The texts of all sets, and the questions on those that are held out from training: articles and posts."""
    parts = split(load(folder))
    articles, places = _join(parts.train)
    questions = []
    for asked in parts.dev.questions:
        article, offset = places[asked.paragraph]
        marked = tuple((offset + start, offset + end) for start, end, _ in asked.answers)
        questions.append(Marked(asked.text, article, marked, elsewhere=asked.source != "new_wiki"))
    return articles, questions


def onestop() -> tuple[list[Article], list[Marked]]:
    """The onestop articles and questions with their critical spans."""
    folder = DATA / "onestop"
    questions = [Marked(q.question, str(q.article), q.evidence) for q in read_questions(folder / "questions.jsonl")]
    return read_articles(folder / "articles.jsonl"), questions


def _join(reading: Reading) -> tuple[list[Article], dict[int, tuple[str, int]]]:
    """The paragraphs put together into their documents, and where each one begins."""
    documents = defaultdict(list)
    for paragraph in reading.paragraphs:
        documents[paragraph.source, paragraph.document].append(paragraph)
    articles, places = [], {}
    for (source, document), paragraphs in sorted(documents.items()):
        name, text = f"{source}/{document}", ""
        for paragraph in sorted(paragraphs, key=lambda p: p.number):
            places[paragraph.key] = (name, len(text))
            text += paragraph.text + (" " if source == "qamr" else "\n\n")  # whose paragraphs are single sentences
        articles.append(Article(id=name, title=paragraphs[0].title, text=text))
    return articles, places


def ask(
    selector: Selector, index: PassageIndex, questions: Sequence[Marked], articles: Sequence[Article]
) -> list[Sample]:
    """Each question with its own article and without."""
    samples = []
    everything = frozenset(article.id for article in articles)
    for chunk in chunks(questions, 16):
        texts = [q.text for q in chunk]
        for evidence, q in zip(selector.select(texts, index.search(texts, k=PASSAGES_READ)), chunk, strict=True):
            samples.append(Sample(evidence.features, _right(evidence, q), True, not q.elsewhere))
        others = [
            index.search([q.text], k=PASSAGES_READ, narrowing=Narrowing(article_ids=everything - {q.article}))[0]
            for q in chunk
        ]
        for evidence, q in zip(selector.select(texts, others), chunk, strict=True):
            samples.append(Sample(evidence.features, False, False, not q.elsewhere))
    return samples


def _right(evidence: Evidence, question: Marked) -> bool:
    return any(
        quote.article_id == question.article and start < quote.end and quote.start < end
        for quote in evidence.quotes[:1]
        for start, end in question.places
    )


def fit(samples: Sequence[Sample], name: SelectorName, fitted_on: str) -> Calibration:
    """Logistic regression on whether the first quote is right; the threshold by whether the article was there."""
    table = np.array([[sample.features[feature] for feature in FEATURES[name]] for sample in samples])
    model = LogisticRegression(C=10.0, max_iter=2000).fit(table, [sample.right for sample in samples])
    deciding = [sample for sample in samples if sample.decides]
    answerable = np.array([sample.answerable for sample in deciding])
    support = np.array([sample.features[DECIDES[name]] for sample in deciding])
    threshold = float(np.quantile(support[~answerable], DECLINED))
    log.info(
        "first quote right %.3f; AUC answerable %.3f, right %.3f; at the threshold %.3f answered, %.3f declined",
        np.mean([sample.right for sample in samples if sample.answerable]),
        roc_auc_score(answerable, support),
        roc_auc_score([sample.right for sample in samples], model.predict_proba(table)[:, 1]),
        (support[answerable] >= threshold).mean(),
        (support[~answerable] < threshold).mean(),
    )
    weights = tuple((f, round(float(w), 5)) for f, w in zip(FEATURES[name], model.coef_[0], strict=True))
    return Calibration(weights, round(float(model.intercept_[0]), 5), DECIDES[name], round(threshold, 4), fitted_on)


def _selector(name: SelectorName, encoder: Encoder, weights: Path | None) -> Selector:
    neutral = Calibration((), 0.0, DECIDES[name], 0.0, "nothing yet")
    if name is SelectorName.SENTENCES:
        from qa.sentence_selector import SentenceSelector

        return SentenceSelector(encoder, neutral)
    from qa.reader import Reader
    from qa.reading_selector import ReadingSelector

    return ReadingSelector(Reader(weights), neutral)


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
    with indexed(articles, encoder, given.index) as index:
        samples = ask(selector, index, questions, articles)
    on = "onestop" if name is SelectorName.SENTENCES else "held-out texts of squadshifts"
    calibration = fit(
        samples, name, f"{len(questions)} questions of {on}, among {len(articles):,} texts with and without its own"
    )
    CALIBRATION_FOLDER.mkdir(exist_ok=True)
    (CALIBRATION_FOLDER / f"{name}.json").write_text(calibration.to_json(), "utf-8")


if __name__ == "__main__":
    main()
