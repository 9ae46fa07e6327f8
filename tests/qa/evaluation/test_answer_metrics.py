"""Scores of words: the official SQuAD 2.0 definition by hand-worked cases, ROUGE-L by rouge-score itself."""

from __future__ import annotations

import random

import pytest
from rouge_score.rouge_scorer import RougeScorer

from qa.evaluation.answer_metrics import contains, exact_match, rouge_l, token_f1


@pytest.mark.parametrize(
    ("prediction", "references", "em", "f1"),
    [
        ("The Eiffel Tower", ["Eiffel tower"], 1, 1.0),  # case and article don't count
        ("Denver  Broncos!", ["the Denver Broncos"], 1, 1.0),  # nor punctuation and white space
        ("Broncos", ["Denver Broncos"], 0, 2 / 3),  # precision 1, recall 1/2
        ("the cat sat on the mat", ["a cat on a mat"], 0, 2 * (3 / 4) * 1 / (3 / 4 + 1)),  # 3 of 4 against 3 of 3
        ("to be or not to be", ["be to"], 0, 2 * (2 / 6) * 1 / (2 / 6 + 1)),  # a token counts as often as both have it
        ("Paris", ["London", "Paris, France", "Paris"], 1, 1.0),  # the best reference counts
        ("Paris", ["London"], 0, 0.0),
        ("", ["London"], 0, 0.0),  # nothing said where there is an answer
        ("The", ["a"], 1, 1.0),  # both empty after normalisation
        ("U.S.", ["US"], 1, 1.0),  # punctuation vanishes, it doesn't separate
        ("Angela’s", ["Angela's"], 1, 1.0),  # curly and straight apostrophe are one
    ],
)
def test_squad(prediction: str, references: list[str], em: int, f1: float) -> None:
    assert exact_match(prediction, references) == em
    assert token_f1(prediction, references) == pytest.approx(f1)


def test_containing_is_of_whole_words_in_order() -> None:
    assert contains("It was the Buffalo Bills, again.", ["Buffalo Bills"]) == 1
    assert contains("Bills from Buffalo", ["Buffalo Bills"]) == 0
    assert contains("Artists met", ["art"]) == 0
    assert contains("anything at all", ["the", ""]) == 0
    assert contains("", ["x"]) == 0


def test_rouge_l_is_rouge_scores() -> None:
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    words = "the a cat Sat on mat, 12.5 naïve — don't U.S. dogs ran off".split()
    chooser = random.Random(4)
    for _ in range(300):
        prediction = " ".join(chooser.choices(words, k=chooser.randrange(12)))
        references = [" ".join(chooser.choices(words, k=chooser.randrange(12))) for _ in range(3)]
        wanted = max(scorer.score(reference, prediction)["rougeL"].fmeasure for reference in references)
        assert rouge_l(prediction, references) == pytest.approx(wanted)
