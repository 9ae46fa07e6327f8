"""A small index, what may happen to it, and what a reader gets from it: shared by all tortures of the index."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Article
from corpus.errors import NoIndexError
from index import generation
from index.encoder import HashEncoder
from index.passage_index import PassageIndex
from tests.index.samples import article, articles, with_text
from tests.torture.warm import Ended, forked

ENCODER = HashEncoder(32)
QUESTIONS = ("harbour of Lisbon burned", "witness", "who won a prize after 30 days?")
_OLD = articles(3)
# One changed, one as before, one gone, one new.
_NEW = [with_text(_OLD[0], _OLD[0].text + " More came to light."), _OLD[1], article(3)]


@dataclass(frozen=True, slots=True)
class State:
    """All that a reader can get from an index; without an index everything is zero."""

    generation: int = 0
    contents: str = ""  # hash of texts, passages and rankings


@dataclass(frozen=True, slots=True)
class World:
    """Where things lie. `template` holds two generations and is never changed."""

    root: Path

    @property
    def template(self) -> Path:
        return self.root / "template"

    @property
    def source(self) -> Path:
        return self.root / "articles.jsonl"


@dataclass(frozen=True, slots=True)
class Command:
    """A change as a person types it."""

    name: str
    words: tuple[str, ...]  # SOURCE stands for the file
    first: bool = False  # there is no index before
    serving: bool = False  # as the chat does it: in the process that serves, which then reloads and answers


COMMANDS = (
    Command("first add", ("add", "SOURCE"), first=True),
    Command("add", ("add", "SOURCE")),
    Command("remove", ("remove", "article-0001")),
    Command("rebuild", ("add", "--rebuild", "SOURCE")),
    Command("add and reload", ("add", "SOURCE"), serving=True),
)


def make_world(root: Path) -> World:
    """The template's index holds what the source held before; the source holds what is to be added."""
    world = World(root)
    root.mkdir()
    for held in (_OLD[:2], _OLD):
        _write(world.source, held)
        done = forked(lambda: onrecord("add", str(world.source), "--data", str(world.template)))
        assert done.code == 0, done.output
    _write(world.source, _NEW)
    return world


def onrecord(*words: str) -> None:
    """The command in this process; ends with SystemExit."""
    from qa.cli import main

    main(list(words), prog_name="onrecord")


def run(world: World, command: Command, folder: Path) -> None:
    """The change, in this process; ends with SystemExit as the command does."""
    words = [str(world.source) if word == "SOURCE" else word for word in command.words]
    if command.serving:
        _add_and_reload(folder, words[1:])
    else:
        onrecord(*words, "--data", str(folder))


def _add_and_reload(folder: Path, sources: Sequence[str]) -> None:
    from qa.adding import add_sources
    from qa.settings import read_settings
    from qa.wiring import open_assistant

    settings = read_settings(os.environ, data=str(folder))
    assistant = open_assistant(settings)
    outcome = add_sources(settings, sources)
    assert assistant.reload().generation == outcome.report.generation
    assistant.ask("Who said that the harbour burned?")
    sys.stdout.write(f"{outcome.summary()}\n")


def reported(ended: Ended) -> bool:
    """Whether a person was told that the change is done."""
    return ended.code == 0 or "Articles: " in ended.output


def fresh(world: World, command: Command, folder: Path) -> Path:
    """The data folder as it is before the change."""
    if not command.first:
        shutil.copytree(world.template, folder)
    return folder


def state(folder: Path) -> State:
    """What a reader gets now. An AssertionError if the newest generation isn't the one that is served."""
    try:
        index = PassageIndex.open(folder, ENCODER)
    except NoIndexError:
        return State()
    with index:
        assert index.notice is None, index.notice
        return State(index.generation, contents(index))


def contents(index: PassageIndex) -> str:
    """A hash of all that can be read and found."""
    found = index.search(list(QUESTIONS), 30)
    articles = [index.article(summary.id) for summary in index.articles()]
    stored = [[article.id, article.title, article.text] for article in articles]
    hits = [[(hit.passage.id, hit.passage.text, hit.score, hit.via) for hit in hits] for hits in found]
    return hashlib.sha256(json.dumps([stored, index.n_articles, index.n_passages, hits]).encode()).hexdigest()


def whole(folder: Path) -> list[int]:
    """The numbers of all generations, every one of which must verify."""
    found = generation.generations(folder)
    for number, path in found:
        assert generation.verify(path).generation == number
    return [number for number, _ in found]


def listing(folder: Path) -> list[str]:
    """What lies in a data folder, for a message."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _write(path: Path, held: Sequence[Article]) -> None:
    lines = [json.dumps({"id": a.id, "title": a.title, "text": a.text, "source": a.source}) for a in held]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
