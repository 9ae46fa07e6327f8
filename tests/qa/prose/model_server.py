"""A small OpenAI-style server on loopback with real HTTP, and every way in which such a server can go wrong."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Behaviour:
    """What the server does with the next requests."""

    text: str = "The park has 1,240 trees."
    manner: str = "stream"
    fails: int = 0  # so many requests get `status` first
    status: int = 500
    retry_after: str | None = None
    pause: float = 0.0  # seconds before each piece
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    open: int = 0  # connections being answered now
    released: threading.Event = field(default_factory=threading.Event)  # ends a silence


class Handler(BaseHTTPRequestHandler):
    """Answers as the server's behaviour says."""

    protocol_version = "HTTP/1.1"

    @property
    def behaviour(self) -> Behaviour:
        found: Behaviour = self.server.behaviour  # type: ignore[attr-defined]
        return found

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.behaviour.asked.append(body)
        self.behaviour.headers.append(dict(self.headers))
        self.behaviour.open += 1
        try:
            if self.behaviour.fails > 0:
                self.behaviour.fails -= 1
                self.refuse(self.behaviour.status)
            else:
                getattr(self, self.behaviour.manner)()
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever asked has gone
        finally:
            self.behaviour.open -= 1
            self.close_connection = True

    def begin(self, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def refuse(self, status: int) -> None:
        said = b'{"error": {"message": "no luck \\u001b[31mtoday"}}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        if self.behaviour.retry_after:
            self.send_header("Retry-After", self.behaviour.retry_after)
        if 300 <= status < 400:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(said)

    def event(self, data: Any) -> None:
        line = data if isinstance(data, str) else json.dumps(data)
        self.wfile.write(f"data: {line}\n\n".encode())
        self.wfile.flush()

    def pieces(self) -> Iterator[str]:
        for word in self.behaviour.text.split(" "):
            time.sleep(self.behaviour.pause)
            yield word + " "

    def stream(self) -> None:
        self.begin()
        self.wfile.write(b": a comment\n\n")
        self.event({"choices": [{"delta": {"role": "assistant", "content": ""}}]})
        for piece in self.pieces():
            self.event({"choices": [{"delta": {"content": piece}, "finish_reason": None}]})
        self.event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        self.event({"choices": [], "usage": {"total_tokens": 7}})
        self.event("[DONE]")

    def whole(self) -> None:
        body = json.dumps({"choices": [{"message": {"content": self.behaviour.text}}]}).encode()
        self.begin("application/json", Content_Length=str(len(body)))
        self.wfile.write(body)

    def silent(self) -> None:
        self.begin()
        self.behaviour.released.wait(30)

    def mute(self) -> None:
        self.behaviour.released.wait(30)  # not even a header

    def cut(self) -> None:
        self.begin()
        self.event({"choices": [{"delta": {"content": "The park "}}]})

    def longer(self) -> None:
        self.begin(Content_Length="100000")  # says that far more will come than comes
        self.event({"choices": [{"delta": {"content": "The park "}}]})

    def shorter(self) -> None:
        self.begin("application/json", Content_Length="20")
        self.wfile.write(json.dumps({"choices": [{"message": {"content": self.behaviour.text}}]}).encode())

    def broken(self) -> None:
        self.begin()
        self.event("{not json")

    def form(self) -> None:
        self.begin()
        self.event({"choices": ["what"]})

    def page(self) -> None:
        self.begin("text/html")
        self.wfile.write(b"<html>It works!</html>")

    def fault(self) -> None:
        self.begin()
        self.event({"choices": [{"delta": {"content": "The "}}]})
        self.event({"error": {"message": "out of memory"}})

    def endless(self) -> None:
        self.begin()
        while not self.behaviour.released.is_set():
            self.event({"choices": [{"delta": {"content": "and on " * 50}}]})

    def flood(self) -> None:
        self.begin()
        while not self.behaviour.released.is_set():
            self.wfile.write(b"data: " + b"x" * 100_000)


@contextlib.contextmanager
def model_server(behaviour: Behaviour) -> Iterator[str]:
    """The address of a server that behaves as told until the block ends."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.behaviour = behaviour  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        behaviour.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
