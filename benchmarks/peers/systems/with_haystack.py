"""Haystack with its in-memory store: 200 words a passage as it comes, and as many as Onrecord's passages have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from worker import Chunk, Job, K

SAME_LENGTH = 120  # words: 160 word pieces, what Onrecord's passages have


class System:
    """ "documented": an indexing pipeline of splitter, embedder and writer. "tuned": the same, shorter passages."""

    def index(self, articles: Sequence[dict[str, str]], job: Job, setup: str) -> Callable[[], list[Chunk]]:
        store = InMemoryDocumentStore()
        splitter = DocumentSplitter(split_length=SAME_LENGTH) if setup == "tuned" else DocumentSplitter()
        pipeline = Pipeline()
        pipeline.add_component("splitter", splitter)
        pipeline.add_component("embedder", SentenceTransformersDocumentEmbedder(model=job.model, progress_bar=False))
        pipeline.add_component("writer", DocumentWriter(store))
        pipeline.connect("splitter", "embedder")
        pipeline.connect("embedder", "writer")
        documents = [Document(content=article["text"], meta={"article": article["id"]}) for article in articles]
        pipeline.run({"splitter": {"documents": documents}})
        Path(job.folder).mkdir(parents=True, exist_ok=True)
        store.save_to_disk(str(Path(job.folder) / "store.json"))
        return lambda: [Chunk(str(one.meta["article"]), str(one.content)) for one in store.filter_documents()]

    def open(self, job: Job, setup: str) -> Callable[[str], list[str]]:
        store = InMemoryDocumentStore.load_from_disk(str(Path(job.folder) / "store.json"))
        pipeline = Pipeline()
        pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=job.model, progress_bar=False))
        pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=K))
        pipeline.connect("embedder.embedding", "retriever.query_embedding")

        def ask(question: str) -> list[str]:
            return [
                str(one.content) for one in pipeline.run({"embedder": {"text": question}})["retriever"]["documents"]
            ]

        return ask
