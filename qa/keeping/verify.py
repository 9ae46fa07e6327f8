"""Checks every quote of a saved conversation, or of `ask --json`, against the stored articles.

What a record says must fit the article and the words beside it, and the seal must fit everything above it, so that no
quote, offset or hash can be changed unnoticed. The seal tells of accidents and of edits; it is no signature.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from corpus.article import Article
from corpus.errors import UsageError
from qa.answer import text_hash
from qa.chat.markup import one_line
from qa.keeping.claims import Claim, read_claims
from qa.keeping.export import Record

MAX_FILE = 50_000_000  # bytes
ArticleOf = Callable[[str], Article]  # an article's id → the stored article; UsageError if there is none


class Status(StrEnum):
    """What became of a quote."""

    OK = "OK"
    CHANGED = "article changed"
    NOT_THERE = "quote not in article"
    NO_ARTICLE = "article not in index"
    DAMAGED = "record damaged"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one quote."""

    label: str
    status: Status
    detail: str  # what exactly, in words; empty if the quote is in order
    words: str  # of the quote, on one line
    article_id: str | None
    start: int | None  # characters into the article's text
    end: int | None  # half open


@dataclass(frozen=True, slots=True)
class Verification:
    """All that was found about one file."""

    findings: tuple[Finding, ...]
    faults: tuple[str, ...]  # sentences about the file around the quotes

    @property
    def ok(self) -> bool:
        """Whether every quote and the file around them are in order."""
        return not self.faults and all(finding.status is Status.OK for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The verification as JSON-ready values."""
        return {"ok": self.ok, "findings": [asdict(finding) for finding in self.findings], "faults": list(self.faults)}


def verify(data: bytes, article_of: ArticleOf) -> Verification:
    """Check a file's bytes: a saved conversation in Markdown or HTML, or one or more answers of `ask --json`.

    Raises UsageError if it is neither.
    """
    claims, faults = read_claims(_decoded(data))
    return Verification(tuple(_finding(claim, article_of) for claim in claims), tuple(faults))


def _decoded(data: bytes) -> str:
    if len(data) > MAX_FILE:
        raise UsageError(f"The file is larger than {MAX_FILE // 1_000_000} MB. No saved conversation is; name another.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("The file is not UTF-8 text, so it is no saved conversation. Name another one.") from error
    return text.replace("\r\n", "\n")  # as mail and version control change line ends


def _finding(claim: Claim, article_of: ArticleOf) -> Finding:
    record = claim.record
    if record is None:
        status, detail = Status.DAMAGED, claim.doubt or "what stands below the quote is no record, or was changed"
        return Finding(claim.label, status, detail, one_line(claim.words), None, None, None)
    status, detail = _judged(claim, record, article_of)
    return Finding(claim.label, status, detail, one_line(claim.words), record.article_id, record.start, record.end)


def _judged(claim: Claim, record: Record, article_of: ArticleOf) -> tuple[Status, str]:
    try:
        article = article_of(record.article_id)
    except UsageError:
        return Status.NO_ARTICLE, "it was removed, or the quote is from another index"
    inside = 0 <= record.start < record.end <= len(article.text)
    there = article.text[record.start : record.end] if inside else ""
    if record.article_sha256 not in ("", text_hash(article.text)):
        stands = "the quote still stands at its place" if _fits(claim, record, there) else _elsewhere(claim, article)
        return Status.CHANGED, f"its text is not the one that was quoted; {stands}"
    if not _fits(claim, record, there):
        return Status.NOT_THERE, _elsewhere(claim, article) if there else "its place lies outside the article"
    if claim.doubt:
        return Status.NOT_THERE, claim.doubt
    return Status.OK, ""


def _fits(claim: Claim, record: Record, there: str) -> bool:
    same = there == claim.words if claim.exact else one_line(there) == one_line(claim.words)
    return bool(there) and same and text_hash(there) == record.quote_sha256


def _elsewhere(claim: Claim, article: Article) -> str:
    at = re.search(r"\s+".join(map(re.escape, claim.words.split())), article.text) if claim.words.split() else None
    if at is None:
        return "these words stand nowhere in it"
    return f"these words stand at characters {at.start()}–{at.end()}, but the record says otherwise"
