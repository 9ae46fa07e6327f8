"""Many people at once: does everybody get their own answer, without an error, in a fair time?

    python -m benchmarks.load [--users 32] [--turns 20] [--by page|client] [--selector reader]

`page` speaks as the chat's page does, each user in a conversation of its own, and sees the first quote; `client` is
gradio_client at the documented endpoint /ask. Every user asks of an article of their own as soon as the last answer is
there, so that all of them always wait. Then the queue's ideal wait is users divided by throughput (Little's law): that
is what everybody would wait if nobody were ever overtaken.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import numpy as np
from rich.console import Console

from corpus.article import Article
from index import passage_index
from qa.settings import read_settings
from qa.wiring import open_encoder

RESULTS = Path(__file__).parent / "results"
PATIENCE = 600.0  # seconds that one answer may take
THINGS = "herons otters storks beavers swans badgers foxes owls kites lynxes".split()


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what came of it."""

    user: int
    first_quote: float | None  # seconds; None if it can't be told, or none came
    answer: float  # seconds until the whole answer was there
    own: bool  # whether the answer is to this question
    right: bool  # whether it holds the number that only this user's article has
    error: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a whole run comes to; times in seconds."""

    users: int
    turns: int
    errors: int
    crossed: int  # answers to somebody else's question
    right: int  # answers with the number that was asked for
    per_second: float
    ideal: float  # users / per_second
    answer_p50: float
    answer_p95: float
    first_quote_p50: float | None
    first_quote_p95: float | None
    alone: float  # median answer while nobody else asks


class Talks(Protocol):
    """A user's way to the chat."""

    def ask(self, question: str) -> tuple[float | None, str]:
        """Ask, and wait for the whole answer; → seconds until the first quote, and the answer as text."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


class ByClient:
    """gradio_client at /ask."""

    def __init__(self, address: str) -> None:
        from gradio_client import Client  # type: ignore[import-untyped]

        self._client = Client(address, verbose=False, download_files=False)

    def ask(self, question: str) -> tuple[float | None, str]:
        """Ask by the documented endpoint; it tells of no first quote."""
        return None, json.dumps(self._client.predict(question, api_name="/ask"))

    def close(self) -> None:
        """Leave."""
        self._client.close()


class ByPage:
    """As the page does it: begin, then listen to the answer as it grows."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=PATIENCE)
        self._http.get("/").raise_for_status()  # gives the visitor's cookie
        wired = {one["api_name"]: one["id"] for one in self._http.get("/config").json()["dependencies"]}
        self._begin, self._answer = wired["begin"], wired["answer"]
        self._session = secrets.token_hex(6)

    def ask(self, question: str) -> tuple[float | None, str]:
        """Ask, and follow the answer; → seconds until the first quote, and the last state of its HTML as text."""
        began = time.perf_counter()
        self._post("run/predict", self._begin, [question, None, None, None])
        self._post("queue/join", self._answer, [None])
        first, shown = None, ""
        with self._http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                shown += json.dumps(message.get("output", ""), ensure_ascii=False)
                if first is None and "<blockquote" in shown:
                    first = time.perf_counter() - began
                if message.get("msg") == "process_completed":
                    if not message["success"]:
                        raise RuntimeError(str(message["output"]))
                    break
        return first, html.unescape(shown)

    def _post(self, route: str, function: int, data: Sequence[object]) -> None:
        body = {"fn_index": function, "data": list(data), "session_hash": self._session}
        self._http.post(f"/gradio_api/{route}", json=body).raise_for_status()

    def close(self) -> None:
        """Leave."""
        self._http.close()


def number_of(user: int, turn: int) -> int:
    """The number that answers this question and no other: all of them differ."""
    return 10_000 + 100 * user + turn


def question_of(user: int, turn: int) -> str:
    """A question that one sentence of one article answers."""
    return f"How many {THINGS[turn % len(THINGS)]} did warden {user} count in {2000 + turn}?"


def article_of(user: int, turns: int) -> Article:
    """What one user asks about."""
    told = " ".join(
        f"In {2000 + turn} warden {user} counted {number_of(user, turn)} {THINGS[turn % len(THINGS)]} along the river."
        for turn in range(turns)
    )
    return Article(f"warden-{user}", f"The counts of warden {user}", told, source=f"valley-{user}.example")


@contextmanager
def served(users: int, turns: int, selector: str) -> Iterator[str]:
    """The address of a chat of its own, over an article for each user."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(os.environ, data=folder)
        passage_index.add(Path(folder), [article_of(user, turns) for user in range(users)], open_encoder(settings))
        command = [sys.executable, "-m", "qa.cli", "chat", "--no-browser", "--data", folder, "--selector", selector]
        process = subprocess.Popen([*command, "--port", str(_free_port())], stdout=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield re.findall(r"http://\S+", line)[0].rstrip("/")
        finally:
            process.terminate()
            process.wait(30)
            if process.stdout:
                process.stdout.close()


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ask_all(user: int, turns: range, talks: Talks) -> list[Asked]:
    """One user's questions, each as soon as the last answer is there."""
    asked = []
    for turn in turns:
        question, began, first, shown, error = question_of(user, turn), time.perf_counter(), None, "", None
        try:
            first, shown = talks.ask(question)
        except Exception as fault:  # whatever goes wrong is what this looks for
            error = f"{type(fault).__name__}: {fault}"
        plain = shown.replace(",", "")
        right, own = str(number_of(user, turn)) in plain, question in shown
        asked.append(Asked(user, first, time.perf_counter() - began, own, right, error))
    return asked


def all_at_once(users: int, turns: int, reach: Callable[[], Talks]) -> tuple[list[Asked], float]:
    """All users' questions, and the seconds that they took together."""
    ways = [reach() for _ in range(users)]
    found: list[list[Asked]] = [[] for _ in ways]
    start = threading.Barrier(users + 1)

    def work(user: int) -> None:
        start.wait()
        found[user] = ask_all(user, range(turns), ways[user])

    threads = [threading.Thread(target=work, args=(user,), daemon=True) for user in range(users)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    for way in ways:
        way.close()
    return [one for asked in found for one in asked], seconds


def figures_of(asked: Sequence[Asked], seconds: float, users: int, turns: int, alone: float) -> Figures:
    """The run in figures; what failed counts as an error and not as a time."""
    good = [one for one in asked if one.error is None]
    per_second = len(good) / seconds
    firsts = [one.first_quote for one in good if one.first_quote is not None]
    p50, p95 = _percentiles([one.answer for one in good]) or (float("nan"), float("nan"))
    first = _percentiles(firsts)
    return Figures(
        users=users,
        turns=turns,
        errors=len(asked) - len(good),
        crossed=sum(not one.own for one in good),
        right=sum(one.right for one in good),
        per_second=round(per_second, 3),
        ideal=round(users / per_second, 3),
        answer_p50=p50,
        answer_p95=p95,
        first_quote_p50=first[0] if first else None,
        first_quote_p95=first[1] if first else None,
        alone=round(alone, 3),
    )


def _percentiles(seconds: Sequence[float]) -> tuple[float, float] | None:
    if not seconds:
        return None
    p50, p95 = np.percentile(seconds, [50, 95])
    return round(float(p50), 3), round(float(p95), 3)


def main() -> None:
    """Measure, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=32)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--by", choices=["page", "client"], default="page")
    parser.add_argument("--selector", choices=["reader", "sentences"], default="reader")
    given = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    kind: Callable[[str], Talks] = ByPage if given.by == "page" else ByClient
    with served(given.users + 1, max(given.turns, 6), given.selector) as address:
        with closing(kind(address)) as single:
            first = ask_all(given.users, range(6), single)[1:]  # the first one loads the models
        alone = float(np.median([one.answer for one in first]))
        asked, seconds = all_at_once(given.users, given.turns, lambda: kind(address))
    figures = figures_of(asked, seconds, given.users, given.turns, alone)
    console = Console()
    for name, value in asdict(figures).items():
        console.print(f"{name:<18} {value}")
    waited = figures.first_quote_p95 or figures.answer_p95
    console.print(f"p95 of the wait is {waited / figures.ideal:.2f} times the queue's ideal")
    for fault in sorted({one.error for one in asked if one.error})[:5]:
        console.print(f"error: {fault}")
    kept: dict[str, Any] = {"command": f"python -m benchmarks.load --by {given.by}", **asdict(figures)}
    (RESULTS / f"load-{given.by}.json").write_text(
        json.dumps({**kept, "load_average": os.getloadavg()[0]}, indent=1) + "\n", "utf-8"
    )


if __name__ == "__main__":
    main()
