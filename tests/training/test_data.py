"""Sets into one form; expected values are worked out by hand."""

from __future__ import annotations

import random

import pytest

from qa.reader_input import PassageQuestion
from training.data import Asked, Paragraph, Reading, weigh
from training.groups import Mix, Shower, crop, sentences
from training.negatives import Candidates, Swapper, normal
from training.plain import detokenise


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("He did n't go , she said .", "He didn't go, she said."),
        ("`` So '' , -LRB- he -RRB- said", '"So", (he) said'),
        ("the post - war era", "the post-war era"),
        ("It cost $ 5 -- more", "It cost $5 -- more"),
        ("the firm 's plan", "the firm's plan"),
    ],
)
def test_detokenise(raw: str, plain: str) -> None:
    text, where = detokenise(raw)
    assert text == plain
    assert len(where) == len(raw) + 1 and where[-1] == len(plain)


def test_places_survive_detokenising() -> None:
    raw = "said -LRB- Ann Lee , 30 -RRB- today"
    text, where = detokenise(raw)
    start = raw.index("Ann")
    assert text[where[start] : where[start + len("Ann Lee")]] == "Ann Lee"


def test_votes_are_squared() -> None:
    assert weigh([(0, 4), (0, 4), (2, 4)]) == ((0, 4, 0.8), (2, 4, 0.2))


def _reading() -> Reading:
    text = "Ann Lee won in 1998. " + "It rained a lot that day. " * 8 + "Bo Ray lost."
    paragraphs = (
        Paragraph(0, "wiki", "a", 0, "Title", text),
        Paragraph(1, "wiki", "a", 1, "Title", "Nobody else ran. " * 10),
    )
    return Reading(paragraphs, (Asked("wiki", 0, "Who won?", ((0, 7, 1.0),)),))


def test_shown_spans_are_the_answer_and_negatives_lack_it() -> None:
    reading = _reading()
    always = Mix(negative=1.0, cropped=0.4, joined=0.4, removed=0.4)
    shower = Shower(reading, [Candidates((1,), ())], always)
    for seed in range(60):
        (group,) = shower.epoch(seed)
        ((start, end, _),) = group[0].spans
        assert group[0].pair.text[start:end] == "Ann Lee"
        for other in group[1:]:
            assert other.spans == () and "Ann Lee" not in other.pair.text


def test_the_same_seed_shows_the_same() -> None:
    reading = _reading()
    shower = Shower(reading, [Candidates((1,), ())])
    assert list(shower.epoch(3)) == list(shower.epoch(3))


def test_crop_keeps_whole_sentences() -> None:
    text = "One two. Three four. Five six. Seven."
    assert [text[a:b] for a, b in sentences(text)] == ["One two. ", "Three four. ", "Five six. ", "Seven."]
    for seed in range(20):
        start, end = crop(text, 9, 14, random.Random(seed))
        assert start <= 9 and end >= 14 and (start, end) != (9, 14)


def test_swapped_questions_name_what_the_passage_does_not() -> None:
    names = [Asked("wiki", 0, f"Why did Agent{i} run?", ()) for i in range(40)]
    swapper = Swapper(names)
    text = "Agent3 ran home."
    changed = swapper.swap(names[3], text, random.Random(0))
    assert changed is not None and normal("Agent3") not in normal(changed)
    assert swapper.swap(Asked("wiki", 0, "why did he run?", ()), text, random.Random(0)) is None
    assert PassageQuestion("a", "b", "c").text == "c"
