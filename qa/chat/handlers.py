"""What happens in the chat when something is pressed. What is shown is made by the pure functions beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr  # noqa: TID253 - Gradio hands over its request and event by type; only ui.py imports this module

from corpus.errors import OnrecordError, UsageError
from qa.assistant import Assistant
from qa.chat.adding_panel import result_html, step_html
from qa.chat.intake import Intake, Step
from qa.chat.keeper import Keeper, saved_conversation
from qa.chat.keeping_panel import Verdicts
from qa.chat.live import Stops, follow
from qa.chat.pages import Pages
from qa.chat.render import conversation_html, notice_html, turn_html
from qa.chat.scope import Scope
from qa.chat.server_guard import PERSON
from qa.chat.turn import Phase, Turn
from qa.conversation import stand_alone
from qa.question_check import MAX_QUESTION, check_question

REWRITTEN_FROM = 3  # exchanges that a model may take words from
KEPT_TURNS = 50  # exchanges of a conversation that stay on its page

Turns = tuple[Turn, ...]
Update = Any  # what Gradio takes for "leave this component as it is", or a value


class Chat:
    """What happens when something is pressed. One for all conversations: each one's turns live in Gradio's state."""

    def __init__(self, assistant: Assistant, intake: Intake | None = None, keeper: Keeper | None = None) -> None:
        """Without an `intake` the articles can't be changed from the page, without a `keeper` nothing is kept."""
        self._assistant = assistant
        self._intake = intake
        self._keeper = keeper
        self._stops = Stops()
        self.pages = Pages(assistant, changeable=intake is not None)

    def busy(self) -> bool:
        """Whether anybody waits for an answer."""
        return self._stops.busy()

    def begin(
        self, question: str, turns: Turns, scope: Scope, verdicts: Verdicts, request: gr.Request
    ) -> tuple[Update, Update, Update, Update]:
        """Put the question on the page; → text box, turns, past and live HTML."""
        session = request.session_hash or ""
        if turns and turns[-1].running and not self._stops.of(session).is_set():
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()  # what was typed meanwhile stays in the box
        try:
            asked, searched = check_question(question), self.pages.searched(scope)
            if searched.narrowed and not searched.articles:
                raise UsageError("No article fits what you chose. Widen the dates or remove a choice, and ask again.")
        except UsageError as error:
            past = self._settled(turns)
            return gr.skip(), past, self._past(past, verdicts), notice_html(str(error))
        self._stops.begin(session)
        past = self._settled(turns)[-KEPT_TURNS:]
        follows = stand_alone(asked, [turn.exchange for turn in past])
        understood = follows.question if follows.changed and len(follows.question) <= MAX_QUESTION else None
        turn = Turn(asked, Phase.SEARCHING, searched, scope.narrowing, understood=understood, answerer=scope.answerer)
        if self._assistant.rewrites:
            turn = replace(turn, follows=tuple(one.exchange for one in past[-REWRITTEN_FROM:]))
        return "", (*past, turn), self._past(past, verdicts), turn_html(turn, len(past))

    def _past(self, past: Turns, verdicts: Verdicts) -> str:
        return conversation_html(past, verdicts if self._keeper else None)

    def answer(self, turns: Turns, request: gr.Request) -> Iterator[tuple[Update, Update]]:
        """Follow the answer to the last turn; → turns and live HTML, each time it grows."""
        session, past = request.session_hash or "", turns[:-1]
        if not turns or not turns[-1].running:
            yield gr.skip(), self._put_away(turns, session)
            return
        asked_of = self._assistant.index.fingerprint
        fresh: Verdicts | None = {} if self._keeper else None
        turn = shown = turns[-1]
        try:
            for turn in follow(self._assistant, turns[-1], self._stops.of(session)):
                if turn != shown:
                    shown = turn
                    yield (*past, turn), turn_html(turn, len(past), fresh)
        finally:
            self._stops.end(session)
            if self._keeper:
                self._keeper.note(turn, person_of(request), asked_of)

    def give_up(self, turns: Turns, request: gr.Request) -> tuple[Update, Update]:
        """Say that the queue is full; → turns and live HTML."""
        session = request.session_hash or ""
        if not turns or not turns[-1].running:
            return gr.skip(), self._put_away(turns, session)
        self._stops.end(session)
        turn = turns[-1].failed("Too many questions are waiting. Ask again in a moment.")
        return (*turns[:-1], turn), turn_html(turn, len(turns) - 1)

    def _put_away(self, turns: Turns, session: str) -> Update:
        """What to say of a question that was accepted and whose conversation Gradio has since let go of, if it has."""
        began = self._stops.end(session)
        if turns or not began:
            return gr.skip()
        return notice_html("Too many conversations are open, so this one was put away. Ask again in a moment.")

    def stop(self, request: gr.Request) -> None:
        """Stop the answer under way in this conversation."""
        self._stops.stop(request.session_hash or "")

    def press(self, turns: Turns, event: gr.EventData) -> tuple[Update, Update, Update]:
        """Open what was pressed, or serve the newest index; → masthead, first page, side panel."""
        wanted = _data(event)
        if "scope" in wanted:
            return gr.skip(), gr.skip(), gr.skip()
        if "reload" not in wanted:
            return gr.skip(), gr.skip(), self.pages.side(turns, wanted)
        try:
            self._assistant.reload()
        except OnrecordError as error:
            return self.pages.masthead(str(error)), gr.skip(), gr.skip()
        return self.pages.masthead(), self.pages.welcome(), self.pages.library()

    def change(self, scope: Scope, event: gr.EventData) -> Iterator[tuple[Update, ...]]:
        """Add or remove articles; → masthead, first page, side panel, scope's HTML and report, as it goes on."""
        wanted = _data(event)
        for step in self._intake.changes(wanted) if self._intake else ():
            if isinstance(step, Step):
                yield *(gr.skip(),) * 4, step_html(step)
                continue
            in_list = "remove" in wanted  # what came of it stands where it was pressed
            library = self.pages.library(step.sentence if in_list else None)
            told = "" if in_list else result_html(step)
            yield self.pages.masthead(), self.pages.welcome(), library, self.pages.scope(scope), told

    def try_examples(self) -> Iterator[str]:
        """Find example questions while nobody asks; → first page, each time there is one more."""
        yield self.pages.welcome()  # a generator that ends without a value would empty the page
        yield from self.pages.try_examples(self._stops.busy)

    def narrow(self, scope: Scope, event: gr.EventData) -> tuple[Update, Update]:
        """Choose what is searched from now on; → scope and its HTML."""
        wanted = _data(event)
        if "scope" in wanted:
            chosen = scope.chosen(str(wanted["scope"]), str(wanted.get("value", "")))
            return chosen, self.pages.scope(chosen, open_fields="field" in wanted and wanted["scope"] != "answerer")
        return gr.skip(), self.pages.scope(scope) if "reload" in wanted else gr.skip()

    def judge(self, turns: Turns, verdicts: Verdicts, event: gr.EventData) -> tuple[Update, Update]:
        """Keep what a person says of an answer; → verdicts and what to say."""
        return (self._keeper and self._keeper.judge(turns, verdicts, _data(event))) or (gr.skip(), gr.skip())

    def save(self, turns: Turns, event: gr.EventData) -> Update:
        """The conversation as a file for the page to save."""
        return saved_conversation(turns, _data(event)) or gr.skip()

    def news(self, request: gr.Request) -> str:
        """Which of a person's refused questions have an answer by now."""
        return self._keeper.news(person_of(request)) if self._keeper else ""

    def ask_again(self, request: gr.Request) -> Iterator[str]:
        """Ask the refused questions of new articles while nobody else asks; → the news."""
        if self._keeper:
            yield from self._keeper.ask_again(self._assistant, self._stops.busy, person_of(request))
        else:
            yield ""

    def forget_news(self, request: gr.Request) -> str:
        """Take the news away."""
        return self._keeper.forget(person_of(request)) if self._keeper else ""

    @staticmethod
    def _settled(turns: Turns) -> Turns:
        return tuple(turn.stopped() if turn.running else turn for turn in turns)


def person_of(request: gr.Request) -> str:
    """Who is asking: the name that somebody logged in with, empty where nobody logs in."""
    scope = getattr(request.request, "scope", None) or {}
    return str(scope.get(PERSON) or "")


def _data(event: gr.EventData) -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}
