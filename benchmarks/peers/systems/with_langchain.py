"""LangChain with FAISS: its splitter as it comes, and by MiniLM's own tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from worker import Chunk, Job, K


class System:
    """ "documented": the splitter's own defaults, 4,000 characters. "tuned": 220 of MiniLM's tokens."""

    def index(self, articles: Sequence[dict[str, str]], job: Job, setup: str) -> Callable[[], list[Chunk]]:
        splitter = RecursiveCharacterTextSplitter()
        if setup == "tuned":
            from transformers import AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(job.model)
            splitter = RecursiveCharacterTextSplitter.from_huggingface_tokenizer(
                tokenizer, chunk_size=220, chunk_overlap=20
            )
        documents = [Document(article["text"], metadata={"id": article["id"]}) for article in articles]
        parts = splitter.split_documents(documents)
        store = FAISS.from_documents(parts, HuggingFaceEmbeddings(model_name=job.model))
        store.save_local(job.folder)
        return lambda: [Chunk(part.metadata["id"], part.page_content) for part in parts]

    def open(self, job: Job, setup: str) -> Callable[[str], list[str]]:
        embeddings = HuggingFaceEmbeddings(model_name=job.model)
        store = FAISS.load_local(job.folder, embeddings, allow_dangerous_deserialization=True)
        return lambda question: [found.page_content for found in store.similarity_search(question, k=K)]
