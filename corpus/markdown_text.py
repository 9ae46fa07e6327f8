"""Markdown becomes plain text with its front matter. Runs in the worker, since nested markup can be slow to parse."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from corpus.article import DateOrigin
from corpus.dates import date_in_url, parse_date
from corpus.extracted import Extracted
from corpus.naming import site_of, web_address

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.{0,65536}?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_SIMPLE = re.compile(r"^([A-Za-z_-]{1,40}):[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_MIN_SHARE = 0.5  # of the letters must survive rendering; else the text is kept as it was written


def extract_markdown(text: str) -> Extracted:
    """The text of a Markdown file without its markup; title, date, source and url from its front matter.

    The title is that of the front matter, else the first heading of level 1 if nothing but images stands before it.
    """
    fields, body = _front_matter(text)
    heading, rendered = _render(body)
    if _letters(rendered) + _letters(heading or "") < _MIN_SHARE * _letters(_TAG.sub("", body)):
        heading, rendered = None, body
    url = web_address(_field(fields, "url", "link", "canonical_url", "canonical"))
    published, origin = parse_date(_first(fields, "date", "published", "pubdate")), DateOrigin.FRONT_MATTER
    if published is None:
        published, origin = date_in_url(url), DateOrigin.URL
    return Extracted(
        text=rendered,
        title=_field(fields, "title") or heading,
        source=_field(fields, "source", "publication", "publisher", "site", "sitename") or site_of(url),
        url=url,
        published=published,
        published_from=origin if published else None,
    )


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """The fields between the first two lines "---", and what follows; no fields if these lines are only rules."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    fields = _yaml(match.group(1))
    if fields is None:
        return {}, text
    return {str(key).lower(): value for key, value in fields.items()}, text[match.end() :]


def _yaml(block: str) -> dict[Any, object] | None:
    import yaml  # type: ignore[import-untyped]

    try:
        fields = yaml.safe_load(block)
    except (yaml.YAMLError, RecursionError, ValueError):
        # "title: China: the race" is no YAML, but plain enough.
        lines = [line for line in block.splitlines() if line.strip()]
        simple = dict(_SIMPLE.findall(block))
        return {key: value.strip("\"'") for key, value in simple.items()} if 2 * len(simple) > len(lines) else None
    return fields if isinstance(fields, dict) else None


def _first(fields: dict[str, object], *names: str) -> object:
    return next((fields[name] for name in names if fields.get(name)), None)


def _field(fields: dict[str, object], *names: str) -> str | None:
    value = _first(fields, *names)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(str(value).split()) or None


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _render(body: str) -> tuple[str | None, str]:
    """The first heading of level 1, if it comes first, and the blocks as plain paragraphs."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    renderer = _PlainText()
    for token in parser.parse(body):
        renderer.add(token)
    return renderer.heading, "\n\n".join(renderer.blocks)


class _PlainText:
    """Collects tokens into paragraphs, with "• " or "1. " before the items of lists."""

    def __init__(self) -> None:
        self.heading: str | None = None
        self.blocks: list[str] = []
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets
        self._marker = ""
        self._row: list[str] | None = None
        self._in_heading_1 = False

    def add(self, token: Token) -> None:
        handler = getattr(self, f"_on_{token.type}", None)
        if handler:
            handler(token)
        elif token.type in ("fence", "code_block"):
            self._emit(token.content.rstrip("\n"))
        elif token.type == "html_block":
            self._emit(" ".join(html.unescape(_TAG.sub(" ", token.content)).split()))

    def _on_inline(self, token: Token) -> None:
        text = _inline(token.children or [])
        if self._row is not None:
            self._row.append(text)
        elif self._in_heading_1 and self.heading is None and not self.blocks:
            self.heading = text
        else:
            self._emit(text)

    def _on_heading_open(self, token: Token) -> None:
        self._in_heading_1 = token.tag == "h1"

    def _on_heading_close(self, token: Token) -> None:
        self._in_heading_1 = False

    def _on_bullet_list_open(self, token: Token) -> None:
        self._lists.append(None)

    def _on_ordered_list_open(self, token: Token) -> None:
        self._lists.append(int(token.attrGet("start") or 1))

    def _on_bullet_list_close(self, token: Token) -> None:
        self._lists.pop()

    _on_ordered_list_close = _on_bullet_list_close

    def _on_list_item_open(self, token: Token) -> None:
        number = self._lists[-1]
        self._marker = "• " if number is None else f"{number}. "
        self._lists[-1] = None if number is None else number + 1

    def _on_tr_open(self, token: Token) -> None:
        self._row = []

    def _on_tr_close(self, token: Token) -> None:
        self._emit(" | ".join(filter(None, self._row or [])))
        self._row = None

    def _emit(self, text: str) -> None:
        if text.strip():
            self.blocks.append(self._marker + text)
            self._marker = ""


def _inline(tokens: list[Token]) -> str:
    """Text and code as they read; links as their words; images and tags not at all."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")  # clean() joins lines that were only wrapped
    return "".join(parts).strip()
