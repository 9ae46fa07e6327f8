"""Passages that look right for a question and don't answer it: what teaches a reader to say no."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import bm25s
import numpy as np
import numpy.typing as npt

from qa.counterpart import NAME
from training.data import Asked, Paragraph, Reading

K = TypeVar("K")
NEAR, FAR = 6, 8  # candidates kept for a question from its own document and from others
DEEPER = 3  # so many times as many are ranked as are kept, since some hold an answer
SHORTEST = 40  # characters; a paragraph that isn't longer is no passage
WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Paragraph keys, the most similar first, none of which holds an answer's words."""

    near: tuple[int, ...]  # from the question's own document
    far: tuple[int, ...]  # from other documents of the same source


def normal(text: str) -> str:
    """Lower case words with single spaces around each, so that `in` compares whole words."""
    return " " + " ".join(WORD.findall(text.lower())) + " "


def mine(reading: Reading, documents: set[str]) -> list[Candidates]:
    """For every question of the reading, BM25's best paragraphs of these documents that lack its answers."""
    pools: dict[str, list[Paragraph]] = defaultdict(list)
    homes: dict[tuple[str, str], list[Paragraph]] = defaultdict(list)
    for paragraph in reading.paragraphs:
        if paragraph.document in documents and len(paragraph.text) > SHORTEST:
            pools[paragraph.source].append(paragraph)
            homes[paragraph.source, paragraph.document].append(paragraph)
    plain = {p.key: normal(p.text) for pool in pools.values() for p in pool}
    by_source: dict[str, list[int]] = defaultdict(list)
    by_home: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, question in enumerate(reading.questions):
        by_source[question.source].append(index)
        by_home[question.source, reading.paragraphs[question.paragraph].document].append(index)
    far = _best(reading, by_source, pools, plain, FAR, elsewhere=True)
    near = _best(reading, by_home, homes, plain, NEAR, elsewhere=False)
    return [Candidates(near.get(i, ()), far.get(i, ())) for i in range(len(reading.questions))]


def _best(
    reading: Reading,
    asked: dict[K, list[int]],
    pools: dict[K, list[Paragraph]],
    plain: dict[int, str],
    keep: int,
    elsewhere: bool,
) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for name, indices in asked.items():
        pool = pools.get(name, [])
        if len(pool) < 2:
            continue
        rows = similar([p.text for p in pool], [reading.questions[i].text for i in indices], keep * DEEPER)
        for i, row in zip(indices, rows, strict=True):
            question = reading.questions[i]
            home = reading.paragraphs[question.paragraph]
            ranked = [(pool[n], plain[pool[n].key]) for n in row]
            found[i] = tuple(
                p.key for p in unanswering(question, home, ranked) if not (elsewhere and p.document == home.document)
            )[:keep]
    return found


def similar(texts: Sequence[str], questions: Sequence[str], depth: int) -> npt.NDArray[np.integer[Any]]:
    """Places (questions, depth) of the texts that BM25 ranks highest for each question, the best first.

    Fewer columns where there are fewer texts.
    """
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), show_progress=False), show_progress=False)
    asked = bm25s.tokenize(list(questions), show_progress=False)
    places: npt.NDArray[np.integer[Any]]
    places, _ = index.retrieve(asked, k=min(depth, len(texts)), show_progress=False, sorted=True)
    return places


def unanswering(question: Asked, home: Paragraph, ranked: Iterable[tuple[Paragraph, str]]) -> Iterator[Paragraph]:
    """Those of the paragraphs, each with its `normal` text, that hold no answer's words; `home` is the question's."""
    answers = answer_words(question, home.text)
    for paragraph, plain in ranked:
        if paragraph.key != home.key and not any(answer in plain for answer in answers):
            yield paragraph


def answer_words(question: Asked, text: str) -> list[str]:
    """The normalised answers of a question."""
    return [words for words in (normal(text[a:b]) for a, b, _ in question.answers) if words.strip()]


def names_by_source(questions: Iterable[Asked]) -> dict[str, list[str]]:
    """The names in the questions of each set, sorted."""
    names: dict[str, set[str]] = defaultdict(set)
    for question in questions:
        names[question.source].update(NAME.findall(question.text))
    return {source: sorted(found) for source, found in names.items()}


class Swapper:
    """Questions about something else: a name or number that the passage knows, replaced by one it doesn't."""

    def __init__(self, questions: Sequence[Asked]) -> None:
        self._names = names_by_source(questions)
        self._numbers = sorted({number for question in questions for number in NUMBER.findall(question.text)})

    def swap(self, question: Asked, text: str, dice: random.Random) -> str | None:
        """The changed question, or None where there is nothing to change."""
        known = normal(text)
        spots = [(m, self._names.get(question.source, [])) for m in NAME.finditer(question.text)]
        spots += [(m, self._numbers) for m in NUMBER.finditer(question.text)]
        spots = [(m, others) for m, others in spots if normal(m.group()) in known and len(others) > 20]
        if not spots:
            return None
        match, others = dice.choice(spots)
        for other in dice.sample(others, 8):
            if normal(other) not in known and len(other.split()) <= len(match.group().split()) + 1:
                return question.text[: match.start()] + other + question.text[match.end() :]
        return None
