"""The baseline selector: sentences scored by the encoder and by weighted word overlap, without any reading.

It is what answers were made of before the bundled reader, and what the reader must beat (DECISIONS.md has both
figures). It needs no reader weights, so fast tests and `--selector sentences` use it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from corpus.split import sentences
from index.encoder import Encoder
from index.hits import Hit
from qa.calibration import Calibration, load_calibration
from qa.content_words import content_words, words
from qa.evidence import Evidence, Quote, in_article, pick_distinct
from qa.quoting import quote_range
from qa.sources.copies import same_words

CANDIDATES = 10  # sentences among which the quotes are picked
_FEWEST_WORDS = 3  # a line with fewer holds no statement


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a passage with what speaks for it."""

    hit: Hit
    start: int  # characters into the passage's text
    end: int  # half open
    similarity: float  # cosine of question and sentence
    overlap: float  # share of the question's content words found in it, weighted by rarity; 0 to 1

    @property
    def score(self) -> float:
        """Higher is better."""
        return self.similarity + self.overlap


class SentenceSelector:
    """Selects the sentences most similar to the question."""

    def __init__(self, encoder: Encoder, calibration: Calibration | None = None) -> None:
        """Without a calibration the bundled one is read; raises DamagedError if that can't be."""
        self.encoder = encoder
        self.name = f"sentences:{encoder.name}"
        self.calibration = calibration or load_calibration("sentences")

    def select(self, questions: Sequence[str], hits: Sequence[Sequence[Hit]], searched: int) -> list[Evidence]:
        """Return one Evidence a question, in the given order; all sentences are encoded as one batch."""
        places = [_places(found) for found in hits]
        texts = [hit.passage.text[start:end] for hit, start, end in chain.from_iterable(places)]
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return [
                Evidence(question, (), 0.0, -math.inf, False, tuple(found))
                for question, found in zip(questions, hits, strict=True)
            ]
        vectors = dict(zip(distinct, self.encoder.encode_queries(distinct), strict=True))
        asked = self.encoder.encode_queries(questions)
        return [
            self._evidence(question, found, score_sentences(question, vector, own, vectors), searched)
            for question, vector, found, own in zip(questions, asked, hits, places, strict=True)
        ]

    def _evidence(
        self, question: str, found: Sequence[Hit], scored: Sequence[ScoredSentence], searched: int
    ) -> Evidence:
        features = sentence_features(scored, searched)
        confidence = self.calibration.right.probability(features) if scored else 0.0
        quotes = [_quote(sentence) for sentence in scored[:CANDIDATES]]
        return Evidence(
            question=question,
            quotes=pick_distinct(quotes),
            confidence=confidence,
            support=self.calibration.answered.logit(features) if scored else -math.inf,
            answered=bool(scored) and self.calibration.answers(features),
            considered=tuple(found),
            features=features,
        )


def score_sentences(
    question: str,
    asked: np.ndarray,
    places: Sequence[tuple[Hit, int, int]],
    vectors: Mapping[str, np.ndarray],
) -> list[ScoredSentence]:
    """Score every place, the best first.

    `asked` is the question's unit vector, float32 (dim,); `vectors` holds the unit vector of every sentence's text.
    """
    texts = [hit.passage.text[start:end] for hit, start, end in places]
    overlaps = weighted_overlap(question, texts)
    scored = [
        ScoredSentence(hit, start, end, float(vectors[text] @ asked), overlap)
        for (hit, start, end), text, overlap in zip(places, texts, overlaps, strict=True)
    ]
    return sorted(scored, key=lambda s: (-s.score, s.hit.rank, s.start))


def sentence_features(scored: Sequence[ScoredSentence], searched: int) -> Mapping[str, float]:
    """What the confidence is computed from: the best sentence's similarity, overlap, and place in the ranking."""
    among = math.log(max(searched, 1))
    if not scored:
        return {"similarity": 0.0, "overlap": 0.0, "rank": 0.0, "match": 0.0, "searched": among}
    best = scored[0]
    return {
        "similarity": best.similarity,
        "overlap": best.overlap,
        "rank": math.log(best.hit.rank),
        "match": best.score,
        "searched": among,
    }


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


def _places(found: Iterable[Hit]) -> list[tuple[Hit, int, int]]:
    """Every sentence of the hits, once, also where an index has passages that share some."""
    seen: set[tuple[str, int, int]] = set()
    places = []
    for hit in found:
        for start, end in sentences(hit.passage.text):
            place = (hit.passage.article_id, *in_article(hit.passage, start, end))
            if place in seen or len(words(hit.passage.text[start:end])) < _FEWEST_WORDS:
                continue
            seen.add(place)
            places.append((hit, start, end))
    return places


def _quote(sentence: ScoredSentence) -> Quote:
    passage = sentence.hit.passage
    place = in_article(passage, *quote_range(passage.text, sentence.start, sentence.end))
    same = same_words(sentence.hit, place[0] - passage.start, place[1] - passage.start)
    return Quote(passage.article_id, *place, sentence.score, story=same)
