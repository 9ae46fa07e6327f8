"""Onrecord, through the same functions as its commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from worker import Chunk, Job, K

from corpus.article import Article
from index.bert import Runtime
from index.encoder import TITLE_TOKENS, Encoder, encoder_by_name
from index.passage_index import PassageIndex, RetrievalMode, add
from qa.settings import DEFAULT_ENCODER


def _encoder(setup: str) -> Encoder:
    return encoder_by_name(DEFAULT_ENCODER, runtime=Runtime.INT8 if setup == "int8" else Runtime.AUTO)


class System:
    """ "documented" is as it comes; "dense" asks for vectors alone, as the peers do; "int8" computes in 8 bits."""

    def index(self, articles: Sequence[dict[str, str]], job: Job, setup: str) -> Callable[[], list[Chunk]]:
        encoder = _encoder(setup)
        add(Path(job.folder), [Article(one["id"], one["title"], one["text"]) for one in articles], encoder)
        return lambda: _chunks(Path(job.folder), encoder)

    def open(self, job: Job, setup: str) -> Callable[[str], list[str]]:
        index = PassageIndex.open(Path(job.folder), _encoder(setup))
        mode = RetrievalMode.DENSE if setup == "dense" else RetrievalMode.FUSED
        return lambda question: [hit.passage.text for hit in index.search([question], K, mode=mode)[0]]


def _chunks(folder: Path, encoder: Encoder) -> list[Chunk]:
    """The stored passages; before each, the encoder reads its article's title and a full stop."""
    with PassageIndex.open(folder, encoder) as index:
        stored = index.article_store
        found = []
        for number in stored.numbers():
            article = stored.get([number])[number]
            title = min(encoder.count_tokens([article.title])[0], TITLE_TOKENS) + 1 if article.title.strip() else 0
            rows = index.passage_store.of_article(number)
            found += [Chunk(article.id, article.text[row.start : row.end], title) for row in rows]
        return found
