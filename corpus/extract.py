"""Parses and cleans files in a child process with limits on time and memory.

One worker serves many files, since starting one takes longer than most files do; it is replaced when it was killed or
ran out of memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from corpus.errors import UnreadableError
from corpus.extracted import Extracted
from corpus.kinds import Kind

TIME_LIMIT = 15.0  # seconds for one file; with a new worker after it, no file takes 20
MEMORY_LIMIT = 1_000_000_000  # bytes of the worker's address space
_START_LIMIT = 60.0  # seconds for the worker to load its parsers, on a busy machine
_ROOT = str(Path(__file__).resolve().parent.parent)
_COMMAND = "import sys; sys.path.insert(0, sys.argv[1]); from corpus.worker import main; main(int(sys.argv[2]))"


class _WorkerGoneError(Exception):
    """The worker ended or was killed before it answered."""


class Extractor:
    """Runs the parsers and clean(). Starts its worker with the first file; close it when done (or use `with`)."""

    def __init__(self, *, time_limit: float = TIME_LIMIT, memory_limit: int = MEMORY_LIMIT) -> None:
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._process: subprocess.Popen[bytes] | None = None
        self._fresh = False  # whether the worker has had no job yet

    def __enter__(self) -> Extractor:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):  # unread input of a worker that died
                    stream.close()
        process.wait()

    def extract(self, kind: Kind, data: bytes, *, url: str | None = None) -> Extracted:
        """What the file `data` holds, cleaned. Raises UnreadableError with a reason, also if it exceeds a limit."""
        while True:
            self._start()
            was_fresh, self._fresh = self._fresh, False
            try:
                reply = self._ask(kind, data, url)
            except TimeoutError:
                self.close()
                raise UnreadableError(f"it took more than {self._time_limit:g} seconds to parse") from None
            except _WorkerGoneError:
                self.close()
                reply = {"out_of_memory": True}
            if "extracted" in reply:
                return Extracted.from_json(reply["extracted"])
            if "reason" in reply:
                raise UnreadableError(str(reply["reason"]))
            self.close()
            if was_fresh:  # in a used worker, the files before it may have taken the memory: try once more
                raise UnreadableError(f"it took more than {self._memory_limit // 1_000_000:,} MB of memory to parse")

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _COMMAND, _ROOT, str(self._memory_limit)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._fresh = True
        try:
            self._receive(time.monotonic() + _START_LIMIT)
        except (TimeoutError, _WorkerGoneError):
            self.close()
            raise UnreadableError("the parsers could not be started; `onrecord doctor` says what is missing") from None

    def _ask(self, kind: Kind, data: bytes, url: str | None) -> dict[str, Any]:
        process = self._process
        assert process is not None and process.stdin is not None
        header = json.dumps({"kind": kind, "length": len(data), "url": url}).encode("ascii")
        deadline = time.monotonic() + self._time_limit
        try:
            process.stdin.write(header + b"\n")
            process.stdin.write(data)
            process.stdin.flush()
        except BrokenPipeError:
            raise _WorkerGoneError from None
        return self._receive(deadline)

    def _receive(self, deadline: float) -> dict[str, Any]:
        """The worker's next line. Raises TimeoutError at the deadline (a time.monotonic())."""
        assert self._process is not None and self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        line = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                chunk = os.read(descriptor, 1 << 20)
                if not chunk:
                    raise _WorkerGoneError
                line += chunk
        message: dict[str, Any] = json.loads(line)
        return message
