"""The articles of an index and nothing else of it: what a rebuild starts from, whatever made the rest."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.errors import DamagedError
from index import articles_store, generation
from index.articles_store import ArticleStore
from index.manifest import FORMATS, Manifest, unreadable
from index.vector_plan import VectorChoice


@dataclass(frozen=True, slots=True)
class StoredArticles:
    """The articles of one generation."""

    article_store: ArticleStore
    generation: int
    choice: VectorChoice  # how vectors were to be searched
    notice: str | None = None  # set when a damaged generation was passed over

    def close(self) -> None:
        self.article_store.close()


def open_articles(folder: Path) -> StoredArticles:
    """The articles of the newest whole generation of any encoder, engine or format whose articles can be read.

    NoIndexError, DamagedError, and IncompatibleError for a format that stores them differently.
    """
    stored, notice = generation.read_newest(folder, _articles_of, any_format=True)
    return replace(stored, notice=notice)


def _articles_of(path: Path, manifest: Manifest) -> StoredArticles:
    try:
        store = ArticleStore(path / articles_store.NAME)
        store.get(store.numbers()[:1])
    except (sqlite3.Error, OSError) as error:
        if manifest.format not in FORMATS:
            raise unreadable(manifest.format) from error
        raise DamagedError(f"index damaged: {articles_store.NAME} ({error})") from error
    return StoredArticles(store, manifest.generation, manifest.vectors.chosen)
