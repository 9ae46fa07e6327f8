"""Questions in other words: what the text says is replaced, names, numbers and what asks stay."""

from __future__ import annotations

import random
import re

import pytest

from training.data import Asked, Paragraph, Reading
from training.groups import Mix, Shower
from training.negatives import Candidates
from training.reword import APART, MASK, Rewording
from training.trainer import base_folder

TEXT = "In 2019 Alma Reyes bought the largest firm of the town for 40 million. Its workers began to film the building."
SAID = "purchased purchase sold company smallest biggest city employees started movie photograph thousand"


@pytest.fixture(scope="module")
def rewording() -> Rewording:
    """Over a vocabulary that holds neighbours of the text's words, each often enough."""
    return Rewording(base_folder(), [TEXT, SAID] * 3)


def asked(rewording: Rewording, question: str) -> set[str]:
    dice = random.Random(1)
    return {rewording.reworded(question, TEXT, dice) for _ in range(80)}


def test_shared_words_give_way_to_near_ones(rewording: Rewording) -> None:
    assert "Who began to movie the building?" in asked(rewording, "Who began to film the building?")
    assert "Who started to film the building?" not in asked(rewording, "Who began to film the building?")  # kept apart
    assert asked(rewording, "Which workers?") == {"Which workers?", "Which employees?"}


def test_opposites_and_siblings_are_kept_apart(rewording: Rewording) -> None:
    found = asked(rewording, "Which largest town was bought for million by workers?")
    words = {word for question in found for word in re.findall("[a-z]+", question)}
    assert "employees" in words
    assert not words & {"smallest", "sold", "thousand", "city"}


def test_names_numbers_and_words_that_the_text_lacks_stay(rewording: Rewording) -> None:
    for question in ("Did Alma Reyes say so in 2019?", "Whose cousin was angry?", "Who was it?"):
        assert asked(rewording, question) == {question}


def test_a_word_without_neighbours_is_hidden_at_times(rewording: Rewording) -> None:
    hidden = [f"Whose {MASK}?" == question for question in asked(rewording, "Whose building?")]
    assert sorted(hidden) == [False, True]


def test_no_word_stands_twice_in_a_line_of_those_kept_apart() -> None:
    for line in APART.strip().splitlines():
        words = line.split()
        assert len(words) == len(set(words)) > 1, line


def test_passage_and_answer_stay_as_they_are(rewording: Rewording) -> None:
    place = TEXT.index("40 million")
    questions = tuple(Asked("new_wiki", 0, "What did workers film?", ((place, place + 10, 1.0),)) for _ in range(40))
    given = Reading((Paragraph(0, "new_wiki", "town", 0, "Town", TEXT),), questions)
    mix = Mix(reworded=1.0, unmarked=0.0, negative=0.0)
    shown = [group[0] for group in Shower(given, [Candidates((), ())] * 40, mix, rewording=rewording).epoch(3)]
    assert {one.pair.question for one in shown} > {"What did employees film?", "What did employees movie?"}
    assert {one.pair.text[start:end] for one in shown for start, end, _ in one.spans} == {"40 million"}
