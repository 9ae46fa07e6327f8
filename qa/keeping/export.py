"""A conversation as a file to keep and pass on: Markdown, or one HTML page that needs nothing but itself.

Below each quote stands its record: article, characters, and the SHA-256 of the quote and of the whole article text. A
last line seals what stands above it. `onrecord verify` (verify.py beside this file) reads all of it back. Everything is
visible: a copy of the quotes that only programs see could say something else than what people read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from qa.answer import Answer, Citation, text_hash
from qa.chat.markup import escape_markdown, one_line, safe_url, visible
from qa.chat.prose import quoted
from qa.chat.sources_html import copies_line, differing_line, sources_line, speaker_line
from qa.chat.turn import Turn
from qa.chat.wording import certainty, dated, day, place, searched_line, title_of
from qa.formatting import counted

REFUSAL = "The articles don’t say."
_STOPPED = "Stopped before the answer was there."
_SEAL = re.compile(r"Onrecord export 1: (\d+) quotes; SHA-256 of everything above: ([0-9a-f]{64})")
_RECORD = re.compile(
    r"article (?P<article>\S+) characters (?P<start>\d{1,9})-(?P<end>\d{1,9}) "
    r"quote (?P<quote>[0-9a-f]{64}) text (?P<text>[0-9a-f]{64})"
)


class Format(StrEnum):
    """What a conversation can be saved as."""

    MARKDOWN = "md"
    HTML = "html"


TAIL = {Format.MARKDOWN: "`\n", Format.HTML: "</code></p>\n</main>\n</body>\n</html>\n"}  # what follows the seal


@dataclass(frozen=True, slots=True)
class Record:
    """Where a quote stood, and what it and its article were then."""

    article_id: str
    start: int  # characters into the article's text
    end: int  # half open
    quote_sha256: str
    article_sha256: str

    @classmethod
    def of(cls, citation: Citation) -> Record:
        """The record of a citation."""
        return cls(
            citation.article_id, citation.start, citation.end, text_hash(citation.quote), citation.article_sha256
        )

    @classmethod
    def read(cls, line: str) -> Record | None:
        """The record that a line spells out; None if it is no record, or a damaged one."""
        match = _RECORD.fullmatch(line.strip())
        if match is None:
            return None
        try:
            article_id = unquote(match["article"], errors="surrogatepass")
        except UnicodeDecodeError:
            return None
        record = cls(article_id, int(match["start"]), int(match["end"]), match["quote"], match["text"])
        return record if record.line() == line.strip() else None  # one spelling only

    def line(self) -> str:
        """The record as a line of text without any character that Markdown or HTML gives a meaning to."""
        name = quote(self.article_id, safe="/:.-_~", errors="surrogatepass")
        return f"article {name} characters {self.start}-{self.end} quote {self.quote_sha256} text {self.article_sha256}"


def export(turns: Sequence[Turn], form: Format, saved: datetime) -> str:
    """The finished exchanges of a conversation as a file's text; `saved` is the moment in UTC that it names."""
    kept = [turn for turn in turns if turn.answer is not None or (turn.quotes and not turn.running)]
    quotes = sum(len(turn.quotes) for turn in kept)
    when = f"{day(saved.date())}, {saved:%H:%M} UTC"
    head = f"Saved {when} · {counted(len(kept), 'question')} · {counted(quotes, 'quote')}"
    body = _markdown(kept, head) if form is Format.MARKDOWN else _html(kept, head)
    return f"{body}{seal(body, quotes)}{TAIL[form]}"


def seal(body: str, quotes: int) -> str:
    """The line that says what stood above it."""
    return f"Onrecord export 1: {quotes} quotes; SHA-256 of everything above: {text_hash(body)}"


def file_name(form: Format, saved: datetime) -> str:
    """What a saved conversation is called."""
    return f"onrecord-{saved:%Y-%m-%d-%H%M}.{form.value}"


def split_at_seal(text: str) -> tuple[str, str, str] | None:
    """What stands above the last seal, the seal, and what follows it; None if there is none."""
    seals = list(_SEAL.finditer(text))
    return (text[: seals[-1].start()], seals[-1].group(), text[seals[-1].end() :]) if seals else None


def _markdown(turns: Sequence[Turn], head: str) -> str:
    lines = ["# Conversation with Onrecord", "", f"{head}. Check every quote: `onrecord verify FILE`", ""]
    for turn in turns:
        lines += [f"## {escape_markdown(turn.question)}", ""]
        if turn.understood:
            lines += [f"Understood as: {escape_markdown(turn.understood)}", ""]
        lines += [line for text in said(turn) for line in (escape_markdown(text), "")]
        for citation in turn.quotes:
            lines += [f"> “{escape_markdown(citation.quote)}” [{citation.number}]", ""]
            lines += [_markdown_source(citation), "", f"`{Record.of(citation).line()}`", ""]
        lines += [escape_markdown(small_print(turn)), ""]
    return "\n".join([*lines, "---", "", "`"])


def said(turn: Turn) -> list[str]:
    """What was answered in words, each with the numbers of its quotes, as plain text."""
    answer = turn.answer
    if answer is None:
        return [_STOPPED]
    if answer.abstained:
        return [REFUSAL]
    short = [f"{one_line(answer.short)} {_numbers([c.number for c in holding(answer)])}"] if answer.short else []
    differing = differing_line(answer)
    told = " ".join(f"{one_line(quoted(statement))} {_numbers(statement.citations)}" for statement in answer.prose)
    return [*short, *([differing] if differing else []), *([told] if told else [])]


def holding(answer: Answer) -> list[Citation]:
    """The quotes in which the short answer's very words are marked."""
    wanted = one_line(answer.short or "").casefold()
    return [citation for citation in answer.citations if one_line(citation.answer or "").casefold() == wanted]


def _numbers(numbers: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)


def _markdown_source(citation: Citation) -> str:
    parts = [f"“{escape_markdown(title_of(citation.title))}”", *map(escape_markdown, where(citation))]
    if address := safe_url(citation.url):
        parts.append(f"<{address}>" if not set(address) & set("<>`") else escape_markdown(address))
    return ", ".join(parts)


def where(citation: Citation) -> list[str]:
    """Source, date and place of a quote, who said it and where the same stands too, as plain text."""
    place_in = f"characters {citation.start}–{citation.end}"
    return [
        place(citation.source, citation.url, citation.path),
        dated(citation.published, citation.published_from),
        f"{place_in}{speaker_line(citation)}{copies_line(citation.copies)}",
    ]


def small_print(turn: Turn) -> str:
    """What was searched, how sure the answer is, and who wrote it, as plain text."""
    if turn.answer is None:
        return f"{searched_line(turn.searched)}."
    sources = sources_line(turn.answer)
    parts = [searched_line(turn.searched), *([sources] if sources else []), f"Onrecord: {certainty(turn.answer)}"]
    if turn.answer.written_by and turn.answer.prose:
        parts.append(f"Prose by {one_line(turn.answer.written_by)}, each sentence held up by the quotes that it cites")
    return f"{'. '.join(parts)}."


def _html(turns: Sequence[Turn], head: str) -> str:
    page: str = _template().render(
        head=head,
        exchanges=[
            {
                "question": one_line(turn.question),
                "understood": turn.understood and one_line(turn.understood),
                "said": said(turn),
                "quotes": [_shown(citation) for citation in turn.quotes],
                "small_print": small_print(turn),
            }
            for turn in turns
        ],
    )
    return page


def _shown(citation: Citation) -> dict[str, Any]:
    quote_, found = citation.quote, citation.answer or ""
    start = (citation.answer_start or citation.start) - citation.start if found else len(quote_)
    return {
        "number": citation.number,
        "before": quote_[:start],
        "marked": found,
        "after": quote_[start + len(found) :],
        "title": title_of(citation.title),
        "where": " · ".join(where(citation)),
        "address": safe_url(citation.url),
        "record": Record.of(citation).line(),
    }


@lru_cache(maxsize=1)
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "chat" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    return environment.get_template("export.html.j2")
