"""Which articles a conversation asks: by source, by date, or one article. Kept until a person widens it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.passage_index import ArticleSummary, Narrowing
from qa.chat.markup import escape, one_line
from qa.chat.turn import Searched
from qa.chat.wording import day, shortened, title_of

MAX_SOURCES = 200  # in the list to choose from


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person chose; None where nothing was chosen."""

    source: str | None = None
    first: date | None = None  # this day or later
    last: date | None = None  # this day or earlier
    article: str | None = None  # an article's id
    answerer: str | None = None  # who answers; None for the one that is usual

    @property
    def narrowing(self) -> Narrowing | None:
        """The scope as the index takes it; None if all articles are asked."""
        if not self.narrowed:
            return None
        return Narrowing(
            None if self.article is None else frozenset({self.article}),
            None if self.source is None else frozenset({self.source}),
            self.first,
            self.last,
        )

    @property
    def narrowed(self) -> bool:
        """Whether some articles are left out; who answers has no part in it."""
        return replace(self, answerer=None) != Scope()

    def chosen(self, field: str, value: str) -> Scope:
        """The scope after one choice; an empty value takes the choice back, an unreadable one changes nothing."""
        try:
            match field:
                case "source":
                    return replace(self, source=value or None)
                case "answerer":
                    return replace(self, answerer=value or None)
                case "article":
                    return replace(self, article=value or None)
                case "first":
                    return replace(self, first=date.fromisoformat(value) if value else None)
                case "last":
                    return replace(self, last=date.fromisoformat(value) if value else None)
        except ValueError:
            pass
        return self

    def holds(self, article: ArticleSummary) -> bool:
        """Whether the article is asked; the same rule as the index's own, where an undated one is in no range."""
        return (
            self.article in {None, article.id}
            and self.source in {None, article.source}
            and (self.first is None or (article.published is not None and article.published >= self.first))
            and (self.last is None or (article.published is not None and article.published <= self.last))
        )


def searched_in(articles: Iterable[ArticleSummary], scope: Scope) -> Searched:
    """What a question in this scope is asked of."""
    inside = [article for article in articles if scope.holds(article)]
    days = sorted(article.published for article in inside if article.published is not None)
    return Searched(
        len(inside),
        sum(article.passages for article in inside),
        (days[0], days[-1]) if days else None,
        narrowed=scope.narrowed,
    )


def scope_html(
    scope: Scope, articles: Iterable[ArticleSummary], *, open_fields: bool = False, answerers: Sequence[str] = ()
) -> str:
    """The chips of what was chosen, and the fields to choose with; empty where there is nothing to choose from.

    `answerers` are those that can answer, the usual one first.
    """
    known = list(articles)
    sources = Counter(article.source for article in known if article.source)
    dated = any(article.published for article in known)
    fields = _source_field(scope, sources) if len(sources) > 1 else ""
    if dated:
        fields += _day_field("first", "From", scope.first) + _day_field("last", "To", scope.last)
    chips = "".join(_chip(field, label) for field, label in _choices(scope, known).items())
    picker = _answerer_field(scope, answerers) if len(answerers) > 1 else ""
    if not fields and not chips and not picker:
        return ""
    is_open = " open" if open_fields else ""
    choose = f"<details{is_open}><summary>Narrow the search</summary><div>{fields}</div></details>" if fields else ""
    return f'<div class="scope" role="group" aria-label="What is searched">{picker}{chips}{choose}</div>'


def _choices(scope: Scope, articles: Iterable[ArticleSummary]) -> Mapping[str, str]:
    labels = {}
    if scope.article is not None:
        title = next((article.title for article in articles if article.id == scope.article), scope.article)
        labels["article"] = f"Only “{shortened(title_of(title), 60)}”"
    if scope.source is not None:
        labels["source"] = f"Only {one_line(scope.source)}"
    if scope.first is not None:
        labels["first"] = f"From {day(scope.first)}"
    if scope.last is not None:
        labels["last"] = f"To {day(scope.last)}"
    return labels


def _chip(field: str, label: str) -> str:
    return (
        f'<button type="button" class="chosen" data-scope="{field}" data-value="" '
        f'aria-label="{escape(label)}: remove">{escape(label)} ×</button>'
    )


def _source_field(scope: Scope, sources: Counter[str]) -> str:
    ranked = sorted(sources, key=lambda source: (-sources[source], source))[:MAX_SOURCES]
    options = "".join(
        f'<option value="{escape(source)}"{" selected" if source == scope.source else ""}>'
        f"{escape(one_line(source))} ({sources[source]:,})</option>"
        for source in ranked
    )
    return f'<label>Source <select data-field="source"><option value="">All sources</option>{options}</select></label>'


def _answerer_field(scope: Scope, answerers: Sequence[str]) -> str:
    chosen = scope.answerer or answerers[0]
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if name == chosen else ""}>'
        f"{escape('quotes alone' if name == 'extractive' else one_line(name))}</option>"
        for name in answerers
    )
    return f'<label class="picker">Answers by <select data-field="answerer">{options}</select></label>'


def _day_field(field: str, label: str, value: date | None) -> str:
    given = value.isoformat() if value else ""
    return f'<label>{label} <input type="date" data-field="{field}" value="{given}"></label>'
