"""The sets that answers are measured on, read from the shared data folder; nothing is trained on them."""

from __future__ import annotations

import json
import lzma
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from corpus.article import Article, DateOrigin
from index import passage_index
from index.encoder import Encoder
from index.passage_index import PassageIndex

T = TypeVar("T")
DATA = Path(__file__).parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question of a set, with what is known of its answer."""

    id: str
    question: str
    answers: tuple[str, ...]
    choices: tuple[str, ...]  # the right one among them; may be empty
    article: str | None  # the article that holds the evidence
    evidence: tuple[tuple[int, int], ...]  # characters into that article's text, half open
    articles_with_answer: int | None  # how many articles hold the answer's words


def read_questions(path: Path) -> list[SetQuestion]:
    """Read a set's questions."""
    questions = []
    for line in path.read_text("utf-8").splitlines():
        fields = json.loads(line)
        evidence = fields.get("evidence") or []
        questions.append(
            SetQuestion(
                id=fields["id"],
                question=fields["question"],
                answers=tuple(fields["answers"]),
                choices=tuple(fields.get("choices") or ()),
                article=evidence[0]["article"] if evidence else None,
                evidence=tuple((e["start"], e["end"]) for e in evidence),
                articles_with_answer=fields.get("articles_with_answer_string"),
            )
        )
    return questions


def read_articles(path: Path) -> list[Article]:
    """Read a set's articles, their text exactly as the set has it, since marked evidence counts its characters."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        return [_article(json.loads(line), path) for line in file]


def _article(record: dict[str, str | None], path: Path) -> Article:
    published = record["published"]
    return Article(
        id=str(record["id"]),
        title=str(record["title"]),
        text=str(record["text"]),
        source=record["source"],
        url=record["url"],
        path=str(path.resolve()),
        published=date.fromisoformat(published) if published else None,
        published_from=DateOrigin.COLUMN if published else None,
    )


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in runs of `size`, the last one shorter where they don't divide."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@contextmanager
def indexed(articles: Sequence[Article], encoder: Encoder, folder: Path | None = None) -> Iterator[PassageIndex]:
    """An index of the articles, in `folder` (kept, and reused by `add`'s own rules) or in a temporary one."""
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        passage_index.add(place, articles, encoder)
        with PassageIndex.open(place, encoder) as index:
            yield index
