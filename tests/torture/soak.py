"""Hours of use: `python -m tests.torture.soak`, which is `make soak`; SOAK_MINUTES=240 for four hours (default 10).

The real chat over the bundled sample, in a process of its own. Visitors come, ask, open citations and go, a tenth of
them in the middle of an answer; articles are added and removed meanwhile. Memory, threads and descriptors of the
server are looked at every few seconds; after the warm-up they must stay where they are. Exit code 1 if they don't.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.torture.results import FOLDER
from tests.torture.visitor import BusyError, Visitor, functions_of

VISITORS = 6  # at a time
LOOK_EVERY = 5.0  # seconds
WARM_UP = 0.25  # of the time
MORE_MEMORY = 0.05  # share by which it may grow after the warm-up
MORE_HANDLES = 4  # threads or descriptors
LEAVING = 0.1  # of the answers are left in the middle
CHANGE_EVERY = 60.0  # seconds
QUESTIONS = (
    "Who released Kling?",
    "What did Kuaishou release?",
    "How many employees does Zhipu have?",
    "Which companies give their code away?",
    "What do the articles say about open-source models?",
    "Who said that?",
    "And in China?",
    "Where was WAIC held?",
    "<b>Who</b> released “Kling”, \u202eplease?",
    "why " * 600,
)


@dataclass(frozen=True, slots=True)
class Look:
    """The server at one moment."""

    seconds: float  # since the beginning
    memory: int  # bytes that are resident
    threads: int
    descriptors: int


def look(process: int, began: float) -> Look:
    """The server now."""
    status = Path(f"/proc/{process}/status").read_text()
    memory, threads = (int(re.search(rf"^{name}:\s+(\d+)", status, re.M)[1]) for name in ("VmRSS", "Threads"))  # type: ignore[index]
    return Look(time.monotonic() - began, memory * 1024, threads, len(os.listdir(f"/proc/{process}/fd")))


@contextlib.contextmanager
def chat(folder: Path) -> Iterator[tuple[str, int]]:
    """The address and process of the chat over the bundled sample."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    onrecord = [sys.executable, "-m", "qa.cli"]
    subprocess.run([*onrecord, "sample", "--data", str(folder)], check=True, stdout=subprocess.DEVNULL)
    command = [*onrecord, "chat", "--data", str(folder), "--port", str(port), "--no-browser"]
    with (folder / "chat.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(address: str) -> None:
    for _ in range(600):
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{address}/config", timeout=5, trust_env=False).raise_for_status()
            return
        time.sleep(0.2)
    raise TimeoutError("the chat did not open")


class Crowd:
    """Visitors who come and go until the time is over."""

    def __init__(self, address: str, ends: float, seed: int = 1) -> None:
        self.counts: Counter[str] = Counter()
        self._address = address
        self._functions = functions_of(address)
        self._ends = ends
        self._random = random.Random(seed)

    async def run(self) -> None:
        """All of them, and whoever adds and removes articles."""
        await asyncio.gather(*(self._come_and_go() for _ in range(VISITORS)), self._change_articles())

    async def _come_and_go(self) -> None:
        while time.monotonic() < self._ends:
            async with Visitor(self._address, self._functions) as visitor:
                try:
                    await self._visit(visitor)
                    self.counts["visits"] += 1
                except BusyError:
                    self.counts["busy"] += 1
                except httpx.HTTPError as error:
                    self.counts[f"error: {type(error).__name__}"] += 1

    async def _visit(self, visitor: Visitor) -> None:
        await visitor.open()
        stay = asyncio.create_task(self._heartbeat(visitor))
        try:
            await visitor.call("opening")
            for _ in range(self._random.randint(1, 8)):
                leaves = self._random.random() < LEAVING
                seen = await visitor.ask(self._random.choice(QUESTIONS), leave_after=2 if leaves else None)
                if leaves:  # the tab was closed: whoever comes back is a visitor of its own
                    self.counts["left"] += 1
                    break
                self.counts["answered" if seen.answered else "not answered"] += 1
                await visitor.call("press", event={"turn": "0", "cite": "1"})
                await asyncio.sleep(self._random.uniform(0.1, 0.8))
        finally:
            stay.cancel()
            await asyncio.gather(stay, return_exceptions=True)

    async def _heartbeat(self, visitor: Visitor) -> None:
        async with visitor.client.stream("GET", f"/gradio_api/heartbeat/{visitor.session}") as stream:
            async for _ in stream.aiter_lines():
                pass

    async def _change_articles(self) -> None:
        while time.monotonic() < self._ends:
            async with Visitor(self._address, self._functions) as visitor:
                try:
                    await visitor.open()
                    title = f"A note of {self.counts['changes']}"
                    text = (
                        f"The council voted on Tuesday about note {self.counts['changes']}, and nobody was surprised."
                    )
                    report = await self._change(visitor, {"add": "text", "title": title, "text": text})
                    for article in set(re.findall(r'data-remove=\\?"(a-note[^"\\]*)', report)):
                        await self._change(visitor, {"remove": article.replace("&#45;", "-")})
                    self.counts["changes"] += 1
                except (BusyError, httpx.HTTPError) as error:
                    self.counts[f"change: {type(error).__name__}"] += 1
            await asyncio.sleep(min(CHANGE_EVERY, max(0.0, self._ends - time.monotonic())))

    async def _change(self, visitor: Visitor, wanted: dict[str, str]) -> str:
        await visitor.join("change", event=wanted)
        messages = [json.dumps(message) async for message in visitor.listen()]
        return "\n".join(messages).replace("&#45;", "-")


async def _watch(process: int, began: float, ends: float) -> list[Look]:
    looks = []
    while time.monotonic() < ends:
        looks.append(look(process, began))
        if len(looks) % 12 == 0:
            _tell(looks[-1])
        await asyncio.sleep(LOOK_EVERY)
    return looks


async def _soak(address: str, process: int, minutes: float) -> tuple[list[Look], Counter[str]]:
    began = time.monotonic()
    ends = began + minutes * 60
    crowd = Crowd(address, ends)
    looks, _ = await asyncio.gather(_watch(process, began, ends), crowd.run())
    return looks, crowd.counts


def judged(looks: Sequence[Look]) -> dict[str, object]:
    """What changed between the first and the last third after the warm-up, by medians; `wrong` names what grew.

    Thirds, because an index that was replaced keeps its files open until the garbage collector comes by.
    """
    steady = looks[int(len(looks) * WARM_UP) :]
    part = max(1, len(steady) // 3)
    figures: dict[str, object] = {}
    wrong = []
    for name in ("memory", "threads", "descriptors"):
        before, after = (
            statistics.median(getattr(one, name) for one in some) for some in (steady[:part], steady[-part:])
        )
        figures[name] = {
            "after_warm_up": before,
            "at_the_end": after,
            "highest": max(getattr(one, name) for one in looks),
        }
        allowed = before * (1 + MORE_MEMORY) if name == "memory" else before + MORE_HANDLES
        wrong += [name] if after > allowed else []
    return {**figures, "wrong": wrong}


def _tell(now: Look) -> None:
    sys.stdout.write(
        f"{now.seconds / 60:5.1f} min  {now.memory / 1e6:7.1f} MB  {now.threads} threads  "
        f"{now.descriptors} descriptors\n"
    )
    sys.stdout.flush()


def main() -> int:
    """Soak, judge, and keep the figures in benchmarks/results."""
    minutes = float(os.environ.get("SOAK_MINUTES", "10"))
    with tempfile.TemporaryDirectory() as folder, chat(Path(folder)) as (address, process):
        looks, counts = asyncio.run(_soak(address, process, minutes))
        log = (Path(folder) / "chat.log").read_text()
    figures = {
        "minutes": minutes,
        **dict(counts),
        **judged(looks),
        "tracebacks": log.count("Traceback"),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores, {platform.platform(terse=True)}, Python {platform.python_version()}",
        "command": f"SOAK_MINUTES={minutes:g} make soak",
    }
    if log.count("Traceback"):
        sys.stdout.write(log[-4000:])
    (FOLDER / "torture-soak.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 1 if figures["wrong"] or figures["tracebacks"] or not counts["answered"] else 0


if __name__ == "__main__":
    sys.exit(main())
