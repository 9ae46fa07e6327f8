"""Small pieces of ASGI that the server's guard is made of: bodies with a limit, answers that are ours, headers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

_BODY_LIMIT = 60.0  # seconds for a whole body that is not an upload
_SEND_LIMIT = 60.0  # seconds for a reader to take what it was sent


class TooLargeError(Exception):
    """The body grew over the limit while it was read."""


class TooSlowError(Exception):
    """The client neither sends nor takes anything."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of our own."""

    status: int
    body: str
    kind: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


def limited(receive: Receive, most: int) -> Receive:
    """The body as it comes. Raises TooLargeError beyond `most` bytes."""
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLargeError
        return message

    return take


async def whole(receive: Receive, most: int) -> bytes:
    """All of the body. Raises TooLargeError beyond `most` bytes and TooSlowError if it doesn't come."""
    body, more, take = bytearray(), True, limited(receive, most)
    try:
        async with asyncio.timeout(_BODY_LIMIT):
            while more:
                message = await take()
                body += message.get("body", b"")
                more = message["type"] == "http.request" and message.get("more_body", False)
    except TimeoutError:
        raise TooSlowError from None
    return bytes(body)


def again(body: bytes, receive: Receive) -> Receive:
    """The body that was read before, once, and then whatever comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class Answering:
    """Sends on what an application answers, with our headers; knows whether it began."""

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self._headers = tuple(headers)
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Send one message. Raises TooSlowError if the reader takes nothing."""
        if message["type"] == "http.response.start":
            self.begun = True
            ours = {name for name, _ in self._headers}
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in ours]
            message = {**message, "headers": [*kept, *self._headers]}
        try:
            async with asyncio.timeout(_SEND_LIMIT):
                await self._send(message)
        except TimeoutError:
            raise TooSlowError from None

    async def reply(self, answer: Reply) -> None:
        """Answer ourselves, unless an answer has begun."""
        if self.begun:
            return
        body = answer.body.encode()
        headers = [(b"content-type", answer.kind.encode()), (b"content-length", str(len(body)).encode())]
        headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await self({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def cookies_of(header: str) -> dict[str, str]:
    """The cookies that a request carries; none if they can't be read."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
