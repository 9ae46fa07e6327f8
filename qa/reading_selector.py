"""The bundled reader as a selector: it reads question and passages together and points at the words that answer.

An answer's strength is the reader's margin over "not answered here", gathered over the articles that give the same
answer (log-sum-exp: n articles that say the same are worth log n more than one). The scores of different passages are
comparable because the reader was trained with several passages a question under one normalisation. Near-duplicates
count as one article: a story that ten papers took from one agency is no more likely to be true.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.hits import Hit
from qa.calibration import Calibration, load_calibration
from qa.content_words import shared_words
from qa.echo import echoes
from qa.evidence import MAX_QUOTES, Evidence, Quote, Selector, in_article, pick_distinct
from qa.question_type import overview_topic, wants_short_answer
from qa.quoting import quote_range
from qa.reader import PassageQuestion, Reading, Span, log_sum_exp
from qa.short_answer import stands_alone
from qa.sources.copies import same_words, story_of
from qa.sources.disagreement import differing
from qa.sources.same_answer import full_names
from qa.sources.same_matter import Place

RANK_WEIGHT = 1.0  # logits that a rank e times as far down costs; from held-out questions, see DECISIONS.md
ECHO_COST = 8.0  # logits that a passage loses by repeating the question; see DECISIONS.md
EXTRA_QUOTE_GAP = 6.0  # logits below the first quote at which a further quote is no longer shown
LEAST_WORDS = 4  # of a further quote that holds no word of the question; what is shorter is mostly a heading
LEAST_CONFIDENCE = 0.5  # in the first answer; below it, others are rather mistaken than different
MAX_DIFFERING = 5  # quotes that are shown where they give different values


class ReadsPassages(Protocol):
    """What the selector needs of a reader."""

    name: str

    def read(self, pairs: Sequence[PassageQuestion]) -> list[Reading]:
        """Return one reading a pair, in the given order."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words of a passage that may answer the question."""

    hit: Hit
    start: int  # characters into the passage's text
    end: int  # half open
    strength: float  # logits over "not answered here"; higher is better

    @property
    def words(self) -> str:
        """The answer as the passage has it."""
        return self.hit.passage.text[self.start : self.end]

    def quoted(self) -> tuple[int, int]:
        """What is quoted around the words, characters into the passage's text, half open."""
        return quote_range(self.hit.passage.text, self.start, self.end)


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """One answer and the places that give it, the strongest first."""

    members: tuple[Candidate, ...]  # at most one an article and its near-duplicates
    strength: float  # logits


class ReadingSelector:
    """Selects quotes with the bundled reader."""

    def __init__(
        self, reader: ReadsPassages, calibration: Calibration | None = None, *, overviews: Selector | None = None
    ) -> None:
        """Without a calibration the bundled one is read; raises DamagedError if that can't be.

        `overviews` takes the questions that ask what the articles say about a topic: no words of a passage answer
        them, so there is nothing for a reader to point at.
        """
        self.reader = reader
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
        readings = iter(self.reader.read(pairs))
        return [
            self._evidence(question, [(hit, doubted(question, hit, next(readings))) for hit in found], searched)
            for question, found in zip(questions, hits, strict=True)
        ]

    def _evidence(self, question: str, read: Sequence[tuple[Hit, Reading]], searched: int) -> Evidence:
        candidates = find_candidates(read)
        groups = group_answers(candidates)
        ordered = order_places(groups) if wants_short_answer(question) else candidates
        features = {**answer_features(groups), **place_features(question, ordered, math.log(max(searched, 1)))}
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
            considered=rerank(read),
            features=features,
            short=bool(ordered) and _stands_alone(question, ordered[0]),
            differing=_numbered(values, quotes),
        )

    def _holds(self, question: str, candidate: Candidate, features: Mapping[str, float]) -> bool:
        """Whether this one would be an answer, had the best one not been found."""
        own = place_features(question, [candidate], features["searched"])
        return self.calibration.answers({**features, **own, "strength": candidate.strength})


def _only(
    questions: Sequence[str], hits: Sequence[Sequence[Hit]], wanted: Sequence[bool]
) -> tuple[list[str], list[Sequence[Hit]]]:
    """The questions that are wanted, and their hits."""
    kept = [index for index, keep in enumerate(wanted) if keep]
    return [questions[index] for index in kept], [hits[index] for index in kept]


def doubted(question: str, hit: Hit, reading: Reading) -> Reading:
    """The reading, with "not answered here" more likely where the passage repeats the question."""
    if not echoes(question, hit.passage.text):
        return reading
    return replace(reading, null_score=reading.null_score + ECHO_COST)


def find_candidates(read: Sequence[tuple[Hit, Reading]]) -> list[Candidate]:
    """Return every span of every reading, the strongest first; a place that two passages share counts once."""
    best: dict[tuple[str, int, int], Candidate] = {}
    for hit, reading in read:
        for span in reading.spans:
            strength = span_strength(span, hit, reading)
            place = (hit.passage.article_id, *in_article(hit.passage, span.start, span.end))
            if place not in best or best[place].strength < strength:
                best[place] = Candidate(hit, span.start, span.end, strength)
    return sorted(best.values(), key=lambda c: (-c.strength, c.hit.passage.id, c.start))


def span_strength(span: Span, hit: Hit, reading: Reading) -> float:
    """How much better a span is than "not answered here", in logits, less what its passage's rank costs."""
    return reading.strength(span) - RANK_WEIGHT * math.log(hit.rank)


def group_answers(candidates: Sequence[Candidate]) -> list[AnswerGroup]:
    """Gather candidates that give the same answer, one an article and its copies; the strongest group first."""
    counted = full_names([candidate.words for candidate in candidates])
    by_key: dict[str, dict[int | str, Candidate]] = {}
    for candidate in candidates:  # the strongest comes first, so the first of an article is its best
        key = counted[candidate.words]
        by_key.setdefault(key, {}).setdefault(story_of(candidate.hit), candidate)
    groups = [
        AnswerGroup(tuple(members.values()), log_sum_exp([c.strength for c in members.values()]))
        for key, members in by_key.items()
        if key
    ]
    return sorted(groups, key=lambda g: (-g.strength, g.members[0].hit.passage.id, g.members[0].start))


def order_places(groups: Sequence[AnswerGroup]) -> list[Candidate]:
    """The best answer's places come first, then the other answers' best places by their own strength."""
    if not groups:
        return []
    others = sorted((group.members[0] for group in groups[1:]), key=lambda c: (-c.strength, c.hit.passage.id, c.start))
    return [*groups[0].members, *others]


def answer_features(groups: Sequence[AnswerGroup]) -> Mapping[str, float]:
    """What the confidence is computed from: the best answer's strength, its lead, and its share of all answers."""
    if not groups:
        return {"strength": -math.inf, "lead": 0.0, "share": 0.0}
    strengths = [group.strength for group in groups]
    second = strengths[1] if len(strengths) > 1 else strengths[0] - 10.0
    return {
        "strength": strengths[0],
        "lead": min(strengths[0] - second, 10.0),
        "share": math.exp(strengths[0] - log_sum_exp([*strengths, 0.0])),
    }


def place_features(question: str, ordered: Sequence[Candidate], searched: float) -> Mapping[str, float]:
    """And from the first quote: its passage's rank, how much of the question it repeats, and among how many passages.

    `searched` is the logarithm of their number.
    """
    if not ordered:
        return {"rank": 0.0, "overlap": 0.0, "searched": searched}
    start, end = ordered[0].quoted()
    return {
        "rank": math.log(ordered[0].hit.rank),
        "overlap": shared_words(question, ordered[0].hit.passage.text[start:end]),
        "searched": searched,
    }


def rerank(read: Sequence[tuple[Hit, Reading]]) -> tuple[Hit, ...]:
    """Return the hits in the reader's order, with the strength of their best span as score."""
    scored = [
        (max((span_strength(span, hit, reading) for span in reading.spans), default=-math.inf), hit)
        for hit, reading in read
    ]
    scored.sort(key=lambda pair: (-pair[0], pair[1].rank))
    return tuple(replace(hit, score=score, rank=rank) for rank, (score, hit) in enumerate(scored, 1))


def differing_values(question: str, ordered: Sequence[Candidate]) -> list[list[Candidate]]:
    """The candidates that give different values for what was asked, by value, the best one's first; or nothing."""
    groups = differing(question, [_place(candidate) for candidate in ordered])
    return [[ordered[n] for n in group] for group in groups]


def _place(candidate: Candidate) -> Place:
    passage = candidate.hit.passage
    first, last = candidate.quoted()
    return Place(
        text=passage.text[first:last],
        start=candidate.start - first,
        end=candidate.end - first,
        context=f"{passage.title}\n{passage.text}",
        article=passage.article_id,
        score=candidate.strength,
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
    start, end = candidate.quoted()
    sentence = candidate.hit.passage.text[start:end]
    return len(sentence.split()) < LEAST_WORDS and not shared_words(question, sentence)


def _stands_alone(question: str, candidate: Candidate) -> bool:
    start, end = candidate.quoted()
    sentence = candidate.hit.passage.text[start:end]
    return stands_alone(question, sentence, candidate.start - start, candidate.end - start)


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
