"""Which questions want a few words, worked out by hand."""

from __future__ import annotations

import pytest

from qa.question_type import overview_topic, wants_short_answer

SHORT = [
    "Who released Kling?",
    "Where was WAIC held?",
    "How many notable models did U.S. institutions produce in 2024?",
    "In which field is China clearly in the lead?",
    "What share of Chinese models is called state-of-the-art?",
    "When did it happen, and how much did it cost?",
    "how old is the president",
    "Which former pope was laid to rest this week?",
    "What show does Howard host?",
    "Is China or the United States ahead?",
]
LONG = [
    "Why did the bank fail?",
    "How did Angela Erdmann find out about the bottle?",
    "And how does that work?",
    "What do the articles say about open source?",
    "What does this article say on chips?",
    "Explain the strategy of China.",
    "What is said about Huawei?",
    "What caused the outage?",
    "In what way has the climate changed?",
    "Is China ahead of the United States?",
    "And did Li Qiang warn of the risks?",
    "Hasn’t the bank closed?",
]


@pytest.mark.parametrize("question", SHORT)
def test_short(question: str) -> None:
    assert wants_short_answer(question)


@pytest.mark.parametrize("question", LONG)
def test_long(question: str) -> None:
    assert not wants_short_answer(question)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What do the articles say about open source?", "open source"),
        ("What does this article say on chips?", "chips"),
        ("What is said about Huawei?", "Huawei"),
        ("Summarise the debate on AI governance", "the debate on AI governance"),
        ("Tell me about DeepSeek.", "DeepSeek"),
        ("Give me an overview of the export rules", "the export rules"),
        ("Who released Kling?", None),
        ("Tell me who released Kling", None),
        ("What did the report say in 2024?", None),
        ("Why did the bank fail?", None),
    ],
)
def test_topics_of_overviews(question: str, topic: str | None) -> None:
    assert overview_topic(question) == topic
