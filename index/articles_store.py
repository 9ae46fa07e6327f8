"""The articles' own text, in SQLite: what every passage and every quote is a slice of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from corpus.article import Article, DateOrigin
from index.sqlite_store import SqliteStore

NAME = "articles.sqlite"
SCHEMA = """
create table articles (
    number integer primary key autoincrement,  -- what passages and BM25 call it; never used twice
    id text not null unique,
    digest blob not null,  -- of everything but `fetched`: same digest, same article
    title text not null, text text not null,
    source text, url text, path text,
    published text, published_from text, fetched text,  -- ISO 8601
    passages integer not null,
    tokens integer not null, tokens_embedded integer not null
);
create index articles_path on articles (path);
"""
_COLUMNS = "id, title, text, source, url, path, published, published_from, fetched"


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article as a list shows it, without its text."""

    id: str
    title: str
    source: str | None
    url: str | None
    path: str | None
    published: date | None
    passages: int
    characters: int  # of the text


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    """What is kept about an article beside its text."""

    number: int
    digest: bytes
    passages: int
    tokens: int  # of its passages and of whatever text stands in none of them
    tokens_embedded: int


def digest(article: Article) -> bytes:
    """Names the article's content and metadata, 16 bytes; the time it was fetched doesn't count."""
    published = article.published.isoformat() if article.published else None
    fields = [article.id, article.title, article.text, article.source, article.url, article.path, published]
    serial = json.dumps([*fields, article.published_from]).encode()
    return hashlib.blake2b(serial, digest_size=16).digest()


class ArticleStore(SqliteStore):
    """Reading and, in a draft, writing the articles. Calls from several threads take turns."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        super().__init__(path, SCHEMA, "articles", writable=writable)

    def entry(self, article_id: str) -> ArticleEntry | None:
        found = self.rows(
            "select number, digest, passages, tokens, tokens_embedded from articles where id = ?", (article_id,)
        )
        return ArticleEntry(*found[0]) if found else None

    def get(self, numbers: Sequence[int]) -> dict[int, Article]:
        """The articles with these numbers; unknown ones are left out."""
        sql = f"select number, {_COLUMNS} from articles where number in (select value from json_each(?))"
        return {row[0]: _article(row[1:]) for row in self.rows(sql, (json.dumps(list(numbers)),))}

    def by_id(self, article_id: str) -> Article | None:
        found = self.rows(f"select {_COLUMNS} from articles where id = ?", (article_id,))
        return _article(found[0]) if found else None

    def numbers(self) -> list[int]:
        """All articles in the order in which they came."""
        return [row[0] for row in self.rows("select number from articles order by number")]

    def ids_with_path(self, path: str) -> list[str]:
        return [row[0] for row in self.rows("select id from articles where path = ? order by id", (path,))]

    def summaries(self, page: int = 500) -> Iterator[ArticleSummary]:
        """All articles by id, read a page at a time."""
        columns = "id, title, source, url, path, published, passages, length(text)"
        last = ""
        while found := self.rows(f"select {columns} from articles where id > ? order by id limit ?", (last, page)):
            for id_, title, source, url, path, published, passages, characters in found:
                yield ArticleSummary(id_, title, source, url, path, _date(published), passages, characters)
            last = found[-1][0]

    def totals(self) -> tuple[int, int, int]:
        """Articles, tokens, and tokens that were embedded."""
        sql = "select count(*), coalesce(sum(tokens), 0), coalesce(sum(tokens_embedded), 0) from articles"
        articles, tokens, embedded = self.rows(sql)[0]
        return articles, tokens, embedded

    def date_range(self) -> tuple[date, date] | None:
        """The earliest and the latest publication date, if any is known."""
        first, last = self.rows("select min(published), max(published) from articles")[0]
        return (date.fromisoformat(first), date.fromisoformat(last)) if first else None

    def put(self, article: Article, *, passages: int, tokens: int, tokens_embedded: int) -> int:
        """Stores the article in place of an older one with its id; gives its number."""
        values = (
            article.id,
            digest(article),
            article.title,
            article.text,
            article.source,
            article.url,
            article.path,
            article.published.isoformat() if article.published else None,
            article.published_from.value if article.published_from else None,
            article.fetched.isoformat() if article.fetched else None,
            passages,
            tokens,
            tokens_embedded,
        )
        columns = (
            "id, digest, title, text, source, url, path, published, published_from, fetched, "
            "passages, tokens, tokens_embedded"
        )
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ")[1:])
        found = self.rows(
            f"insert into articles ({columns}) values ({', '.join('?' * len(values))}) "
            f"on conflict (id) do update set {updates} returning number",
            values,
        )
        return int(found[0][0])

    def delete(self, article_id: str) -> None:
        self.rows("delete from articles where id = ?", (article_id,))


def _article(row: Sequence[Any]) -> Article:
    id_, title, text, source, url, path, published, published_from, fetched = row
    return Article(
        id=id_,
        title=title,
        text=text,
        source=source,
        url=url,
        path=path,
        published=_date(published),
        published_from=DateOrigin(published_from) if published_from else None,
        fetched=datetime.fromisoformat(fetched) if fetched else None,
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
