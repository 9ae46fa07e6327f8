"""The door: who gets in, what is told to whom, how long a guesser waits, and that no password is ever shown."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import UsageError
from qa.chat.asgi import Reply
from qa.chat.login import Login
from qa.chat.passwords import Passwords, hashed, read_passwords
from qa.chat.server_guard import ServerGuard

WORD = "correct horse: battery"


class Clock:
    """A time that tests move on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def attempt(login: Login, name: str, password: str, client: str = "1.2.3.4", *, browser: bool = False) -> Reply:
    from urllib.parse import urlencode

    body = urlencode({"username": name, "password": password}).encode()
    return asyncio.run(login.attempt(body, client, browser=browser, secure=False))


def token_of(reply: Reply) -> str:
    return dict(reply.headers)["set-cookie"].split(";")[0].partition("=")[2]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def login(clock: Clock) -> Login:
    return Login(Passwords({"ines": hashed(WORD)}), clock=clock, pause=0.0)


def test_the_right_password_opens_for_twelve_hours(login: Login, clock: Clock) -> None:
    reply = attempt(login, "ines", WORD)
    assert (reply.status, reply.kind) == (200, "application/json")  # as Gradio's client wants it
    cookie = dict(reply.headers)["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert login.who(token_of(reply)) == "ines"
    assert login.who(token_of(reply) + "x") is None
    assert login.who(None) is None
    clock.now = 12 * 3600 + 1
    assert login.who(token_of(reply)) is None


def test_a_browser_is_led_to_the_chat_and_out_again(login: Login) -> None:
    reply = attempt(login, "ines", WORD, browser=True)
    assert (reply.status, dict(reply.headers)["location"]) == (303, "/")
    login.leave(token_of(reply))
    assert login.who(token_of(reply)) is None


def test_wrong_passwords_wait_longer_and_longer(login: Login, clock: Clock) -> None:
    waits = []
    for _ in range(7):
        assert attempt(login, "ines", "guess").status == 401
        refused = attempt(login, "ines", WORD, browser=True)  # not even looked at
        assert refused.status == 429
        waits.append(int(dict(refused.headers)["retry-after"]) - 1)
        clock.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60]
    assert attempt(login, "ines", WORD, client="5.6.7.8").status == 200  # someone else's guesses lock nobody out
    assert attempt(login, "ines", WORD).status == 200
    assert attempt(login, "ines", "guess").status == 401  # counted from the beginning again


def test_between_wrong_passwords_there_is_a_pause_whoever_sends_them() -> None:
    login = Login(Passwords({"ines": hashed(WORD)}), pause=0.05)
    began = time.monotonic()
    for number in range(4):
        assert attempt(login, "ines", "guess", client=str(number)).status == 401
    assert time.monotonic() - began >= 4 * 0.05


def test_names_that_nobody_has_wait_too_and_are_told_the_same(login: Login) -> None:
    known, unknown = attempt(login, "ines", "guess"), attempt(login, "nobody", "guess")
    assert known == unknown
    assert attempt(login, "nobody", "guess").status == 429


def test_what_was_typed_is_not_shown_again(login: Login) -> None:
    reply = attempt(login, "<b>ines", "s3cret-guess", browser=True)
    assert "ines" not in reply.body
    assert "s3cret" not in reply.body


def test_lines_of_a_file_and_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "people"
    file.write_text(f"# the desk\nines:{WORD}\n\n{hashed('second').line('otto')}\n")
    file.chmod(0o600)
    passwords = read_passwords(file, {})
    assert passwords is not None
    assert passwords.right("ines", WORD)
    assert passwords.right("otto", "second")
    assert not passwords.right("otto", hashed("second").line("otto").partition(":")[2])  # a hash is no password
    assert not passwords.right("", "")
    from_environment = read_passwords(None, {"ONRECORD_AUTH": f"ines:{WORD}"})
    assert from_environment is not None
    assert from_environment.right("ines", WORD)
    assert read_passwords(None, {}) is None


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("ines:s3cret", 0o644, "chmod 600"),
        ("s3cret", 0o600, "line 1"),
        (":s3cret", 0o600, "line 1"),
        ("ines:s3cret\notto:", 0o600, "line 2"),
        ("ines:scrypt:%%%:s3cret", 0o600, "damaged hash"),
        ("# nobody\n", 0o600, "names nobody"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_without_its_secrets(tmp_path: Path, text: str, mode: int, says: str) -> None:
    file = tmp_path / "people"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(UsageError, match=says) as caught:
        read_passwords(file, {})
    assert "s3cret" not in str(caught.value)


def test_nothing_that_is_kept_shows_a_password(login: Login, caplog: pytest.LogCaptureFixture) -> None:
    secret = hashed(WORD)
    with caplog.at_level(logging.DEBUG):
        attempt(login, "ines", WORD)
        attempt(login, "ines", "an almost correct horse")
    shown = f"{secret!r} {secret} {Passwords({'ines': secret})!r} {vars(login)} {caplog.text}"
    assert "horse" not in shown


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


def status(guard: ServerGuard, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[bytes, bytes]]:
    sent: list[Any] = []
    given = {"host": "127.0.0.1", **headers}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"])


def test_nothing_behind_the_door_answers_without_a_login(login: Login) -> None:
    guard = ServerGuard(answer, login=login)
    ways = [f"/gradio_api/{way}/{name}" for way in ("call", "run", "api") for name in ("ask", "search", "add")]
    pages = ["/", "/config", "/gradio_api/queue/data", "/gradio_api/heartbeat/x", "/assets/x.js", "/theme.css"]
    for path in (*pages, *ways):
        for method in ("GET", "POST", "HEAD"):
            assert status(guard, path, method)[0] == 401
    led, headers = status(guard, "/", accept="text/html")
    assert (led, headers[b"location"]) == (303, b"/login")
    assert status(guard, "/login")[0] == 200
    token = token_of(attempt(login, "ines", WORD))
    assert status(guard, "/", cookie=f"onrecord_login={token}")[0] == 200
    assert status(guard, "/logout", "POST", cookie=f"onrecord_login={token}")[0] == 303
    assert status(guard, "/", cookie=f"onrecord_login={token}")[0] == 401


def test_gradio_may_ask_itself_once_before_it_opens(login: Login) -> None:
    guard = ServerGuard(answer, login=login)
    assert [status(guard, "/gradio_api/startup-events")[0] for _ in range(2)] == [200, 401]


def test_without_passwords_there_is_no_door() -> None:
    assert status(ServerGuard(answer), "/login")[0] == 404
    assert status(ServerGuard(answer), "/")[0] == 200
