"""What stands around the quotes: who said it, which copies say the same, and figures that differ. HTML and plain lines.

Pure functions; whatever comes from articles passes `escape`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qa.answer import Answer, Citation, Copy
from qa.chat.markup import escape, one_line
from qa.chat.wording import dated, day, place, title_of
from qa.formatting import counted

_LISTED = 10  # copies that are listed; the rest is counted


def speaker_html(citation: Citation) -> str:
    """Who said what the quote says, before the place of the quote; nothing where that isn't plain."""
    if citation.speaker is None:
        return ""
    return f'said by <span class="speaker" dir="auto">{escape(one_line(citation.speaker.name))}</span> · '


def copies_html(citation: Citation, number: int) -> str:
    """The copies of the quote's article that say the same, folded; each can be opened where it says so."""
    if not citation.copies:
        return ""
    items = "".join(_copy(copy, citation, number, fold) for fold, copy in enumerate(citation.copies[:_LISTED], 1))
    left = len(citation.copies) - _LISTED
    more = f"<li>and {left:,} more</li>" if left > 0 else ""
    told = escape(f"The same in {counted_copies(len(citation.copies))} of this article")
    return f'<details class="copies"><summary>{told}</summary><ul>{items}{more}</ul></details>'


def differing_html(answer: Answer, number: int) -> str:
    """Figures that differ as a small table, the oldest first: value, source, date, quote."""
    rows = "".join(_row(citation, number) for citation in differing_citations(answer))
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Says", "Source", "Date", "Quote"))
    return (
        '<table class="differing"><caption>The articles give different figures</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def differing_citations(answer: Answer) -> list[Citation]:
    """The quotes that mark different values, by date, those of unknown date last."""
    numbers = [number for stated in answer.differing for number in stated.citations]
    cited = [answer.citations[number - 1] for number in numbers]
    return sorted(cited, key=lambda c: (c.published or date.max, c.number))


def differing_line(answer: Answer) -> str | None:
    """The same as one plain line: 27,000 (Tribune, 3 May 2024) [1] / 31,000 (Star, 7 May 2024) [2]."""
    if not answer.differing:
        return None
    said = " / ".join(
        f"{one_line(c.answer or '')} ({place(c.source, c.url, c.path)}, {_when(c)}) [{c.number}]"
        for c in differing_citations(answer)
    )
    return f"The articles give different figures: {said}"


def sources_line(answer: Answer) -> str | None:
    """How many articles and independent sources hold the answer; nothing where it is one article."""
    return answer.sources.told() if answer.sources.articles > 1 else None


def speaker_line(citation: Citation) -> str:
    """Who said it, for the end of a line of plain text; may be empty."""
    return f", said by {one_line(citation.speaker.name)}" if citation.speaker else ""


def copies_line(copies: Sequence[Copy]) -> str:
    """Where the same stands in copies, for the end of a line of plain text; may be empty."""
    if not copies:
        return ""
    named = dict.fromkeys(place(copy.source, copy.url, copy.path) for copy in copies)
    return f", the same in {counted_copies(len(copies))}: {', '.join(named)}"


def counted_copies(number: int) -> str:
    """1 copy, 2 copies."""
    return "1 copy" if number == 1 else counted(number, "copie")


def _copy(copy: Copy, citation: Citation, number: int, fold: int) -> str:
    label = escape(f"Read the copy “{title_of(copy.title)}”")
    where = escape(place(copy.source, copy.url, copy.path))
    return (
        f'<li><a href="#article" class="open" data-turn="{number}" data-cite="{citation.number}" data-fold="{fold}" '
        f'aria-label="{label}" dir="auto">{escape(title_of(copy.title))}</a> · <span class="source">{where}</span> · '
        f'<span class="when">{escape(dated(copy.published, None))}</span></li>'
    )


def _row(citation: Citation, number: int) -> str:
    label = escape(f"Quote {citation.number}: read it in “{title_of(citation.title)}”")
    where = escape(place(citation.source, citation.url, citation.path))
    return (
        f'<tr><td class="value" dir="auto">{escape(one_line(citation.answer or ""))}</td><td>{where}</td>'
        f"<td>{escape(_when(citation))}</td>"
        f'<td><a href="#article" class="chip" data-turn="{number}" data-cite="{citation.number}" '
        f'aria-label="{label}">[{citation.number}]</a></td></tr>'
    )


def _when(citation: Citation) -> str:
    return day(citation.published) if citation.published else "date unknown"
