"""An answer under way that a person can stop at once.

The assistant looks at its stop flag between steps only, and a step of reading takes as long as it takes. So it works
in a thread of its own, and whoever waits for it here leaves as soon as the flag is set; the thread ends by itself at
its next look at the flag.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator

from corpus.errors import OnrecordError
from qa.answer import Answer
from qa.assistant import Assistant, QuotesFound, Telling
from qa.chat.turn import Searched, Turn
from qa.conversation import Understood

_LOOK_EVERY = 0.05  # seconds between looks at the stop flag
_FAULT = "Something went wrong inside Onrecord while answering. Ask again; the terminal that runs the chat says more."

_log = logging.getLogger(__name__)

_Step = Understood | QuotesFound | Telling | Answer | Exception | None  # None: the stream ended


def searched_now(assistant: Assistant) -> Searched:
    """What a question asked now would be asked of."""
    index = assistant.index
    return Searched(index.n_articles, index.n_passages, index.date_range)


def follow(assistant: Assistant, turn: Turn, stop: threading.Event) -> Iterator[Turn]:
    """Yield the turn as it grows; the last one yielded is never running. Errors become a sentence in the turn.

    Sets `stop` when whoever iterates goes away.
    """
    steps: queue.SimpleQueue[_Step] = queue.SimpleQueue()
    worker = threading.Thread(target=_work, args=(assistant, turn, stop, steps), name="answer", daemon=True)
    worker.start()
    try:
        while turn.running:
            turn = turn.stopped() if stop.is_set() else _next(turn, steps)
            yield turn
    finally:
        stop.set()


def sentence_of(error: Exception) -> str:
    """An error as one sentence for a person; what nobody foresaw goes to the log, not on the page."""
    if isinstance(error, OnrecordError):
        return str(error)
    _log.error("answering failed", exc_info=error)
    return _FAULT


class Stops:
    """The stop flag of each conversation, by its session's id. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flags: dict[str, threading.Event] = {}

    def begin(self, session: str) -> threading.Event:
        """Return a fresh flag for the answer that this conversation starts now."""
        flag = threading.Event()
        with self._lock:
            self._flags[session] = flag
        return flag

    def of(self, session: str) -> threading.Event:
        """Return the flag of the answer under way; a set one if there is none."""
        with self._lock:
            flag = self._flags.get(session)
        if flag is None:
            flag = threading.Event()
            flag.set()
        return flag

    def stop(self, session: str) -> None:
        """Stop the answer under way, if there is one."""
        self.of(session).set()

    def busy(self) -> bool:
        """Whether any answer is under way."""
        with self._lock:
            return any(not flag.is_set() for flag in self._flags.values())

    def end(self, session: str) -> bool:
        """Forget the flag of a finished answer; → whether there was one."""
        with self._lock:
            return self._flags.pop(session, None) is not None


def _work(assistant: Assistant, turn: Turn, stop: threading.Event, steps: queue.SimpleQueue[_Step]) -> None:
    try:
        asks = turn.asks
        if turn.follows and (understood := assistant.written_out(turn.question, turn.follows, turn.answerer, stop)):
            asks = understood
            steps.put(Understood(understood, changed=True))
        for step in assistant.stream(asks, narrowing=turn.narrowing, stop=stop, answerer=turn.answerer):
            steps.put(step)
        steps.put(None)
    except Exception as error:  # the boundary of a thread: nothing above could catch it
        steps.put(error)


def _next(turn: Turn, steps: queue.SimpleQueue[_Step]) -> Turn:
    try:
        step = steps.get(timeout=_LOOK_EVERY)
    except queue.Empty:
        return turn
    if isinstance(step, Understood):
        return turn.taken_for(step.question)
    if isinstance(step, QuotesFound):
        return turn.found(step.citations)
    if isinstance(step, Telling):
        return turn.told(step.answer, step.writing)
    if isinstance(step, Answer):
        return turn.answered(step)
    return turn.stopped() if step is None else turn.failed(sentence_of(step))
