"""A model's prose as HTML: what quotes hold up in print, what is being written in grey, the rest folded away."""

from __future__ import annotations

from qa.answer import Answer, Citation, Statement, StatementKind
from qa.chat.markup import escape, one_line
from qa.chat.wording import title_of


def prose_html(answer: Answer, number: int, *, writing: str | None = None) -> str:
    """The prose of an answer; `writing` is the sentence under way, None once nobody writes any more.

    Nothing where no prose was asked for. `number` is the turn's place in the conversation, from 0.
    """
    if answer.written_by is None and answer.notice is None and writing is None:
        return ""
    told = "".join(_sentence(statement, answer, number) for statement in answer.prose)
    under_way = f'<span class="writing">{escape(one_line(writing))} …</span>' if writing is not None else ""
    prose = f'<p class="told" dir="auto">{told}{under_way}</p>' if told or under_way else ""
    return f'<div class="telling-of">{prose}{_small_print(answer, writing)}{_doubtful(answer)}</div>'


def chip(citation: Citation, number: int) -> str:
    """A citation's number, which opens its article."""
    label = escape(f"Quote {citation.number}: read it in “{title_of(citation.title)}”")
    return (
        f'<a href="#article" class="chip" data-turn="{number}" data-cite="{citation.number}" '
        f'aria-label="{label}">[{citation.number}]</a>'
    )


def quoted(statement: Statement) -> str:
    """A sentence as it is shown: in quotation marks if it is a quotation as a whole."""
    return f"“{statement.text}”" if statement.kind is StatementKind.VERBATIM else statement.text


def _sentence(statement: Statement, answer: Answer, number: int) -> str:
    chips = "".join(chip(answer.citations[cited - 1], number) for cited in statement.citations)
    return f'<span class="{statement.kind.value}">{escape(one_line(quoted(statement)))}</span>&nbsp;{chips} '


def _small_print(answer: Answer, writing: str | None) -> str:
    if answer.notice:
        return f'<p class="small" role="alert">No prose: {escape(one_line(answer.notice))}</p>'
    if writing is not None or answer.written_by is None:
        return '<p class="small">A model is writing about the quotes below; each sentence is checked.</p>'
    by = escape(one_line(answer.written_by))
    if not answer.prose:
        return f'<p class="small">The quotes hold up nothing that {by} wrote, so they are the answer.</p>'
    return f'<p class="small">Written by {by}; each sentence is held up by the quotes that it cites.</p>'


def _doubtful(answer: Answer) -> str:
    if not answer.doubtful:
        return ""
    items = "".join(f'<li dir="auto">{escape(one_line(statement.text))}</li>' for statement in answer.doubtful)
    many = len(answer.doubtful)
    count = "1 sentence" if many == 1 else f"{many} sentences"
    return (
        f'<details class="doubtful"><summary>{count} left out: no quote holds {"it" if many == 1 else "them"} up'
        f"</summary><ul>{items}</ul></details>"
    )
