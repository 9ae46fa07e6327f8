"""LlamaIndex: as its documentation begins, and with FAISS and passages that MiniLM reads whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import faiss
from llama_index.core import (
    Document,
    Settings,
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.node_parser import SentenceSplitter
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore
from tokenizers import Tokenizer
from worker import Chunk, Job, K


class System:
    """ "documented": VectorStoreIndex.from_documents and nothing else. "tuned": by MiniLM's own tokens, into FAISS."""

    def index(self, articles: Sequence[dict[str, str]], job: Job, setup: str) -> Callable[[], list[Chunk]]:
        Settings.embed_model = HuggingFaceEmbedding(model_name=job.model)
        documents = [Document(text=article["text"], doc_id=article["id"]) for article in articles]
        storage, transformations = StorageContext.from_defaults(), None
        if setup == "tuned":
            tokenizer = Tokenizer.from_file(str(Path(job.model) / "tokenizer.json"))
            tokenizer.no_truncation()
            tokenizer.no_padding()
            count: Callable[[str], list[int]] = lambda text: tokenizer.encode(text, add_special_tokens=False).ids  # noqa: E731
            transformations = [SentenceSplitter(chunk_size=220, chunk_overlap=20, tokenizer=count)]
            storage = StorageContext.from_defaults(vector_store=FaissVectorStore(faiss.IndexFlatIP(384)))
        index = VectorStoreIndex.from_documents(documents, storage_context=storage, transformations=transformations)
        index.storage_context.persist(job.folder)
        nodes = index.docstore.docs.values()
        return lambda: [Chunk(str(node.ref_doc_id), node.get_content()) for node in nodes]

    def open(self, job: Job, setup: str) -> Callable[[str], list[str]]:
        Settings.embed_model = HuggingFaceEmbedding(model_name=job.model)
        if setup == "tuned":
            store = FaissVectorStore.from_persist_dir(job.folder)
            storage = StorageContext.from_defaults(vector_store=store, persist_dir=job.folder)
        else:
            storage = StorageContext.from_defaults(persist_dir=job.folder)
        retriever: Any = load_index_from_storage(storage).as_retriever(similarity_top_k=K)
        return lambda question: [found.get_content() for found in retriever.retrieve(question)]
