"""Characters that nobody sees: retrieval, answers and what is shown are the same with and without them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from corpus.article import Article
from corpus.load import article_from_text
from corpus.unseen import without_unseen
from qa.assistant import check_question
from qa.chat.markup import escape
from qa.chat.render import answer_markdown, turn_html
from qa.chat.turn import Phase, Turn
from qa.terminal import format_answer
from tests.chat_double import newsroom
from tests.qa.chat.pages import SEARCHED
from tests.torture.conftest import Record, Torture

UNSEEN = (
    *"\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2066\u2067\u2068\u2069",
    *"\ufeff\u00ad\u034f\u061c\u115f\u1160\u3164\uffa0\u180e\u206a\u206f\ufe00\ufe0f\ufff9\U000e0001\U000e0020",
    *"\U000e0041\U000e007f\U000e0100\U000e01ef\U0001d173\U0001bca0\x07\x08\x1b",
)
NAMES = "Lindau Bregenz Konstanz Meersburg Friedrichshafen Überlingen Radolfzell Romanshorn Arbon Rorschach".split()
# Spelt with joiners and selectors: these must come through untouched.
SPELT = (
    "می\u200cخواهم به خانه بروم",
    "श्री\u200dमान क्\u200dष",
    "ශ්\u200dරී ලංකා",
    "👩\u200d💻 ❤\ufe0f\u200d🔥",
    "葛\U000e0100飾",
)


def strewn(text: str, chance: random.Random) -> str:
    """The text with one of them after every third character or so."""
    return "".join(
        char + (chance.choice(UNSEEN) * chance.choice((1, 1, 3)) if chance.random() < 0.3 else "") for char in text
    )


def article(number: int, chance: random.Random | None) -> Article:
    town = NAMES[number % len(NAMES)]
    text = (
        f"The town of {town} planted {number + 1200} trees in its park number {number} on Saturday. "
        f"Mayor Ines Falk said that park number {number} had cost less than planned.\n\nNobody else was there."
    )
    made = article_from_text(strewn(text, chance) if chance else text, title=f"Trees in {town}")
    assert isinstance(made, Article)
    return replace(made, id=f"a{number}", title=f"Trees in {town}")


def test_retrieval_and_answers_are_unchanged(tmp_path: Path, torture: Torture, record: Record) -> None:
    count, chance = torture.count(300, 30), random.Random(8)
    plain = newsroom(tmp_path / "plain", [article(number, None) for number in range(count)])
    other = newsroom(tmp_path / "strewn", [article(number, chance) for number in range(count)])
    differing = 0
    for number in range(count):
        question = f"How many trees did the town of {NAMES[number % len(NAMES)]} plant in its park number {number}?"
        hidden = strewn(question, chance)
        assert check_question(hidden) == question
        hits = [
            [(hit.passage.id, round(hit.score, 6)) for hit in one.index.search([question], k=10)[0]]
            for one in (plain, other)
        ]
        answers = [plain.ask(question), other.ask(hidden)]
        shown = [
            [(quote.article_id, quote.start, quote.end, quote.quote) for quote in one.citations] for one in answers
        ]
        differing += hits[0] != hits[1] or shown[0] != shown[1] or not answers[1].citations
        for text in (
            turn_html(Turn(hidden, Phase.SEARCHING, SEARCHED).answered(answers[1]), 0),
            answer_markdown(replace(answers[1], question=hidden), SEARCHED),
            format_answer(answers[1]),
        ):
            assert without_unseen(text) == text
    record("unseen", articles=count, kinds=len(UNSEEN), differing=differing)
    assert differing == 0


def test_what_a_script_needs_stays(tmp_path: Path) -> None:
    for text in SPELT:
        made = article_from_text(f"{text} {text} council", title=text)
        assert isinstance(made, Article)
        assert text in made.text
        assert made.title == text
        assert check_question(text) == text
        assert escape(text).count("\u200d") == text.count("\u200d")
