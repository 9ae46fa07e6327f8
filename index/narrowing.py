"""Searching only some of the articles: by id, by source, by date."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from index.articles_store import ArticleStore


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which articles a search may find; None is no restriction, and all that are given must hold."""

    article_ids: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    published_from: date | None = None  # this day or later; articles without a date are left out
    published_to: date | None = None  # this day or earlier; articles without a date are left out


def allowed_numbers(articles: ArticleStore, narrowing: Narrowing | None) -> list[int] | None:
    """Numbers of the articles that may be found, ascending; None if all may."""
    conditions, parameters = [], []
    if narrowing is not None:
        for column, values in (("id", narrowing.article_ids), ("source", narrowing.sources)):
            if values is not None:
                conditions.append(f"{column} in (select value from json_each(?))")
                parameters.append(json.dumps(sorted(values)))
        for comparison, day in ((">=", narrowing.published_from), ("<=", narrowing.published_to)):
            if day is not None:
                conditions.append(f"published {comparison} ?")
                parameters.append(day.isoformat())
    if not conditions:
        return None
    found = articles.rows(f"select number from articles where {' and '.join(conditions)} order by number", parameters)
    return None if len(found) == len(articles) else [row[0] for row in found]
