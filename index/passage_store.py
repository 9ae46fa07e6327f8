"""Which stretch of which article each key names, in SQLite. The text itself stays with the article."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index.sqlite_store import SqliteStore
from index.vectors import Keys

NAME = "passages.sqlite"
SCHEMA = """
create table passages (
    key integer primary key,
    article integer not null,  -- articles.number
    start integer not null, "end" integer not null,  -- characters, half open
    tokens integer not null,
    content blob not null  -- of title and text: same content, same vector
);
create index passages_article on passages (article);
create index passages_content on passages (content);
"""
_COLUMNS = 'key, article, start, "end", tokens, content'


class PassageRow(NamedTuple):
    """A passage as it is stored."""

    key: int
    article: int  # number of its article
    start: int  # characters into the article's text
    end: int  # half open
    tokens: int  # of its own text
    content: bytes


def key_of(passage_id: str) -> int:
    """The stable key of a passage: the first 63 bits of its id's BLAKE2b, so it is never negative."""
    return int.from_bytes(hashlib.blake2b(passage_id.encode(), digest_size=8).digest(), "big") >> 1


def content_of(title: str, text: str) -> bytes:
    """Names what the encoder is given, 16 bytes."""
    return hashlib.blake2b(f"{len(title)}:{title}{text}".encode(), digest_size=16).digest()


class PassageStore(SqliteStore):
    """Reading and, in a draft, writing the passages. Calls from several threads take turns."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        super().__init__(path, SCHEMA, "passages", writable=writable)

    def get(self, keys: Sequence[int]) -> dict[int, PassageRow]:
        """The passages with these keys; unknown ones are left out."""
        sql = f"select {_COLUMNS} from passages where key in (select value from json_each(?))"
        return {row[0]: PassageRow(*row) for row in self.rows(sql, (json.dumps(list(keys)),))}

    def of_article(self, number: int) -> list[PassageRow]:
        """Its passages in the order of the text."""
        sql = f"select {_COLUMNS} from passages where article = ? order by start, key"
        return [PassageRow(*row) for row in self.rows(sql, (number,))]

    def keys_of_articles(self, numbers: Sequence[int]) -> Keys:
        """Keys (n,) of all passages of these articles, ascending."""
        sql = "select key from passages where article in (select value from json_each(?)) order by key"
        return np.array([row[0] for row in self.rows(sql, (json.dumps(list(numbers)),))], np.int64)

    def keys_with_content(self, contents: Iterable[bytes]) -> dict[bytes, int]:
        """For those contents that are stored already, a key under which their vector lies."""
        found = {}
        for content in dict.fromkeys(contents):
            rows = self.rows("select min(key) from passages where content = ?", (content,))
            if rows[0][0] is not None:
                found[content] = int(rows[0][0])
        return found

    def spread(self, count: int) -> list[PassageRow]:
        """At most `count` passages from all over the index, the same ones for the same passages."""
        sql = f"select {_COLUMNS} from passages where key >= ? order by key limit 1"
        found = [row for n in range(count) for row in self.rows(sql, (n * (2**63 // count),))]  # keys are hashes
        return [PassageRow(*row) for row in dict.fromkeys(found)]

    def any_key(self) -> int | None:
        """The largest key there is, if any."""
        found = self.rows("select max(key) from passages")[0][0]
        return None if found is None else int(found)

    def add(self, rows: Sequence[PassageRow]) -> None:
        """Stores passages whose keys are new."""
        self._each(f"insert into passages ({_COLUMNS}) values (?, ?, ?, ?, ?, ?)", rows)

    def delete(self, keys: Sequence[int]) -> None:
        """Forgets these passages; unknown keys are ignored."""
        self._each("delete from passages where key = ?", [(key,) for key in keys])
