"""Whatever a person names becomes articles: files, folders and addresses.

Every input is accounted for: it gives an article, or a Skipped with its reason, and never a traceback.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from corpus.article import Article, DateOrigin, Skipped
from corpus.clean import one_line
from corpus.dates import date_in_url
from corpus.decode import decode
from corpus.errors import FetchError, UnreadableError
from corpus.extract import Extractor
from corpus.extracted import Extracted, cleaned
from corpus.fetch import Fetched, fetch
from corpus.kinds import Kind, kind_of
from corpus.naming import make_id, site_of, web_address
from corpus.records import MAX_CSV, read_csv, read_jsonl, title_from
from corpus.walk import not_regular, split_sources, why_unreadable

MAX_FILE = 50_000_000  # bytes in a file that holds one article
TYPICAL_PAGE = 100_000  # bytes
SMALL_TEXT = 100_000  # bytes; plain text up to here can take no time, so it needs no child process


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that a load gave."""

    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]


def load_all(sources: Sequence[str | Path], *, fetcher: Callable[[str], Fetched] = fetch) -> Loaded:
    """All of `load(sources)` at once."""
    items = list(load(sources, fetcher=fetcher))
    return Loaded(
        tuple(item for item in items if isinstance(item, Article)),
        tuple(item for item in items if isinstance(item, Skipped)),
    )


def load(
    sources: Sequence[str | Path],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    fetcher: Callable[[str], Fetched] = fetch,
) -> Iterator[Article | Skipped]:
    """The articles of files, folders (with all below them, sorted) and http(s) addresses, one by one.

    Every input gives articles or a Skipped. `on_progress` hears (bytes done, bytes in all), where an address counts
    as a typical page and a file of many articles moves on with their text. An id that two articles would share goes
    to the first. Hidden files inside a folder are left out by convention (see walk.find_files).
    """
    inputs = split_sources(sources)
    sizes = [_size(item) for item in inputs]
    total, done = sum(sizes), 0
    report = on_progress or _silent
    used: dict[str, str] = {}
    with Reader(fetcher=fetcher) as reader:
        for item, size in zip(inputs, sizes, strict=True):
            within = 0
            results = iter([item]) if isinstance(item, Skipped) else reader.read(item)
            for result in results:
                yield _once(result, used)
                within += len(result.text) if isinstance(result, Article) else 0
                report(done + min(within, size), total)
            done += size
            report(done, total)


def _size(item: Path | str | Skipped) -> int:
    """Bytes to read, never 0; what can't be asked counts as one byte, and reading it will say why."""
    if isinstance(item, str):
        return TYPICAL_PAGE
    try:
        return max(item.stat().st_size, 1) if isinstance(item, Path) else 1
    except OSError:
        return 1


def _silent(_done: int, _total: int) -> None:
    """Progress that nobody asked for."""


def _once(result: Article | Skipped, used: dict[str, str]) -> Article | Skipped:
    if isinstance(result, Skipped):
        return result
    where = result.path or result.url or ""
    if result.id in used:
        return Skipped(where, f"its id {result.id!r} is the one of an article of {used[result.id]} already")
    used[result.id] = where
    return result


def article_from_text(
    text: str,
    *,
    title: str | None = None,
    source: str | None = None,
    url: str | None = None,
    published: date | None = None,
) -> Article | Skipped:
    """An article from text that was pasted or sent by a program; its id comes from its content."""
    origin = DateOrigin.GIVEN if published else None
    extracted = Extracted(text, title, source, web_address(url), published, origin)
    key = f"{url}\n{text}".encode("utf-8", "replace").decode()  # half a surrogate pair has no bytes
    try:
        return _article(cleaned(extracted), key=key, stem=title)
    except UnreadableError as error:
        return Skipped(url or title or "pasted text", str(error))


def _article(extracted: Extracted, *, key: str, stem: str | None, path: Path | None = None) -> Article:
    """What was extracted and cleaned, as an article."""
    url = extracted.url
    published, origin = extracted.published, extracted.published_from
    if published is None and (published := date_in_url(url)):
        origin = DateOrigin.URL
    title = extracted.title or title_from(extracted.text)
    return Article(
        id=make_id(stem or title, key),
        title=title,
        text=extracted.text,
        source=one_line(extracted.source or "") or site_of(url),
        url=url,
        path=str(path) if path else None,
        published=published,
        published_from=origin,
        fetched=datetime.now(UTC),
    )


def _of_its_site(extracted: Extracted, url: str) -> Extracted:
    """What was fetched from `url`, without an address of another site that it claims to be from."""
    if site_of(extracted.url) == site_of(url):
        return extracted
    claimed_day = extracted.published_from is DateOrigin.URL
    return replace(
        extracted,
        url=url,
        source=site_of(url),
        published=None if claimed_day else extracted.published,
        published_from=None if claimed_day else extracted.published_from,
    )


class Reader:
    """Reads files and addresses one by one; holds the worker process that parses them, so use it in a `with`."""

    def __init__(self, *, fetcher: Callable[[str], Fetched] = fetch) -> None:
        self._extractor = Extractor()
        self._fetcher = fetcher

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exc: object) -> None:
        self._extractor.close()

    def read(self, source: Path | str) -> Iterator[Article | Skipped]:
        """The articles of one file (a Path) or address (a string), or a Skipped."""
        try:
            yield from self._file(source) if isinstance(source, Path) else self._page(source)
        except (UnreadableError, FetchError) as error:
            yield Skipped(str(source), str(error))
        except (OSError, ValueError) as error:
            yield Skipped(str(source), why_unreadable(error))
        except MemoryError:
            yield Skipped(str(source), "it needs more memory than there is")

    def _page(self, url: str) -> Iterator[Article]:
        page = self._fetcher(url)
        data = page.data
        if page.charset and page.kind is not Kind.PDF:
            data = decode(data, declared=page.charset).encode("utf-8")  # the server's word goes before the page's
        extracted = self._extracted(page.kind, data, page.url)
        stem = f"{site_of(url)} {urlsplit(url).path.rstrip('/').rpartition('/')[2]}"
        yield _article(_of_its_site(extracted, page.url), key=url, stem=stem)

    def _file(self, path: Path) -> Iterator[Article | Skipped]:
        # Without O_NONBLOCK, opening a pipe that took a file's place would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableError(not_regular(status.st_mode))
            if status.st_size == 0:
                raise UnreadableError("it is empty")
            kind = kind_of(path, stream.read(4096))
            stream.seek(0)
            if kind is Kind.JSONL:
                yield from read_jsonl(stream, path, datetime.now(UTC))
                return
            limit = MAX_CSV if kind is Kind.CSV else MAX_FILE
            if status.st_size > limit:
                raise UnreadableError(f"it is larger than {limit // 1_000_000} MB")
            if kind is Kind.CSV:
                yield from read_csv(stream, path, datetime.now(UTC))
                return
            data = stream.read(limit)
        yield _article(self._extracted(kind, data), key=str(path), stem=path.stem, path=path)

    def _extracted(self, kind: Kind, data: bytes, url: str | None = None) -> Extracted:
        if kind is Kind.TEXT and len(data) <= SMALL_TEXT:
            return cleaned(Extracted(decode(data), url=url))
        return self._extractor.extract(kind, data, url=url)
