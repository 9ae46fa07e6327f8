"""An answer that is followed: it grows, it ends, it can be stopped at once, and its errors are sentences."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import DamagedError
from qa.assistant import Assistant
from qa.chat.live import Stops, follow, searched_now, sentence_of
from qa.chat.turn import Phase, Turn
from tests.chat_double import BRIDGE, PARK, newsroom

QUESTION = "How many trees does the park have?"


def first(assistant: Assistant, question: str = QUESTION) -> Turn:
    return Turn(question, Phase.SEARCHING, searched_now(assistant))


def phases(turns: Iterator[Turn]) -> list[Phase]:
    return list(dict.fromkeys(turn.phase for turn in turns))


def test_a_turn_grows_from_quotes_to_the_answer(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path)
    *_, last = follow(assistant, first(assistant), threading.Event())
    assert last.phase is Phase.ANSWERED
    assert last.answer is not None
    assert last.answer.short == "1,240"
    assert last.quotes == last.answer.citations
    assert (last.searched.articles, last.searched.dates) == (2, (PARK.published, PARK.published))


def test_first_quotes_come_while_the_rest_is_still_read(tmp_path: Path) -> None:
    rest = threading.Event()
    assistant = newsroom(tmp_path, [PARK, BRIDGE], waits=[threading_set(), rest])
    turns = follow(assistant, first(assistant), threading.Event())
    reading = next(turn for turn in turns if turn.phase is Phase.READING)
    assert reading.answer is None
    assert "1,240" in reading.quotes[0].quote
    rest.set()
    assert phases(turns)[-1] is Phase.ANSWERED


def test_a_stop_ends_it_at_once_although_the_reader_is_busy_and_keeps_the_quotes(tmp_path: Path) -> None:
    busy = threading.Event()  # never set: a reader that does not come back
    assistant = newsroom(tmp_path, waits=[threading_set(), busy])
    stop = threading.Event()
    turns = follow(assistant, first(assistant), stop)
    assert next(turn for turn in turns if turn.phase is Phase.READING).quotes
    stop.set()
    began = time.monotonic()
    *_, last = turns
    assert time.monotonic() - began < 1
    assert last.phase is Phase.STOPPED
    assert last.quotes
    busy.set()


def test_whoever_goes_away_stops_it(tmp_path: Path) -> None:
    busy = threading.Event()
    assistant = newsroom(tmp_path, waits=[busy])
    stop = threading.Event()
    turns = follow(assistant, first(assistant), stop)
    next(turns)
    turns.close()
    assert stop.is_set()
    busy.set()


def test_an_error_becomes_its_sentence(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path)
    *_, last = follow(assistant, first(assistant, "x" * 2_001), threading.Event())
    assert last.phase is Phase.FAILED
    assert last.error is not None
    assert "at most 2,000 characters" in last.error


def test_an_unforeseen_error_goes_to_the_log_and_not_on_the_page(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        sentence = sentence_of(RuntimeError("secret detail"))
    assert "secret" not in sentence
    assert "secret detail" in caplog.text
    assert sentence_of(DamagedError("articles.sqlite is damaged.")) == "articles.sqlite is damaged."


def test_stops_belong_to_their_conversation() -> None:
    stops = Stops()
    mine, other = stops.begin("mine"), stops.begin("other")
    stops.stop("mine")
    assert (mine.is_set(), other.is_set()) == (True, False)
    stops.end("other")
    assert stops.of("other").is_set()  # nothing under way: nothing to wait for
    stops.stop("never seen")


def threading_set() -> threading.Event:
    """An event that nobody has to wait for."""
    event = threading.Event()
    event.set()
    return event
