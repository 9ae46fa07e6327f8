"""The chat for programs: `/ask` and `/search`, which answer what the commands print as JSON, and `/add`.

Their names, parameters and results are what README.md promises, and Gradio reads them from the signatures here.
Everything else that the page uses is private.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from corpus.errors import LimitError, OnrecordError, UsageError
from index.passage_index import ChangeReport, Narrowing, PassageIndex, RetrievalMode
from qa.answer_json import answer_to_json, hit_to_json
from qa.assistant import Assistant
from qa.chat.intake import Added, Intake, Result
from qa.question_check import check_question

MOST_HITS = 100  # passages of one search


class Endpoints:
    """The functions that programs may call."""

    def __init__(self, assistant: Assistant, refuse: Callable[[str], Exception], intake: Intake | None = None) -> None:
        """`refuse` makes of a sentence the exception that reaches the caller; without an `intake` nothing is added."""
        self._assistant = assistant
        self._refuse = refuse
        self._intake = intake

    def ask(
        self,
        question: str,
        source: str | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        article: str | None = None,
    ) -> dict[str, Any]:
        """Answer a question with quotes from the articles, or say that they don't say: an object as of `ask --json`.

        Only the path of an article's file is called "file" here.

        Args:
            question: At most 2,000 characters.
            source: Ask only articles of this source, e.g. "theguardian.com".
            published_from: Ask only articles of this day or later, e.g. "2024-05-03".
            published_to: Ask only articles of this day or earlier.
            article: Ask only the article with this id.
        """
        with self._refusing():
            narrowing = _narrowing(source, published_from, published_to, article)
            answer = answer_to_json(self._assistant.ask(str(question), narrowing=narrowing))
        return {name: _without_path(value) for name, value in answer.items()}

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
        with self._refusing():
            narrowing = _narrowing(source, published_from, published_to, article)
            asked, most, ranking = check_question(str(query)), _count(count), _mode(mode)
            hits = self._assistant.index.search([asked], k=most, mode=ranking, narrowing=narrowing)[0]
            return [hit_to_json(hit) for hit in hits]

    def add(
        self, text: str = "", title: str = "", source: str = "", published: str = "", url: str = ""
    ) -> dict[str, Any]:
        """Add one article, given as text or as a web address, as the form in the browser does.

        Gives "outcome" ("added", "replaced", "unchanged" or "skipped"), "article" with its id, title and passages (null
        if it was skipped), "skipped" with the reason, and "index" with how many articles and passages there are now.
        From then on questions are answered from it; until then the articles before it are asked.

        Args:
            text: The article's text, at most 200,000 characters.
            title: The text's title; without one it is looked for in the text.
            source: Who published the text, e.g. "theguardian.com".
            published: The day on which the text was published, e.g. "2024-05-03".
            url: Instead of a text, the address of a public web page, which is fetched.
        """
        with self._refusing():
            if self._intake is None:
                raise UsageError("Articles can’t be changed from here. Use `onrecord add` in a terminal.")
            wanted = _wanted(text=text, title=title, source=source, published=published, url=url)
        *_, last = self._intake.changes(wanted)
        if not isinstance(last, Result) or last.added is None:
            raise self._refuse(last.sentence if isinstance(last, Result) else "Nothing was added. Try again.")
        return _added_to_json(last.added)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OnrecordError as error:
            raise self._refuse(str(error)) from error


def _without_path(value: Any) -> Any:
    """The same with "file" for "path": gradio_client downloads, and is refused, whatever has a "path"."""
    if isinstance(value, dict):
        return {"file" if name == "path" else name: _without_path(inner) for name, inner in value.items()}
    return [_without_path(inner) for inner in value] if isinstance(value, list) else value


def _wanted(*, url: object, **given: object) -> dict[str, object]:
    """What the form in the browser would send for these arguments."""
    text = {name: "" if value is None else str(value) for name, value in given.items()}
    address = "" if url is None else str(url).strip()
    if not address and not text["text"].strip():
        raise UsageError("There is nothing to add. Give an article’s text or the web address of one.")
    if not address:
        return {"add": "text", **text}
    if any(value.strip() for value in text.values()):
        raise UsageError("Give a text or a web address, not both. A page says its title, source and day itself.")
    return {"add": "address", "address": address}


def _added_to_json(added: Added) -> dict[str, Any]:
    article_id = next(iter(added.read), None)
    return {
        "outcome": _outcome(added.report),
        "article": None if article_id is None else _article(added.index, article_id),
        "skipped": [{"input": one.path, "reason": one.reason} for one in added.report.skipped],
        "index": {"articles": added.index.n_articles, "passages": added.index.n_passages},
        "seconds": round(added.report.seconds, 4),
    }


def _outcome(report: ChangeReport) -> str:
    if report.added:
        return "added"
    if report.replaced:
        return "replaced"
    return "unchanged" if report.unchanged else "skipped"


def _article(index: PassageIndex, article_id: str) -> dict[str, Any] | None:
    entry = index.article_store.entry(article_id)
    if entry is None:  # it was read, but couldn't be stored
        return None
    article = index.article(article_id)
    return {
        "id": article.id,
        "title": article.title,
        "source": article.source,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
        "published_from": article.published_from.value if article.published_from else None,
        "characters": len(article.text),
        "passages": entry.passages,
        "copies": index.copies_of(article.id),
    }


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
