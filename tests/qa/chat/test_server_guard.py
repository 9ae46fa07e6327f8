"""Who may talk to the chat: the guard in front of a small real ASGI application."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qa.chat.server_guard import POLICY, ServerGuard


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the length of the body."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    headers = [(b"x-frame-options", b"SAMEORIGIN"), (b"x-own", b"kept")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": str(length).encode()})


def request(
    *,
    path: str = "/",
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: tuple[bytes, ...] = (b"",),
    kind: str = "http",
) -> list[dict[str, Any]]:
    """Send one request through the guard; → the messages that it sent back."""
    given = {"host": "127.0.0.1:7860", **(headers or {})}
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in body]
    parts[-1]["more_body"] = False
    waiting, sent = iter(parts), []

    async def receive() -> dict[str, Any]:
        return next(waiting)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(ServerGuard(echo, max_body=100, max_upload=200)(scope, receive, send))
    return sent


def status(**given: Any) -> int:
    return int(request(**given)[0]["status"])


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:80", "127.0.0.1"])
def test_own_hosts_are_served(host: str) -> None:
    assert status(headers={"host": host}) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:7860", "", "[::2]:1", "10.0.0.5"]
)
def test_foreign_hosts_are_not(host: str) -> None:
    assert status(headers={"host": host}) == 400


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:7860", ""]
)
def test_foreign_origins_are_refused_on_every_method(origin: str) -> None:
    assert status(headers={"origin": origin}) == 403
    assert status(headers={"origin": origin}, method="POST") == 403


def test_own_origin_is_served() -> None:
    assert status(headers={"origin": "http://127.0.0.1:7860"}, method="POST") == 200


def test_a_cross_site_post_without_origin_is_refused() -> None:
    assert status(headers={"sec-fetch-site": "cross-site"}, method="POST") == 403
    assert status(headers={"sec-fetch-site": "cross-site"}) == 200  # following a link to the chat is fine


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://169.254.169.254/latest",
        "/gradio_api/file=HTTPS://evil.example",
        "/gradio_api/file=%68ttp://evil.example",
        "/gradio_api/file=%2568ttp://evil.example",
        "/gradio_api/file=//evil.example",
        "/gradio_api/file=\\\\evil.example",
        "/file=http:/evil.example",
        "/gradio_api/proxy=https://evil.example",
    ],
)
def test_nothing_is_fetched_for_a_page(path: str) -> None:
    assert status(path=path) == 403


def test_bodies_over_the_limit_are_refused_whether_announced_or_not() -> None:
    assert status(headers={"content-length": "101"}, body=(b"x" * 101,), method="POST") == 413
    assert status(headers={"content-length": "-5"}, method="POST") == 413
    assert status(body=(b"x" * 60, b"x" * 60), method="POST") == 413
    assert status(headers={"content-length": "100"}, body=(b"x" * 100,), method="POST") == 200


def test_every_answer_carries_the_policy_once_also_a_refusal() -> None:
    for given in ({}, {"headers": {"host": "evil.example"}}):
        headers = request(**given)[0]["headers"]
        names = [name for name, _ in headers]
        assert names.count(b"x-frame-options") == 1
        assert dict(headers)[b"content-security-policy"] == POLICY.encode()
    assert (b"x-own", b"kept") in request()[0]["headers"]


def test_the_policy_names_no_other_host() -> None:
    sources = {source for rule in POLICY.split(";") for source in rule.split()[1:]}
    assert sources <= {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}


def test_websockets_are_closed() -> None:
    assert [message["type"] for message in request(kind="websocket")] == ["websocket.close"]


@pytest.mark.parametrize(
    ("path", "size", "expected"),
    [
        ("/gradio_api/upload", 150, 200),
        ("/gradio_api/upload", 201, 413),
        ("/gradio_api/upload/", 150, 413),
        ("/gradio_api/queue/join", 150, 413),
        ("/x/gradio_api/upload", 150, 404),
    ],
)
def test_only_the_upload_route_takes_more(path: str, size: int, expected: int) -> None:
    assert status(path=path, method="POST", body=(b"x" * size,)) == expected
    assert status(path=path, method="POST", body=(b"x" * size,), headers={"content-length": str(size)}) == expected


def visits(guard: ServerGuard, path: str, cookie: str, body: bytes = b"", query: bytes = b"") -> int:
    """One request of a visitor; → its status."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "POST" if body else "GET",
        "path": path,
        "query_string": query,
        "headers": [(b"host", b"localhost"), (b"cookie", f"onrecord_visitor={cookie}".encode())],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return int(sent[0]["status"])


def test_a_conversation_belongs_to_who_began_it() -> None:
    guard = ServerGuard(echo)
    join, named = "/gradio_api/queue/join", b'{"session_hash": "s1"}'
    assert visits(guard, join, "ines", named) == 200
    assert visits(guard, join, "ines", named) == 200
    assert visits(guard, join, "otto", named) == 403
    assert visits(guard, "/gradio_api/queue/data", "otto", query=b"session_hash=s1") == 403
    assert visits(guard, "/gradio_api/heartbeat/s1", "otto") == 403
    assert visits(guard, "/gradio_api/heartbeat/%731", "otto") == 403
    assert visits(guard, "/gradio_api/cancel", "otto", named) == 403
    assert visits(guard, join, "", named) == 403
    assert visits(guard, join, "otto", b'{"session_hash": "s2"}') == 200
    assert visits(guard, join, "otto", b"no json") == 200  # names no conversation; Gradio refuses it


def test_a_page_gets_a_cookie_and_two_that_open_at_once_the_same() -> None:
    given = [dict(request()[0]["headers"]).get(b"set-cookie", b"") for _ in range(2)]
    assert all(b"HttpOnly; SameSite=Strict" in cookie for cookie in given)
    guard = ServerGuard(echo)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("127.0.0.1", 1)}
    first, second = (guard._visitor_cookie(scope, {b"user-agent": "a browser"}) for _ in range(2))
    assert first == second
    assert guard._visitor_cookie(scope, {b"user-agent": "another"}) != first


def test_over_the_limit_others_are_told_to_try_again() -> None:
    guard = ServerGuard(echo, at_once=0)
    assert visits(guard, "/", "ines") == 503
    assert visits(ServerGuard(echo, at_once=1), "/", "ines") == 200


@pytest.mark.parametrize(
    "path", ["/monitoring", "/gradio_api/vibe-code", "/gradio_api/component_server", "/docs", "/x"]
)
def test_routes_that_the_chat_has_no_use_for_are_not_there(path: str) -> None:
    assert status(path=path) == 404
