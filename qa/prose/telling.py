"""From quotes to prose: a model writes about them, and each of its sentences is checked as soon as it stands.

The quotes are there before the first word. What the model says never changes them, the short answer or the confidence;
where none of its sentences is held up, the quotes alone remain the answer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from qa.answer import Answer, Statement, StatementKind
from qa.answerer import Draft, Told
from qa.ellipsis import Exchange
from qa.evidence import Evidence
from qa.extractive import ExtractiveAnswerer
from qa.prose.prompts import AFTER, CANNOT, answer_prompt
from qa.prose.quoted import MOST_CHARACTERS, Sentence, sentences_of, unquoted
from qa.prose.rewriting import rewrite
from qa.prose.support import SupportCheck
from qa.prose.writer import Writer

MOST_TOKENS = 256  # of an answer
MOST_SENTENCES = 6


class ProseAnswerer:
    """Answers with quotes as the extractive answerer does, and tells in prose what they say."""

    def __init__(self, writer: Writer, check: SupportCheck) -> None:
        """`check` decides whether quotes hold a sentence up."""
        self.writer, self.check = writer, check
        self._quotes = ExtractiveAnswerer()

    @property
    def name(self) -> str:
        """The writer's."""
        return self.writer.name

    @property
    def weights_hash(self) -> str | None:
        """The writer's."""
        return self.writer.weights_hash

    def answer(self, batch: Sequence[Evidence]) -> list[Draft]:
        """Return one draft an evidence, in the given order: quotes alone, which prose is told about later."""
        return self._quotes.answer(batch)

    def rewrite(self, question: str, turns: Sequence[Exchange], stop: threading.Event | None = None) -> str | None:
        """See qa.prose.rewriting.rewrite."""
        return rewrite(question, turns, self.writer, stop)

    def tell(self, answer: Answer, stop: threading.Event | None = None) -> Iterator[Told]:
        """Yield the prose about an answer's quotes as it grows; the last one is all of it. Nothing for a refusal.

        Raises ModelError if the model fails. Closing the iterator ends the writing.
        """
        quotes = [citation.quote for citation in answer.citations]
        if answer.abstained or not quotes:
            return
        room = self.writer.window - MOST_TOKENS
        prompt = answer_prompt(answer.question, quotes, self.writer.count, room)
        if prompt is None:
            return
        given = quotes[: prompt.quotes]
        checked = _Checked(self.check, answer.question, given)
        text = ""
        pieces = self.writer.write(prompt.text, most=MOST_TOKENS, numbers=len(given), stop=stop)
        try:
            for piece in pieces:
                text += piece
                told, under_way = checked.so_far(_cut(text))
                yield Told(told, under_way)
                if _done(text, told):
                    break
        finally:
            _close(pieces)
        if not (stop and stop.is_set()):
            yield Told(checked.whole(_cut(text)), "")


class _Checked:
    """The sentences of one text, each checked once."""

    def __init__(self, check: SupportCheck, question: str, quotes: Sequence[str]) -> None:
        self._check, self._question, self._quotes = check, question, quotes
        self._known: dict[Sentence, Statement] = {}

    def so_far(self, text: str) -> tuple[tuple[Statement, ...], str]:
        """What is finished, and the sentence under way. A sentence is finished once another follows it."""
        found = sentences_of(text, self._quotes)
        if not found:
            return (), ""
        return tuple(self._statement(sentence) for sentence in found[:-1]), unquoted(found[-1].text)

    def whole(self, text: str) -> tuple[Statement, ...]:
        """All of it."""
        return tuple(self._statement(sentence) for sentence in sentences_of(text, self._quotes))[:MOST_SENTENCES]

    def _statement(self, sentence: Sentence) -> Statement:
        if sentence not in self._known:
            self._known[sentence] = state_of(sentence, self._question, self._quotes, self._check)
        return self._known[sentence]


def state_of(sentence: Sentence, question: str, quotes: Sequence[str], check: SupportCheck) -> Statement:
    """What holds a sentence up: its own quotation, the quotes that support it, or nothing."""
    if sentence.verbatim:
        number, words = sentence.verbatim
        return Statement(words, StatementKind.VERBATIM, (number,))
    numbers = check.holds(sentence.text, quotes, question=question, marked=sentence.cited)
    kind = StatementKind.SUPPORTED if numbers else StatementKind.UNSUPPORTED
    return Statement(sentence.text, kind, numbers)


def _cut(text: str) -> str:
    """The text up to where the model says that it can't, or makes up the next question."""
    ends = [place for mark in (CANNOT, AFTER) if (place := text.find(mark)) >= 0]
    return text[: min(ends)] if ends else text


def _done(text: str, told: Sequence[Statement]) -> bool:
    return AFTER in text or len(told) >= MOST_SENTENCES or len(text) >= MOST_CHARACTERS


def _close(pieces: Iterator[str]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
