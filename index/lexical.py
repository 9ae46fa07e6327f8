"""BM25 over the passages' words, in tantivy.

Articles and questions are data: they meet the analyser and nothing else, never the query language. One writer thread,
no positions, and ties broken by the passage's key, so that the same passages always rank the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import tantivy

_ANALYZER = "english"
_MEMORY = 64_000_000  # bytes that the writer may fill before it writes a segment
_TITLE_BOOST = 0.25  # a title's few words would otherwise outweigh the passage's; measured, see DECISIONS.md
_DIGITS = 5  # of a score; beyond them equal passages differ by the order in which their terms were summed up

# Left out of questions, unless they have no other words; in the index they stay.
STOP_WORDS = tuple(
    "a an and are as at be been but by did do does for from had has have he her his how i in is it its many much of "
    "on or s she t that the their them they this to was we were what when where which who whom whose why will with "
    "you".split()
)


class LexicalDocument(NamedTuple):
    """What BM25 knows of a passage."""

    key: int
    article: int  # number of its article, for narrowing
    title: str
    text: str


class LexicalWriter:
    """Changes to the index in `folder` (made if empty). Nothing counts before `commit`, which may come once."""

    def __init__(self, folder: Path) -> None:
        self._index = _open(folder)
        self._writer = self._index.writer(_MEMORY, 1)

    def add(self, documents: Iterable[LexicalDocument]) -> None:
        import tantivy

        for item in documents:
            document = tantivy.Document()
            document.add_unsigned("key", item.key)
            document.add_unsigned("article", item.article)
            document.add_text("title", item.title)
            document.add_text("text", item.text)
            self._writer.add_document(document)

    def delete(self, keys: Sequence[int]) -> None:
        """Forgets the passages; their words keep counting in the statistics until the index is built anew."""
        import tantivy

        if keys:
            # delete_documents_by_term leaves numbers where they are, without a word (tantivy-py 0.27).
            self._writer.delete_documents_by_query(tantivy.Query.term_set_query(self._index.schema, "key", list(keys)))

    def commit(self) -> None:
        self._writer.commit()
        self._writer.wait_merging_threads()


class Lexical:
    """A read-only view of a finished index; searches may run side by side."""

    def __init__(self, folder: Path) -> None:
        self._index = _reader(folder)
        self._searcher = self._index.searcher()
        self._analyze = _analyzer().analyze
        self._analyze_query = _analyzer(without=STOP_WORDS).analyze

    def search(
        self, queries: Sequence[str], k: int, *, articles: Sequence[int] | None = None
    ) -> list[list[tuple[int, float]]]:
        """For each query at most k pairs of key and BM25 score, best first, ties by key.

        The score is the text's and a quarter of the title's. With `articles` (numbers) no others are searched.
        """
        if k < 1:
            raise ValueError("k must be at least 1")
        return [self._ranking(query, k, articles) for query in queries]

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def _ranking(self, text: str, k: int, articles: Sequence[int] | None) -> list[tuple[int, float]]:
        query = self._query(text, articles)
        if query is None:
            return []
        limit = k + 8
        while True:
            hits = self._searcher.search(query, limit, count=False).hits
            scores = [round(score, _DIGITS) for score, _ in hits]
            # More while the last still ties with the k-th: which of equals come back must not depend on storage.
            if len(hits) < limit or scores[-1] != scores[k - 1]:
                break
            limit *= 2
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        pairs = [(int(key or 0), score) for key, score in zip(keys, scores, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:k]

    def _query(self, text: str, articles: Sequence[int] | None) -> tantivy.Query | None:
        import tantivy

        make, schema = tantivy.Query, self._index.schema
        terms = dict.fromkeys(self._analyze_query(text) or self._analyze(text))
        clauses = []
        for term in terms:
            clauses.append((tantivy.Occur.Should, make.term_query(schema, "text", term, "freq")))
            in_title = make.term_query(schema, "title", term, "freq")
            clauses.append((tantivy.Occur.Should, make.boost_query(in_title, _TITLE_BOOST)))
        if not clauses or (articles is not None and not articles):
            return None
        query = make.boolean_query(clauses)
        if articles is None:
            return query
        narrowed = make.const_score_query(make.term_set_query(schema, "article", list(articles)), 0.0)
        return make.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, narrowed)])


def _open(folder: Path) -> tantivy.Index:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_unsigned_field("article", indexed=True)
    for field in ("title", "text"):
        builder.add_text_field(field, tokenizer_name=_ANALYZER, index_option="freq")
    index = tantivy.Index(builder.build(), path=str(folder))
    index.register_tokenizer(_ANALYZER, _analyzer())
    return index


def _reader(folder: Path) -> tantivy.Index:
    """The index in `folder`, also where nothing may be written: tantivy wants to lock what it only reads."""
    try:
        return _loaded(folder)
    except ValueError as error:
        if "Lockfile" not in str(error):
            raise
    with tempfile.TemporaryDirectory(prefix="onrecord-") as view:
        for file in sorted(folder.iterdir()):
            if file.suffix != ".lock":
                (Path(view) / file.name).symlink_to(file.absolute())
        return _loaded(Path(view))  # its files stay open when the links are gone


def _loaded(folder: Path) -> tantivy.Index:
    index = _open(folder)
    # "manual": the folder never changes, so nobody has to watch it.
    index.config_reader("manual", 0)
    index.reload()
    return index


def _analyzer(*, without: Sequence[str] = ()) -> Any:
    """Words, lower case, no accents, stemmed; those in `without` left out."""
    import tantivy

    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(64))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
    )
    if without:
        builder = builder.filter(tantivy.Filter.custom_stopword(list(without)))
    return builder.filter(tantivy.Filter.stemmer("english")).build()


def version() -> str:
    """Library and file format, e.g. "tantivy v0.27.0, index_format v7"."""
    import tantivy

    return str(tantivy.__version__)
