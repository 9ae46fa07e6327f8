"""What a saved conversation, or the output of `ask --json`, claims: its quotes with their records.

A file is read as its reader sees it: the quote that is checked is the one that stands on the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from html.parser import HTMLParser
from typing import Any, NamedTuple

from corpus.errors import UsageError
from qa.answer import text_hash
from qa.keeping.export import TAIL, Format, Record, seal, split_at_seal

_MARKDOWN_QUOTE = re.compile(r"> “(?P<words>.*)” \[(?P<number>\d+)\]")
_HASH = re.compile(r"[0-9a-f]{64}")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Claim:
    """A quote as a file shows it, with its record; no record if it has none that can be read."""

    label: str  # "2 [1]": the answer's place in the file, from 1, and the quote's number in it
    words: str
    record: Record | None
    exact: bool  # whether `words` has the quote's own white space and unseen characters
    doubt: str | None = None  # what the file itself gives away to be wrong, in words


class _Part(Enum):
    ANSWER = auto()  # its heading
    QUOTE = auto()
    RECORD = auto()


class _Piece(NamedTuple):
    """What a saved conversation shows, as far as claims are made of it."""

    part: _Part
    number: str = ""  # of a quote
    text: str = ""  # of a quote or a record, as a reader sees it


def read_claims(text: str) -> tuple[list[Claim], list[str]]:
    """The claims of a file in their order, and sentences about what is wrong with the file around them.

    Raises UsageError if it is no file of ours.
    """
    start = text.lstrip()[:200].lower()
    if start.startswith(("{", "[")):
        return _json_claims(text)
    return _sealed_claims(text, Format.HTML if start.startswith(("<!doctype html", "<html")) else Format.MARKDOWN)


def _sealed_claims(text: str, form: Format) -> tuple[list[Claim], list[str]]:
    parts = split_at_seal(text)
    claims = list(_paired(_in_markdown(text) if form is Format.MARKDOWN else _in_html(text)))
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


def _paired(pieces: Iterable[_Piece]) -> Iterator[Claim]:
    """Each quote with the record that comes next, unless another quote or the next answer comes before it."""
    answer, open_quote = 0, None
    for part, number, text in [*pieces, _Piece(_Part.ANSWER)]:
        if open_quote:
            yield Claim(*open_quote, Record.read(text) if part is _Part.RECORD else None, exact=False)
            open_quote = None
        elif part is _Part.RECORD:
            yield Claim(f"{answer} [?]", "", None, exact=False, doubt="a record stands without its quote")
        if part is _Part.ANSWER:
            answer += 1
        elif part is _Part.QUOTE:
            open_quote = f"{answer} [{number}]", text


def _in_markdown(text: str) -> Iterator[_Piece]:
    for line in text.split("\n"):
        if line.startswith("## "):
            yield _Piece(_Part.ANSWER)
        elif match := _MARKDOWN_QUOTE.fullmatch(line):
            yield _Piece(_Part.QUOTE, match["number"], _ESCAPED.sub(r"\1", match["words"]))
        elif line.startswith("`article ") and line.endswith("`"):
            yield _Piece(_Part.RECORD, text=line[1:-1])


class _Page(HTMLParser):
    """Picks out of a saved page what a reader sees of each quote and its record, in their order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Piece] = []
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A section, a quote or a record begins."""
        given = dict(attrs)
        if tag == "section":
            self.found.append(_Piece(_Part.ANSWER))
        elif tag == "blockquote":
            self._inside = tag
            self.found.append(_Piece(_Part.QUOTE, given.get("data-number") or "?"))
        elif tag == "code" and given.get("class") == "record":
            self._inside = tag
            self.found.append(_Piece(_Part.RECORD))

    def handle_endtag(self, tag: str) -> None:
        """A quote or record ends."""
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        """Text inside a quote or record."""
        if self._inside:
            piece = self.found[-1]
            self.found[-1] = piece._replace(text=piece.text + data)


def _in_html(text: str) -> list[_Piece]:
    page = _Page()
    page.feed(text)
    page.close()
    return page.found


def _json_claims(text: str) -> tuple[list[Claim], list[str]]:
    claims: list[Claim] = []
    faults: list[str] = []
    for place, answer in enumerate(_answers(text), start=1):
        cited: dict[str, Mapping[str, Any]] = {}
        for statement in answer["statements"]:
            for citation in statement["citations"]:
                cited.setdefault(json.dumps(citation, sort_keys=True), citation)
            if statement.get("kind") == "verbatim" and not _holds(statement):
                faults.append(f"Answer {place}: a statement that calls itself verbatim is not what its quote says.")
        for citation in cited.values():
            claims += [_json_claim(place, citation), *_copies(place, citation)]
        short = answer.get("short")
        # Prose need not cite the quote that the short answer is from.
        told = answer.get("written_by") is not None
        if short is not None and not told and short not in [_marked(citation) for citation in cited.values()]:
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
    right = right and all(_HASH.fullmatch(str(field)) for field in fields[3:])
    inside = citation.get("answer_start") is None or _marked(citation)
    return Claim(
        label=f"{place} [{citation.get('number', '?')}]",
        words=words if isinstance(words, str) else "",
        record=Record(*fields) if right else None,  # type: ignore[arg-type]
        exact=True,
        doubt=None if inside else "the short answer that it marks lies outside it",
    )


def _copies(place: int, citation: Mapping[str, Any]) -> Iterator[Claim]:
    """What near-duplicates say is a quote too; their records have no hashes, so that the words alone are held."""
    for number, copy in enumerate(citation.get("copies") or (), start=1):
        article_id, start, end, words = (copy.get(name) for name in ("article_id", "start", "end", "quote"))
        right = isinstance(article_id, str) and type(start) is int and type(end) is int and isinstance(words, str)
        yield Claim(
            label=f"{place} [{citation.get('number', '?')}] copy {number}",
            words=words if right else "",
            record=Record(article_id, start, end, text_hash(words), "") if right else None,
            exact=True,
        )


def _holds(statement: Mapping[str, Any]) -> bool:
    quotes = [citation.get("quote") for citation in statement["citations"]]
    return any(isinstance(words, str) and str(statement.get("text")) in words for words in quotes)


def _marked(citation: Mapping[str, Any]) -> str:
    start, first, last = (citation.get(name) for name in ("start", "answer_start", "answer_end"))
    words = citation.get("quote")
    if not isinstance(words, str) or any(type(at) is not int for at in (start, first, last)):
        return ""
    return words[first - start : last - start] if start <= first < last <= start + len(words) else ""  # type: ignore[operator]
