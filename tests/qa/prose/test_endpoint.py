"""A model behind a server: streaming, and every way in which servers fail, over real HTTP on loopback."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from corpus.errors import ModelError, ModelUnavailableError, UsageError
from qa.prose.endpoint import EndpointWriter, Patience, completions_url
from tests.qa.prose.model_server import Behaviour, model_server

QUICK = Patience(connect=1.0, silence=0.4, whole=5.0, tries=3, pause=0.01)


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour()


@pytest.fixture
def writer(behaviour: Behaviour) -> Iterator[EndpointWriter]:
    with model_server(behaviour) as address:
        yield EndpointWriter("tiny", address, patience=QUICK)
    assert not _left()


def _left() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "endpoint"]


def text(writer: EndpointWriter, most: int = 100) -> str:
    return "".join(writer.write("Say it.", most=most))


def test_a_text_streams_in_pieces(writer: EndpointWriter, behaviour: Behaviour) -> None:
    pieces = list(writer.write("Say it.", most=77))
    assert len(pieces) == 5
    assert "".join(pieces) == "The park has 1,240 trees. "
    (asked,) = behaviour.asked
    assert asked["model"] == "tiny"
    assert asked["messages"] == [{"role": "user", "content": "Say it."}]
    assert (asked["max_tokens"], asked["temperature"], asked["stream"]) == (77, 0, True)
    assert "Authorization" not in behaviour.headers[0]


def test_a_server_that_doesnt_stream_is_read_too(writer: EndpointWriter, behaviour: Behaviour) -> None:
    behaviour.manner = "whole"
    assert text(writer) == "The park has 1,240 trees."


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_tried_again(writer: EndpointWriter, behaviour: Behaviour, status: int) -> None:
    behaviour.fails, behaviour.status = 2, status
    assert "trees" in text(writer)
    assert len(behaviour.asked) == 3


def test_a_lasting_failure_is_said_with_the_servers_own_words(writer: EndpointWriter, behaviour: Behaviour) -> None:
    behaviour.fails = 99
    with pytest.raises(ModelError, match=r"failed \(500\).*no luck") as raised:
        text(writer)
    assert "\x1b" not in str(raised.value)
    assert len(behaviour.asked) == 3


@pytest.mark.parametrize(
    ("status", "said"), [(401, "ONRECORD_API_KEY"), (404, "isn't known there"), (307, "isn't followed")]
)
def test_what_another_try_wont_mend_isnt_tried_again(
    writer: EndpointWriter, behaviour: Behaviour, status: int, said: str
) -> None:
    behaviour.fails, behaviour.status = 99, status
    with pytest.raises(ModelUnavailableError, match=said):
        text(writer)
    assert len(behaviour.asked) == 1


def test_a_server_that_asks_to_wait_is_waited_for(writer: EndpointWriter, behaviour: Behaviour) -> None:
    behaviour.fails, behaviour.status, behaviour.retry_after = 1, 429, "1"
    began = time.monotonic()
    assert "trees" in text(writer)
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("manner", ["silent", "mute"])
def test_a_silent_server_is_given_up(writer: EndpointWriter, behaviour: Behaviour, manner: str) -> None:
    behaviour.manner = manner
    with pytest.raises(ModelError, match="silent for 0 s"):
        text(writer)


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        ("cut", "before the server said that it was done"),
        ("longer", "broke off"),
        ("shorter", "no JSON"),
        ("broken", "no JSON where JSON belongs"),
        ("form", "another form"),
        ("page", "no JSON"),
        ("fault", "out of memory"),
        ("flood", "far more than a text"),
    ],
)
def test_whatever_is_no_text_is_said(writer: EndpointWriter, behaviour: Behaviour, manner: str, said: str) -> None:
    behaviour.manner = manner
    with pytest.raises(ModelError, match=said):
        text(writer)


def test_an_endless_text_is_ended(writer: EndpointWriter, behaviour: Behaviour) -> None:
    behaviour.manner = "endless"
    assert len(text(writer, most=100)) == 1_600


@pytest.mark.parametrize("manner", ["stream", "mute", "silent"])
def test_a_stop_takes_effect_at_once(behaviour: Behaviour, manner: str) -> None:
    behaviour.manner, behaviour.pause, behaviour.text = manner, 0.05, "word " * 500
    with model_server(behaviour) as address:
        writer = EndpointWriter("tiny", address, patience=Patience(silence=60))
        stop = threading.Event()
        threading.Timer(0.4, stop.set).start()
        began = time.monotonic()
        list(writer.write("Say it.", most=1_000, stop=stop))
        assert time.monotonic() - began < 3
        assert not _left()
        deadline = time.monotonic() + 5
        while behaviour.open and manner == "stream" and time.monotonic() < deadline:
            time.sleep(0.02)
        assert manner != "stream" or not behaviour.open, "the server still writes for nobody"


def test_eight_streams_at_once_with_one_given_up(behaviour: Behaviour) -> None:
    behaviour.pause = 0.02
    with model_server(behaviour) as address:
        writer = EndpointWriter("tiny", address, patience=QUICK)
        texts: list[str] = []

        def run(number: int) -> None:
            pieces = writer.write("Say it.", most=100)
            if number == 3:
                next(pieces)
                pieces.close()  # type: ignore[attr-defined]
            else:
                texts.append("".join(pieces))

        threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert texts == ["The park has 1,240 trees. "] * 7
        assert not _left()


def test_no_server_is_one_clear_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    writer = EndpointWriter("tiny", f"http://127.0.0.1:{port}", patience=QUICK)
    with pytest.raises(ModelUnavailableError, match=f"No model answers at http://127.0.0.1:{port}/v1/chat") as raised:
        text(writer)
    assert "Start its server" in str(raised.value)


def test_a_key_goes_out_only_where_nobody_reads_it(behaviour: Behaviour, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with model_server(behaviour) as address:
        writer = EndpointWriter("tiny", address, key="sk-secret", patience=QUICK)
        assert "trees" in text(writer)
        behaviour.fails, behaviour.status = 1, 401
        with pytest.raises(ModelUnavailableError) as raised:
            text(writer)
    assert behaviour.headers[0]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in caplog.text + str(raised.value) + repr(writer)
    with pytest.raises(UsageError, match="readable to anyone"):
        EndpointWriter("tiny", "http://cellar.example/v1", key="sk-secret")
    EndpointWriter("tiny", "https://cellar.example/v1", key="sk-secret")
    EndpointWriter("tiny", "http://cellar.example/v1")


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/chat/completions"),
        ("https://host/api/openai", "https://host/api/openai/chat/completions"),
        ("http://host/v1/chat/completions", "http://host/v1/chat/completions"),
    ],
)
def test_an_address_is_completed(given: str, asked: str) -> None:
    assert completions_url(given) == asked


@pytest.mark.parametrize(
    "given", ["", "localhost:11434", "ftp://host", "http://me:pw@host/v1", "http://", "http://h:x/"]
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="no address of a model server"):
        completions_url(given)


def test_tokens_are_never_counted_too_few() -> None:
    count = EndpointWriter("tiny", "http://127.0.0.1:1").count
    assert count("The park has 1,240 trees.") >= 9
    assert count("公园有树") >= 8
