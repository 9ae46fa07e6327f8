"""The figures that say how good a reader is, taken through qa.reader as the product uses it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sklearn.metrics import roc_auc_score

from qa.evaluation.answer_metrics import exact_match, token_f1
from qa.reader import PassageQuestion, Reader, Reading
from training.data import Asked, load_squad
from training.data import Reading as Set
from training.dev import dev_pairs
from training.negatives import mine
from training.split import Split


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """On passages that hold the answer; shares of 1, a missing answer counts 0."""

    questions: int
    exact: float
    f1: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A reading of a held-out pair, with what is true of it."""

    article: str
    reading: Reading
    answers: bool  # whether the passage answers the question
    exact: float  # 0 where it doesn't
    f1: float


def answer_of(reading: Reading, text: str) -> str:
    """The words of the best span, "" where there is none."""
    return text[reading.spans[0].start : reading.spans[0].end] if reading.spans else ""


def xquad(reader: Reader, folder: Path) -> tuple[SpanFigures, float]:
    """Span figures on the gold paragraphs, and the AUC of those against the next paragraph of the same article."""
    own, other, references = [], [], []
    for article in load_squad(folder / "xquad_en.json.xz"):
        title, paragraphs = article["title"].replace("_", " "), article["paragraphs"]
        for number, paragraph in enumerate(paragraphs):
            neighbour = paragraphs[(number + 1) % len(paragraphs)]["context"]
            for asked in paragraph["qas"]:
                own.append(PassageQuestion(asked["question"], title, paragraph["context"]))
                other.append(PassageQuestion(asked["question"], title, neighbour))
                references.append([answer["text"] for answer in asked["answers"]])
    readings = reader.read(own + other)
    answers = [answer_of(reading, pair.text) for reading, pair in zip(readings, own, strict=False)]
    pairs = list(zip(answers, references, strict=True))
    spans = SpanFigures(
        len(pairs),
        statistics.fmean(exact_match(a, r) for a, r in pairs),
        statistics.fmean(token_f1(a, r) for a, r in pairs),
    )
    labels = [1] * len(own) + [0] * len(other)
    return spans, float(roc_auc_score(labels, [reading.answered_score for reading in readings]))


def judge(reader: Reader, parts: Split) -> list[Judged]:
    """The held-out questions of the reading sets on their own and on other passages."""
    sets = replace(parts.dev, questions=tuple(q for q in parts.dev.questions if q.source != "news"))
    asked = dev_pairs(sets, mine(sets, parts.dev_documents))
    readings = iter(reader.read([pair for _, pairs in asked for pair in pairs]))
    return [
        _judged(question, parts.dev, pair, next(readings), number == 0)
        for question, pairs in asked
        for number, pair in enumerate(pairs)
    ]


def judge_news(reader: Reader, dev: Set) -> list[Judged]:
    """The held-out questions on the invented news, each on the article that it was written for."""
    asked = [question for question in (*dev.questions, *dev.unanswered) if question.source == "news"]
    homes = [dev.paragraphs[question.paragraph] for question in asked]
    pairs = [PassageQuestion(q.text, home.title, home.text) for q, home in zip(asked, homes, strict=True)]
    return [
        _judged(question, dev, pair, reading, bool(question.answers))
        for question, pair, reading in zip(asked, pairs, reader.read(pairs), strict=True)
    ]


def _judged(question: Asked, dev: Set, pair: PassageQuestion, reading: Reading, own: bool) -> Judged:
    home = dev.paragraphs[question.paragraph]
    references = [home.text[a:b] for a, b, _ in question.answers]
    answer = answer_of(reading, pair.text)
    name = home.document if home.source == "new_wiki" else f"{home.source}/{home.document}"
    if not own:
        return Judged(name, reading, False, 0.0, 0.0)
    return Judged(name, reading, True, exact_match(answer, references), token_f1(answer, references))


def span_figures(judged: Sequence[Judged]) -> SpanFigures:
    """Of the passages that answer."""
    own = [one for one in judged if one.answers]
    return SpanFigures(len(own), statistics.fmean(o.exact for o in own), statistics.fmean(o.f1 for o in own))


def judged_auc(judged: Sequence[Judged]) -> float:
    """Of the answered score, a question's own passage against passages that don't answer it."""
    return float(roc_auc_score([one.answers for one in judged], [one.reading.answered_score for one in judged]))


def speed(reader: Reader, folder: Path, rounds: int = 15) -> float:
    """Median milliseconds to read 20 passages of about 200 word pieces, warm."""
    words = " ".join(p["context"] for a in load_squad(folder / "xquad_en.json.xz")[:8] for p in a["paragraphs"])
    tokens = reader.offsets(words)
    texts = [words[tokens[i * 200][0] : tokens[i * 200 + 199][1]] for i in range(20)]
    reader.read([PassageQuestion("Who won the match on Sunday?", "", text) for text in texts])
    taken = []
    for number in range(10, 10 + rounds):  # a new question each time, since the reader remembers what it read
        pairs = [PassageQuestion(f"Who won match {number} on Sunday?", "", text) for text in texts]
        start = time.perf_counter()
        reader.read(pairs)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000
