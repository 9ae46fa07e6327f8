"""A follow-up question written out in full by a model, where a person wants that; the rules stay the default.

A model may put names where pronouns stand, and nothing else: a word that neither the question nor the conversation has,
or a word of the question that is gone, and the rules' reading is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from qa.ellipsis import Exchange
from qa.prose.claims import Kind, Word, context_of, words_of
from qa.prose.prompts import rewrite_prompt
from qa.prose.quoted import unquoted
from qa.prose.signs import held
from qa.prose.writer import Writer

MOST_TOKENS = 64
_LOOK_BACK = 3  # exchanges
_LONGEST = 300  # characters


def rewrite(
    question: str, turns: Sequence[Exchange], writer: Writer, stop: threading.Event | None = None
) -> str | None:
    """Return the question so that it stands alone; None if it does already or the model's words can't be trusted.

    `turns` are the exchanges before it, the oldest first. Raises ModelError if the model fails.
    """
    told = [(turn.question, turn.short or turn.quote or "") for turn in turns[-_LOOK_BACK:]]
    prompt = rewrite_prompt(question, told, writer.count, writer.window - MOST_TOKENS)
    if prompt is None:
        return None
    text = "".join(writer.write(prompt, most=MOST_TOKENS, stop=stop))
    found = unquoted(text.strip().split("\n")[0])
    asked = f"{found.rstrip(' ?.!')}?"
    if (stop and stop.is_set()) or asked.casefold() == f"{question.rstrip(' ?.!')}?".casefold():
        return None
    return asked if may_stand_for(asked, question, told) else None


def may_stand_for(asked: str, question: str, told: Sequence[tuple[str, str]]) -> bool:
    """Whether a question says what another one does, with nothing but the conversation's own words put in."""
    conversation = [part for turn in told for part in turn]
    context = context_of(question, *conversation)
    new, old = words_of(asked, context), words_of(question, context)
    known = [*old, *(word for part in conversation for word in words_of(part, context))]
    return (
        len(asked) <= _LONGEST
        and all(_among(word, known) for word in new if word.kind is not Kind.FUNCTION)
        and all(_among(word, new) for word in old if word.kind is not Kind.FUNCTION)
        and sum(word.negative for word in new) == sum(word.negative for word in old)
        and new[:1] != []
        and (new[0].text.lower() == old[0].text.lower() or old[0].text.lower() in {"and", "but", "so"})
    )


def _among(word: Word, words: Sequence[Word]) -> bool:
    return any(held(word, other) or word.text.lower() == other.text.lower() for other in words)
