"""The chat for programs: `/ask` and `/search`, which change nothing and answer what `onrecord ask --json` prints.

Their names, parameters and results are what README.md promises. Everything else that the page uses is private.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from corpus.errors import LimitError, OnrecordError, UsageError
from index.passage_index import Narrowing, RetrievalMode
from qa.answer_json import answer_to_json, hit_to_json
from qa.assistant import Assistant
from qa.question_check import check_question

MOST_HITS = 100  # passages of one search


class Endpoints:
    """The functions that programs may call."""

    def __init__(self, assistant: Assistant, refuse: Callable[[str], Exception]) -> None:
        """`refuse` makes of a sentence the exception that reaches the caller."""
        self._assistant = assistant
        self._refuse = refuse

    def ask(
        self,
        question: str,
        source: str | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        article: str | None = None,
    ) -> dict[str, Any]:
        """Answer a question with quotes from the articles, or say that they don't say: an object as of `ask --json`.

        Args:
            question: At most 2,000 characters.
            source: Ask only articles of this source, e.g. "theguardian.com".
            published_from: Ask only articles of this day or later, e.g. "2024-05-03".
            published_to: Ask only articles of this day or earlier.
            article: Ask only the article with this id.
        """
        try:
            narrowing = _narrowing(source, published_from, published_to, article)
            return answer_to_json(self._assistant.ask(str(question), narrowing=narrowing))
        except OnrecordError as error:
            raise self._refuse(str(error)) from error

    def search(
        self,
        query: str,
        count: int = 10,
        mode: str = "fused",
        source: str | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        article: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rank the passages for a query, best first, without an answer: a list of objects as of `search --json`.

        Args:
            query: At most 2,000 characters.
            count: How many passages, at most 100.
            mode: "fused", "bm25" or "dense".
            source: Search only articles of this source, e.g. "theguardian.com".
            published_from: Search only articles of this day or later, e.g. "2024-05-03".
            published_to: Search only articles of this day or earlier.
            article: Search only the article with this id.
        """
        try:
            narrowing = _narrowing(source, published_from, published_to, article)
            asked, most, ranking = check_question(str(query)), _count(count), _mode(mode)
            hits = self._assistant.index.search([asked], k=most, mode=ranking, narrowing=narrowing)[0]
        except OnrecordError as error:
            raise self._refuse(str(error)) from error
        return [hit_to_json(hit) for hit in hits]


def _narrowing(source: str | None, first: str | None, last: str | None, article: str | None) -> Narrowing | None:
    if not any((source, first, last, article)):
        return None
    return Narrowing(
        frozenset({str(article)}) if article else None,
        frozenset({str(source)}) if source else None,
        _day(first),
        _day(last),
    )


def _day(given: str | None) -> date | None:
    try:
        return date.fromisoformat(str(given)) if given else None
    except ValueError as error:
        raise UsageError(f"{given!r} is no day. Write it as year-month-day, e.g. 2024-05-03.") from error


def _count(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise UsageError(f"{given!r} is no number of passages. Give a whole number from 1.")
    if given > MOST_HITS:
        raise LimitError(f"At most {MOST_HITS} passages are found in one go. Ask for fewer.")
    return given


def _mode(given: object) -> RetrievalMode:
    if given not in list(RetrievalMode):
        raise UsageError(f"There is no mode {given!r}. Use one of: {', '.join(RetrievalMode)}.")
    return RetrievalMode(str(given))
