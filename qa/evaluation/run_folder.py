"""A run on disk: one line a question, so that a killed run goes on where it stopped and gives the same files.

    run.json         what was asked of what, written first; a run is resumed only if it says the same
    per_item.jsonl   a line a question, in the questions' order, forced to disk batch by batch
    summary.json     metrics and everything needed to repeat them
    report.html      for a person

Whatever differs from one run to the next although nothing changed is a time, and stands in a field or a part of the
report that is named for it: `without_times` takes these out.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import BusyError, StorageError, UsageError

RUN, ITEMS, SUMMARY, REPORT = "run.json", "per_item.jsonl", "summary.json", "report.html"
TIMES_BEGIN, TIMES_END = "<!--times-->", "<!--/times-->"
_TIME_FIELDS = frozenset({"seconds", "timing"})
_CONFIGURATION = {  # what the parts of run.json are called in a message
    "onrecord": "the version of Onrecord",
    "questions": "the questions",
    "index": "the index",
    "models": "the models",
    "settings": "the settings",
    "cluster_by": "--cluster-by",
    "seed": "--seed",
    "batch": "the size of a batch",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a run: what was expected, what came, and how good it was."""

    id: str
    answer: dict[str, Any] | None  # as `ask --json` prints it; None if answering failed
    scores: dict[str, float]
    seconds: float | None  # this question's share of its batch; None if answering failed
    question: str
    expected: dict[str, Any]  # answers, answerable, evidence: what was known beforehand
    tags: tuple[str, ...]
    cluster: str  # questions of one cluster are not independent
    counts: dict[str, int]  # for the metrics that are shares
    retrieved: tuple[dict[str, Any], ...]  # the ranking: article_id, start, end, in characters
    failure: str | None  # why there is no answer, in words
    problems: tuple[str, ...]  # what is wrong with the question's evidence

    @property
    def refused(self) -> bool:
        """Whether the answer says that the articles don't say."""
        return self.answer is not None and bool(self.answer["abstained"])


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    items: tuple[Item, ...]
    summary: dict[str, Any]


def item_line(item: Item) -> str:
    """The item as its line of per_item.jsonl, without a line end."""
    return json.dumps({name: getattr(item, name) for name in Item.__slots__}, ensure_ascii=False)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder if need be and keep every other process from writing a run there; raises BusyError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StorageError(f"The run can't be kept in {folder}: {error.strerror or error}.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                f"Another process is writing a run to {folder}. Wait for it, or choose another --out."
            ) from error
        yield
    finally:
        os.close(handle)  # and with it the lock


def start_or_resume(folder: Path, configuration: Mapping[str, Any], batch: int, *, overwrite: bool) -> list[Item]:
    """Make the folder, which exists, ready for the next line; return the items that an interrupted run left there.

    Only whole batches are kept, so that the questions that are still to come are batched as in a run that was never
    interrupted. Raises UsageError if the folder holds a run of something else.
    """
    try:
        for name in (RUN, SUMMARY, REPORT):
            for half in folder.glob(f".{name}-*"):  # left by a process that was killed while writing it
                half.unlink()
        if overwrite:
            for name in (RUN, ITEMS, SUMMARY, REPORT):
                (folder / name).unlink(missing_ok=True)
        if not (folder / RUN).exists():
            if (folder / ITEMS).exists() or (folder / SUMMARY).exists():
                raise UsageError(f"{folder} holds results but no {RUN}. Choose another --out, or give --overwrite.")
            write_whole(folder / RUN, as_json(configuration))
            (folder / ITEMS).write_bytes(b"")
            return []
        _check_same(folder, configuration)
        return _keep_whole_batches(folder / ITEMS, batch, configuration["questions"]["count"])
    except OSError as error:
        raise StorageError(f"The run can't be kept in {folder}: {error.strerror or error}.") from error


def append_items(folder: Path, items: Sequence[Item]) -> None:
    """Add lines for the items and force them to disk."""
    try:
        with (folder / ITEMS).open("ab") as file:
            file.write("".join(item_line(item) + "\n" for item in items).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(
            f"{folder / ITEMS} can't be written: {error.strerror or error}. Make room and run the same command again; "
            "it goes on where it stopped."
        ) from error


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is old or new, never half: beside it first, then renamed over it."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the new name too must survive a power cut
            finally:
                os.close(folder)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error.strerror or error}.") from error


def as_json(value: Mapping[str, Any]) -> str:
    """JSON for a file that people read too."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def read_run(folder: Path) -> Run:
    """Read a finished run; raises UsageError if there is none in the folder, or it isn't finished."""
    try:
        summary = json.loads((folder / SUMMARY).read_text("utf-8"))
        items = [_item(line) for line in (folder / ITEMS).read_text("utf-8").split("\n") if line]
    except FileNotFoundError as error:
        raise UsageError(
            f"{folder} holds no finished run: there is no {Path(error.filename).name}. Run `onrecord eval … --out "
            f"{folder}` first; one that was interrupted goes on where it stopped."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"The run in {folder} can't be read: {error}. Run it again with --overwrite.") from error
    return Run(tuple(items), summary)


def without_times(folder: Path) -> dict[str, str]:
    """The run's files by name, without anything that is a time: equal for two runs of the same."""
    lines = (folder / ITEMS).read_text("utf-8").rstrip("\n").split("\n")
    times = re.compile(f"{TIMES_BEGIN}.*?{TIMES_END}", re.DOTALL)
    return {
        RUN: (folder / RUN).read_text("utf-8"),
        ITEMS: "\n".join(json.dumps(_strip(json.loads(line))) for line in lines),
        SUMMARY: json.dumps(_strip(json.loads((folder / SUMMARY).read_text("utf-8")))),
        REPORT: times.sub("", (folder / REPORT).read_text("utf-8")),
    }


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _strip(inner) for name, inner in value.items() if name not in _TIME_FIELDS}
    return [_strip(inner) for inner in value] if isinstance(value, list) else value


def _check_same(folder: Path, configuration: Mapping[str, Any]) -> None:
    try:
        found = json.loads((folder / RUN).read_text("utf-8"))
    except ValueError:
        found = {}
    wanted = json.loads(as_json(configuration))
    differing = [name for name in dict.fromkeys([*wanted, *found]) if found.get(name) != wanted.get(name)]
    if differing:
        what = ", ".join(_CONFIGURATION.get(name, name) for name in differing)
        raise UsageError(
            f"{folder} holds a run of something else, so it can't be gone on with. What differs: {what}. Choose "
            "another --out, or give --overwrite to begin anew."
        )


def _keep_whole_batches(path: Path, batch: int, total: int) -> list[Item]:
    items: list[Item] = []
    ends = [0]
    data = path.read_bytes() if path.exists() else b""
    for line in data.splitlines(keepends=True):
        try:
            items.append(_item(line.decode()) if line.endswith(b"\n") else _item(""))
        except (ValueError, KeyError, TypeError):
            break  # torn by the interruption: it and whatever follows is asked again
        ends.append(ends[-1] + len(line))
    kept = len(items) if len(items) >= total else len(items) // batch * batch
    with path.open("ab") as file:
        file.truncate(ends[kept])
    return items[:kept]


def _item(line: str) -> Item:
    fields = json.loads(line)
    for name in ("tags", "retrieved", "problems"):
        fields[name] = tuple(fields[name])
    return Item(**fields)
