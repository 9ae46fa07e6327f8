"""Passages that look right for a question and don't answer it: what teaches a reader to say no."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import bm25s

from training.data import Asked, Paragraph, Reading

K = TypeVar("K")
NEAR, FAR = 6, 8  # candidates kept for a question from its own document and from others
NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w.’'-]*[\w](?: (?:of the |of |the |de |and )?[A-Z][\w.’'-]*[\w])*")
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
        if paragraph.document in documents and len(paragraph.text) > 40:
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
        index = bm25s.BM25()
        index.index(bm25s.tokenize([p.text for p in pool], show_progress=False), show_progress=False)
        queries = bm25s.tokenize([reading.questions[i].text for i in indices], show_progress=False)
        depth = min(len(pool), keep * 3)
        rows, _ = index.retrieve(queries, k=depth, show_progress=False, sorted=True)
        for i, row in zip(indices, rows, strict=True):
            question, ranked = reading.questions[i], [pool[int(r)] for r in row]
            home = reading.paragraphs[question.paragraph]
            lacking = (p.key for p in ranked if p.key != home.key and not (elsewhere and p.document == home.document))
            found[i] = tuple(_without(lacking, answer_words(question, home.text), plain))[:keep]
    return found


def answer_words(question: Asked, text: str) -> list[str]:
    """The normalised answers of a question."""
    return [words for words in (normal(text[a:b]) for a, b, _ in question.answers) if words.strip()]


def _without(keys: Iterable[int], answers: Sequence[str], plain: dict[int, str]) -> Iterable[int]:
    return (key for key in keys if not any(answer in plain[key] for answer in answers))


class Swapper:
    """Questions about something else: a name or number that the passage knows, replaced by one it doesn't."""

    def __init__(self, questions: Sequence[Asked]) -> None:
        names: dict[str, list[str]] = defaultdict(list)
        numbers: list[str] = []
        for question in questions:
            names[question.source] += NAME.findall(question.text)
            numbers += NUMBER.findall(question.text)
        self._names = {source: sorted(set(found)) for source, found in names.items()}
        self._numbers = sorted(set(numbers))

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
