"""The order of passages in which the first ones together hold as much as possible of what may be the answer.

By the reader's score alone the first passages mostly give the same answer again, and if that is wrong, all of them are.
What may be the answer is known with its probability, and a passage that holds its words covers it. So the next passage
is always the one that covers most of what those before it leave open (IA-Select of Agrawal et al. 2009, "Diversifying
search results", with answers in the place of a query's meanings). What is left to an answer that the reader has not
seen falls to the passages as the search found them: the less it is sure, the more their order stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.hits import Hit
from qa.candidates import Candidate
from qa.normalise import padded
from qa.reader import log_sum_exp
from qa.sources.same_answer import answer_key

TEMPERATURE = 2.5  # of the strengths, at which they are probabilities; see DECISIONS.md
LEFT_OPEN = 0.1  # of an answer's probability when a passage holds its words, which needn't say that it is the answer
UNSEEN = 4.0  # the strength that stands for an answer that none of the candidates is; see DECISIONS.md
FOUND = 7.0  # logits that 1 of the search's score makes a passage likelier to hold it; see DECISIONS.md


def covering(hits: Sequence[Hit], candidates: Sequence[Candidate]) -> tuple[Hit, ...]:
    """Return the hits so that each adds the most; the strength of its best candidate becomes a hit's score.

    Hits come with the search's scores. Where two add the same, the stronger comes first, then the one found first.
    """
    best = {c.hit.passage.id: c.strength for c in reversed(candidates)}  # the strongest comes first
    strengths = [best.get(hit.passage.id, -math.inf) for hit in hits]
    waiting = sorted(range(len(hits)), key=lambda n: (-strengths[n], hits[n].rank))
    answers, open_, unseen = _odds(candidates)
    elsewhere = unseen * _softmax(FOUND * np.array([hit.score for hit in hits]))
    texts = [padded(hit.passage.text) for hit in hits]
    held = np.array([[f" {answer} " in text for answer in answers] for text in texts], np.float64)
    order: list[Hit] = []
    while waiting:
        gains = held[waiting] @ open_ + elsewhere[waiting]
        n = waiting.pop(int(np.argmax(gains)))  # the first of equals
        open_ = open_ * (1 - (1 - LEFT_OPEN) * held[n])
        order.append(replace(hits[n], score=strengths[n], rank=len(order) + 1))
    return tuple(order)


def _odds(candidates: Sequence[Candidate]) -> tuple[list[str], NDArray[np.float64], float]:
    """The different answers, how likely each is, and how likely none of them."""
    strength: dict[str, float] = {}
    for candidate in candidates:
        key = answer_key(candidate.words)
        if key:
            strength[key] = float(np.logaddexp(strength.get(key, -math.inf), candidate.strength / TEMPERATURE))
    odds = _softmax(np.array([*strength.values(), UNSEEN / TEMPERATURE]))
    return list(strength), odds[:-1], float(odds[-1])


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(logits - log_sum_exp(logits)))
