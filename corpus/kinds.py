"""What kind of file something is: by its name, and by its first bytes where these say otherwise."""

from __future__ import annotations

import mimetypes
from enum import StrEnum
from pathlib import Path

from corpus.errors import UnreadableError

_NOT_READ = "not a kind of file that Onrecord reads (html, txt, md, pdf, csv, jsonl)"


class Kind(StrEnum):
    """The kinds of files that Onrecord reads."""

    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"
    PDF = "pdf"
    CSV = "csv"
    JSONL = "jsonl"


_BY_ENDING = {
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".pdf": Kind.PDF,
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".jsonl": Kind.JSONL,
    ".ndjson": Kind.JSONL,
}
_KNOWN_OTHERS = mimetypes.MimeTypes(filenames=())  # Python's own table, so that every machine decides alike


def kind_of(path: Path, head: bytes) -> Kind:
    """The kind of the file at `path` that begins with `head` (4 KB are enough).

    Raises UnreadableError for every other kind. A name without a known ending is judged by `head` alone.
    """
    named = _BY_ENDING.get(path.suffix.lower())
    sniffed = _sniff(head)
    if named in (None, Kind.TEXT, Kind.HTML) and sniffed in (Kind.PDF, Kind.HTML):
        return sniffed if named or not _is_another_kind(path) else _refuse()
    if named is not None:
        return named
    if _is_another_kind(path) or sniffed is None:
        return _refuse()
    return sniffed


def _is_another_kind(path: Path) -> bool:
    """Whether the ending is known and stands for something else: pictures, archives, programs, data."""
    guessed, encoding = _KNOWN_OTHERS.guess_type("x" + path.suffix.lower())
    return encoding is not None or guessed not in (None, "text/plain")


def _sniff(head: bytes) -> Kind | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1024].lower()
    if start.startswith(b"%pdf-"):
        return Kind.PDF
    if start.startswith((b"<!doctype html", b"<html")) or (start.startswith(b"<?xml") and b"<html" in start):
        return Kind.HTML
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    controls = sum(1 for byte in head if byte < 32 and byte not in b"\t\n\r\f\x1b")
    return Kind.TEXT if controls * 100 <= len(head) else None


def _refuse() -> Kind:
    raise UnreadableError(_NOT_READ)
