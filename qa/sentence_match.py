"""How well sentences match a question without being read: by their meaning, and by the question's rarer words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from index.encoder import Encoder
from qa.content_words import content_words


@dataclass(frozen=True, slots=True)
class Match:
    """What speaks for a sentence."""

    similarity: float  # cosine of question and sentence
    overlap: float  # share of the question's content words found in it, weighted by rarity; 0 to 1

    @property
    def score(self) -> float:
        """Higher is better; both count the same."""
        return self.similarity + self.overlap


def match_sentences(
    encoder: Encoder, questions: Sequence[str], sentences: Sequence[Sequence[str]]
) -> list[list[Match]]:
    """Match each question with its own sentences, in the given order; all are encoded as one batch."""
    texts = list(dict.fromkeys(chain(questions, *sentences)))
    if not any(sentences):
        return [[] for _ in questions]
    vectors = dict(zip(texts, encoder.encode_queries(texts), strict=True))
    return [
        [
            Match(float(vectors[text] @ vectors[question]), overlap)
            for text, overlap in zip(own, weighted_overlap(question, own), strict=True)
        ]
        for question, own in zip(questions, sentences, strict=True)
    ]


def weighted_overlap(question: str, texts: Sequence[str]) -> list[float]:
    """Share of the question's content words that each text holds, each word weighted by its rarity among the texts.

    The weight is BM25's inverse document frequency, log(1 + (N - n + 0.5) / (n + 0.5)), with N the number of texts
    and n those that hold the word (Robertson and Zaragoza 2009).
    """
    wanted = sorted(content_words(question))
    held = [content_words(text) for text in texts]
    count = Counter(chain.from_iterable(own & set(wanted) for own in held))
    weight = {word: math.log(1 + (len(texts) - count[word] + 0.5) / (count[word] + 0.5)) for word in wanted}
    total = sum(weight.values())
    if total == 0:
        return [0.0] * len(texts)
    return [sum(weight[word] for word in wanted if word in own) / total for own in held]
