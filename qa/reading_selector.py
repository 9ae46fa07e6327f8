"""The bundled reader as a selector: it reads question and passages together and points at the words that answer.

What it points at is compared across passages (qa/candidates.py), checked where a sentence tells the same of two
(qa/counterpart.py), and becomes quotes with a calibrated confidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from index.encoder import Encoder
from index.hits import Hit
from qa.calibration import Calibration, load_calibration
from qa.candidates import (
    AnswerGroup,
    Candidate,
    add_matches,
    doubted,
    find_candidates,
    group_answers,
    order_places,
    passage_strength,
    within_reach,
)
from qa.content_words import shared_words
from qa.counterpart import tell_apart
from qa.coverage import covering
from qa.evidence import MAX_QUOTES, Evidence, Quote, Selector, in_article, pick_distinct
from qa.question_type import overview_topic, wants_short_answer
from qa.reader import PassageQuestion, Reading, log_sum_exp
from qa.sentence_match import match_sentences
from qa.short_answer import stands_alone
from qa.sources.copies import same_words
from qa.sources.disagreement import differing
from qa.sources.same_matter import Place

EXTRA_QUOTE_GAP = 8.0  # logits below the first quote at which a further quote is no longer shown
LEAST_WORDS = 4  # of a further quote that holds no word of the question; what is shorter is mostly a heading
READ_AGAIN = 3  # passages a question, the best ones, that are checked for another's answer
LEAST_CONFIDENCE = 0.5  # in the first answer; below it, others are rather mistaken than different
FIRM = 6.0  # logits; how much more often a stronger answer is right depends on the kind of text, see DECISIONS.md
MAX_DIFFERING = 5  # quotes that are shown where they give different values


class ReadsPassages(Protocol):
    """What the selector needs of a reader."""

    name: str

    def read(self, pairs: Sequence[PassageQuestion]) -> list[Reading]:
        """Return one reading a pair, in the given order."""
        ...


class ReadingSelector:
    """Selects quotes with the bundled reader."""

    def __init__(
        self,
        reader: ReadsPassages,
        encoder: Encoder,
        calibration: Calibration | None = None,
        *,
        overviews: Selector | None = None,
    ) -> None:
        """Without a calibration the bundled one is read; raises DamagedError if that can't be.

        The encoder matches sentences with the question. `overviews` takes the questions that ask what the articles
        say about a topic: no words of a passage answer them, so there is nothing for a reader to point at.
        """
        self.reader = reader
        self._encoder = encoder
        self._overviews = overviews
        self.name = reader.name
        self.calibration = calibration or load_calibration("reader")

    def select(self, questions: Sequence[str], hits: Sequence[Sequence[Hit]], searched: int) -> list[Evidence]:
        """Return one Evidence a question, in the given order; all pairs are read as one batch."""
        topics = [overview_topic(question) if self._overviews else None for question in questions]
        read = iter(self._read(*_only(questions, hits, [topic is None for topic in topics]), searched))
        if self._overviews is None or not any(topics):
            return list(read)
        asked = [topic or "" for topic in topics]
        told = iter(self._overviews.select(*_only(asked, hits, [topic is not None for topic in topics]), searched))
        return [
            next(read) if topic is None else replace(next(told), question=question)
            for question, topic in zip(questions, topics, strict=True)
        ]

    def _read(self, questions: Sequence[str], hits: Sequence[Sequence[Hit]], searched: int) -> list[Evidence]:
        pairs = [
            PassageQuestion(question, hit.passage.title, hit.passage.text)
            for question, found in zip(questions, hits, strict=True)
            for hit in found
        ]
        readings = iter(self._told_apart(questions, hits, pairs, self.reader.read(pairs)))
        candidates = [
            find_candidates(doubted(question, [(hit, next(readings)) for hit in found]))
            for question, found in zip(questions, hits, strict=True)
        ]
        return [
            self._evidence(question, found, own, searched)
            for question, found, own in zip(questions, hits, self._matched(questions, candidates), strict=True)
        ]

    def _matched(self, questions: Sequence[str], candidates: Sequence[Sequence[Candidate]]) -> list[list[Candidate]]:
        """The candidates with what their sentences' matches are worth, the strongest first."""
        sentences = [[candidate.sentence for candidate in within_reach(own)] for own in candidates]
        matches = match_sentences(self._encoder, questions, sentences)
        return [add_matches(own, fitting) for own, fitting in zip(candidates, matches, strict=True)]

    def _told_apart(
        self,
        questions: Sequence[str],
        hits: Sequence[Sequence[Hit]],
        pairs: Sequence[PassageQuestion],
        readings: Sequence[Reading],
    ) -> list[Reading]:
        """The readings, the best of each question read once more where a passage tells the same of two."""
        settled = list(readings)
        chosen: list[int] = []
        first = 0
        for question, found in zip(questions, hits, strict=True):
            scored = [(-passage_strength(hit, settled[n]), n) for n, hit in enumerate(found, first)]
            chosen += [n for _, n in sorted(scored)[:READ_AGAIN]] if wants_short_answer(question) else []
            first += len(found)
        again = tell_apart(self.reader.read, [pairs[n] for n in chosen], [settled[n] for n in chosen])
        for n, reading in zip(chosen, again, strict=True):
            settled[n] = reading
        return settled

    def _evidence(self, question: str, hits: Sequence[Hit], candidates: Sequence[Candidate], searched: int) -> Evidence:
        groups = group_answers(candidates)
        ordered = order_places(groups) if wants_short_answer(question) else candidates
        features = {
            **answer_features(groups),
            **place_features(ordered, math.log(max(searched, 1))),
            "retrieval": max((hit.score for hit in hits), default=0.0),
        }
        confidence = self.calibration.right.probability(features) if groups else 0.0
        sure = confidence >= LEAST_CONFIDENCE
        values = differing_values(question, [c for c in ordered if self._holds(question, c, features)]) if sure else []
        quotes = _quotes(question, ordered, values)
        return Evidence(
            question=question,
            quotes=quotes,
            confidence=confidence,
            support=self.calibration.answered.logit(features),
            answered=bool(groups) and self.calibration.answers(features),
            considered=covering(hits, candidates),
            features=features,
            short=bool(ordered) and _stands_alone(question, ordered[0]),
            differing=_numbered(values, quotes),
        )

    def _holds(self, question: str, candidate: Candidate, features: Mapping[str, float]) -> bool:
        """Whether this one would be an answer, had the best one not been found."""
        own = place_features([candidate], features["searched"])
        return self.calibration.answers({**features, **own, "strength": candidate.strength})


def _only(
    questions: Sequence[str], hits: Sequence[Sequence[Hit]], wanted: Sequence[bool]
) -> tuple[list[str], list[Sequence[Hit]]]:
    """The questions that are wanted, and their hits."""
    kept = [index for index, keep in enumerate(wanted) if keep]
    return [questions[index] for index in kept], [hits[index] for index in kept]


def answer_features(groups: Sequence[AnswerGroup]) -> Mapping[str, float]:
    """What the confidence is computed from: the best answer's strength, its lead, and its share of all answers.

    Firmness is the strength as far as more of it means more often right on any kind of text.
    """
    if not groups:
        return {"strength": -math.inf, "firmness": -math.inf, "lead": 0.0, "share": 0.0}
    strengths = [group.strength for group in groups]
    second = strengths[1] if len(strengths) > 1 else strengths[0] - 10.0
    return {
        "strength": strengths[0],
        "firmness": min(strengths[0], FIRM),
        "lead": min(strengths[0] - second, 10.0),
        "share": math.exp(strengths[0] - log_sum_exp([*strengths, 0.0])),
    }


def place_features(ordered: Sequence[Candidate], searched: float) -> Mapping[str, float]:
    """And from the first quote: its passage's rank, and among how many passages; `searched` is their logarithm."""
    return {"rank": math.log(ordered[0].hit.rank) if ordered else 0.0, "searched": searched}


def differing_values(question: str, ordered: Sequence[Candidate]) -> list[list[Candidate]]:
    """The candidates that give different values for what was asked, by value, the best one's first; or nothing."""
    groups = differing(question, [_place(candidate) for candidate in ordered])
    return [[ordered[n] for n in group] for group in groups]


def _place(candidate: Candidate) -> Place:
    passage = candidate.hit.passage
    first, _ = candidate.quoted()
    return Place(
        text=candidate.sentence,
        start=candidate.start - first,
        end=candidate.end - first,
        context=f"{passage.title}\n{passage.text}",
        article=passage.article_id,
        score=candidate.strength - candidate.matched,  # what says the same in other words is no weaker for it
        published=candidate.hit.published,
    )


def _quotes(question: str, ordered: Sequence[Candidate], values: Sequence[Sequence[Candidate]]) -> tuple[Quote, ...]:
    """The quotes, strongest first; but where values differ, one for each value comes before the rest."""
    if not values:
        near = (c for c in ordered if c.strength >= ordered[0].strength - EXTRA_QUOTE_GAP)
        return pick_distinct(_quote(c) for c in near if c is ordered[0] or not _is_heading(question, c))
    first = [group[0] for group in values]
    rest = [candidate for group in values for candidate in group[1:]]
    return pick_distinct([_quote(candidate) for candidate in (*first, *rest)], max(MAX_QUOTES, MAX_DIFFERING))


def _quote(candidate: Candidate) -> Quote:
    passage = candidate.hit.passage
    start, end = candidate.quoted()
    return Quote(
        passage.article_id,
        *in_article(passage, start, end),
        candidate.strength,
        in_article(passage, candidate.start, candidate.end),
        same_words(candidate.hit, start, end),
    )


def _is_heading(question: str, candidate: Candidate) -> bool:
    sentence = candidate.sentence
    return len(sentence.split()) < LEAST_WORDS and not shared_words(question, sentence)


def _stands_alone(question: str, candidate: Candidate) -> bool:
    start, _ = candidate.quoted()
    return stands_alone(question, candidate.sentence, candidate.start - start, candidate.end - start)


def _numbered(values: Sequence[Sequence[Candidate]], quotes: Sequence[Quote]) -> tuple[tuple[int, ...], ...]:
    """The values' quotes by number, as far as they were kept; nothing if fewer than two values are left."""
    numbers = {(quote.article_id, quote.answer): number for number, quote in enumerate(quotes, 1)}
    places = [
        [(c.hit.passage.article_id, in_article(c.hit.passage, c.start, c.end)) for c in candidates]
        for candidates in values
    ]
    kept = [tuple(numbers[place] for place in own if place in numbers) for own in places]
    found = tuple(group for group in kept if group)
    return found if len(found) > 1 else ()
