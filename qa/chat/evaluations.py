"""Evaluations from the browser: one at a time, in a thread of its own, while the chat goes on.

Each is a run folder below `runs` in the data folder, the same as `onrecord eval --out` makes, with a copy of its
questions, so that a stopped one goes on where it stopped, here or in a terminal.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from corpus.errors import BusyError, LimitError, OnrecordError, StorageError, UsageError
from qa.assistant import Assistant
from qa.chat.intake import file_name
from qa.chat.live import sentence_of
from qa.evaluate import evaluate
from qa.evaluation.questions import QuestionFile, read_questions
from qa.evaluation.run_folder import ITEMS, REPORT, RUN, SUMMARY, Run, read_run

FOLDER = "runs"  # in the data folder
MAX_QUESTIONS = 2_000  # as many as a report lists; more are a matter for `onrecord eval`
MAX_MB = 20  # of a file of questions
BATCH = 8  # questions asked together: few, so that Stop is heeded soon and nobody in the chat waits long
GIVE_WAY = 10.0  # seconds that a batch waits at most for people who are asking
_LOOK_EVERY = 0.1  # seconds
_QUESTIONS = "questions"  # the copy's name, with the suffix that it came with
_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv"})


class _Stopped(Exception):
    """A person stopped the evaluation."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the evaluation under way is, or how the last one ended."""

    name: str  # of the run's folder
    done: int  # questions
    total: int
    running: bool = True
    stopping: bool = False
    left: float | None = None  # seconds, estimated; None where it isn't known
    ended: str | None = None  # one sentence; there exactly when it is not running
    failed: bool = False
    notes: tuple[str, ...] = ()  # about lines of the questions that could not be used as given


@dataclass(frozen=True, slots=True)
class Kept:
    """A run in the data folder."""

    name: str
    finished: bool
    questions: int | None  # how many; None if that can't be read


class Evaluations:
    """Starts, stops, lists and reads the runs of one data folder."""

    def __init__(self, data: Path, arrivals: Path, busy: Callable[[], bool]) -> None:
        """Only files below `arrivals`, where uploads arrive, are taken as uploads.

        While `busy` says that somebody is asking in the chat, the next questions wait.
        """
        self.folder = data / FOLDER
        self._arrivals = arrivals.resolve()
        self._busy = busy
        self._under_way = threading.Lock()
        self._stop = threading.Event()
        self._progress: Progress | None = None

    @property
    def progress(self) -> Progress | None:
        """The evaluation under way, or the last one; None before the first."""
        return self._progress

    def start(self, assistant: Assistant, questions: Path, now: datetime, *, uploaded: bool = True) -> None:
        """Begin to ask the questions of a file; raises UsageError, LimitError, BusyError or StorageError."""
        if uploaded and not (questions.resolve().is_relative_to(self._arrivals) and questions.is_file()):
            raise UsageError("The file did not arrive. Choose it again.")
        try:
            _check_file(questions)
            source = _checked(read_questions(questions))
            self._begin()
            try:
                name = self._new_folder(questions, now)
            except BaseException:
                self._under_way.release()
                raise
        finally:
            if uploaded:  # the run has its own copy
                questions.unlink(missing_ok=True)
        self._work(assistant, name, source)

    def resume(self, assistant: Assistant, name: str) -> None:
        """Go on with a run that was stopped; raises UsageError or BusyError."""
        folder = self._known(name)
        copies = sorted(folder.glob(f"{_QUESTIONS}.*"))
        if not copies:
            raise UsageError("The questions of this run are gone. Start a new one with their file.")
        source = _checked(read_questions(copies[0]))
        self._begin()
        self._work(assistant, name, source)

    def stop(self) -> None:
        """Stop the evaluation under way after the questions that are being asked; what is done is kept."""
        if self._progress and self._progress.running:
            self._stop.set()
            self._progress = _changed(self._progress, stopping=True)

    def follow(self) -> Iterator[Progress]:
        """Yield the progress each time that it changes, until nothing is under way."""
        shown = None
        while (progress := self._progress) is not None:
            if progress != shown:
                shown = progress
                yield progress
            if not progress.running:
                return
            time.sleep(_LOOK_EVERY)

    def runs(self) -> list[Kept]:
        """The runs that are kept, the newest first."""
        try:
            names = sorted((path.name for path in self.folder.iterdir() if (path / RUN).is_file()), reverse=True)
        except FileNotFoundError:
            return []
        return [Kept(name, (self.folder / name / SUMMARY).is_file(), _asked(self.folder / name)) for name in names]

    def read(self, name: str) -> Run:
        """A finished run; raises UsageError if there is none of this name."""
        return read_run(self._known(name))

    def report(self, name: str) -> str:
        """The report of a finished run, a whole HTML page; raises UsageError if there is none."""
        try:
            return (self._known(name) / REPORT).read_text("utf-8")
        except OSError as error:
            raise UsageError(f"The report of {name} can't be read: {error.strerror or error}.") from error

    def remove(self, name: str) -> None:
        """Delete a run; raises UsageError if there is none, BusyError if it is under way."""
        if self._progress and self._progress.running and self._progress.name == name:
            raise BusyError("This evaluation is under way. Stop it first.")
        folder = self._known(name)
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise StorageError(f"{name} can't be removed: {error.strerror or error}.") from error

    def _known(self, name: str) -> Path:
        if name not in [kept.name for kept in self.runs()]:  # nothing that is asked for is taken as a path
            raise UsageError("There is no such evaluation any more. Choose another one.")
        return self.folder / name

    def _begin(self) -> None:
        if not self._under_way.acquire(blocking=False):
            raise BusyError("An evaluation is under way already. Wait for it, or stop it, and start this one again.")
        self._stop.clear()

    def _new_folder(self, questions: Path, now: datetime) -> str:
        suffix = questions.suffix.lower() if questions.suffix.lower() in _SUFFIXES else ".jsonl"
        name = f"{now:%Y-%m-%d %H.%M.%S} {Path(file_name(questions.name)).stem}"
        try:
            (self.folder / name).mkdir(parents=True)
            shutil.copyfile(questions, self.folder / name / f"{_QUESTIONS}{suffix}")
        except FileExistsError as error:
            raise BusyError("An evaluation of these questions was started just now. Try again in a second.") from error
        except OSError as error:
            raise StorageError(f"The run can't be kept in {self.folder}: {error.strerror or error}.") from error
        return name

    def _work(self, assistant: Assistant, name: str, source: QuestionFile) -> None:
        notes = tuple(f"Line {note.line}: {note.reason}" for note in (*source.bad, *source.notes))
        self._progress = Progress(name, 0, len(source.questions), notes=notes)
        # A reload must not change what is asked half way, so the evaluation keeps to the snapshot that is served now.
        fixed = Assistant(assistant.index, assistant.selector, assistant.answerer)
        threading.Thread(target=self._run, args=(fixed, name, source), name="evaluation", daemon=True).start()

    def _run(self, assistant: Assistant, name: str, source: QuestionFile) -> None:
        began: list[tuple[float, int]] = []  # when it began, and how many were done then

        def tell(done: int, total: int) -> None:
            began or began.append((time.monotonic(), done))  # type: ignore[func-returns-value]
            self._tell(done, total, *began[0])

        try:
            evaluate(
                assistant,
                source.questions,
                self.folder / name,
                batch=BATCH,
                source=source,
                settings={
                    "encoder": assistant.index.encoder.name,
                    "selector": assistant.selector.name,
                    "answerer": assistant.answerer.name,
                },
                on_progress=tell,
            )
            self._end("Done.")
        except _Stopped:
            self._end("Stopped. What was asked is kept; it can go on where it stopped.")
        except Exception as error:  # the boundary of a thread: nothing above could catch it
            self._end(str(error) if isinstance(error, OnrecordError) else sentence_of(error), failed=True)
        finally:
            self._under_way.release()

    def _tell(self, done: int, total: int, began: float, done_then: int) -> None:
        fresh = done - done_then
        left = (time.monotonic() - began) / fresh * (total - done) if fresh else None
        if self._progress:
            self._progress = _changed(self._progress, done=done, total=total, left=left)
        give_up = time.monotonic() + GIVE_WAY
        while self._busy() and not self._stop.is_set() and time.monotonic() < give_up:
            self._stop.wait(_LOOK_EVERY)
        if self._stop.is_set() and done < total:
            raise _Stopped

    def _end(self, sentence: str, *, failed: bool = False) -> None:
        if self._progress:
            self._progress = _changed(self._progress, running=False, left=None, ended=sentence, failed=failed)


def _changed(progress: Progress, **fields: object) -> Progress:
    return replace(progress, **fields)  # type: ignore[arg-type]


def _check_file(questions: Path) -> None:
    if questions.stat().st_size > MAX_MB * 1_000_000:
        raise LimitError(f"The file is larger than {MAX_MB} MB. Use `onrecord eval` in a terminal for one like that.")


def _checked(source: QuestionFile) -> QuestionFile:
    if len(source.questions) > MAX_QUESTIONS:
        raise LimitError(
            f"The file holds {len(source.questions):,} questions; at most {MAX_QUESTIONS:,} are asked from here. Use "
            "`onrecord eval` in a terminal for more."
        )
    return source


def _asked(folder: Path) -> int | None:
    try:
        with (folder / ITEMS).open("rb") as file:
            return sum(1 for _ in file)
    except OSError:
        return None
