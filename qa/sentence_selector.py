"""The baseline selector: sentences scored by the encoder and by weighted word overlap, without any reading.

It is what answers were made of before the bundled reader, and what the reader must beat (DECISIONS.md has both
figures). It needs no reader weights, so fast tests and `--selector sentences` use it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corpus.split import sentences
from index.encoder import Encoder
from index.hits import Hit
from qa.calibration import Calibration, load_calibration
from qa.content_words import words
from qa.evidence import Evidence, Quote, in_article, pick_distinct
from qa.quoting import quote_range
from qa.sentence_match import Match, match_sentences
from qa.sources.copies import same_words

CANDIDATES = 10  # sentences among which the quotes are picked
_FEWEST_WORDS = 3  # a line with fewer holds no statement


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a passage with what speaks for it."""

    hit: Hit
    start: int  # characters into the passage's text
    end: int  # half open
    match: Match


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
        texts = [[hit.passage.text[start:end] for hit, start, end in own] for own in places]
        matches = match_sentences(self.encoder, questions, texts)
        return [
            self._evidence(question, found, _best_first(own, fitting), searched)
            for question, found, own, fitting in zip(questions, hits, places, matches, strict=True)
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


def _best_first(places: Sequence[tuple[Hit, int, int]], matches: Sequence[Match]) -> list[ScoredSentence]:
    scored = [ScoredSentence(*place, match) for place, match in zip(places, matches, strict=True)]
    return sorted(scored, key=lambda s: (-s.match.score, s.hit.rank, s.start))


def sentence_features(scored: Sequence[ScoredSentence], searched: int) -> Mapping[str, float]:
    """What the confidence is computed from: the best sentence's similarity, overlap, and place in the ranking."""
    among = math.log(max(searched, 1))
    if not scored:
        return {"similarity": 0.0, "overlap": 0.0, "rank": 0.0, "match": 0.0, "searched": among}
    best = scored[0]
    return {
        "similarity": best.match.similarity,
        "overlap": best.match.overlap,
        "rank": math.log(best.hit.rank),
        "match": best.match.score,
        "searched": among,
    }


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
    return Quote(passage.article_id, *place, sentence.match.score, story=same)
