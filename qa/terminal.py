"""Answers, passages and lists as text for a terminal. Article text is data here too: no control character survives."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import date

from corpus.article import DateOrigin
from corpus.unseen import without_unseen
from index.hits import Hit
from index.passage_index import ArticleSummary
from qa.answer import Answer, Citation, Considered, Statement, StatementKind
from qa.formatting import percent

WIDTH = 100
_NAMED = 5  # copies that are named


def plain(text: str) -> str:
    """Return text on one line without control or format characters, so that an article can't steer a terminal."""
    return " ".join(without_unseen(text).split())


def place_line(title: str, source: str | None, published: date | None, origin: DateOrigin | None) -> str:
    """Title, source and date of an article in one line."""
    when = f"{published.isoformat()} (from {origin})" if published and origin else "date unknown"
    return " · ".join(part for part in (plain(title), plain(source or ""), when) if part)


def format_answer(answer: Answer) -> str:
    """The whole answer: short answer, quotes with their places, or the refusal with what was nearest."""
    return _refusal(answer) if answer.abstained else _answered(answer)


def format_hits(hits: Sequence[Hit]) -> str:
    """A ranking, one passage a paragraph."""
    if not hits:
        return "Nothing was found."
    return "\n\n".join(
        f"{hit.rank}. {plain(hit.passage.title)}  [{hit.passage.article_id}, characters "
        f"{hit.passage.start}–{hit.passage.end}; {'+'.join(hit.via)} {hit.score:.4f}]\n{_wrap(hit.passage.text)}"
        for hit in hits
    )


def format_articles(articles: Iterable[ArticleSummary]) -> str:
    """One line an article."""
    lines = [
        f"{plain(a.id)}  {plain(a.title)} · {plain(a.source or 'source unknown')} · "
        f"{a.published.isoformat() if a.published else 'date unknown'} · {a.passages} passages"
        for a in articles
    ]
    return "\n".join(lines) or "There are no articles yet. Add some: onrecord add FOLDER"


def _answered(answer: Answer) -> str:
    parts = [f"{plain(answer.short)}   ({_sure(answer)})"] if answer.short else []
    parts += _differing(answer)
    if answer.written_by:
        return "\n\n".join([*parts, *_told(answer), *(_quote(citation) for citation in answer.citations)])
    for statement in answer.statements:
        cited = [answer.citations[number - 1] for number in statement.citations]
        marks = "".join(f"[{citation.number}]" for citation in cited)
        places = "\n".join(_place(citation) for citation in cited)
        parts.append(f"{_wrap(f'{marks} “{plain(statement.text)}”', indent='')}\n{places}")
    if not answer.short:
        parts.append(f"({_sure(answer)})")
    return "\n\n".join(parts)


def _told(answer: Answer) -> list[str]:
    """Prose with the numbers of its quotes, and apart from it what no quote holds up."""
    prose = " ".join(_sentence(statement) for statement in answer.prose)
    parts = [_wrap(prose, indent="")] if prose else []
    parts.append(f"(Written by {plain(answer.written_by or '')}; each sentence checked against the quotes below)")
    if answer.doubtful:
        parts.append("No quote holds up:\n" + "\n".join(_wrap(f"– {one.text}") for one in answer.doubtful))
    return parts


def _sentence(statement: Statement) -> str:
    words = f"“{statement.text}”" if statement.kind is StatementKind.VERBATIM else statement.text
    return words + " " + "".join(f"[{number}]" for number in statement.citations)


def _quote(citation: Citation) -> str:
    return f"{_wrap(f'[{citation.number}] “{plain(citation.quote)}”', indent='')}\n{_place(citation)}"


def _place(citation: Citation) -> str:
    where = plain(citation.path or citation.url or citation.article_id)
    line = place_line(citation.title, citation.source, citation.published, citation.published_from)
    said = f"    said by {plain(citation.speaker.name)}\n" if citation.speaker else ""
    return f"{said}    {line}\n    {where}, characters {citation.start}–{citation.end}{_copies(citation)}"


def _copies(citation: Citation) -> str:
    """The copies that say the same, folded into one line; the JSON output lists them all."""
    if not citation.copies:
        return ""
    places = dict.fromkeys(plain(copy.source or copy.title) or copy.article_id for copy in citation.copies)
    named = list(places)[:_NAMED]
    count = "1 copy" if len(citation.copies) == 1 else f"{len(citation.copies):,} copies"
    return f"\n    the same in {count}: {', '.join(named)}{' …' if len(places) > _NAMED else ''}"


def _sure(answer: Answer) -> str:
    held = f"; {answer.sources.told()}" if answer.sources.articles > 1 else ""
    return f"{percent(answer.confidence)} sure{held}"


def _differing(answer: Answer) -> list[str]:
    """Figures that differ, a line each: value, source, date, quote; the oldest first."""
    if not answer.differing:
        return []
    cited = [answer.citations[number - 1] for stated in answer.differing for number in stated.citations]
    cited.sort(key=lambda citation: (citation.published or date.max, citation.number))
    rows = [
        (
            plain(citation.answer or ""),
            plain(citation.source or citation.title),
            citation.published.isoformat() if citation.published else "date unknown",
            f"[{citation.number}]",
        )
        for citation in cited
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join((*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3])) for row in rows]
    return ["The articles give different figures:\n" + "\n".join(f"    {line}" for line in lines)]


def _refusal(answer: Answer) -> str:
    if not answer.considered:
        return "The articles don't say. Nothing like it was found in them."
    nearest = "\n\n".join(_considered(passage) for passage in answer.considered[:3])
    return f"The articles don't say.\n\nThe nearest passages, which don't answer it:\n\n{nearest}"


def _considered(passage: Considered) -> str:
    when = passage.published.isoformat() if passage.published else "date unknown"
    head = " · ".join(part for part in (plain(passage.title), plain(passage.source or ""), when) if part)
    return f"  – {head}\n{_wrap(textwrap.shorten(plain(passage.text), 300, placeholder=' …'))}"


def _wrap(text: str, indent: str = "    ") -> str:
    return textwrap.fill(
        plain(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
