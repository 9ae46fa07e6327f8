"""The next generation while it is being made: a copy of the last one in a temporary folder, and the changes to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.article import Article, Passage
from corpus.errors import DamagedError
from corpus.near_duplicates import sketch
from index import articles_store, generation, near_duplicate_store, passage_store
from index.articles_store import ArticleStore
from index.embedded import Embedded
from index.encoder import Encoder
from index.files import Files, storage_errors, writing
from index.lexical import LexicalDocument, LexicalWriter
from index.manifest import Chunking, Counts, Manifest, StoredFile, format_for
from index.near_duplicate_store import NearDuplicateStore, parts
from index.passage_store import PassageRow, PassageStore, content_of, key_of
from index.snapshot import LEXICAL, VECTORS, PassageIndex, engines, open_verified, stamp
from index.splitting import SplitArticle
from index.vector_plan import HELD_EXACT, VectorChoice, VectorLayout, arranged, is_due, some_sentences
from index.vectors import Keys, Vectors

if TYPE_CHECKING:
    from index.faiss_vectors import FaissStore

ENCODED_AT_ONCE = 256  # passages between two reports of progress
# BM25 is built anew when its statistics would count too many passages that are gone. Below this many it always is,
# so that a corpus of ordinary size ranks the same whatever it once held.
SMALL = 20_000
STALE_SHARE = 0.05


class Draft:
    """Changes on top of `base`, or from nothing. Either `commit` or, after anything else, drop the folder."""

    def __init__(
        self,
        path: Path,
        base: PassageIndex | None,
        encoder: Encoder,
        chunking: Chunking,
        files: Files,
        *,
        keep: Sequence[int],
        vectors: VectorChoice | None = None,
    ) -> None:
        """Makes the folder `path`. `keep` are the generations that stay when this one is committed.

        `vectors` is how they are to be searched, by default as in `base`; whose vectors are taken over, not copied.
        """
        from index.faiss_vectors import FaissVectors

        self.path = path
        self._keep = keep
        self._base = base
        # BM25 is written at the end, by append or anew; until then only keys are kept.
        self._words_added: dict[int, list[int]] = {}  # article number to keys
        self._words_deleted: list[int] = []
        self._encoder = encoder
        self._chunking = chunking
        self._files = files
        with storage_errors(path.parent):
            files.make_folder(path)
            self._embedded = Embedded(path.parent, encoder.fingerprint, encoder.dim, files)
            self._vectors: FaissStore = FaissVectors(encoder.dim)
            self._layout = VectorLayout()
            if base:
                _copy(base, path, files, lexical=False)
                self._vectors, base.vectors = base.vectors, self._vectors  # nobody searches in `base`
                self._layout = base.manifest.vectors
            if vectors is not None:
                self._layout = replace(self._layout, choice=vectors.value)
            files.engine(path)
            self.articles = ArticleStore(path / articles_store.NAME, writable=True)
            self._passages = PassageStore(path / passage_store.NAME, writable=True)
            self._near_duplicates = NearDuplicateStore(path / near_duplicate_store.NAME, writable=True)
            self.articles.begin()
            self._passages.begin()
            self._near_duplicates.begin()

    def put(self, batch: Sequence[SplitArticle], on_encoded: Callable[[int], None]) -> None:
        """Stores the articles in place of older ones with their ids.

        A passage whose title and text were stored before keeps its vector. The others are encoded in batches of
        similar length; `on_encoded` is told the size of each batch.
        """
        gone: list[int] = []
        new: list[tuple[PassageRow, Passage]] = []
        with storage_errors(self.path.parent):
            for item in batch:
                fresh, dropped = self._compare(item)
                new += fresh
                gone += dropped
            self._sketch([item.article for item in batch])
        vectors = self._vectors_of(new, on_encoded)
        with storage_errors(self.path.parent):
            self._forget(gone)
            self._vectors.add(_keys([row.key for row, _ in new]), vectors)
            self._passages.add([row for row, _ in new])
            for row, _ in new if self._base else ():
                self._words_added.setdefault(row.article, []).append(row.key)
        if len(self._vectors) > HELD_EXACT and not self._layout.by_lists:
            self._arrange()

    def remove(self, article_id: str) -> None:
        """Forgets the article and its passages; it must be there."""
        entry = self.articles.entry(article_id)
        if entry is None:
            raise KeyError(article_id)
        with storage_errors(self.path.parent):
            keys = [row.key for row in self._passages.of_article(entry.number)]
            self._forget(keys)
            self.articles.delete(article_id)
            self._near_duplicates.delete(entry.number)

    def commit(self, on_step: Callable[[str, int, int], None]) -> int:
        """Makes this the newest generation; gives its number. `on_step` hears "arrange" and "write", done and total."""
        folder = self.path.parent
        self._arrange(on_step)
        with storage_errors(folder):
            live = len(self._passages)
            deleted = self._write_words(live, on_step)
            self._files.engine(self.path / articles_store.NAME)
            self.articles.commit()
            self._files.engine(self.path / passage_store.NAME)
            self._passages.commit()
            self._cluster()
            articles, tokens, embedded = self.articles.totals()
            counts = Counts(articles, live, tokens, embedded, deleted)
            self.close()
            with writing(self._files, self.path / VECTORS) as sink:
                self._vectors.write(sink)
            del self._vectors  # the check reads it back: two of it need not fit

        def describe(number: int, stored: tuple[StoredFile, ...]) -> Manifest:
            made_with, layout = stamp(self._encoder), self._layout
            return Manifest(number, made_with, self._chunking, counts, engines(), stored, layout, format_for(layout))

        committed = generation.commit(folder, self.path, describe, self._check, self._files, self._keep)
        with suppress(OSError):  # what stays is removed by the next change
            self._embedded.clear()
        return committed.generation

    def close(self) -> None:
        """Lets go of the files."""
        self.articles.close()
        self._passages.close()
        self._near_duplicates.close()

    def _compare(self, item: SplitArticle) -> tuple[list[tuple[PassageRow, Passage]], list[int]]:
        """Stores the article; gives the passages that are new and the keys of those that are gone."""
        number = self.articles.put(
            item.article, passages=len(item.passages), tokens=item.tokens, tokens_embedded=item.tokens_embedded
        )
        old = {(row.key, row.content): row for row in self._passages.of_article(number)}
        new = []
        for passage, tokens in zip(item.passages, item.passage_tokens, strict=True):
            content = content_of(passage.title, passage.text)
            key = key_of(passage.id)
            if old.pop((key, content), None) is None:
                new.append((PassageRow(key, number, passage.start, passage.end, tokens, content), passage))
        return new, [key for key, _ in old]

    def _vectors_of(self, new: Sequence[tuple[PassageRow, Passage]], on_encoded: Callable[[int], None]) -> Vectors:
        """Vectors (n, dim) of the passages; those that aren't known yet are encoded."""
        stored = self._passages.keys_with_content(row.content for row, _ in new)
        known = dict(zip(stored, self._vectors.get(_keys(list(stored.values()))), strict=True))
        known.update(self._embedded.get(row.content for row, _ in new if row.content not in known))
        missing = {row.content: passage for row, passage in new if row.content not in known}
        # Similar lengths together: sentence-transformers pads a batch to its longest.
        order = sorted(missing, key=lambda content: (len(missing[content].text), content))
        texts = [(missing[content].title, missing[content].text) for content in order]
        for rows, vectors in self._encoder.encode_in_parts(texts, ENCODED_AT_ONCE):
            part = [order[row] for row in rows]
            known.update(zip(part, vectors, strict=True))
            if len(order) > ENCODED_AT_ONCE:  # less is computed again in no time
                with storage_errors(self.path.parent):
                    self._embedded.put(part, vectors)
            on_encoded(len(part))
        found = np.empty((len(new), self._encoder.dim), np.float32)
        for n, (row, _) in enumerate(new):
            found[n] = known[row.content]
        return found

    def _sketch(self, articles: Sequence[Article]) -> None:
        entries = [self.articles.entry(article.id) for article in articles]
        sketches = zip(entries, sketch([article.text for article in articles]), strict=True)
        self._near_duplicates.put({entry.number: made for entry, made in sketches if entry})

    def _cluster(self) -> None:
        """Finds near-duplicates among all articles, also those of a generation that had no sketches yet."""
        self._files.engine(self.path / near_duplicate_store.NAME)
        for numbers in parts(self._near_duplicates.missing(self.articles.numbers())):
            self._sketch(list(self.articles.get(numbers).values()))
        self._near_duplicates.cluster()
        self._near_duplicates.commit()

    def _forget(self, keys: Sequence[int]) -> None:
        self._vectors.delete(_keys(keys))
        self._passages.delete(keys)
        self._words_deleted += keys

    def _arrange(self, on_step: Callable[[str, int, int], None] | None = None) -> None:
        """Puts the vectors into the kind of store that their number asks for, if they aren't in it."""
        if not is_due(len(self._vectors), self._layout):
            return
        if on_step:
            on_step("arrange", 0, 1)
        self._vectors, self._layout = arranged(self._vectors, self._layout.chosen, self._questions)
        if on_step:
            on_step("arrange", 1, 1)

    def _questions(self) -> Vectors:
        return self._encoder.encode_queries(some_sentences(self.articles, self._passages))

    def _write_words(self, live: int, on_step: Callable[[str, int, int], None]) -> int:
        """Brings BM25 up to date; gives the number of deleted passages that its statistics still count."""
        base = self._base.manifest.counts if self._base else None
        deleted = (base.lexical_deleted if base else 0) + len(self._words_deleted)
        anew = base is None or (deleted > 0 and (live <= SMALL or deleted > STALE_SHARE * live))
        if anew or self._base is None:
            self._files.make_folder(self.path / LEXICAL)
        else:
            _copy(self._base, self.path, self._files, lexical=True)
        self._files.engine(self.path / LEXICAL)
        writer = LexicalWriter(self.path / LEXICAL)
        if not anew:
            writer.delete(self._words_deleted)
        numbers = self.articles.numbers() if anew else sorted(self._words_added)
        for done, number in enumerate(numbers):
            on_step("write", done, len(numbers))
            writer.add(self._documents(number, None if anew else frozenset(self._words_added[number])))
        writer.commit()
        return 0 if anew else deleted

    def _documents(self, number: int, keys: frozenset[int] | None) -> Iterator[LexicalDocument]:
        for article in self.articles.get([number]).values():
            for row in self._passages.of_article(number):
                if keys is None or row.key in keys:
                    yield LexicalDocument(row.key, number, article.title, article.text[row.start : row.end])

    def _check(self, path: Path, manifest: Manifest) -> None:
        """Opens what was written as a reader would: everything must be there, and a passage must find itself."""
        try:
            with open_verified(path, generation.verify(path), self._encoder) as index:
                if not index.finds_itself():
                    raise DamagedError("it doesn't find its own passages")
        except DamagedError as error:
            raise DamagedError(
                f"The new index is not what was written ({error}); the old one is kept. Try again."
            ) from error


def _copy(base: PassageIndex, path: Path, files: Files, *, lexical: bool) -> None:
    """Copies the files of BM25, or all others but the vectors, which are written at the end.

    Not links: damage to one generation must leave the other whole.
    """
    wanted = (file for file in base.manifest.files if file.path != VECTORS)
    chosen = [file for file in wanted if file.path.startswith(f"{LEXICAL}/") is lexical]
    for folder in sorted({(path / file.path).parent for file in chosen} - {path}):
        files.make_folder(folder)
    for file in chosen:
        if files.copy(base.path / file.path, path / file.path) != file.sha256:
            raise DamagedError(f"index damaged: {file.path} in generation {base.generation}. Try again.")


def _keys(keys: Sequence[int]) -> Keys:
    return np.array(keys, np.int64)
