"""Follow-ups: dialogues in follow_ups.jsonl, each with what the last question asks, or null where it stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.conversation import Exchange, stand_alone
from qa.ellipsis import MAX_QUOTE
from qa.mentions import names, things, times

DIALOGUES = [json.loads(line) for line in Path(__file__).with_name("follow_ups.jsonl").read_text("utf-8").splitlines()]
PARK = Exchange("How many trees does the park have?", "1,240", "The park has 1,240 trees.")


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue["understood"] or dialogue["asked"])
def test_dialogue(dialogue: dict[str, Any]) -> None:
    turns = [Exchange(**turn) for turn in dialogue["turns"]]
    understood = stand_alone(dialogue["asked"], turns)
    assert understood.question == (dialogue["understood"] or dialogue["asked"])
    assert understood.changed is (dialogue["understood"] is not None)


def test_there_are_enough_of_both_kinds() -> None:
    resolved = sum(dialogue["understood"] is not None for dialogue in DIALOGUES)
    assert resolved >= 40
    assert len(DIALOGUES) - resolved >= 20


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue["asked"])
def test_what_was_understood_stands_alone(dialogue: dict[str, Any]) -> None:
    """Asked again as it was understood, in the same place of the conversation, a question stays as it is."""
    turns = [Exchange(**turn) for turn in dialogue["turns"]]
    understood = stand_alone(dialogue["asked"], turns).question
    assert stand_alone(understood, turns).question == understood


def test_a_chain_goes_on_from_what_was_understood() -> None:
    first = stand_alone("And in China?", [Exchange("How many people own a car in France?")])
    second = stand_alone("And in 2019?", [Exchange(first.question)])
    assert second.question == "How many people own a car in China in 2019?"


def test_white_space_alone_is_no_change() -> None:
    understood = stand_alone("  Who won\nthe cup? ", [PARK])
    assert (understood.question, understood.changed) == ("Who won the cup?", False)


@pytest.mark.parametrize(
    "asked",
    [
        "?",
        "...",
        "",
        "And",
        "And?",
        "what about",
        "“",
        "it",
        "What about it?",
        "In detail?",
        "Wer ist das?",
        "那中国呢？",
    ],
)
def test_odd_questions_stay(asked: str) -> None:
    assert not stand_alone(asked, [PARK, Exchange("?"), Exchange("它", "1", "")]).changed


def test_a_long_quote_is_cut_between_words() -> None:
    quote = "a long story " * 50
    understood = stand_alone("Who said that?", [Exchange("Why?", None, quote)]).question
    kept = understood.removeprefix("Who said “").removesuffix(" …”?")
    assert quote.startswith(f"{kept} ")
    assert MAX_QUOTE - 10 < len(kept) < MAX_QUOTE


def test_mentions_are_slices_of_the_question() -> None:
    question = "What did the mayor of Lindau tell Ines Falk about the United States in May 2024?"
    assert [name.text for name in names(question)] == ["Lindau", "Ines Falk", "the United States"]
    assert [thing.text for thing in things(question)] == ["the mayor of Lindau"]
    assert [time.text for time in times(question)] == ["in May 2024"]
    for mention in (*names(question), *things(question), *times(question)):
        assert question[mention.start : mention.end] == mention.text
