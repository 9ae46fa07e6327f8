"""Onrecord, through the same functions as its commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from worker import Job, K

from corpus.article import Article
from index.bert import Runtime
from index.encoder import Encoder, encoder_by_name
from index.passage_index import PassageIndex, RetrievalMode, add
from qa.settings import DEFAULT_ENCODER


def _encoder(setup: str) -> Encoder:
    return encoder_by_name(DEFAULT_ENCODER, runtime=Runtime.INT8 if setup == "int8" else Runtime.AUTO)


class System:
    """ "documented" is as it comes; "dense" asks for vectors alone, as the peers do; "int8" computes in 8 bits."""

    def index(self, articles: Sequence[dict[str, str]], job: Job, setup: str) -> list[tuple[str, str]]:
        encoder = _encoder(setup)
        add(Path(job.folder), [Article(one["id"], one["title"], one["text"]) for one in articles], encoder)
        with PassageIndex.open(Path(job.folder), encoder) as index:
            stored = index.article_store
            texts = {number: article for number in stored.numbers() for article in stored.get([number]).values()}
            rows = [row for number in texts for row in index.passage_store.of_article(number)]
            return [(texts[row.article].id, texts[row.article].text[row.start : row.end]) for row in rows]

    def open(self, job: Job, setup: str) -> Callable[[str], list[str]]:
        index = PassageIndex.open(Path(job.folder), _encoder(setup))
        mode = RetrievalMode.DENSE if setup == "dense" else RetrievalMode.FUSED
        return lambda question: [hit.passage.text for hit in index.search([question], K, mode=mode)[0]]
