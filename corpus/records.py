"""JSON Lines and CSV: many articles in one file, whose text was taken out of its page already and is kept exactly."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TextIO

from corpus.article import MAX_TEXT, Article, DateOrigin, Skipped
from corpus.clean import MAX_TITLE, one_line, shorten
from corpus.dates import date_in_url, parse_date
from corpus.decode import encoding_of
from corpus.errors import UnreadableError
from corpus.naming import make_id, site_of, web_address
from corpus.sentences import sentences
from corpus.unseen import without_unseen

COLUMNS = ("id", "title", "text", "source", "url", "published")
MAX_LINE = 20_000_000  # bytes in a line of JSON, characters in a record of CSV
MAX_CSV = 500_000_000  # bytes; it is read twice, first to tell its encoding
_MAX_ID = 200  # characters
_GIVE_UP = 100  # lines; a file that begins with so many bad ones is something else
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Line:
    """One record as it was read, or the reason why it wasn't."""

    number: int  # from 1
    fields: dict[str, object] | None
    reason: str = ""


def read_jsonl(stream: BinaryIO, path: Path, fetched: datetime) -> Iterator[Article | Skipped]:
    """The articles of a file with one JSON object a line; a line that gives none is a Skipped with its number."""
    yield from _articles(_json_lines(stream), path, fetched)


def read_csv(stream: BinaryIO, path: Path, fetched: datetime) -> Iterator[Article | Skipped]:
    """The articles of a table whose first line names its columns, separated by comma, semicolon or tab.

    The stream must be seekable; records are read one by one. Raises UnreadableError if there is no column "text".
    """
    encoding = encoding_of(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        yield from _articles(_csv_lines(_RecordLines(text)), path, fetched)
    finally:
        text.detach()  # the stream is its owner's to close


def _articles(lines: Iterator[_Line], path: Path, fetched: datetime) -> Iterator[Article | Skipped]:
    used: dict[str, int] = {}
    good = bad = 0
    for line in lines:
        where = f"{path}, line {line.number}"
        try:
            if line.fields is None:
                raise UnreadableError(line.reason)
            article = _article(line.fields, line.number, path, fetched)
            if article.id in used:
                raise UnreadableError(f"its id {article.id!r} is the one of line {used[article.id]} already")
        except UnreadableError as error:
            bad += 1
            yield Skipped(where, str(error))
            if not good and bad >= _GIVE_UP:
                yield Skipped(str(path), f"its first {bad} lines gave no article, so the rest was not read")
                return
            continue
        good += 1
        used[article.id] = line.number
        yield article
    if not good and not bad:
        yield Skipped(str(path), "it holds no records")


def _article(fields: dict[str, object], number: int, path: Path, fetched: datetime) -> Article:
    text = fields.get("text")
    if not isinstance(text, str) or not without_unseen(text).strip():
        raise UnreadableError('it has no "text"')
    if len(text) > MAX_TEXT:
        raise UnreadableError(f"its text is longer than {MAX_TEXT:,} characters")
    text = without_unseen(text)  # the very same string unless it holds what nobody sees
    url = web_address(_optional(fields, "url"))
    published, origin = parse_date(fields.get("published")), DateOrigin.COLUMN
    if published is None:
        published, origin = date_in_url(url), DateOrigin.URL
    title = one_line(_optional(fields, "title") or "")
    return Article(
        id=_id(fields, number, path),
        title=title or title_from(text),
        text=text,
        source=_optional(fields, "source") or site_of(url),
        url=url,
        path=str(path),
        published=published,
        published_from=origin if published else None,
        fetched=fetched,
    )


def title_from(text: str) -> str:
    """The beginning of the first sentence, for an article that has no title."""
    start, end = sentences(text[: 10 * MAX_TITLE].lstrip())[0]
    return shorten(one_line(text[: 10 * MAX_TITLE].lstrip()[start:end]), 100)


def _id(fields: dict[str, object], number: int, path: Path) -> str:
    given = fields.get("id")
    if given is None or given == "":
        return make_id(path.stem, f"{path}, line {number}")
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise UnreadableError('its "id" is neither text nor a number')
    name = str(given).strip()
    if not name or len(name) > _MAX_ID or _CONTROL.search(name) or without_unseen(name) != name:
        raise UnreadableError(f'its "id" is empty, longer than {_MAX_ID} characters, or holds control characters')
    return name


def _optional(fields: dict[str, object], name: str) -> str | None:
    value = fields.get(name)
    if not isinstance(value, str):
        return None
    return " ".join(without_unseen(value).split()) or None


def _json_lines(stream: BinaryIO) -> Iterator[_Line]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
            yield _Line(number, None, f"it is longer than {MAX_LINE // 1_000_000} MB")
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield _parsed(line, number)


def _parsed(line: bytes, number: int) -> _Line:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return _Line(number, None, "it is not UTF-8")
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else "too deeply nested or too long a number"
        return _Line(number, None, f"it is no JSON: {what}")
    if not isinstance(record, dict):
        return _Line(number, None, "it is no JSON object")
    return _Line(number, record)


class _RecordLines:
    """The lines of a table, the blank ones above it left out; ends with csv.Error in a record over `MAX_LINE`."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._record = 0  # characters since the last record began
        self.above = -1  # blank lines before the first
        self.first = "\n"
        while self.first and not self.first.strip("\r\n"):
            self.first = text.readline(MAX_LINE + 1)
            self.above += 1

    def __iter__(self) -> Iterator[str]:
        line = self.first
        while line:
            self._record += len(line)
            if self._record > MAX_LINE:
                raise csv.Error(f"a record is longer than {MAX_LINE:,} characters")
            yield line
            line = self._text.readline(MAX_LINE + 1)

    def next_record(self) -> None:
        """A record was read to its end."""
        self._record = 0


def _csv_lines(lines: _RecordLines) -> Iterator[_Line]:
    csv.field_size_limit(MAX_LINE)  # the module's own default refuses an article of 131,072 characters
    rows = csv.reader(lines, delimiter=max(",;\t", key=lines.first[:100_000].count))
    above, begin = lines.above, 1  # the line on which a record begins; the reader only knows where it ends
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        lines.next_record()
        if "text" not in names:
            raise UnreadableError(f'its first line names no column "text" (the columns are {", ".join(COLUMNS)})')
        begin = rows.line_num + 1
        for row in rows:
            lines.next_record()
            if any(cell.strip() for cell in row):
                yield _row(row, names, above + begin)
            begin = rows.line_num + 1
    except csv.Error as error:
        yield _Line(above + begin, None, f"it is no CSV from here on: {error}")


def _row(row: list[str], names: list[str], number: int) -> _Line:
    if len(row) != len(names):
        return _Line(number, None, f"it has {len(row)} columns instead of {len(names)}")
    return _Line(number, dict(zip(names, row, strict=True)))
