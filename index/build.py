"""From a stream of articles to committed generations: what changed, in which order it is encoded, when to commit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.article import Article, Skipped
from corpus.errors import UsageError
from index.articles_store import ArticleEntry, ArticleStore, digest
from index.draft import Draft
from index.encoder import TITLE_TOKENS, Encoder, text_budget
from index.files import Files
from index.generation import generation_path, verify
from index.manifest import Chunking
from index.snapshot import PassageIndex, open_verified
from index.splitting import SplitArticle, split_article
from index.stored_articles import StoredArticles
from index.vector_plan import VectorChoice

PART_ARTICLES = 5_000  # changed articles after which a part is committed
PART_SECONDS = 180.0  # or this long after the last commit …
PART_PATIENCE = 10.0  # … but never sooner than this many times what that commit took
PENDING_PASSAGES = 2_048  # sorted by length and encoded together; what is held in memory
DEFAULT_MAX_TOKENS = 160
OVERLAP_SENTENCES = 0
SPLITTER = 1  # raised when corpus.split cuts the same text differently


class Progress(Protocol):
    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """`done` of `total` (None if unknown) since the change, or for the last two the part, began.

        "read" and "split" count articles, "embed" passages, "arrange" (vectors) is one step, "write" counts articles.
        """


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """What a change came to."""

    added: int  # articles
    replaced: int
    unchanged: int
    removed: int
    passages: int  # in the index now
    embedded: int  # passages that had to be encoded
    generation: int  # the newest now; 0 if there is none
    parts: int  # generations committed; 0 if there was nothing to change
    seconds: float
    skipped: tuple[Skipped, ...]
    notice: str | None = None  # a damaged generation that was passed over


class AddInterrupted(KeyboardInterrupt):
    """Ctrl-C during an `add`; `report` counts what is committed and stays."""

    def __init__(self, report: ChangeReport) -> None:
        super().__init__(f"Interrupted; {report.parts} parts with {report.added} new articles are kept.")
        self.report = report


@dataclass(slots=True)
class _Tally:
    """Articles by what became of them."""

    added: int = 0
    replaced: int = 0
    removed: int = 0
    embedded: int = 0

    def __iadd__(self, other: _Tally) -> _Tally:
        self.added += other.added
        self.replaced += other.replaced
        self.removed += other.removed
        self.embedded += other.embedded
        return self


def default_chunking(encoder: Encoder, max_tokens: int | None, base: PassageIndex | None) -> Chunking:
    """How articles are to be cut: as asked, else as the index has it, else the default, within the window."""
    budget = text_budget(encoder)
    if max_tokens is not None and not 1 <= max_tokens <= budget:
        raise UsageError(f"A passage for {encoder.name} may have 1 to {budget} tokens of text, not {max_tokens}.")
    stored = base.manifest.chunking.max_tokens if base else min(DEFAULT_MAX_TOKENS, budget)
    return Chunking(max_tokens or stored, TITLE_TOKENS, OVERLAP_SENTENCES, SPLITTER)


class Build:
    """One change to an index under its lock: articles go in, parts come out. No draft is made before it is needed."""

    def __init__(
        self,
        draft_path: Path,
        base: PassageIndex | None,
        encoder: Encoder,
        chunking: Chunking,
        files: Files,
        progress: Progress | None,
        started: float,
        keep: StoredArticles | None = None,
        vectors: VectorChoice | None = None,
    ) -> None:
        """`keep` is the generation that a build from nothing stands in for, and that must stay beside it.

        `vectors` is how they are to be searched; by default as the index has it.
        """
        self._draft_path = draft_path
        self._base = base
        self._encoder = encoder
        self._chunking = chunking
        self._files = files
        self._progress = progress or _silent
        self._started = started
        self._keep = keep
        self._vectors = vectors
        self._notice = served.notice if (served := base or keep) else None
        self._draft: Draft | None = None
        self._pending: list[SplitArticle] = []
        self._pending_passages = 0
        self._seen: dict[str, bytes] = {}  # id to digest, of this change
        self._paths: dict[str, None] = {}
        self._skipped: list[Skipped] = []
        self._read = self._split = self._encoded = self._changed = self._unchanged = self._parts = 0
        self._tally, self._committed = _Tally(), _Tally()
        self._last_commit, self._commit_took = time.monotonic(), 0.0

    def take(self, item: Article | Skipped, total: int | None) -> None:
        """Takes one input in: new, changed, unchanged or skipped."""
        self._read += 1
        self._progress("read", self._read, total)
        if isinstance(item, Skipped):
            self._skipped.append(item)
            return
        reason, content = _objection(item)
        if reason is None and self._seen.get(item.id, content) != content:
            reason = f"a second record with the id {item.id!r}; the first one is kept"
        if reason is not None:
            self._skipped.append(Skipped(item.path or item.url or item.id, reason))
            return
        if item.path is not None:
            self._paths[item.path] = None
        if item.id in self._seen:
            return
        self._seen[item.id] = content
        entry = self._entry(item.id)
        if entry is not None and entry.digest == content:
            self._unchanged += 1
            return
        if entry is None:
            self._tally.added += 1
        else:
            self._tally.replaced += 1
        self._changed += 1
        self._stage(item)

    def split_again(self, old: PassageIndex | StoredArticles) -> None:
        """Takes all articles of `old` in once more, because they are to be cut or encoded differently."""
        numbers = old.article_store.numbers()
        for done, number in enumerate(numbers, start=1):
            self._progress("read", done, len(numbers))
            self._stage(old.article_store.get([number])[number])
        self._flush()

    def remove(self, article_id: str) -> None:
        self._flush()
        self._ensure_draft().remove(article_id)
        self._tally.removed += 1

    def remove_vanished(self) -> None:
        """Removes the articles that a file of this change once held and no longer holds."""
        self._flush()
        for path in self._paths:
            store = self._articles
            for article_id in store.ids_with_path(path) if store is not None else ():
                if article_id not in self._seen:
                    self.remove(article_id)

    def part_is_due(self, articles: int, seconds: float) -> bool:
        waited = time.monotonic() - self._last_commit
        return bool(self._changed) and (
            self._changed >= articles or (waited >= seconds and waited >= PART_PATIENCE * self._commit_took)
        )

    def commit_part(self, *, even_if_empty: bool = False) -> None:
        """Commits what has been taken in since the last part, if that is anything."""
        self._flush()
        if self._draft is None and not even_if_empty:
            return
        began = time.monotonic()
        draft = self._ensure_draft()
        number = draft.commit(self._progress)
        self._draft = None
        self._parts += 1
        self._committed += self._tally
        self._tally, self._changed = _Tally(), 0
        path = generation_path(self._draft_path.parent, number)
        if self._base:
            self._base.close()
        self._base = open_verified(path, verify(path, hashes=False), self._encoder)  # was verified for the commit
        self._progress("write", 1, 1)
        self._last_commit = time.monotonic()
        self._commit_took = self._last_commit - began

    def report(self) -> ChangeReport:
        """What has been committed so far."""
        done = self._committed
        return ChangeReport(
            added=done.added,
            replaced=done.replaced,
            unchanged=self._unchanged,
            removed=done.removed,
            passages=self._base.n_passages if self._base else 0,
            embedded=done.embedded,
            generation=self._base.generation if self._base else 0,
            parts=self._parts,
            seconds=time.monotonic() - self._started,
            skipped=tuple(self._skipped),
            notice=self._notice,
        )

    def close(self) -> None:
        """Lets go of all files; whoever holds the lock removes an unfinished draft."""
        if self._draft:
            self._draft.close()
        if self._base:
            self._base.close()

    @property
    def _articles(self) -> ArticleStore | None:
        """The articles with what this change did so far; None as long as there is no index."""
        if self._draft:
            return self._draft.articles
        return self._base.article_store if self._base else None

    def _entry(self, article_id: str) -> ArticleEntry | None:
        store = self._articles
        return store.entry(article_id) if store is not None else None

    def _stage(self, article: Article) -> None:
        item = split_article(article, self._encoder, self._chunking)
        self._split += 1
        self._progress("split", self._split, None)
        self._pending.append(item)
        self._pending_passages += len(item.passages)
        if self._pending_passages >= PENDING_PASSAGES:
            self._flush()

    def _flush(self) -> None:
        if not self._pending:
            return
        draft = self._ensure_draft()
        begun = self._encoded

        def on_encoded(passages: int) -> None:
            self._encoded += passages
            self._progress("embed", self._encoded, None)

        draft.put(self._pending, on_encoded)
        self._tally.embedded += self._encoded - begun
        self._pending, self._pending_passages = [], 0

    def _ensure_draft(self) -> Draft:
        if self._draft is None:
            keep = self._base or self._keep
            self._draft = Draft(
                self._draft_path,
                self._base,
                self._encoder,
                self._chunking,
                self._files,
                keep=[keep.generation] if keep else [],
                vectors=self._vectors,
            )
        return self._draft


def _objection(article: Article) -> tuple[str | None, bytes]:
    """Why the article cannot be stored, if it can't, and its digest."""
    if not article.text.strip():
        return "it has no text", b""
    try:
        "".join(filter(None, (article.id, article.title, article.text, article.source, article.url))).encode()
    except UnicodeEncodeError:
        return "its text is not valid Unicode", b""
    if not article.id:
        return "it has no id", b""
    return None, digest(article)


def _silent(stage: str, done: int, total: int | None) -> None:
    pass
