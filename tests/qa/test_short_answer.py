"""When words that the reader points at are shown as the answer."""

from __future__ import annotations

import pytest

from qa.short_answer import stands_alone

CASES = [
    (
        "Who is Yevgeny Prigozhin?",
        "Yevgeny Prigozhin, a wealthy Russian businessman, claimed",
        "Russian businessman",
        True,
    ),
    ("Who is Yevgeny Prigozhin?", "Yevgeny Prigozhin, who has claimed the Kremlin meddled", "the Kremlin", False),
    ("What is Cusco?", "Cusco, an Andean city, has", "city", True),
    ("What is ChatGPT?", "There is free access to ChatGPT.", "free access", False),
    ("What is Layoffs.fyi?", "Layoffs.fyi, a website that tracks layoffs", "a website that tracks layoffs", True),
    (
        "What is Kling?",
        "Kuaishou released Kling, an AI video generator comparable to OpenAI’s Sora.",
        "Kuaishou",
        False,
    ),
    (
        "What is Kling?",
        "Kuaishou released Kling, an AI video generator comparable to OpenAI’s Sora.",
        "an AI video generator",
        True,
    ),
    (
        "What is Kling?",
        "Kuaishou released Kling, an AI video generator comparable to OpenAI’s Sora.",
        "AI video generator",
        True,
    ),
    ("What is WAIC?", "At the recent World AI Conference (WAIC) in Shanghai", "World AI Conference", True),
    (
        "What is DeepSeek?",
        "Chinese start-up DeepSeek made waves by unveiling a chatbot",
        "made waves by unveiling a chatbot",
        False,
    ),
    ("What is DeepSeek?", "Chinese start-up DeepSeek made waves by unveiling a chatbot", "Chinese start-up", True),
    ("Who is Brad Smith?", "Microsoft's Brad Smith once stated", "Microsoft's", False),
    ("Who is George Chen?", "George Chen, partner at The Asia Group, noted", "partner at The Asia Group", True),
    (
        "Who is Michael Spence?",
        "Spence, also a professor at New York University's Stern School of Business, said",
        "a professor at New York University's Stern School of Business",
        True,
    ),
    ("Who is Sam Altman?", "with OpenAI CEO Sam Altman calling for a bloc", "OpenAI CEO", True),
    ("When did WAIC take place?", "At the recent World AI Conference", "recent", False),
    ("When did it open?", "It opened in May", "in May", True),
    ("What is the capital of France?", "Paris is the capital", "Paris", True),
    ("What is inflation?", "Inflation is the rise of prices", "the rise of prices", True),
    ("Is China ahead of the US?", "China is ahead", "China is ahead", False),
    ("Is China or the US ahead?", "China is ahead", "China", True),
    ("Who was Ada Lovelace?", "Ada Lovelace was an English mathematician", "an English mathematician", True),
    (
        "What is the AI Action Plan?",
        'Trump\'s aggressive "AI Action Plan," which aimed to cement US dominance',
        "cement US dominance",
        False,
    ),
]


@pytest.mark.parametrize("question, sentence, words, alone", CASES)
def test_words_stand_alone_only_where_they_answer(question: str, sentence: str, words: str, alone: bool) -> None:
    start = sentence.index(words)
    assert stands_alone(question, sentence, start, start + len(words)) is alone


def test_a_question_that_wants_a_sentence_has_no_short_answer() -> None:
    assert not stands_alone("Why did it close?", "It closed for want of money.", 14, 27)
