"""Passages that say the same of two: both questions have their own words, and nothing else moves."""

from __future__ import annotations

import random

import pytest

from training.contrast import Contraster, kind_of, renumbered
from training.data import Asked, Paragraph, Reading
from training.groups import Mix, Shower
from training.negatives import Candidates

TEXT = "The port was closed. In 2019 the harbour of Norvik took 4,120 ships. It was sold to Alma Reyes later."
OTHERS = "Who lives in Port Elm, and who lives in Sankt Veit or in Bad Aussee? Did Ida Stern?"


def reading(*questions: tuple[str, str]) -> Reading:
    asked = [Asked("news", 0, text, ((TEXT.index(a), TEXT.index(a) + len(a), 1.0),)) for text, a in questions]
    asked.append(Asked("news", 1, OTHERS, ((0, 9, 1.0),)))
    asked.append(Asked("news", 1, "Who was it sold to?", ((10, 19, 1.0),)))
    other = Paragraph(1, "news", "other", 0, "", "Ida Stern Tom Weller met.")
    return Reading((Paragraph(0, "news", "port", 0, "Port", TEXT), other), tuple(asked))


@pytest.mark.parametrize(
    "question, answer",
    [
        ("How many ships did the harbour of Norvik take?", "4,120"),
        ("How many ships came to the harbour in 2019?", "4,120 ships"),
    ],
)
def test_both_questions_have_their_own_words(question: str, answer: str) -> None:
    given = reading((question, answer))
    contraster = Contraster(given)
    made = [contraster.contrast(given.questions[0], given.paragraphs[0], random.Random(n)) for n in range(60)]
    found = [one for one in made if one]
    assert len(found) > 30
    for one in found:
        (first, second), (start, end), (other_start, other_end) = one.questions, *one.spans
        assert first == question and second != question
        assert one.text[start:end] == answer
        new = one.text[other_start:other_end]
        assert new != answer and len(new) == len(answer) and new not in TEXT
        assert one.text.startswith("The port was closed. ")
        assert one.text.endswith("It was sold to Alma Reyes later.")
        assert end <= other_start or other_end <= start
    assert {one.spans[0] < one.spans[1] for one in found} == {True, False}, "the right words aren't always first"


def test_nothing_is_made_where_the_question_names_nothing_of_the_sentence() -> None:
    given = reading(("How many ships came?", "4,120"), ("To whom was the harbour of Norvik sold?", "Alma Reyes"))
    contraster = Contraster(given)
    for question in given.questions[:2]:
        assert contraster.contrast(question, given.paragraphs[0], random.Random(1)) is None


@pytest.mark.parametrize(
    "answer, kind",
    [("40", "number"), ("nine", "number"), ("about 4 million", "number"), ("Alma Reyes", "name"), ("a new port", None)],
)
def test_kinds(answer: str, kind: str | None) -> None:
    assert kind_of(answer) == kind


def test_other_digits_keep_length_and_century() -> None:
    for seed in range(50):
        dice = random.Random(seed)
        assert (renumbered("in 1931", "", dice) or "").startswith("in 19")
        changed = renumbered("4,120 ships", "", dice) or ""
        assert len(changed) == 11 and changed.endswith(" ships") and changed[0] != "0"


def test_an_epoch_asks_both() -> None:
    given = reading(("How many ships did the harbour of Norvik take?", "4,120"))
    none = [Candidates((), ())] * len(given.questions)
    plain = list(Shower(given, none, Mix(negative=0.0)).epoch(3))
    both = list(Shower(given, none, Mix(negative=0.0, contrast=1.0)).epoch(3))
    assert len(both) == len(plain) + 2
    for (shown,) in both:
        (start, end, _) = shown.spans[0]
        assert 0 <= start < end <= len(shown.pair.text)
