"""Planted texts: they have the question's words and never its answer."""

from __future__ import annotations

import random

import pytest

from qa.content_words import content_words
from training.data import Asked, Paragraph, Reading
from training.groups import Mix, Shower
from training.negatives import Candidates
from training.planted import ABOUT, ORDERS, Planter

TEXT = "In 2019 the harbour of Norvik took 4,120 ships. It was sold to Alma Reyes later."
QUESTION = "How many ships did the harbour of Norvik take in 2019?"


def reading() -> Reading:
    start = TEXT.index("4,120")
    other = "Ida Stern met Tom Weller. They spoke about tin, paper and the price of bread."
    return Reading(
        (Paragraph(0, "news", "port", 0, "Port", TEXT), Paragraph(1, "news", "talk", 0, "A talk", other)),
        (
            Asked("news", 0, QUESTION, ((start, start + 5, 1.0),)),
            Asked("news", 1, "Who met Tom Weller?", ((0, 9, 1.0),)),
            Asked("news", 0, "Who was it sold to?", ((TEXT.index("Alma"), TEXT.index("Alma") + 10, 1.0),)),
        ),
    )


@pytest.mark.parametrize("seed", range(60))
def test_a_planted_text_has_the_question_s_words_and_not_its_answer(seed: int) -> None:
    given = reading()
    title, text = Planter(given).plant(given.questions[0], QUESTION, random.Random(seed))
    assert "4,120" not in f"{title} {text}"
    wanted = content_words(QUESTION)
    assert len(wanted & content_words(text)) >= len(wanted) / 3


def test_what_it_says_is_another_question_s_answer_or_nobody_s_name() -> None:
    given = reading()
    planter = Planter(given)
    texts = [planter.plant(given.questions[0], QUESTION, random.Random(n))[1] for n in range(200)]
    theirs = sum("Ida Stern" in text and "Tom Weller" not in text for text in texts)
    assert 20 < theirs < 180


def test_the_same_dice_make_the_same_text() -> None:
    given = reading()
    first, again = (Planter(given).plant(given.questions[0], QUESTION, random.Random(4)) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("sentence", [*ABOUT, *ORDERS])
def test_every_sentence_can_be_filled(sentence: str) -> None:
    filled = sentence.format(words="harbour ships", question=QUESTION, said="Alma Reyes")
    assert "{words}" not in filled and "{said}" not in filled and "{question}" not in filled
    assert "harbour" in filled or "Alma Reyes" in filled


def test_a_question_gets_it_as_one_more_passage_without_answer() -> None:
    given = reading()
    candidates = [Candidates((), ()) for _ in given.questions]
    none, each = (
        Shower(given, candidates, Mix(negative=0, joined=0, planted=share)).group(0, random.Random(1))
        for share in (0.0, 1.0)
    )
    assert (len(none), len(each)) == (1, 2)
    assert each[0].spans and not each[1].spans
    assert each[1].pair.question.rstrip("?") == QUESTION.rstrip("?")
