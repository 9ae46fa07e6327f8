"""The sets that answers are measured on, read from the shared data folder; nothing is trained on them."""

from __future__ import annotations

import json
import lzma
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from corpus.article import Article, Skipped
from corpus.load import load
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
    """Read a set's articles through the product's own loader; raises ValueError if it skips one."""
    with tempfile.TemporaryDirectory() as folder:
        if path.suffix == ".xz":
            plain = Path(folder) / path.stem
            plain.write_bytes(lzma.decompress(path.read_bytes()))
            path = plain
        loaded = list(load([path]))
    skipped = [item for item in loaded if isinstance(item, Skipped)]
    if skipped:
        raise ValueError(f"{len(skipped)} articles were skipped, the first: {skipped[0].path}: {skipped[0].reason}")
    return [item for item in loaded if isinstance(item, Article)]


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
