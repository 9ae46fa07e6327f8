"""Searching only some of the articles: by id, by source, by date."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from corpus.article import Article
from index.articles_store import ArticleStore, ArticleSummary


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which articles a search may find; None is no restriction, and all that are given must hold."""

    article_ids: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    published_from: date | None = None  # this day or later; articles without a date are left out
    published_to: date | None = None  # this day or earlier; articles without a date are left out

    def holds(self, article: Article | ArticleSummary) -> bool:
        """Whether this one article may be found."""
        return (
            (self.article_ids is None or article.id in self.article_ids)
            and (self.sources is None or article.source in self.sources)
            and (self.published_from is None or (article.published or date.min) >= self.published_from)
            and (self.published_to is None or (article.published or date.max) <= self.published_to)
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """What a search can find."""

    articles: int
    passages: int
    dates: tuple[date, date] | None  # first and last publication date; None if no article has one


def allowed_numbers(articles: ArticleStore, narrowing: Narrowing | None) -> list[int] | None:
    """Numbers of the articles that may be found, ascending; None if all may."""
    conditions, parameters = _conditions(narrowing)
    if not conditions:
        return None
    found = articles.rows(f"select number from articles where {' and '.join(conditions)} order by number", parameters)
    return None if len(found) == len(articles) else [row[0] for row in found]


def reach(articles: ArticleStore, narrowing: Narrowing | None) -> Reach:
    """How much may be found, and of which days."""
    conditions, parameters = _conditions(narrowing)
    sql = "select count(*), coalesce(sum(passages), 0), min(published), max(published) from articles"
    number, passages, first, last = articles.rows(f"{sql} where {' and '.join(conditions or ['true'])}", parameters)[0]
    return Reach(number, passages, (date.fromisoformat(first), date.fromisoformat(last)) if first else None)


def sources(articles: ArticleStore) -> list[str]:
    """All sources that articles name, in order."""
    sql = "select distinct source from articles where source is not null order by source"
    return [row[0] for row in articles.rows(sql)]


def _conditions(narrowing: Narrowing | None) -> tuple[list[str], list[str]]:
    """SQL conditions on the table of articles, and their parameters."""
    conditions: list[str] = []
    parameters: list[str] = []
    if narrowing is not None:
        for column, values in (("id", narrowing.article_ids), ("source", narrowing.sources)):
            if values is not None:
                conditions.append(f"{column} in (select value from json_each(?))")
                parameters.append(json.dumps(sorted(values)))
        for comparison, day in ((">=", narrowing.published_from), ("<=", narrowing.published_to)):
            if day is not None:
                conditions.append(f"published {comparison} ?")
                parameters.append(day.isoformat())
    return conditions, parameters
