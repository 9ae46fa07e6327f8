"""Articles that come and go through the browser, while the chat goes on answering from the index as it was.

One change at a time. It works in a thread of its own, so that a closed tab doesn't cut it off half way, and the new
index is served as soon as it is committed.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import queue
import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from corpus.article import Article, Skipped
from corpus.dates import parse_date
from corpus.errors import LimitError, StorageError, UsageError
from corpus.load import article_from_text, load
from index import passage_index
from index.passage_index import ChangeReport, PassageIndex
from qa.adding import Outcome
from qa.assistant import Assistant
from qa.chat.live import sentence_of
from qa.chat.markup import one_line
from qa.formatting import counted

MAX_FILES = 200  # in one go
MAX_FILE_MB = 50
MAX_PASTED = 200_000  # characters; a longer text goes into a file
MAX_ADDRESS = 2_000  # characters of a web address
MAX_NAME = 120  # bytes of a kept file's name; file systems take 255
_REASONS = {
    "large": f"it is larger than {MAX_FILE_MB} MB",
    "broken": "it could not be uploaded; try it again, or use `onrecord add` in a terminal",
}


@dataclass(frozen=True, slots=True)
class Step:
    """How far a change is."""

    words: str
    share: float | None = None  # of what is to be read, 0 to 1; None where it isn't known


@dataclass(frozen=True, slots=True)
class Added:
    """What an `add` came to, for whoever wants more than a sentence."""

    report: ChangeReport
    read: tuple[str, ...]  # ids of the articles that the inputs gave, new or not
    index: PassageIndex  # that is served since


@dataclass(frozen=True, slots=True)
class Result:
    """What a change came to."""

    sentence: str
    skipped: tuple[Skipped, ...] = ()
    done: bool = True  # False if an error ended it and the index is as it was
    added: Added | None = None  # what an `add` came to


Tell = Callable[[Step], None]
Change = Callable[[Tell], Result]


class Intake:
    """Adds and removes articles for the chat of one assistant, in its data folder."""

    def __init__(self, folder: Path, assistant: Assistant, arrivals: Path) -> None:
        """`folder` is the data folder; only files below `arrivals`, where uploads arrive, are taken as uploads."""
        self._folder = Path(os.path.abspath(folder))  # as the loader names paths
        self._assistant = assistant
        self._arrivals = arrivals.resolve()
        self._under_way = threading.Lock()

    @property
    def uploads(self) -> Path:
        """Where uploaded files are kept; the articles' paths lead here."""
        return self._folder / "uploads"

    def changes(self, wanted: Mapping[str, object]) -> Generator[Step | Result, None, None]:
        """Do what the page asks for: steps while it goes on, the result last. Never raises; an error is a result."""
        change = self._change(wanted)
        told: queue.SimpleQueue[Step | Result] = queue.SimpleQueue()
        if not self._under_way.acquire(blocking=False):
            yield Result("Articles are being added or removed already. Try again when that is done.", done=False)
            return
        threading.Thread(target=self._work, args=(change, told), name="intake", daemon=True).start()
        step: Step | Result = Step("Beginning …")
        while isinstance(step, Step):
            yield step
            step = told.get()
        yield step

    def _work(self, change: Change, told: queue.SimpleQueue[Step | Result]) -> None:
        try:
            result = change(told.put)
        except Exception as error:  # the boundary of a thread: nothing above could catch it
            result = Result(sentence_of(error), done=False)
        finally:
            self._under_way.release()
        told.put(result)

    def _change(self, wanted: Mapping[str, object]) -> Change:
        if "remove" in wanted:
            return lambda tell: self._remove(str(wanted["remove"]), tell)
        match wanted.get("add"):
            case "files":
                return lambda tell: self._add_files(_list(wanted, "paths"), _list(wanted, "failed"), tell)
            case "address":
                return lambda tell: self._add_address(str(wanted.get("address", "")), tell)
            case "text":
                return lambda tell: self._add_text(wanted, tell)
        return _nothing

    def _add_files(self, paths: Sequence[object], failed: Sequence[object], tell: Tell) -> Result:
        if len(paths) > MAX_FILES:
            raise LimitError(f"At most {MAX_FILES} files can be added in one go; use `onrecord add FOLDER` for more.")
        arrived = list(dict.fromkeys(Path(str(path)).resolve() for path in paths))
        if not all(path.is_relative_to(self._arrivals) and path.is_file() for path in arrived):
            raise UsageError("A file did not arrive. Choose it again.")
        refused = [refusal for one in failed if (refusal := _refused(one))]
        new: list[Path] = []
        used: set[str | None] = set()
        try:
            kept = [self._keep(path, new) for path in arrived]
            loaded = load(kept, on_progress=lambda done, total: tell(Step("Reading …", done / total)))
            return self._add([*refused], _noting(loaded, lambda article: used.add(article.path)), tell)
        finally:  # neither what gave no article is kept, nor a second copy where uploads arrive
            for path in (*(path for path in new if str(path) not in used), *arrived):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _keep(self, path: Path, new: list[Path]) -> Path:
        try:
            self.uploads.mkdir(parents=True, exist_ok=True)
            kept, is_new = keep(path, self.uploads)
        except OSError as error:
            raise StorageError(
                f"An uploaded file can’t be kept in {self.uploads}: {error.strerror}. Make room there and try again."
            ) from error
        if is_new:
            new.append(kept)
        return kept

    def _add_address(self, address: str, tell: Tell) -> Result:
        url = address.strip()
        if not url.lower().startswith(("http://", "https://")):
            raise UsageError("A web address begins with https:// or http://. Put in the whole address.")
        if len(url) > MAX_ADDRESS:
            raise LimitError(f"A web address has at most {MAX_ADDRESS:,} characters. Save the page and add the file.")
        tell(Step("Fetching the page …"))
        return self._add([], load([url]), tell)

    def _add_text(self, wanted: Mapping[str, object], tell: Tell) -> Result:
        text, published = str(wanted.get("text", "")), str(wanted.get("published", ""))
        if not text.strip():
            raise UsageError("There is no text. Paste the article’s text and try again.")
        if len(text) > MAX_PASTED:
            raise LimitError(f"At most {MAX_PASTED:,} characters can be a text here. Save it as a file and add that.")
        day = parse_date(published)
        if published.strip() and day is None:
            raise UsageError(f"{one_line(published)[:40]!r} is no day. Write it as year-month-day, e.g. 2024-05-03.")
        title, source = (one_line(str(wanted.get(name, ""))) or None for name in ("title", "source"))
        return self._add([], [article_from_text(text, title=title, source=source, published=day)], tell)

    def _add(self, refused: Sequence[Skipped], items: Iterable[Article | Skipped], tell: Tell) -> Result:
        def progress(stage: str, done: int, total: int | None) -> None:
            if stage == "embed":
                tell(Step(f"Embedding: {counted(done, 'passage')} …"))
            elif stage == "write":
                tell(Step("Writing the index …"))

        index, read = self._assistant.index, dict[str, None]()
        noted = _noting(items, lambda article: read.setdefault(article.id))
        report = passage_index.add(self._folder, noted, index.encoder, progress=progress)
        if report.parts or report.generation > index.generation:  # another process may have added it before
            index = self._assistant.reload()
        named = [replace(s, path=s.path.removeprefix(f"{self.uploads}/")) for s in report.skipped]
        report = replace(report, skipped=(*refused, *named))
        return Result(Outcome(report).summary(), report.skipped, added=Added(report, tuple(read), index))

    def _remove(self, article_id: str, tell: Tell) -> Result:
        served = self._assistant.index
        article = served.article(article_id)
        tell(Step("Removing …"))
        passage_index.remove(self._folder, [article_id], served.encoder)
        index = self._assistant.reload()
        kept = Path(article.path) if article.path else None
        if kept and kept.parent == self.uploads and all(other.path != article.path for other in index.articles()):
            kept.unlink(missing_ok=True)  # its last article is gone
        return Result(f"Removed “{one_line(article.title)}”.")


def keep(upload: Path, folder: Path) -> tuple[Path, bool]:
    """Copy an upload into the folder under its own name; → where it lies, and whether it is new there.

    The same file again is found by its bytes; another one of the same name gets a number, and none is overwritten.
    """
    name = Path(file_name(upload.name))
    for number in count(1):
        target = folder.absolute() / (name if number == 1 else f"{name.stem} ({number}){name.suffix}")
        try:
            with open(target, "xb") as out:
                try:
                    with open(upload, "rb") as source:
                        shutil.copyfileobj(source, out)
                except OSError:
                    target.unlink()
                    raise
            return target, True
        except FileExistsError:
            if target.is_file() and filecmp.cmp(upload, target, shallow=False):
                return target, False
    raise AssertionError("counting has no end")


def file_name(name: str) -> str:
    """A file's own name, fit for a folder: one visible line, not hidden, not a path, of a length that disks take."""
    plain = Path(one_line(name.replace("\\", "/"))).name.lstrip(". ") or "article"
    stem, suffix = Path(plain).stem, Path(plain).suffix
    suffix = suffix if len(suffix.encode()) <= 10 else ""
    room = MAX_NAME - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + suffix


def _noting(items: Iterable[Article | Skipped], note: Callable[[Article], object]) -> Iterator[Article | Skipped]:
    for item in items:
        if isinstance(item, Article):
            note(item)
        yield item


def _nothing(_tell: Tell) -> Result:
    raise UsageError("Nothing was chosen. Choose files, or put in an address or a text.")


def _list(wanted: Mapping[str, object], name: str) -> Sequence[object]:
    value = wanted.get(name)
    return value if isinstance(value, list) else []


def _refused(one: object) -> Skipped | None:
    if not isinstance(one, dict):
        return None
    return Skipped(str(one.get("name", "a file")), _REASONS.get(str(one.get("reason")), _REASONS["broken"]))
