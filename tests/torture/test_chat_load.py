"""The chat under load and hostile clients: clean refusals, nobody sees another's conversation, slots come back."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.serve_chat import served
from tests.torture.conftest import Record, Torture
from tests.torture.visitor import BusyError, Function, Seen, Visitor, functions_of

QUESTION = "How many trees does the park have?"
RECOVERED = 5.0  # seconds
TOO_MANY = re.compile("Too many (?:questions are waiting|conversations are open)")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("index")) as url:
        yield url


@pytest.fixture(scope="module")
def functions(address: str) -> dict[str, Function]:
    return functions_of(address)


async def asked(address: str, functions: dict[str, Function], question: str, leave_after: int | None = None) -> Seen:
    async with Visitor(address, functions) as visitor:
        await visitor.open()
        return await visitor.ask(question, leave_after=leave_after)


async def answered_again(address: str, functions: dict[str, Function]) -> float:
    """Seconds until a newcomer has an answer."""
    began = time.monotonic()
    while time.monotonic() - began < 30:
        try:
            if (await asked(address, functions, QUESTION)).answered:
                break
        except BusyError:
            await asyncio.sleep(0.2)
    return time.monotonic() - began


def test_an_oversized_question_is_refused_with_the_limit(address: str, functions: dict[str, Function]) -> None:
    seen = asyncio.run(asked(address, functions, "why " * 600))
    assert "at most 2&#44;000 characters" in seen.html
    too_large = httpx.post(f"{address}/gradio_api/run/predict", json={"data": ["x" * 1_100_000]})
    assert too_large.status_code == 413
    assert "larger than" in too_large.text


def test_a_thousand_at_once_get_an_answer_or_a_clean_refusal(
    address: str, functions: dict[str, Function], torture: Torture, record: Record
) -> None:
    count = torture.count(1_000, 80)

    async def rush() -> tuple[list[object], float]:
        everyone = [asked(address, functions, QUESTION) for _ in range(count)]
        return list(await asyncio.gather(*everyone, return_exceptions=True)), await answered_again(address, functions)

    results, recovered = asyncio.run(rush())
    answered = [seen for seen in results if isinstance(seen, Seen) and seen.answered]
    given_up = [seen for seen in results if isinstance(seen, Seen) and TOO_MANY.search(seen.html)]
    busy = [error for error in results if isinstance(error, BusyError) and "Busy" in str(error)]
    others = [result for result in results if not any(result in group for group in (answered, given_up, busy))]
    record(
        "chat", joins=count, answered=len(answered), queue_was_full=len(given_up), busy=len(busy), recovered_s=recovered
    )
    assert others == []
    assert answered
    assert torture.full is False or busy or given_up
    assert recovered < RECOVERED


def test_who_leaves_frees_the_slot(
    address: str, functions: dict[str, Function], torture: Torture, record: Record
) -> None:
    """Tabs that close in the middle of a slow answer, and one who asked afterwards."""

    async def leave() -> float:
        for _ in range(torture.count(20, 1)):
            everyone = [asked(address, functions, f"{QUESTION} slowly", leave_after=2) for _ in range(3)]
            await asyncio.gather(*everyone)
        return await answered_again(address, functions)

    recovered = asyncio.run(leave())
    record("chat", left_in_the_middle=torture.count(20, 1) * 3, recovered_s=recovered)
    assert recovered < RECOVERED


def test_who_reads_nothing_holds_up_nobody(
    address: str, functions: dict[str, Function], torture: Torture, record: Record
) -> None:
    """Readers that open their stream and never take anything from it."""
    count = torture.count(100, 4)

    async def stall() -> float:
        writers = []
        for _ in range(count):
            async with Visitor(address, functions) as visitor:
                await visitor.open()
                await visitor.call("begin", QUESTION)
                await visitor.join("answer")
                host, port = address.removeprefix("http://").split(":")
                _, writer = await asyncio.open_connection(host, int(port), limit=1)
                cookie = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
                path = f"/gradio_api/queue/data?session_hash={visitor.session}"
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
                await writer.drain()
                writers.append(writer)
        recovered = await answered_again(address, functions)
        for writer in writers:
            writer.close()
        return recovered

    recovered = asyncio.run(stall())
    record("chat", slow_readers=count, recovered_s=recovered)
    assert recovered < RECOVERED


def test_nobody_sees_another_conversation(
    address: str, functions: dict[str, Function], torture: Torture, record: Record
) -> None:
    """Users side by side, each with a word of their own in every question: nobody is ever sent another's word."""
    users, turns = torture.count(50, 4), torture.count(20, 1)

    async def one(user: int) -> tuple[str, int]:
        everything, answers = [], 0
        async with Visitor(address, functions) as visitor:
            await visitor.open()
            for turn in range(turns):
                seen = await visitor.ask(f"{QUESTION} canary{user}x{turn}y")
                everything.append(seen.html)
                answers += seen.answered
                everything.append(str(await visitor.call("press", event={"turn": str(turn), "cite": "1"})))
        return "\n".join(everything), answers

    async def everyone() -> list[tuple[str, int]]:
        return list(await asyncio.gather(*(one(user) for user in range(users))))

    results = asyncio.run(everyone())
    crossings = 0
    for user, (html, answers) in enumerate(results):
        assert answers == turns
        canaries = {int(number) for number in re.findall(r"canary(\d+)x", html)}
        assert user in canaries
        crossings += len(canaries - {user})
    record("chat", users=users, turns=turns, crossings=crossings)
    assert crossings == 0


def test_a_conversation_that_is_named_by_another_is_refused(address: str, functions: dict[str, Function]) -> None:
    """Whoever knows a session's id can neither listen to it, go on with it, nor end it."""

    async def intrude() -> list[int]:
        async with Visitor(address, functions) as victim, Visitor(address, functions) as other:
            await victim.open()
            other.client.headers["user-agent"] = "another browser"
            await other.open()
            await victim.call("begin", f"{QUESTION} secret")
            event = await victim.join("answer")
            other.session = victim.session
            tried = [
                await other.client.get("/gradio_api/queue/data", params={"session_hash": victim.session}),
                await other.client.get(f"/gradio_api/heartbeat/{victim.session}"),
                await other.client.post("/gradio_api/run/predict", json=other._body("press", (), {"turn": "0"})),
                await other.client.post("/gradio_api/queue/join", json=other._body("answer", (), None)),
                await other.client.post(
                    "/gradio_api/cancel", json={"session_hash": victim.session, "fn_index": 0, "event_id": event}
                ),
                await other.client.post("/gradio_api/reset", json={"session_hash": victim.session, "event_id": event}),
            ]
            assert not any("secret" in answer.text for answer in tried)
            assert [message["msg"] async for message in victim.listen()][-1] == "close_stream"
            return [answer.status_code for answer in tried]

    assert set(asyncio.run(intrude())) == {403}


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../../etc/passwd",
        "/gradio_api/file=ui.py",
        "/gradio_api/file=%2e%2e/%2e%2e/etc/passwd",
        "/gradio_api/file=/proc/self/environ",
        "/gradio_api/file={folder}/gen-00000001/MANIFEST.json",
        "/gradio_api/file={folder}/LOCK",
        "/static/../../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/svelte/../../config.py",
        "/gradio_api/custom_component/x/client/component/index.js",
        "/gradio_api/component_server",
        "/gradio_api/dev/reload",
        "/gradio_api/vibe-code",
        "/gradio_api/mcp/",
        "/gradio_api/openapi.json",
        "/gradio_api/app_id",
        "/gradio_api/runs",
        "/monitoring",
        "/docs",
        "/redoc",
        "/openapi.json",
    ],
)
def test_files_and_other_routes_are_not_there(
    address: str, path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "index0"
    host, port = address.removeprefix("http://").split(":")
    target = path.format(folder=folder)

    async def raw() -> bytes:  # as it is written: a client library would tidy the dots away
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer

    answer = asyncio.run(raw())
    assert int(answer.split()[1]) in (400, 403, 404), answer[:200]
    assert b"root:" not in answer
    assert os.environ.get("HOME", "/root").encode() + b"/." not in answer
    assert b"sha256" not in answer
