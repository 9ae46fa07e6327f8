"""Checks every quote of a saved conversation, or of `ask --json`, against the stored articles.

A file is read as its reader sees it: the quote that is checked is the one that stands on the page. What a record says
must fit the article and the words beside it, and the seal must fit everything above it, so that no quote, offset or
hash can be changed unnoticed. The seal tells of accidents and of edits; it is no signature.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any

from corpus.article import Article
from corpus.errors import UsageError
from qa.answer import text_hash
from qa.chat.markup import one_line
from qa.export import TAIL, Format, Record, seal, split_at_seal

MAX_FILE = 50_000_000  # bytes
ArticleOf = Callable[[str], Article]  # an article's id → the stored article; UsageError if there is none

_MARKDOWN_QUOTE = re.compile(r"> “(?P<words>.*)” \[(?P<number>\d+)\]")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


class Status(StrEnum):
    """What became of a quote."""

    OK = "OK"
    CHANGED = "article changed"
    NOT_THERE = "quote not in article"
    NO_ARTICLE = "article not in index"
    DAMAGED = "record damaged"


@dataclass(frozen=True, slots=True)
class Claim:
    """A quote as a file shows it, with its record; no record if it has none that can be read."""

    label: str  # "2 [1]": the answer's place in the file, from 1, and the quote's number in it
    words: str
    record: Record | None
    exact: bool  # whether `words` has the quote's own white space and unseen characters
    doubt: str | None = None  # what the file itself gives away to be wrong, in words


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
    text = _decoded(data)
    start = text.lstrip()[:200].lower()
    if start.startswith(("{", "[")):
        claims, faults = _json_claims(text)
    else:
        form = Format.HTML if start.startswith(("<!doctype html", "<html")) else Format.MARKDOWN
        claims, faults = _sealed_claims(text, form)
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
    if text_hash(article.text) != record.article_sha256:
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


def _sealed_claims(text: str, form: Format) -> tuple[list[Claim], list[str]]:
    parts = split_at_seal(text)
    claims = list(_markdown_claims(text) if form is Format.MARKDOWN else _html_claims(text))
    if parts is None:
        if not claims:
            raise UsageError(
                "This is neither a conversation that Onrecord saved nor the output of `onrecord ask --json`."
            )
        return claims, ["The last line, which seals the file, is missing or was changed."]
    above, line, below = parts
    if seal(above, len(claims)) == line and below.strip() == TAIL[form].strip():
        return claims, []
    return claims, ["The file was changed after it was saved. What stands around the quotes is not vouched for."]


def _markdown_claims(text: str) -> Iterator[Claim]:
    answer, open_quote = 0, None
    for line in [*text.split("\n"), "## "]:
        record_line = line[1:-1] if line.startswith("`article ") and line.endswith("`") else None
        match = _MARKDOWN_QUOTE.fullmatch(line)
        if open_quote and (match or line.startswith("## ") or record_line is not None):
            yield _claim(*open_quote, record_line)
            open_quote = None
        elif record_line is not None:
            yield Claim(f"{answer} [?]", "", None, exact=False, doubt="a record stands without its quote")
        if line.startswith("## "):
            answer += 1
        if match:
            open_quote = f"{answer} [{match['number']}]", _ESCAPED.sub(r"\1", match["words"])


def _claim(label: str, words: str, record_line: str | None) -> Claim:
    return Claim(label, words, Record.read(record_line) if record_line is not None else None, exact=False)


class _Page(HTMLParser):
    """Picks out of a saved page what a reader sees of each quote and its record, in their order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str, str]] = []  # kind, number, text
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A section, a quote or a record begins."""
        given = dict(attrs)
        if tag == "section":
            self.found.append(("answer", "", ""))
        elif tag == "blockquote":
            self._inside = tag
            self.found.append(("quote", given.get("data-number") or "?", ""))
        elif tag == "code" and given.get("class") == "record":
            self._inside = tag
            self.found.append(("record", "", ""))

    def handle_endtag(self, tag: str) -> None:
        """A quote or record ends."""
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        """Text inside a quote or record."""
        if self._inside:
            kind, number, text = self.found[-1]
            self.found[-1] = kind, number, text + data


def _html_claims(text: str) -> Iterator[Claim]:
    page = _Page()
    page.feed(text)
    page.close()
    answer, open_quote = 0, None
    for kind, number, words in [*page.found, ("answer", "", "")]:
        if open_quote:
            yield _claim(*open_quote, words if kind == "record" else None)
            open_quote = None
        elif kind == "record":
            yield Claim(f"{answer} [?]", "", None, exact=False, doubt="a record stands without its quote")
        if kind == "answer":
            answer += 1
        elif kind == "quote":
            open_quote = f"{answer} [{number}]", words


def _json_claims(text: str) -> tuple[list[Claim], list[str]]:
    claims: list[Claim] = []
    faults: list[str] = []
    for place, answer in enumerate(_answers(text), start=1):
        cited: dict[str, Mapping[str, Any]] = {}
        for statement in answer["statements"]:
            for citation in statement["citations"]:
                cited.setdefault(json.dumps(citation, sort_keys=True), citation)
            if statement.get("kind") == "verbatim" and statement.get("text") not in _quotes(statement["citations"]):
                faults.append(f"Answer {place}: a statement that calls itself verbatim is not what its quote says.")
        claims += [_json_claim(place, citation) for citation in cited.values()]
        short = answer.get("short")
        if short is not None and short not in [_marked(citation) for citation in cited.values()]:
            faults.append(f"Answer {place}: its short answer is not what any of its quotes marks.")
    return claims, faults


def _answers(text: str) -> list[Mapping[str, Any]]:
    """One answer, a list of them, or one a line."""
    try:
        try:
            read = json.loads(text)
        except ValueError:
            read = [json.loads(line) for line in text.split("\n") if line.strip()]
        answers = read if isinstance(read, list) else [read]
        for answer in answers:
            if not all(isinstance(c, dict) for statement in answer["statements"] for c in statement["citations"]):
                raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UsageError("The file is JSON or begins like it, but is no output of `onrecord ask --json`.") from error
    return answers


def _json_claim(place: int, citation: Mapping[str, Any]) -> Claim:
    words = citation.get("quote")
    fields = [citation.get(name) for name in ("article_id", "start", "end", "quote_sha256", "article_sha256")]
    right = all(type(field) is kind for field, kind in zip(fields, (str, int, int, str, str), strict=True))
    inside = citation.get("answer_start") is None or _marked(citation)
    return Claim(
        label=f"{place} [{citation.get('number', '?')}]",
        words=words if isinstance(words, str) else "",
        record=Record(*fields) if right else None,  # type: ignore[arg-type]
        exact=True,
        doubt=None if inside else "the short answer that it marks lies outside it",
    )


def _quotes(citations: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [citation.get("quote") for citation in citations]


def _marked(citation: Mapping[str, Any]) -> str:
    start, first, last = (citation.get(name) for name in ("start", "answer_start", "answer_end"))
    words = citation.get("quote")
    if not isinstance(words, str) or any(type(at) is not int for at in (start, first, last)):
        return ""
    return words[first - start : last - start] if start <= first < last <= start + len(words) else ""  # type: ignore[operator]
