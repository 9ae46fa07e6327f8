"""What the chat keeps beside its index: what people say of answers, and the questions that had none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from corpus.errors import StorageError
from qa.assistant import Assistant
from qa.chat.keeping_panel import Verdicts, key_of, news_html, not_told_html, saved_html, told_html
from qa.chat.turn import Turn
from qa.keeping.export import Format, export, file_name
from qa.keeping.feedback import Feedback, Verdict
from qa.keeping.refused import RefusedQuestions

_log = logging.getLogger(__name__)

_KINDS = {Format.MARKDOWN: "text/markdown", Format.HTML: "text/html"}


class Keeper:
    """Keeps things in one data folder."""

    def __init__(self, data: Path) -> None:
        self.feedback = Feedback(data)
        self.refused = RefusedQuestions(data)

    def judge(
        self, turns: Sequence[Turn], verdicts: Verdicts, wanted: Mapping[str, object]
    ) -> tuple[Verdicts, str] | None:
        """Keep a word on an answer, or take it back if it is the same word again; → all words and what to say.

        None if no button of ours asked for it.
        """
        try:
            number, verdict = int(str(wanted["turn"])), Verdict(str(wanted["judge"]))
            turn = turns[number]
        except (KeyError, ValueError, IndexError):
            return None
        if turn.answer is None:
            return None
        again = verdicts.get(key_of(turn)) == verdict.value
        try:
            if again:
                self.feedback.withdraw(turn.answer.question)
            else:
                self.feedback.record(turn.answer, verdict, datetime.now(UTC), narrowed=turn.narrowing is not None)
        except StorageError as error:
            return verdicts, not_told_html(number, str(error))
        others = {key: said for key, said in verdicts.items() if key != key_of(turn)}
        if again:
            return others, told_html(number, None)
        return {**others, key_of(turn): verdict.value}, told_html(number, verdict)

    def note(self, turn: Turn, person: str, asked_of: str) -> None:
        """Put a refused question on the list, or take an answered one off it.

        One that was asked of a part of the articles is left alone: the rest may answer it already.
        """
        if turn.answer is None or turn.narrowing is not None:
            return
        try:
            self.refused.note(turn.answer, person=person, asked_of=asked_of, today=datetime.now(UTC).date())
        except StorageError as error:
            _log.warning("a refused question was not kept: %s", error)  # the answer itself stands

    def ask_again(self, assistant: Assistant, busy: Callable[[], bool], person: str) -> Iterator[str]:
        """Ask the refused questions of new articles while nobody else asks, and yield the news as they come."""
        yield self.news(person)
        try:
            for one in self.refused.ask_again(assistant, busy):
                if one.answered and one.person == person:
                    yield self.news(person)
        except StorageError:
            return  # a disk that refuses is said where a person waits for it

    def news(self, person: str) -> str:
        """Which of a person's refused questions have an answer by now."""
        try:
            return news_html([one for one in self.refused.of(person) if one.answered])
        except StorageError:
            return ""

    def forget(self, person: str) -> str:
        """Take those questions off the list; → the news, which are none."""
        try:
            self.refused.forget(person)
        except StorageError:
            return self.news(person)
        return ""


def saved_conversation(turns: Sequence[Turn], wanted: Mapping[str, object]) -> str | None:
    """The conversation as a file for the page to save; None if no button of ours asked for it."""
    try:
        form = Format(str(wanted["save"]))
    except (KeyError, ValueError):
        return None
    now = datetime.now(UTC)
    return saved_html(export(turns, form, now), file_name(form, now), _KINDS[form], now.isoformat())
