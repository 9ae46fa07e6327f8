"""Readers while generations are published: every answer comes from one generation, and none fails.

Every sentence names the edition that it belongs to, and generation n holds edition n alone. So an answer that mixed two
generations would show it, as would one that came from another generation than its reader had opened.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Article
from index.passage_index import PassageIndex, add
from qa.answer import Answer
from qa.answerer import make_answerer
from qa.assistant import Assistant
from qa.sentence_selector import SentenceSelector
from tests.torture.size import Record, Torture
from tests.torture.warm import Farm, Fork
from tests.torture.world import ENCODER

PUBLISHES = 200
READERS = 16  # half are threads that ask one assistant, half are processes that open the index each time
PATIENCE = 3_600  # seconds that all the publishing may take on a busy machine
_EDITION = re.compile(r"edition (\d+)")
_PLACES = ("harbour", "orchard", "tramway", "observatory")
QUESTION = "What burned in the edition?"


@dataclass(frozen=True, slots=True)
class Press:
    """One run."""

    folder: Path
    publishes: int
    threads: int
    processes: int


def edition(number: int) -> list[Article]:
    """All articles of an edition."""
    lines = {place: [f"In edition {number} the {place} burned on day {day}." for day in range(6)] for place in _PLACES}
    return [
        Article(f"the-{place}", f"The {place} in edition {number}", " ".join(told)) for place, told in lines.items()
    ]


def publish(job: Press) -> None:
    """One edition after the other, the first of which is there already."""
    for number in range(2, job.publishes + 2):
        report = add(job.folder, edition(number), ENCODER)
        assert (report.generation, report.replaced) == (number, len(_PLACES)), report


def read(job: Press) -> None:
    """Opens the newest generation again and again until the last edition is there; prints what came of it."""
    opened: Counter[int] = Counter()
    faults = []
    while not faults and job.publishes + 1 not in opened:
        try:
            with PassageIndex.open(job.folder, ENCODER) as index:
                found = [hit.passage.text for hit in index.search([QUESTION], 30)[0]]
                whole = " ".join(index.article(summary.id).text for summary in index.articles())
                seen = _editions([*found, whole])
                if seen != {index.generation} or index.notice:
                    faults.append(f"generation {index.generation} shows {sorted(seen)}, {index.notice}")
                opened[index.generation] += 1
        except Exception as error:  # every error is a finding
            faults.append(repr(error))
    json.dump([opened.total(), len(opened), faults], sys.stdout)


def _editions(texts: list[str]) -> set[int]:
    return {int(number) for text in texts for number in _EDITION.findall(text)}


class Serving:
    """One assistant, asked by several threads and reloaded by another one, as the chat does it."""

    def __init__(self, folder: Path) -> None:
        self.done = threading.Event()
        self.faults: list[str] = []
        self.answered: Counter[int] = Counter()
        self.reloads = 0
        index = PassageIndex.open(folder, ENCODER)
        self._assistant = Assistant(
            index,
            SentenceSelector(ENCODER),
            make_answerer("extractive"),
            reopen=lambda: PassageIndex.open(folder, ENCODER),
        )

    def ask(self) -> None:
        while not self.done.is_set():
            answers = [step for step in self._assistant.stream(QUESTION) if isinstance(step, Answer)]
            for answer in answers:
                seen = _editions([citation.quote for citation in answer.citations])
                seen |= _editions([citation.title for citation in answer.citations])
                if len(seen) != 1:
                    self.faults.append(f"an answer of editions {sorted(seen)}")
                self.answered.update(seen)

    def reload(self) -> None:
        while not self.done.is_set():
            self._assistant.reload()
            self.reloads += 1
            time.sleep(0.005)

    def guarded(self, work: Callable[[], None]) -> threading.Thread:
        """A thread whose error is a fault."""

        def run() -> None:
            try:
                work()
            except Exception as error:
                self.faults.append(repr(error))

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def serve(job: Press) -> dict[str, object]:
    """Figures of a run, with its faults."""
    add(job.folder, edition(1), ENCODER)
    readers = [Fork(lambda: read(job), patience=PATIENCE) for _ in range(job.processes)]
    publisher = Fork(lambda: publish(job), patience=PATIENCE)
    serving = Serving(job.folder)
    threads = [serving.guarded(serving.ask) for _ in range(job.threads)] + [serving.guarded(serving.reload)]
    published = publisher.wait()
    serving.done.set()
    for thread in threads:
        thread.join()
    faults = [*serving.faults, *([] if published.code == 0 else [f"the publisher: {published}"])]
    opens = 0
    for ended in [reader.wait() for reader in readers]:
        if ended.code != 0:
            faults.append(f"a reader: {ended}")
            continue
        opened, generations, found = json.loads(ended.output)
        opens += opened
        faults += found
        if generations < 2:
            faults.append("a reader saw nothing change")
    return {
        "publishes": job.publishes,
        "readers": job.threads + job.processes,
        "answers": serving.answered.total(),
        "editions_answered_from": len(serving.answered),
        "reloads": serving.reloads,
        "opens": opens,
        "faults": faults,
    }


def test_every_answer_comes_from_one_generation(farm: Farm, scratch: Path, torture: Torture, record: Record) -> None:
    half = torture.count(READERS, 6) // 2
    job = Press(scratch / "press", torture.count(PUBLISHES, 12), threads=half, processes=half)
    (figures,) = farm.each(serve, [job], lambda _: torture.progress("  readers: at work"))
    faults = figures.pop("faults")
    assert faults == []
    assert int(str(figures["editions_answered_from"])) > 3
    record("readers", **figures, errors=0, mixed=0)
