"""An intake over an empty index, with files that have arrived: what the tests of adding articles share."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from index.encoder import HashEncoder
from index.passage_index import PassageIndex, create
from index.vectors import Vectors
from qa.answerer import make_answerer
from qa.assistant import Assistant
from qa.chat.intake import Intake, Result, Step
from tests.chat_double import WordSelector


class GatedEncoder(HashEncoder):
    """Encodes nothing before its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.waits = threading.Event()  # set once something has come to the gate

    def encode_passages(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        self.waits.set()
        assert self.gate.wait(20)
        return super().encode_passages(texts)


class Room:
    """An intake over an empty index, with files that have arrived."""

    def __init__(self, folder: Path) -> None:
        self.encoder = GatedEncoder()
        self.data, self.arrivals = folder / "data", folder / "arrivals"
        self.arrivals.mkdir()
        create(self.data, self.encoder)
        self.assistant = Assistant(
            PassageIndex.open(self.data, self.encoder),
            WordSelector(),
            make_answerer("extractive"),
            reopen=lambda: PassageIndex.open(self.data, self.encoder),
        )
        self.intake = Intake(self.data, self.assistant, self.arrivals)

    def arrive(self, name: str, content: str) -> str:
        path = self.arrivals / name
        path.write_text(content, "utf-8")
        return str(path)

    def add(self, *paths: str, failed: tuple[object, ...] = ()) -> Result:
        return self.do({"add": "files", "paths": list(paths), "failed": list(failed)})

    def do(self, wanted: dict[str, object]) -> Result:
        *steps, last = self.intake.changes(wanted)
        assert all(isinstance(step, Step) for step in steps)
        assert isinstance(last, Result)
        return last

    def titles(self) -> list[str]:
        return sorted(article.title for article in self.assistant.index.articles())

    def kept(self) -> list[str]:
        return sorted(path.name for path in self.intake.uploads.iterdir())
