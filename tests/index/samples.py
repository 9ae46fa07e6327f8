"""Small articles for the tests of this room, the same at every run, and disks that fail on purpose."""

from __future__ import annotations

import errno
import os
import random
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from corpus.article import Article, DateOrigin
from index.files import Files

_PLACES = ("Lisbon", "Nairobi", "Osaka", "Quito", "Tallinn", "Lusaka", "Bergen", "Tunis")
_THINGS = ("harbour", "orchard", "tramway", "observatory", "glassworks", "ferry", "archive", "windmill", "bakery")
_DEEDS = ("opened", "closed", "burned", "expanded", "moved", "reported a loss", "hired apprentices", "won a prize")


def article(number: int, *, sentences: int = 12, path: str | None = None) -> Article:
    """Article `number`, whose text follows from the number alone."""
    chance = random.Random(number)
    lines = [
        f"The {chance.choice(_THINGS)} of {chance.choice(_PLACES)} {chance.choice(_DEEDS)} "
        f"after {chance.randrange(2, 900)} days, said witness {number}-{line}."
        for line in range(sentences)
    ]
    return Article(
        id=f"article-{number:04d}",
        title=f"News number {number} from {chance.choice(_PLACES)}",
        text="\n\n".join(" ".join(lines[start : start + 4]) for start in range(0, sentences, 4)),
        source=f"source-{number % 3}.example",
        url=f"https://source-{number % 3}.example/{number}",
        path=path or f"/articles/{number}.txt",
        published=date(2024, 1, 1) + timedelta(days=number),
        published_from=DateOrigin.METADATA,
    )


def articles(count: int, *, path: str | None = None) -> list[Article]:
    return [article(number, path=path) for number in range(count)]


def with_text(changed: Article, text: str) -> Article:
    return replace(changed, text=text)


class Killed(BaseException):
    """Stands for the process's end: nothing may catch it as an Exception."""


class KilledAt(Files):
    """Every operation from the `point`-th on fails as if the process had been killed right before it."""

    def __init__(self, point: int) -> None:
        self.point = point
        self.count = 0

    def before(self, operation: str, path: Path) -> None:
        self.count += 1
        if self.count > self.point:
            raise Killed


class SigkillAt(KilledAt):
    """The same with a real SIGKILL, for a process of its own."""

    def before(self, operation: str, path: Path) -> None:
        self.count += 1
        if self.count > self.point:
            os.kill(os.getpid(), signal.SIGKILL)


class FullAt(KilledAt):
    """The `point`-th write or copy, and all that follow, find the disk full; removing still works."""

    def before(self, operation: str, path: Path) -> None:
        if operation in ("write", "copy", "make_folder", "sync_file"):
            self.count += 1
            if self.count > self.point:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


class Recorded(Files):
    """Keeps the names of all operations."""

    def __init__(self) -> None:
        self.operations: list[tuple[str, str]] = []

    def before(self, operation: str, path: Path) -> None:
        self.operations.append((operation, path.name))

    def names(self) -> Sequence[str]:
        return [operation for operation, _ in self.operations]
