"""What stands between the network and Gradio: who may talk to the chat, how much, and what its page may load.

Gradio checks no Host, so a page anywhere could reach it by DNS rebinding, and with a foreign Host it lets any Origin
in. Its file route fetches web addresses for whoever asks. This guard is plain ASGI and sits outside of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
MAX_BODY = 1_000_000  # bytes; a question is at most 2,000 characters, a pasted text 200,000
MAX_UPLOAD = 52_000_000  # bytes of the one route that takes files, one at a time: 50 MB and what is around it
UPLOAD_ROUTE = "/gradio_api/upload"

# Gradio's page carries its configuration in inline scripts and compiles its templates, hence 'unsafe-inline' and
# 'unsafe-eval'. `script-src-attr 'none'` still keeps every onclick= in inserted HTML from running, and nothing can be
# loaded from or sent to another host.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class _TooLarge(Exception):
    """The body grew over the limit while it was read."""


class ServerGuard:
    """ASGI middleware: 400 for a foreign Host, 403 for a foreign Origin or a fetch of a web address, 413 over size."""

    def __init__(
        self,
        app: App,
        *,
        hosts: tuple[str, ...] = LOOPBACK_HOSTS,
        max_body: int = MAX_BODY,
        max_upload: int = MAX_UPLOAD,
    ) -> None:
        """`hosts` are names without a port; any port is let through, since the one we serve on is ours."""
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._max_body = max_body
        self._max_upload = max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or hand it on with limits and headers."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if scope["type"] == "websocket":
            # The chat uses none; a refused one is closed before it is accepted.
            await send({"type": "websocket.close", "code": 1008})
        elif refused:
            await _refuse(send, *refused)
        else:
            await self._pass(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if _name(host) not in self._hosts:
            return 400, "This host name is not served here. Open the address that the terminal shows."
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin.decode("latin-1").lower()).netloc != host:
            return 403, "Requests from other sites are not answered."
        if headers.get(b"sec-fetch-site", b"none") == b"cross-site" and scope["method"] != "GET":
            return 403, "Requests from other sites are not answered."
        if _fetches_elsewhere(scope["path"]):
            return 403, "Onrecord fetches nothing for a page."
        length, most = headers.get(b"content-length", b"0"), self._most(scope)
        if not length.isdigit() or int(length) > most:
            return 413, f"The request is larger than {most:,} bytes."
        return None

    def _most(self, scope: Scope) -> int:
        return self._max_upload if scope["path"] == UPLOAD_ROUTE else self._max_body

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken, most = 0, self._most(scope)
        started = False

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _TooLarge
            return message

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                ours = {name for name, _ in _HEADERS}
                kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in ours]
                message = {**message, "headers": [*kept, *_HEADERS]}
            await send(message)

        try:
            await self._app(scope, limited, with_headers)
        except _TooLarge:
            if not started:
                await _refuse(send, 413, f"The request is larger than {most:,} bytes.")


def _name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _fetches_elsewhere(path: str) -> bool:
    # Gradio's `file=` route downloads web addresses, its `proxy=` route forwards to them.
    plain = unquote(unquote(path)).lower().replace("\\", "/")
    return any(f"{route}={start}" in plain for route in ("file", "proxy") for start in ("http", "//", "ftp"))


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *_HEADERS]})
    await send({"type": "http.response.body", "body": body})
