"""txtai: whole articles as they come, and cut into stretches of words that MiniLM reads whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from txtai import Embeddings
from worker import Chunk, Job, K

WORDS = 150  # about 200 word pieces


class System:
    """ "documented": articles are given as they are, which MiniLM cuts. "tuned": cut beforehand."""

    def index(self, articles: Sequence[dict[str, str]], job: Job, setup: str) -> Callable[[], list[Chunk]]:
        parts = [(article["id"], text) for article in articles for text in _cut(article["text"], setup)]
        embeddings = Embeddings(path=job.model, content=True)
        embeddings.index([(str(number), text, None) for number, (_, text) in enumerate(parts)])
        embeddings.save(job.folder)
        return lambda: [Chunk(name, text) for name, text in parts]

    def open(self, job: Job, setup: str) -> Callable[[str], list[str]]:
        embeddings = Embeddings()
        embeddings.load(job.folder)
        return lambda question: [found["text"] for found in embeddings.search(question, K)]


def _cut(text: str, setup: str) -> list[str]:
    if setup != "tuned":
        return [text]
    words = text.split(" ")
    return [" ".join(words[start : start + WORDS]) for start in range(0, len(words), WORDS)]
