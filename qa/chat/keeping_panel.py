"""What people say of answers, what they take along, and what has become of refused questions, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.answer import Answer
from qa.chat.markup import escape, one_line
from qa.chat.turn import Turn
from qa.keeping.feedback import Verdict
from qa.keeping.refused import Refused

Verdicts = Mapping[str, str]  # an answered turn's key → what was said of it

MAX_NEWS = 20  # questions that are offered at once
_THUMB = (
    '<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M1.5 7h3v7h-3zM6 14V7l3-5.5c1.3 0 '
    '1.9 1 1.6 2.2L10 6.3h3.3c.8 0 1.4.8 1.2 1.6l-1.2 4.8c-.2.8-.8 1.3-1.6 1.3z"></path></svg>'
)
_TOLD = {
    None: "Taken back.",
    Verdict.GOOD: "Kept as a question to measure with.",
    Verdict.BAD: "Kept for correction: onrecord feedback lists it.",
    Verdict.SHOULD_REFUSE: "Kept as a question without an answer.",
}


def key_of(turn: Turn) -> str:
    """Names an answered turn within its conversation."""
    return f"{turn.asks}\n{turn.answer.seconds if turn.answer else ''}"


def judging_html(turn: Turn, number: int, verdicts: Verdicts | None) -> str:
    """The buttons that say what an answer was worth; nothing before there is one, or where nothing can be kept."""
    answer = turn.answer
    if answer is None or verdicts is None:
        return ""
    said = verdicts.get(key_of(turn))
    buttons = "".join(_button(verdict, label, number, said) for verdict, label in _labels(answer))
    kept = (
        '<p class="help">The question is kept, and asked again when articles are added.</p>'
        if answer.abstained and turn.narrowing is None
        else ""
    )
    return (
        f'{kept}<div class="judge" role="group" aria-label="What is this answer worth?">{buttons}'
        '<span class="kept"></span></div>'
    )


def _labels(answer: Answer) -> list[tuple[Verdict, str]]:
    if answer.abstained:
        return [(Verdict.GOOD, "Right to say no"), (Verdict.BAD, "The articles do say")]
    return [(Verdict.GOOD, "Good"), (Verdict.BAD, "Wrong"), (Verdict.SHOULD_REFUSE, "Should have said no")]


def _button(verdict: Verdict, label: str, number: int, said: str | None) -> str:
    thumb = "" if verdict is Verdict.SHOULD_REFUSE else _THUMB
    down = " down" if verdict is Verdict.BAD else ""
    return (
        f'<button type="button" class="verdict-of{down}" data-judge="{escape(verdict.value)}" data-turn="{number}" '
        f'aria-pressed="{"true" if said == verdict.value else "false"}">{thumb}{escape(label)}</button>'
    )


def told_html(number: int, verdict: Verdict | None) -> str:
    """That a word on an answer was kept, or taken back; `number` is the turn's place in the conversation."""
    pressed = verdict.value if verdict else ""
    return f'<p role="status" data-judged="{number}" data-verdict="{escape(pressed)}">{escape(_TOLD[verdict])}</p>'


def not_told_html(number: int, sentence: str) -> str:
    """That a word on an answer could not be kept, and why."""
    return f'<p role="alert" data-judged="{number}">{escape(one_line(sentence))}</p>'


def saved_html(text: str, name: str, kind: str, moment: str) -> str:
    """A file for the page's script to hand to the browser; `moment` tells two savings of the same apart."""
    return (
        f'<p role="status" data-file="{escape(name)}" data-type="{escape(kind)}" data-moment="{escape(moment)}" '
        f'data-text="{escape(text)}">Saved as {escape(name)}</p>'
    )


def news_html(answered: Sequence[Refused]) -> str:
    """That refused questions have an answer by now, each to be asked by a press; empty if none has."""
    if not answered:
        return ""
    number = len(answered)
    what = (
        "1 question that had no answer before now has one"
        if number == 1
        else f"{number:,} questions that had no answer before now have one"
    )
    items = "".join(
        f'<li><button type="button" class="example" data-question="{escape(one.question)}" dir="auto">'
        f"{escape(one_line(one.question))}</button></li>"
        for one in answered[-MAX_NEWS:][::-1]
    )
    more = f'<p class="small">And {number - MAX_NEWS:,} more.</p>' if number > MAX_NEWS else ""
    return (
        f'<section class="news" aria-label="News"><details><summary><span role="status">{what}</span></summary>'
        f'<ul>{items}</ul>{more}</details><button type="button" class="quiet" data-forget="">Dismiss</button></section>'
    )
