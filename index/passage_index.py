"""Build, change, open and search an index: what the other rooms import.

    create(folder, encoder)             an index without articles, where there is none
    add(folder, articles, encoder)      only what is new or changed is split and encoded
    remove(folder, ids, encoder)
    rebuild(folder, articles, encoder)  the stored articles anew, for another encoder, and more of them
    PassageIndex.open(folder, encoder)

A change works on a copy and becomes visible as a whole; a large `add` commits in parts, so that an interruption
loses at most the part that is under way.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from corpus.article import Article, Skipped
from corpus.errors import NoIndexError, UsageError
from index import generation
from index.articles_store import ArticleSummary
from index.build import (
    PART_ARTICLES,
    PART_SECONDS,
    AddInterrupted,
    Build,
    ChangeReport,
    Progress,
    default_chunking,
)
from index.encoder import Encoder
from index.files import DISK, Files
from index.narrowing import Narrowing
from index.snapshot import PassageIndex, RetrievalMode
from index.stored_articles import open_articles
from index.vector_plan import VectorChoice

__all__ = [
    "AddInterrupted",
    "ArticleSummary",
    "ChangeReport",
    "Narrowing",
    "PassageIndex",
    "Progress",
    "RetrievalMode",
    "VectorChoice",
    "add",
    "create",
    "rebuild",
    "remove",
]


def add(
    folder: Path,
    articles: Iterable[Article | Skipped],
    encoder: Encoder,
    *,
    progress: Progress | None = None,
    max_tokens: int | None = None,
    vectors: VectorChoice | None = None,
    part_articles: int = PART_ARTICLES,
    part_seconds: float = PART_SECONDS,
    files: Files = DISK,
) -> ChangeReport:
    """Adds articles to the index in `folder`, which is made if need be.

    An article that is there already, word for word, is left alone; a changed one takes the place of the old; what a
    file that is read again no longer holds is removed. If that leaves nothing to change, nothing is written. Inputs
    that gave no article (`Skipped`) pass into the report. `max_tokens` of text a passage (default: what the index
    has); another value than before cuts and encodes all articles again. `vectors` is how they are searched, for a new
    index; UsageError if there is one that has another.

    A part is committed every `part_articles` changed articles or `part_seconds` seconds. KeyboardInterrupt comes out
    as AddInterrupted with the report of what was committed. BusyError, IncompatibleError, DamagedError, StorageError.
    """
    started = time.monotonic()
    with generation.locked(folder, files) as draft_path:
        base = _newest(folder, encoder)
        chunking = default_chunking(encoder, max_tokens, base)
        if base and vectors not in (None, base.manifest.vectors.choice):
            stored = base.manifest.vectors.choice
            raise UsageError(f"How vectors are searched is {stored!r} in this index; use --rebuild to change it.")
        build = Build(draft_path, base, encoder, chunking, files, progress, started, vectors=vectors)
        try:
            if base is not None and chunking != base.manifest.chunking:
                build.split_again(base)
                build.commit_part()
            total = len(articles) if isinstance(articles, Sequence) else None
            for item in articles:
                build.take(item, total)
                if build.part_is_due(part_articles, part_seconds):
                    build.commit_part()
            build.remove_vanished()
            build.commit_part()
            return build.report()
        except KeyboardInterrupt as interrupt:
            raise AddInterrupted(build.report()) from interrupt
        finally:
            build.close()


def create(folder: Path, encoder: Encoder, *, files: Files = DISK) -> None:
    """Commits an index without articles unless there is an index, so that it can be served before it has any.

    BusyError while another process makes the first one, StorageError.
    """
    if generation.generations(folder):
        return
    started = time.monotonic()
    with generation.locked(folder, files) as draft_path:
        if generation.generations(folder):  # made by another process meanwhile
            return
        chunking = default_chunking(encoder, None, None)
        build = Build(draft_path, None, encoder, chunking, files, None, started)
        try:
            build.commit_part(even_if_empty=True)
        finally:
            build.close()


def remove(
    folder: Path,
    article_ids: Sequence[str],
    encoder: Encoder,
    *,
    progress: Progress | None = None,
    files: Files = DISK,
) -> ChangeReport:
    """Removes the articles with these ids. UsageError, and nothing changed, if one isn't there."""
    started = time.monotonic()
    if not generation.generations(folder):
        raise NoIndexError(f"There is no index in {folder} yet; make one with `onrecord add PATH`.")
    with generation.locked(folder, files) as draft_path:
        base = PassageIndex.open(folder, encoder)
        build = Build(draft_path, base, encoder, base.manifest.chunking, files, progress, started)
        try:
            wanted = list(dict.fromkeys(article_ids))
            if unknown := [name for name in wanted if base.article_store.entry(name) is None]:
                raise UsageError(f"There is no article {unknown[0]!r}; `onrecord list` shows all of them.")
            for article_id in wanted:
                build.remove(article_id)
            build.commit_part()
            return build.report()
        finally:
            build.close()


def rebuild(
    folder: Path,
    articles: Iterable[Article | Skipped],
    encoder: Encoder,
    *,
    progress: Progress | None = None,
    max_tokens: int | None = None,
    vectors: VectorChoice | None = None,
    files: Files = DISK,
) -> ChangeReport:
    """Splits and encodes all stored articles anew, whatever encoder made the index, and adds `articles` to them.

    One commit at the end: until then the old index stays. `vectors` is how they are searched from now on, by default
    as before. Without an index this is `add`.
    """
    started = time.monotonic()
    if not generation.generations(folder):
        return add(folder, articles, encoder, progress=progress, max_tokens=max_tokens, vectors=vectors, files=files)
    with generation.locked(folder, files) as draft_path:
        old = open_articles(folder)
        chunking = default_chunking(encoder, max_tokens, None)
        build = Build(
            draft_path, None, encoder, chunking, files, progress, started, keep=old, vectors=vectors or old.choice
        )
        try:
            build.split_again(old)
            for item in articles:
                build.take(item, len(articles) if isinstance(articles, Sequence) else None)
            build.remove_vanished()
            build.commit_part(even_if_empty=True)
            return build.report()
        finally:
            build.close()
            old.close()


def _newest(folder: Path, encoder: Encoder) -> PassageIndex | None:
    try:
        return PassageIndex.open(folder, encoder)
    except NoIndexError:
        return None
