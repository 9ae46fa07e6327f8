"""A visitor of the chat without a browser: does over HTTP what the page's scripts do, many at a time."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

REFUSED = (503,)  # "busy, try again"


@dataclass(frozen=True, slots=True)
class Function:
    """A handler of the page."""

    number: int
    inputs: int  # how many values it is sent; the conversation's own state is kept by the server
    queued: bool  # whether one queues up for it


class BusyError(Exception):
    """The server said that it is busy, in words."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a visitor was sent for a question."""

    html: str  # everything that was put on the page, one after the other
    phases: tuple[str, ...]

    @property
    def answered(self) -> bool:
        """Whether the answer came."""
        return bool(self.phases) and self.phases[-1] == "process_completed" and "turn answered" in self.html


class Visitor:
    """One browser tab. Its client may be shared for speed, but not its cookies."""

    def __init__(self, address: str, functions: dict[str, Function], *, limits: httpx.Limits | None = None) -> None:
        self.session = secrets.token_hex(6)
        self.functions = functions
        self.client = httpx.AsyncClient(
            base_url=address,
            timeout=60,
            trust_env=False,
            verify=False,  # plain HTTP, and a thousand visitors need no list of authorities each
            limits=limits or httpx.Limits(max_connections=4),
        )

    async def __aenter__(self) -> Visitor:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.client.aclose()

    async def open(self) -> None:
        """Load the page, for its cookie."""
        _check(await self.client.get("/"))

    async def call(self, name: str, *data: object, event: object = None) -> list[Any]:
        """What a handler gives in the end. Raises BusyError if the server says so."""
        if self.functions[name].queued:
            number = await self.join(name, *data, event=event)
            async for message in self.listen():
                if message["msg"] == "process_completed" and message["event_id"] == number:
                    return list(message["output"].get("data", ()))
            raise BusyError("the stream ended before the answer came")
        answer = await self.client.post("/gradio_api/run/predict", json=self._body(name, data, event))
        _check(answer)
        return list(answer.json()["data"])

    async def join(self, name: str, *data: object, event: object = None) -> str:
        """Queue up for a handler that answers in time; → the event's id. Raises BusyError if the queue is full."""
        answer = await self.client.post("/gradio_api/queue/join", json=self._body(name, data, event))
        _check(answer)
        return str(answer.json()["event_id"])

    async def listen(self) -> AsyncIterator[dict[str, Any]]:
        """The messages about what this visitor queued up for, until the server closes the stream."""
        parameters = {"session_hash": self.session}
        async with self.client.stream("GET", "/gradio_api/queue/data", params=parameters) as stream:
            if stream.status_code != 200:
                await stream.aread()
            _check(stream)
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    message = json.loads(line[6:])
                    yield message
                    if message["msg"] in ("close_stream", "unexpected_error"):
                        return

    async def ask(self, question: str, *, leave_after: int | None = None) -> Seen:
        """Ask as the page does; `leave_after` so many messages the tab is closed."""
        parts, phases = [str(await self.call("begin", question))], []
        try:
            await self.join("answer")
        except BusyError:
            return Seen(str(await self.call("give_up")), ("given_up",))
        async for message in self.listen():
            phases.append(str(message["msg"]))
            parts.append(json.dumps(message.get("output") or {}))
            if leave_after is not None and len(phases) >= leave_after:
                break
        return Seen("\n".join(parts), tuple(phase for phase in phases if phase != "close_stream"))

    def _body(self, name: str, data: tuple[object, ...], event: object) -> dict[str, object]:
        function = self.functions[name]
        return {
            "data": [*data, *[None] * (function.inputs - len(data))],
            "fn_index": function.number,
            "session_hash": self.session,
            "trigger_id": None,
            "event_data": event,
        }


def functions_of(address: str) -> dict[str, Function]:
    """The page's handlers by name."""
    config = httpx.get(f"{address}/config", timeout=60, trust_env=False).raise_for_status().json()
    return {one["api_name"]: Function(one["id"], len(one["inputs"]), one["queue"]) for one in config["dependencies"]}


def _check(answer: httpx.Response) -> None:
    if answer.status_code in REFUSED:
        raise BusyError(answer.text)
    answer.raise_for_status()
