"""The words of the passages that may answer a question, compared across passages and gathered by what they say.

A candidate's strength is the reader's margin over "not answered here", less what its passage's rank costs, plus what
its sentence's match with the question is worth, which errs in other ways than the reader (qa/sentence_match.py). The
scores of different passages are comparable because the reader was trained with several passages a question under one
normalisation. The same answer in several articles is one answer, and stronger (log-sum-exp: n articles that say the
same are worth log n more than one); near-duplicates count as one article, since a story that ten papers took from one
agency is no more likely to be true.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.hits import Hit
from qa.echo import echoes
from qa.evidence import in_article
from qa.quoting import quote_range
from qa.reader import Reading, Span, log_sum_exp
from qa.recency import age_costs
from qa.sentence_match import Match
from qa.sources.copies import story_of
from qa.sources.same_answer import full_names

RANK_WEIGHT = 1.0  # logits that a rank e times as far down costs; from held-out questions, see DECISIONS.md
MATCH_WEIGHT = 4.0  # logits that a sentence's match is worth; from held-out questions, see DECISIONS.md
USUAL_MATCH = 0.8  # the mean match among the candidates of those questions, which changes nothing
GOOD_MATCH = 1.0  # a better one counts no more, so that a sentence stuffed with the question's words wins little
REACH = 4.0  # logits behind the best candidate from which on no match brings another to the front
ECHO_COST = 8.0  # logits that a passage loses by repeating the question; see DECISIONS.md


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words of a passage that may answer the question."""

    hit: Hit
    start: int  # characters into the passage's text
    end: int  # half open
    strength: float  # logits over "not answered here"; higher is better
    matched: float = 0.0  # logits of it that its sentence's match is worth; the rest is the reader's

    @property
    def words(self) -> str:
        """The answer as the passage has it."""
        return self.hit.passage.text[self.start : self.end]

    def quoted(self) -> tuple[int, int]:
        """What is quoted around the words, characters into the passage's text, half open."""
        return quote_range(self.hit.passage.text, self.start, self.end)

    @property
    def sentence(self) -> str:
        """What is quoted around the words."""
        return self.hit.passage.text[slice(*self.quoted())]


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """One answer and the places that give it, the strongest first."""

    members: tuple[Candidate, ...]  # at most one an article and its near-duplicates
    strength: float  # logits


def doubted(question: str, read: Sequence[tuple[Hit, Reading]]) -> list[tuple[Hit, Reading]]:
    """The readings, with "not answered here" more likely where a passage repeats the question or is outdated."""
    costs = age_costs(question, [hit for hit, _ in read])
    return [
        (hit, replace(reading, null_score=reading.null_score + cost + ECHO_COST * echoes(question, hit.passage.text)))
        for (hit, reading), cost in zip(read, costs, strict=True)
    ]


def find_candidates(read: Sequence[tuple[Hit, Reading]]) -> list[Candidate]:
    """Return every span of every reading, the strongest first; a place that two passages share counts once."""
    best: dict[tuple[str, int, int], Candidate] = {}
    for hit, reading in read:
        for span in reading.spans:
            strength = span_strength(span, hit, reading)
            place = (hit.passage.article_id, *in_article(hit.passage, span.start, span.end))
            if place not in best or best[place].strength < strength:
                best[place] = Candidate(hit, span.start, span.end, strength)
    return _strongest_first(best.values())


def within_reach(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of the candidates, the strongest first, that a match may bring to the front."""
    return [one for one in candidates if one.strength >= candidates[0].strength - REACH]


def add_matches(candidates: Sequence[Candidate], matches: Sequence[Match]) -> list[Candidate]:
    """The candidates again, the first of them stronger or weaker by their sentences' matches; the strongest first."""
    worth = [MATCH_WEIGHT * (min(match.score, GOOD_MATCH) - USUAL_MATCH) for match in matches]
    near = [replace(one, strength=one.strength + w, matched=w) for one, w in zip(candidates, worth, strict=False)]
    return _strongest_first([*near, *candidates[len(near) :]])


def _strongest_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (-c.strength, c.hit.passage.id, c.start))


def span_strength(span: Span, hit: Hit, reading: Reading) -> float:
    """How much better a span is than "not answered here", in logits, less what its passage's rank costs."""
    return reading.strength(span) - RANK_WEIGHT * math.log(hit.rank)


def passage_strength(hit: Hit, reading: Reading) -> float:
    """The strength of a passage's best span; minus infinity where it has none."""
    return max((span_strength(span, hit, reading) for span in reading.spans), default=-math.inf)


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
