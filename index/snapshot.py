"""One generation, opened for reading: search, and the articles behind what is found.

A snapshot never changes. When a new generation is committed, a new snapshot is opened beside it and the old one is
let go, so that every answer comes from exactly one generation.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import numpy as np

from corpus.article import Article, Passage
from corpus.errors import DamagedError, UsageError
from index import articles_store, generation, near_duplicate_store, passage_store
from index.articles_store import ArticleStore, ArticleSummary
from index.encoder import Encoder
from index.files import raise_if_scarce
from index.fuse import Ranking, combine
from index.hits import Hit
from index.lexical import Lexical
from index.lexical import version as lexical_version
from index.manifest import NAME as MANIFEST
from index.manifest import EncoderStamp, Manifest, incompatible
from index.narrowing import Narrowing, allowed_numbers, reach
from index.near_duplicate_store import NearDuplicateStore
from index.passage_store import PassageStore
from index.vectors import NO_KEY, Keys

VECTORS = "vectors.faiss"
LEXICAL = "lexical"
_NARROWINGS_KEPT = 16


class RetrievalMode(StrEnum):
    """What ranks the passages."""

    BM25 = "bm25"
    DENSE = "dense"
    FUSED = "fused"


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What a narrowing comes down to."""

    articles: list[int]
    keys: Keys


class PassageIndex:
    """A read-only snapshot of one generation. All methods may be called from several threads."""

    def __init__(self, path: Path, manifest: Manifest, encoder: Encoder) -> None:
        """Opens the verified generation in `path`; use `open` to find one."""
        from index.faiss_vectors import read

        self.path = path
        self.manifest = manifest
        self.encoder = encoder
        self.notice: str | None = None  # set when a damaged generation was passed over
        with ExitStack() as opened:
            self.article_store = opened.enter_context(closing(ArticleStore(path / articles_store.NAME)))
            self.passage_store = opened.enter_context(closing(PassageStore(path / passage_store.NAME)))
            self.near_duplicates = opened.enter_context(closing(NearDuplicateStore(path / near_duplicate_store.NAME)))
            self.vectors = read(path / VECTORS, manifest.encoder.dim)
            self.lexical = Lexical(path / LEXICAL)
            opened.pop_all()  # they stay open, now that all of them are
        self._narrowings: OrderedDict[Narrowing, _Allowed | None] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path, encoder: Encoder) -> PassageIndex:
        """The newest whole generation in the data folder; `notice` says so if that isn't the newest.

        NoIndexError if there is none, DamagedError if none is whole, IncompatibleError if it was built with another
        encoder or format.
        """
        index, notice = generation.read_newest(folder, lambda path, manifest: open_verified(path, manifest, encoder))
        index.notice = notice
        return index

    @property
    def n_articles(self) -> int:
        return self.manifest.counts.articles

    @property
    def n_passages(self) -> int:
        return self.manifest.counts.passages

    def passages_within(self, narrowing: Narrowing | None) -> int:
        """How many passages a search with this narrowing looks through."""
        return self.n_passages if narrowing is None else reach(self.article_store, narrowing).passages

    @property
    def generation(self) -> int:
        return self.manifest.generation

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the manifest: names this exact index."""
        return self.manifest.fingerprint

    @property
    def date_range(self) -> tuple[date, date] | None:
        """The earliest and the latest publication date, if any is known."""
        return self.article_store.date_range()

    def search(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        mode: RetrievalMode = RetrievalMode.FUSED,
        narrowing: Narrowing | None = None,
        depth: int = 100,
    ) -> list[list[Hit]]:
        """For each query the best k passages, fewer only if no more can be found.

        `depth` passages of each ranking are fused; a narrowing is applied inside each. A blank query finds nothing.
        """
        if k < 1:
            raise UsageError("Ask for at least one passage.")
        asked = [clean_query(query) for query in queries]
        allowed = self._allowed(narrowing)
        rankings: dict[str, list[Ranking]] = {}
        reach = max(k, depth) if mode is RetrievalMode.FUSED else k
        if mode is not RetrievalMode.DENSE:
            numbers = None if allowed is None else allowed.articles
            rankings["bm25"] = self.lexical.search(asked, reach, articles=numbers)
        if mode is not RetrievalMode.BM25:
            rankings["dense"] = self._dense(asked, reach, allowed)
        return self._hits([combine({via: found[n] for via, found in rankings.items()}, k) for n in range(len(asked))])

    def article(self, article_id: str) -> Article:
        """The stored article. UsageError if there is none with this id."""
        article = self.article_store.by_id(article_id)
        if article is None:
            raise UsageError(f"There is no article {article_id!r}; `onrecord list` shows all of them.")
        return article

    def find_article(self, name: str) -> Article:
        """The one article with this id, else file name or path, else beginning of its id. UsageError if not one."""
        if (exact := self.article_store.by_id(name)) is not None:
            return exact
        summaries = list(self.articles())
        by_file = [s.id for s in summaries if s.path and name in (s.path, Path(s.path).name)]
        found = by_file or [s.id for s in summaries if name and s.id.startswith(name)]
        if len(found) == 1:
            return self.article(found[0])
        if not found:
            raise UsageError(f"There is no article {name!r}; `onrecord list` shows all of them.")
        raise UsageError(f"{name!r} may be any of {len(found)} articles: {', '.join(found[:5])}; give the whole id.")

    def articles(self) -> Iterator[ArticleSummary]:
        """All articles by id, without their text."""
        return self.article_store.summaries()

    def copies_of(self, article_id: str) -> list[str]:
        """Ids of the other articles that are near-duplicates of this one, in the order in which they were added."""
        entry = self.article_store.entry(article_id)
        members = self.near_duplicates.members(entry.number) if entry else []
        found = self.article_store.get(members) if len(members) > 1 else {}
        return [found[number].id for number in members if number in found and found[number].id != article_id]

    def finds_itself(self) -> bool:
        """Whether a stored passage is found by its own vector and by its own words; True if there is none."""
        key = self.passage_store.any_key()
        if key is None:
            return True
        row = self.passage_store.get([key])[key]
        article = self.article_store.get([row.article]).get(row.article)
        if article is None:
            return False
        keys = self.passage_store.keys_of_articles([row.article])
        nearest, scores = self.vectors.search(self.vectors.get(np.array([key], np.int64)), len(keys), keys)
        by_vector = key in nearest[0] and bool(scores[0, nearest[0].tolist().index(key)] > 0.99)
        words = f"{article.title} {article.text[row.start : row.end]}"
        by_words = self.lexical.search([words], len(keys), articles=[row.article])[0]
        # Text of nothing but punctuation has no words to be found by.
        return by_vector and (not by_words or key in [found for found, _ in by_words])

    def close(self) -> None:
        self.article_store.close()
        self.passage_store.close()
        self.near_duplicates.close()

    def __enter__(self) -> PassageIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _allowed(self, narrowing: Narrowing | None) -> _Allowed | None:
        if narrowing is None:
            return None
        with self._lock:
            if narrowing not in self._narrowings:
                numbers = allowed_numbers(self.article_store, narrowing)
                keys = None if numbers is None else self.passage_store.keys_of_articles(numbers)
                self._narrowings[narrowing] = None if numbers is None or keys is None else _Allowed(numbers, keys)
            self._narrowings.move_to_end(narrowing)
            while len(self._narrowings) > _NARROWINGS_KEPT:
                self._narrowings.popitem(last=False)
            return self._narrowings[narrowing]

    def _dense(self, queries: Sequence[str], k: int, allowed: _Allowed | None) -> list[Ranking]:
        rankings: list[Ranking] = [[] for _ in queries]
        rows = [n for n, query in enumerate(queries) if query]
        if not rows or not len(self.vectors):
            return rankings
        vectors = self.encoder.encode_queries([queries[n] for n in rows])
        keys, scores = self.vectors.search(vectors, k, None if allowed is None else allowed.keys)
        for n, row_keys, row_scores in zip(rows, keys.tolist(), scores.tolist(), strict=True):
            rankings[n] = [(key, s) for key, s in zip(row_keys, row_scores, strict=True) if key != NO_KEY]
        return rankings

    def _hits(self, rankings: Sequence[Sequence[tuple[int, float, tuple[str, ...]]]]) -> list[list[Hit]]:
        rows = self.passage_store.get(list(dict.fromkeys(key for ranking in rankings for key, _, _ in ranking)))
        articles = self.article_store.get(sorted({row.article for row in rows.values()}))
        clusters = self.near_duplicates.clusters(list(articles))
        passages = {}
        for key, row in rows.items():
            article = articles[row.article]
            text = article.text[row.start : row.end]
            passages[key] = Passage(article.id, row.start, row.end, text, article.title)
        return [
            [
                Hit(
                    passages[key],
                    score,
                    rank,
                    via,
                    clusters.get(rows[key].article),
                    articles[rows[key].article].published,
                )
                for rank, (key, score, via) in enumerate(ranking, start=1)
            ]
            for ranking in rankings
        ]


def open_verified(path: Path, manifest: Manifest, encoder: Encoder) -> PassageIndex:
    """The snapshot of a generation whose files are what the manifest says, after comparing it with the encoder."""
    wanted = stamp(encoder)
    for field in ("name", "fingerprint", "dim"):
        stored, asked = getattr(manifest.encoder, field), getattr(wanted, field)
        if stored != asked:
            raise incompatible(f"encoder {field}", stored, asked)
    try:
        index = PassageIndex(path, manifest, encoder)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise_if_scarce(error)
        # An engine doesn't know the file, though it is what was written.
        for engine, version in engines().items():
            if manifest.engines.get(engine) != version:
                raise incompatible(engine, manifest.engines.get(engine), version) from error
        raise DamagedError(f"index damaged: {path.name} ({error})") from error
    counted = [manifest.counts.articles, *[manifest.counts.passages] * 3]
    found = [len(index.article_store), len(index.passage_store), len(index.vectors), len(index.lexical)]
    if found != counted:
        index.close()
        raise DamagedError(f"index damaged: {MANIFEST} (it counts {counted}, the files hold {found})")
    return index


def stamp(encoder: Encoder) -> EncoderStamp:
    return EncoderStamp(encoder.name, encoder.fingerprint, encoder.dim)


def engines() -> dict[str, str]:
    """Versions of the libraries that write the files."""
    from index.faiss_vectors import VERSION

    return {"faiss": VERSION, "tantivy": lexical_version()}


def clean_query(query: str) -> str:
    """The question as valid Unicode without white space around it: lone surrogates stop every engine."""
    return query.encode("utf-8", "replace").decode().strip()
