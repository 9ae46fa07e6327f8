"""The article beside the chat, with every quote of the answer marked in it. Pure functions from Article to HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.article import Article
from qa.answer import Citation, Considered
from qa.chat.markup import escape, host_of, safe_url
from qa.chat.wording import dated, place, title_of

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_END = re.compile(r"\n\s*")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of an article to be marked: `article.text[start:end] == text`, or the article has changed since."""

    label: str  # the citation's number; empty for a passage that was only near
    start: int  # characters into the article's text
    end: int  # half open
    text: str
    answer: tuple[int, int] | None = None  # the short answer inside it, characters into the article's text, half open


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a person is among the quotes of one answer."""

    turn: int  # place of the exchange in the conversation, from 0
    number: int  # the citation's number, from 1
    of: int  # how many citations the answer has


def marks_of(citations: Iterable[Citation], article_id: str) -> tuple[Mark, ...]:
    """The marks that an answer's citations leave in one article, in the order of their numbers."""
    return tuple(
        Mark(
            str(citation.number),
            citation.start,
            citation.end,
            citation.quote,
            None
            if citation.answer_start is None or citation.answer_end is None
            else (citation.answer_start, citation.answer_end),
        )
        for citation in citations
        if citation.article_id == article_id
    )


def mark_of_passage(passage: Considered) -> Mark:
    """The mark of a passage that was near, but no quote."""
    return Mark("", passage.start, passage.end, passage.text)


def article_html(
    article: Article, marks: Sequence[Mark], active: Mark | None = None, *, walk: Walk | None = None
) -> str:
    """The whole article with its marks, `active` being the one to scroll to; a mark that no longer fits is named.

    The article is shown in paragraphs; apart from the white space between them its text is complete.
    """
    true = [mark for mark in marks if article.text[mark.start : mark.end] == mark.text]
    stale = (
        '<p class="stale" role="status">The article has changed since it was quoted, so the quote can’t be marked.</p>'
        if len(true) < len(marks)
        else ""
    )
    body = "".join(
        f'<p dir="auto">{_marked(article.text, start, end, true, active)}</p>'
        for start, end in paragraphs(article.text)
    )
    steps = _steps(walk) if walk and walk.of > 1 else ""
    key = f' data-key="{walk.turn} {walk.number}"' if walk else ""
    return (
        f'<article class="paper"{key}><header>{_head(article)}{steps}{stale}</header>'
        f'<div class="text" tabindex="0" role="region" aria-label="Text of the article">{body}</div></article>'
    )


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each paragraph, half open, without the white space around it.

    Blank lines part paragraphs; in a text without any blank line, every line is a paragraph.
    """
    border = _BLANK_LINE if _BLANK_LINE.search(text.strip()) else _LINE_END
    found = []
    start = 0
    for gap in [*border.finditer(text), None]:
        end = gap.start() if gap else len(text)
        stretch = text[start:end]
        if stretch.strip():
            left = start + len(stretch) - len(stretch.lstrip())
            found.append((left, left + len(stretch.strip())))
        start = gap.end() if gap else end
    return found


def _head(article: Article) -> str:
    address = safe_url(article.url)
    link = (
        f'<a class="original" href="{escape(address)}" target="_blank" rel="noopener noreferrer nofollow">'
        f"Original at {escape(host_of(address))}</a>"
        if address
        else ""
    )
    where = escape(place(article.source, article.url, article.path))
    when = escape(dated(article.published, article.published_from))
    only = (
        f'<button type="button" class="choose" data-scope="article" data-value="{escape(article.id)}">'
        "Ask only this article</button>"
    )
    return (
        '<button type="button" class="close" data-close="" aria-label="Close the article">Close</button>'
        f'<h2 dir="auto" tabindex="-1">{escape(title_of(article.title))}</h2>'
        f'<p class="place"><span class="source">{where}</span> · <span class="when">{when}</span></p>'
        f'<p class="links">{only}{link}</p>'
    )


def _steps(walk: Walk) -> str:
    def step(name: str, key: str, number: int) -> str:
        off = "" if 1 <= number <= walk.of else " disabled"
        return (
            f'<button type="button" class="step" data-turn="{walk.turn}" data-cite="{number}" data-key="{key}" '
            f'aria-keyshortcuts="{key}" title="{name} quote (key {key})"{off}>{name}</button>'
        )

    return (
        f'<p class="walk"><span>Quote {walk.number} of {walk.of}</span>'
        f"{step('Previous', '[', walk.number - 1)}{step('Next', ']', walk.number + 1)}</p>"
    )


def _marked(text: str, start: int, end: int, marks: Sequence[Mark], current: Mark | None) -> str:
    inside = [mark for mark in marks if mark.start < end and start < mark.end]
    cuts = {start, end}
    for mark in inside:
        cuts.update(at for at in (mark.start, mark.end, *(mark.answer or ())) if start < at < end)
    borders = sorted(cuts)
    return "".join(
        _piece(text, left, right, inside, current) for left, right in zip(borders, borders[1:], strict=False)
    )


def _piece(text: str, start: int, end: int, marks: Sequence[Mark], current: Mark | None) -> str:
    over = [mark for mark in marks if mark.start <= start and end <= mark.end]
    words = escape(text[start:end])
    if not over:
        return words
    kinds = ["quote" if any(mark.label for mark in over) else "near"]
    if any(mark.answer and mark.answer[0] <= start and end <= mark.answer[1] for mark in over):
        kinds.append("answer")
    if current in over:
        kinds.append("active")
    begins = " ".join(mark.label for mark in over if mark.label and mark.start == start)
    labels = " ".join(mark.label for mark in over if mark.label)
    first = f' data-begins="{escape(begins)}"' if begins else ""
    return f'<mark class="{" ".join(kinds)}" data-cite="{escape(labels)}"{first}>{words}</mark>'
