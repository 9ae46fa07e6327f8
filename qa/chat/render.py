"""Answers as HTML for the chat and as Markdown for the clipboard. Pure functions, and the only maker of chat HTML.

Whatever comes from outside (articles, titles, addresses, questions, errors) passes `escape` or `escape_markdown`
here; the tags around it are all spelt out in this file and in article_panel.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.answer import Answer, Citation, Considered
from qa.chat.keeping_panel import Verdicts, judging_html
from qa.chat.markup import escape, escape_markdown, one_line, safe_url
from qa.chat.prose import chip, prose_html, quoted
from qa.chat.sources_html import (
    copies_html,
    copies_line,
    differing_html,
    differing_line,
    sources_line,
    speaker_html,
    speaker_line,
)
from qa.chat.turn import Phase, Searched, Turn
from qa.chat.wording import certainty, covered, dated, place, searched_line, shortened, title_of
from qa.formatting import counted
from qa.keeping.export import REFUSAL, holding

MAX_NEAREST = 3  # passages that a refusal shows
SNIPPET = 240  # characters of each


def conversation_html(turns: Sequence[Turn], verdicts: Verdicts | None = None, *, first: int = 0) -> str:
    """Exchanges below one another; `first` is the place of turns[0] in the whole conversation, from 0."""
    return "".join(turn_html(turn, first + place, verdicts) for place, turn in enumerate(turns))


def turn_html(turn: Turn, number: int, verdicts: Verdicts | None = None) -> str:
    """One exchange. `number` is its place in the conversation, from 0; chips carry it, so a click finds its turn.

    `verdicts` is what was said of answers so far; None where that can't be kept, so that nobody is asked.
    """
    body = {
        Phase.SEARCHING: _searching,
        Phase.READING: _reading,
        Phase.TELLING: _telling,
        Phase.ANSWERED: _answered,
        Phase.STOPPED: _stopped,
        Phase.FAILED: _failed,
    }[turn.phase](turn, number)
    busy = "true" if turn.running else "false"
    return (
        f'<section class="turn {turn.phase.value}" aria-busy="{busy}" data-turn="{number}">'
        f'<h2 class="question" dir="auto">{escape(one_line(turn.question))}</h2>{_understood(turn)}{body}'
        f"{judging_html(turn, number, verdicts)}</section>"
    )


def notice_html(sentence: str) -> str:
    """A message about the question or the system that is no answer, e.g. that the question is too long."""
    return f'<section class="notice" role="alert"><p dir="auto">{escape(one_line(sentence))}</p></section>'


def answer_markdown(answer: Answer, searched: Searched) -> str:
    """An answer for the clipboard: every quote with its number, the numbered sources below, readable as plain text."""
    lines = [f"**{escape_markdown(answer.question)}**", ""]
    if answer.abstained:
        lines.append(REFUSAL)
    else:
        lines += _markdown_statements(answer)
        for citation in answer.citations:
            lines += [f"> “{escape_markdown(citation.quote)}” [{citation.number}]", ""]
        lines.append("Sources:")
        lines += [f"{citation.number}. {_markdown_source(citation)}" for citation in answer.citations]
    lines += ["", f"{searched_line(searched)}. Onrecord: {_certain(answer)}."]
    return "\n".join(lines)


def _understood(turn: Turn) -> str:
    if turn.understood is None:
        return ""
    words = escape(one_line(turn.understood))
    return (
        f'<p class="understood">Understood as: <button type="button" class="correct" data-correct="{words}" '
        f'title="Change it in the question box" dir="auto">{words}</button></p>'
    )


def _searching(turn: Turn, number: int) -> str:
    return f'<div class="verdict"><p class="short waiting">{_looking(turn.searched)}</p></div>'


def _reading(turn: Turn, number: int) -> str:
    waiting = '<div class="verdict"><p class="short waiting">First quotes are here. Reading on …</p></div>'
    return waiting + _quotes(turn.quotes, number)


def _telling(turn: Turn, number: int) -> str:
    if turn.answer is None:
        raise ValueError("a turn that is told carries its answer")
    return _verdict(turn.answer, number, turn)


def _answered(turn: Turn, number: int) -> str:
    answer = turn.answer
    if answer is None:
        raise ValueError("an answered turn carries its answer")
    body = _refusal(answer, turn.searched, number) if answer.abstained else _verdict(answer, number)
    copy = escape(answer_markdown(answer, turn.searched))
    return (
        f'{body}<div class="foot"><p class="small">{escape(searched_line(turn.searched, answer.seconds))}</p>'
        f'<button type="button" class="copy" data-copy="{copy}">Copy with sources</button></div>'
    )


def _stopped(turn: Turn, number: int) -> str:
    left = "The quotes below were found before." if turn.quotes else "Nothing had been found yet."
    return f'<div class="verdict"><p class="short">Stopped. {left}</p></div>{_quotes(turn.quotes, number)}'


def _failed(turn: Turn, number: int) -> str:
    return (
        f'<div class="verdict" role="alert"><p class="short" dir="auto">{escape(one_line(turn.error or ""))}</p></div>'
    )


def _looking(searched: Searched) -> str:
    return f"Searching {escape(counted(searched.articles, 'article'))} …"


def _verdict(answer: Answer, number: int, telling: Turn | None = None) -> str:
    if answer.short:
        chips = "".join(chip(citation, number) for citation in holding(answer))
        short = f'<p class="short" dir="auto">{escape(one_line(answer.short))} {chips}</p>'
    else:
        short = '<p class="short">In the articles’ own words:</p>'
    sure = f'<p class="sure">{escape(_certain(answer).capitalize())}</p>'
    told = prose_html(answer, number, writing=telling.writing if telling else None)
    quotes = differing_html(answer, number) + _quotes(answer.citations, number)
    return f'<div class="verdict">{short}{sure}</div>{told}{quotes}'


def _certain(answer: Answer) -> str:
    return " · ".join(filter(None, (certainty(answer), sources_line(answer))))


def _quotes(citations: Sequence[Citation], number: int) -> str:
    if not citations:
        return ""
    items = "".join(f'<li class="quote">{_quote(citation, number)}</li>' for citation in citations)
    return f'<ol class="quotes" aria-label="Quotes">{items}</ol>'


def _quote(citation: Citation, number: int) -> str:
    quote = citation.quote
    if citation.answer_start is None or citation.answer_end is None:
        words = escape(quote)
    else:
        start, end = citation.answer_start - citation.start, citation.answer_end - citation.start
        words = f"{escape(quote[:start])}<mark>{escape(quote[start:end])}</mark>{escape(quote[end:])}"
    where = _where(citation.title, place(citation.source, citation.url, citation.path))
    when = escape(dated(citation.published, citation.published_from))
    return (
        f'<blockquote dir="auto">{words}</blockquote>'
        f'<p class="place">{chip(citation, number)} {speaker_html(citation)}{where} · '
        f'<span class="when">{when}</span></p>{copies_html(citation, number)}'
    )


def _where(title: str, source: str) -> str:
    named = f' · <span class="source">{escape(one_line(source))}</span>' if source else ""
    return f'<cite dir="auto">{escape(title_of(title))}</cite>{named}'


def _refusal(answer: Answer, searched: Searched, number: int) -> str:
    kind = "chosen article" if searched.narrowed else "article"
    looked = f"Searched: {counted(searched.articles, kind)}, {covered(searched.dates)}"
    head = (
        f'<div class="verdict"><p class="short">{REFUSAL}</p>'
        f'<p class="sure">{escape(looked)}; {escape(certainty(answer))}.</p></div>'
    )
    helps = (
        '<p class="help">What may help: name people, places and things as the articles would; ask one thing at a '
        "time; or add articles about it with <code>onrecord add FOLDER</code>.</p>"
    )
    if searched.narrowed:
        helps = '<p class="help">Only a part of the articles was searched; widen it above the question box.</p>' + helps
    if not answer.considered:
        return f'{head}<p class="help">Nothing in the articles comes near the question.</p>{helps}'
    shown = answer.considered[:MAX_NEAREST]
    near = "".join(_nearest(passage, number, index) for index, passage in enumerate(shown, 1))
    return f'{head}<h3>The nearest passages, which don’t answer it</h3><ol class="nearest">{near}</ol>{helps}'


def _nearest(passage: Considered, number: int, index: int) -> str:
    where = _where(passage.title, passage.source or "")
    label = escape(f"Read this passage in “{title_of(passage.title)}”")
    when = escape(dated(passage.published, None))
    return (
        f'<li><p dir="auto">{escape(shortened(passage.text, SNIPPET))}</p><p class="place">{where} · '
        f'<span class="when">{when}</span> · <a href="#article" class="open" data-turn="{number}" '
        f'data-near="{index}" aria-label="{label}">Read it there</a></p></li>'
    )


def _markdown_statements(answer: Answer) -> list[str]:
    lines = []
    if answer.short:
        numbers = "".join(f"[{citation.number}]" for citation in holding(answer))
        lines += [f"{escape_markdown(answer.short)} {numbers}".rstrip(), ""]
    if differing := differing_line(answer):
        lines += [escape_markdown(differing), ""]
    told = " ".join(
        f"{escape_markdown(quoted(statement))} {''.join(f'[{cited}]' for cited in statement.citations)}"
        for statement in answer.prose
    )
    return [*lines, told, ""] if told else lines


def _markdown_source(citation: Citation) -> str:
    parts = [
        f"“{escape_markdown(title_of(citation.title))}”",
        escape_markdown(place(citation.source, citation.url, citation.path)),
        dated(citation.published, citation.published_from),
        f"characters {citation.start}–{citation.end}",
    ]
    if address := safe_url(citation.url):
        parts.append(f"<{address}>" if not set(address) & set("<>") else escape_markdown(address))
    return ", ".join(parts) + escape_markdown(speaker_line(citation) + copies_line(citation.copies))
