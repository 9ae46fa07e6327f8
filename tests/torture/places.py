"""Every place of the chat where foreign text is shown, as HTML that this project makes from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from corpus.article import Article, Skipped
from index.passage_index import ArticleSummary
from qa.answer import Considered
from qa.chat.adding_panel import result_html, step_html
from qa.chat.article_panel import article_html, marks_of
from qa.chat.intake import Result, Step
from qa.chat.library_panel import library_html, masthead_html, welcome_html
from qa.chat.markup import one_line
from qa.chat.render import notice_html, turn_html
from qa.chat.scope import Scope, scope_html
from qa.chat.turn import Phase, Turn
from tests.qa.chat.pages import SEARCHED, answer_of, answered, article_of, citation_of, refusal_of

Place = Callable[[str], str]


def _article(foreign: str) -> Article:
    text = f"Before. {foreign} After it the council voted."
    return replace(article_of(text, foreign or "x", foreign), url=f"https://paper.example/{foreign}", path=foreign)


def _answer(foreign: str) -> str:
    article = _article(foreign)
    citation = citation_of(article, 0, len(article.text), answer=(8, min(len(article.text), 8 + max(1, len(foreign)))))
    short = article.text[8 : 8 + max(1, len(foreign))]
    return turn_html(answered(answer_of(citation, short=short, question=foreign)), 0)


def _panel(foreign: str) -> str:
    article = _article(foreign)
    marks = marks_of([citation_of(article, 3, len(article.text) - 3)], article.id)
    return article_html(article, marks, marks[0])


def _refusal(foreign: str) -> str:
    near = Considered("a1", foreign, foreign, None, 0, 9, foreign, 0.5)
    return turn_html(answered(refusal_of(near)), 1)


def _listed(foreign: str) -> list[ArticleSummary]:
    return [
        ArticleSummary(foreign, foreign, foreign, f"https://paper.example/{foreign}", foreign, None, 1, 10),
        ArticleSummary("b", "t", "other", None, None, None, 1, 10),
    ]


PLACES: dict[str, Place] = {
    "answer, with title, source, address, path and question": _answer,
    "article beside the chat": _panel,
    "refusal with near passages": _refusal,
    "question that failed with an error": lambda foreign: turn_html(
        Turn(foreign, Phase.SEARCHING, SEARCHED, understood=foreign).failed(foreign), 2
    ),
    "notice": notice_html,
    "list of articles": lambda foreign: library_html(_listed(foreign), changeable=True, notice=foreign),
    "masthead warning": lambda foreign: masthead_html(SEARCHED, foreign),
    "examples": lambda foreign: welcome_html(SEARCHED, [foreign], changeable=True),
    "scope": lambda foreign: scope_html(Scope(source=foreign), _listed(foreign), open_fields=True),
    "skipped file and its reason": lambda foreign: result_html(Result(foreign, (Skipped(foreign, foreign),))),
    "progress": lambda foreign: step_html(Step(foreign)),
}


def shown(foreign: str) -> str:
    """What a person should read where `foreign` is shown on one line."""
    return one_line(foreign)
