"""Sentences matched with a question by meaning and by weighted words, all questions in one batch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoder import HashEncoder
from qa.content_words import content_words
from qa.sentence_match import Match, match_sentences, weighted_overlap


class Counting(HashEncoder):
    """Counts what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As a HashEncoder."""
        self.batches.append(list(texts))
        return super().encode_queries(texts)


def test_each_question_is_matched_with_its_own_sentences_in_one_batch() -> None:
    encoder = Counting()
    questions = ["Who opened the bridge?", "What did it cost?"]
    sentences = [["The mayor opened the bridge.", "It rained."], ["It rained."]]
    (opened, rained), (again,) = match_sentences(encoder, questions, sentences)
    assert encoder.batches == [[*questions, "The mayor opened the bridge.", "It rained."]]
    asked, other, said = encoder.encode_queries([*questions, "It rained."])
    assert rained.similarity == pytest.approx(float(asked @ said))
    assert again.similarity == pytest.approx(float(other @ said))
    assert opened.overlap == 1.0 and opened.score == opened.similarity + 1.0
    assert opened.score > rained.score


def test_without_sentences_nothing_is_encoded() -> None:
    encoder = Counting()
    assert match_sentences(encoder, ["Who?", "When?"], [[], []]) == [[], []]
    assert match_sentences(encoder, [], []) == []
    assert encoder.batches == []


def test_both_count_the_same() -> None:
    assert Match(0.25, 0.5).score == Match(0.5, 0.25).score


def test_overlap_weighs_rare_words_more() -> None:
    texts = ["cost euros", "cost", "cost"]
    weight = {"cost": math.log(1 + 0.5 / 3.5), "euros": math.log(1 + 2.5 / 1.5)}
    overlaps = weighted_overlap("What did it cost in euros?", texts)
    assert overlaps[0] == pytest.approx(1.0)
    assert overlaps[1] == pytest.approx(weight["cost"] / (weight["cost"] + weight["euros"]))


def test_a_question_of_stop_words_overlaps_with_nothing() -> None:
    assert weighted_overlap("What is it?", ["It is what it is."]) == [0.0]
    assert content_words("What is it?") == set()
