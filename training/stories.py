"""Invented running stories, each told by several papers, with quiz questions about them.

What the reading sets lack: the same told again in other words, with newer figures, by sources that share most of what
they say. Nothing is trained on them; confidence is fitted with them (training/calibrate.py), and what concerns many
sources is chosen by them. They were written as the invented news were (training/invented_news/README.md).
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from corpus.article import Article, DateOrigin
from training.articles import Marked

STORIES = Path(__file__).parent / "invented_stories.jsonl"


def load_stories(path: Path = STORIES) -> tuple[list[Article], list[Marked]]:
    """The articles of all stories, and the questions that they answer, with every place that has an answer's words."""
    articles, questions = [], []
    for line in path.read_text("utf-8").splitlines():
        story = json.loads(line)
        told = [_article(story["name"], number, written) for number, written in enumerate(story["articles"])]
        articles += told
        questions += [_marked(asked, told) for asked in story["questions"] if asked["answers"]]
    return articles, questions


def _article(story: str, number: int, written: dict[str, str]) -> Article:
    return Article(
        id=f"stories/{story}/{number}",
        title=written["title"],
        text=written["text"],
        published=date.fromisoformat(written["published"]),
        published_from=DateOrigin.GIVEN,
    )


def _marked(asked: dict[str, Any], told: list[Article]) -> Marked:
    places = tuple(
        (article.id, *found.span())
        for article in told
        for answer in asked["answers"]
        for found in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", article.text)
    )
    return Marked(asked["question"], frozenset(article.id for article in told), places, tuple(asked["answers"]))
