"""What the chat shows around the conversation, read from the assistant's current index: pages as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.errors import OnrecordError
from qa.assistant import Assistant
from qa.chat.article_panel import Mark, Walk, article_html, mark_of_passage, marks_of
from qa.chat.examples import OPENING, draft_examples
from qa.chat.library_panel import library_html, masthead_html, newest_first, welcome_html
from qa.chat.live import searched_now
from qa.chat.scope import Scope, scope_html, searched_in
from qa.chat.turn import Searched, Turn

EXAMPLES = 4  # on the first page
_READ_FOR_EXAMPLES = 12  # articles that example questions are drafted from


@dataclass(slots=True)
class _Trial:
    """How far the trying of one index's example questions is."""

    good: tuple[str, ...] = ()  # those that the articles answer
    left: list[str] | None = None  # still to be tried; None before they are drafted


class Pages:
    """Makes the masthead, the first page and the side panel; keeps the examples of each index once they are tried."""

    def __init__(self, assistant: Assistant, *, changeable: bool = False) -> None:
        """`changeable` offers to add and remove articles."""
        self._assistant = assistant
        self._changeable = changeable
        self._trials: dict[str, _Trial] = {}  # by the index's fingerprint

    def opening(self) -> tuple[str, str, str, str]:
        """Masthead, first page, side panel and narrowing as a visitor finds them."""
        return self.masthead(), self.welcome(), self.library(), self.scope(Scope())

    def masthead(self, notice: str | None = None) -> str:
        """Name and what is loaded, with a sentence about what was just pressed if there is one."""
        told = notice or self._assistant.index.notice
        return masthead_html(searched_now(self._assistant), told, measurable=self._changeable)

    def library(self, notice: str | None = None) -> str:
        """The list of articles, below a sentence about what was just pressed if there is one."""
        return library_html(list(self._assistant.index.articles()), changeable=self._changeable, notice=notice)

    def welcome(self) -> str:
        """The first page with the example questions that are known by now."""
        trial = self._trials.get(self._assistant.index.fingerprint)
        return welcome_html(
            searched_now(self._assistant),
            trial.good if trial else (),
            more=not trial or trial.left != [],
            changeable=self._changeable,
        )

    def try_examples(self, busy: Callable[[], bool]) -> Iterator[str]:
        """Ask the drafted questions one by one, and yield the first page with each one that the articles do answer.

        Ends when there are enough, or as soon as `busy` says that a person's question is under way; the next visit goes
        on from there. Not to be run twice at the same time.
        """
        index = self._assistant.index
        trial = self._trials.setdefault(index.fingerprint, _Trial())
        if trial.left is None:
            newest = newest_first(list(index.articles()))[:_READ_FOR_EXAMPLES]
            trial.left = draft_examples([index.article(listed.id).text[:OPENING] for listed in newest])
            if not trial.left:
                yield self.welcome()  # without the room that was kept for examples
        while trial.left and not busy():
            answer = self._assistant.quote(trial.left[0])
            trial.left = trial.left[1:]
            if not answer.abstained:
                trial.good = (*trial.good, answer.question)
            if len(trial.good) == EXAMPLES:
                trial.left = []
            yield self.welcome()

    def scope(self, scope: Scope, *, open_fields: bool = False) -> str:
        """The chips of what is searched, and the fields to narrow it with."""
        names = list(self._assistant.answerers)
        return scope_html(scope, self._assistant.index.articles(), open_fields=open_fields, answerers=names)

    def searched(self, scope: Scope) -> Searched:
        """What a question asked now is asked of."""
        if not scope.narrowed:
            return searched_now(self._assistant)
        return searched_in(self._assistant.index.articles(), scope)

    def side(self, turns: Sequence[Turn], wanted: Mapping[str, object]) -> str:
        """The side panel for what was pressed: a citation, a near passage, an article of the list, or the list."""
        try:
            return self._side(turns, wanted)
        except OnrecordError as error:
            return self.library(str(error))
        except (KeyError, ValueError, IndexError, StopIteration):  # an address that no button of ours carries
            return self.library()

    def _side(self, turns: Sequence[Turn], wanted: Mapping[str, object]) -> str:
        article_of = self._assistant.index.article
        if "article" in wanted:
            return article_html(article_of(str(wanted["article"])), ())
        if "turn" not in wanted:
            return self.library()
        place = int(str(wanted["turn"]))
        turn = turns[place]
        if "near" in wanted and turn.answer:
            passage = turn.answer.considered[int(str(wanted["near"])) - 1]
            mark = mark_of_passage(passage)
            return article_html(article_of(passage.article_id), (mark,), mark)
        number = int(str(wanted["cite"]))
        citation = next(quote for quote in turn.quotes if quote.number == number)
        if "fold" in wanted:
            copy = citation.copies[int(str(wanted["fold"])) - 1]
            mark = Mark(str(number), copy.start, copy.end, copy.quote)
            return article_html(article_of(copy.article_id), (mark,), mark)
        marks = marks_of(turn.quotes, citation.article_id)
        active = next(mark for mark in marks if mark.label == str(number))
        walk = Walk(place, number, len(turn.quotes))
        return article_html(article_of(citation.article_id), marks, active, walk=walk)
