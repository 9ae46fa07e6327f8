"""A language model behind an OpenAI-style server (Ollama, llama.cpp, vLLM, SGLang): the answerer `openai:…`.

Spoken with httpx, since the official client brings more than is needed and reads addresses and keys from the
environment by itself. Here only the address that a person gave is contacted, and a key is sent only if ONRECORD_API_KEY
holds one and nobody on the way can read it.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from corpus.errors import ModelError, ModelUnavailableError, UsageError
from qa.prose.event_stream import Broken, pieces_of

KEY = "ONRECORD_API_KEY"
_LOOK_EVERY = 0.05  # seconds between looks at the stop flag
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take, in seconds."""

    connect: float = 5.0
    silence: float = 120.0  # without a single byte; a prompt may be read on a slow processor
    whole: float = 600.0  # for one text
    tries: int = 3
    pause: float = 0.5  # before the second try; doubles with each


class EndpointWriter:
    """Writes with the model of that name behind `base_url`."""

    weights_hash = None  # a server doesn't tell

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        key: str | None = None,
        window: int = 2_048,
        patience: Patience | None = None,
    ) -> None:
        """`window` is in tokens. Raises UsageError for an address or a key that can't be used; contacts nothing."""
        self.name = f"openai:{model}"
        self.window = window
        self._model = model
        self._url = completions_url(base_url)
        self._patience = patience or Patience()
        parts = urlsplit(self._url)
        self._local = parts.hostname in _LOOPBACK
        if key and parts.scheme != "https" and not self._local:
            raise UsageError(f"The key in {KEY} would cross the network readable to anyone. Use https, or unset {KEY}.")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def count(self, prompt: str) -> int:
        """Tokens at the most: the server's tokenizer isn't at hand, so three characters or one foreign byte a token."""
        plain = sum(char.isascii() for char in prompt)
        return math.ceil(plain / 3) + len(prompt.encode("utf-8", "replace")) - plain + 16  # 16: the chat template

    def write(self, prompt: str, *, most: int, numbers: int = 0, stop: threading.Event | None = None) -> Iterator[str]:
        """Yield the text as it comes; see qa.prose.writer.Writer. Tokens can't be steered from here."""
        body = {
            "model": self._model,
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": most,
            "temperature": 0,
            "seed": 0,
            "stream": True,
        }
        call = _Call(self, body, most * 16)
        try:
            yield from call.pieces(stop)
        finally:
            call.close()


def completions_url(base_url: str) -> str:
    """The address that is asked, from what a person gave: with or without /v1, with or without the last part."""
    try:
        parts = urlsplit(base_url.strip())
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"--base-url {base_url!r} is no address of a model server. It looks like http://127.0.0.1:11434/v1 "
            f"and holds no password; a key goes into {KEY}."
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}/chat/completions"


class _Call:
    """One request in a thread of its own, so that a stop takes effect at once even while the server is silent."""

    def __init__(self, writer: EndpointWriter, body: dict[str, Any], most_characters: int) -> None:
        self._writer, self._body, self._most = writer, body, most_characters
        self._steps: SimpleQueue[str | Exception | None] = SimpleQueue()
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._work, name="endpoint", daemon=True)

    def pieces(self, stop: threading.Event | None) -> Iterator[str]:
        """Yield what comes until it ends, fails, takes too long or is stopped."""
        deadline = time.monotonic() + self._writer._patience.whole
        self._thread.start()
        while not (stop and stop.is_set()):
            if time.monotonic() > deadline:
                raise ModelError(f"{self._writer.name} took more than {self._writer._patience.whole:.0f} s.")
            try:
                step = self._steps.get(timeout=_LOOK_EVERY)
            except Empty:
                continue
            if step is None:
                return
            if isinstance(step, Exception):
                raise step
            yield step

    def close(self) -> None:
        """End the thread: whatever it waits for on the network is cut."""
        self._closed.set()
        if not self._thread.ident:
            return
        while self._thread.is_alive():
            open_socket = self._socket
            if open_socket is not None:
                with contextlib.suppress(OSError):  # closed already
                    open_socket.shutdown(socket.SHUT_RDWR)
            self._thread.join(_LOOK_EVERY)

    def _work(self) -> None:
        try:
            self._with_retries()
            self._steps.put(None)
        except Exception as error:  # the boundary of a thread: handed on to whoever waits
            self._steps.put(error)

    def _with_retries(self) -> None:
        patience = self._writer._patience
        for tried in range(1, patience.tries + 1):
            failure, pause = self._once(tried)
            if failure is None or self._closed.is_set():
                return
            if pause is None or tried == patience.tries:
                raise failure
            self._closed.wait(max(pause, patience.pause * 2 ** (tried - 1)))

    def _once(self, tried: int) -> tuple[ModelError | None, float | None]:
        """Ask once; → what went wrong, and the seconds to wait at least before another try, None if that is no use."""
        import httpx

        began, name = False, self._writer.name
        try:
            with self._client() as client, self._asked(client) as response:
                if response.status_code != 200:
                    return self._refused(response)
                for piece in pieces_of(response, self._most):
                    began = True
                    self._steps.put(piece)
                return None, None
        except Broken as error:
            return ModelError(f"{name} broke off: {error} Ask again; the server's own messages may say more."), None
        except httpx.ConnectError as error:
            return self._down(str(error)), 0.0
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout):
                return self._down("it doesn't take the connection"), 0.0
            return ModelError(f"{name} was silent for {self._writer._patience.silence:.0f} s. Ask again."), None
        except httpx.HTTPError as error:
            failure = ModelError(f"{name} broke off in the middle: {error}. Ask again.")
            return failure, None if began else 0.0

    def _client(self) -> Any:
        import httpx

        patience = self._writer._patience
        # A proxy from the environment would send what is meant for this machine through another one.
        return httpx.Client(
            timeout=httpx.Timeout(patience.silence, connect=patience.connect),
            trust_env=not self._writer._local,
            follow_redirects=False,
        )

    def _asked(self, client: Any) -> Any:
        return client.stream(
            "POST",
            self._writer._url,
            json=self._body,
            headers=self._writer._headers,
            extensions={"trace": self._watch},
        )

    def _watch(self, event: str, info: dict[str, Any]) -> None:
        """Remember the connection once it stands, so that `close` can cut it."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = info["return_value"].get_extra_info("socket")
            if self._closed.is_set():
                self._socket.shutdown(socket.SHUT_RDWR)

    def _down(self, why: str) -> ModelUnavailableError:
        return ModelUnavailableError(
            f"No model answers at {self._writer._url}: {why}. Start its server, check --base-url, or ask without "
            "--answerer for quotes alone."
        )

    def _refused(self, response: Any) -> tuple[ModelError, float | None]:
        status, said = response.status_code, _said(response)
        where = f"{self._writer.name} at {self._writer._url}"
        if status in {401, 403}:
            return ModelUnavailableError(f"{where} wants a key ({status}): set {KEY} to it.{said}"), None
        if status == 404:
            return ModelUnavailableError(f"{where} isn't known there (404): check model and --base-url.{said}"), None
        if 300 <= status < 400:
            return ModelUnavailableError(f"{where} sends us elsewhere ({status}), which isn't followed."), None
        pause = _pause(response.headers.get("retry-after")) if status in _RETRIED else None
        return ModelError(f"{where} failed ({status}).{said}"), pause


def _pause(retry_after: str | None) -> float:
    """Seconds that a server asks to wait, ten at most."""
    return min(float(retry_after), 10.0) if retry_after and retry_after.isdigit() else 0.0


def _said(response: Any) -> str:
    """What the server says about it, in one short line."""
    from corpus.unseen import without_unseen

    text = ""
    for chunk in response.iter_bytes(1_024):
        text += chunk.decode("utf-8", "replace")
        break
    line = " ".join(without_unseen(text).split())
    return f" The server says: {line[:200]}" if line else ""
