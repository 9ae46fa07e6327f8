"""An article cut into passages, with an account of its tokens: all of them must have been read by the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.article import Article, Passage
from corpus.split import split
from index.encoder import Encoder, text_budget
from index.manifest import Chunking


@dataclass(frozen=True, slots=True)
class SplitArticle:
    """An article cut into passages, ready to be stored."""

    article: Article
    passages: Sequence[Passage]
    passage_tokens: Sequence[int]  # of each passage's text
    tokens: int  # of the passages and of whatever text stands in none of them
    tokens_embedded: int


def split_article(article: Article, encoder: Encoder, chunking: Chunking) -> SplitArticle:
    """The article's passages with an account of its tokens: what the encoder will read, and what it would miss."""
    counted: dict[str, int] = {}  # most passages are counted once while they are being cut

    def count(texts: Sequence[str]) -> list[int]:
        new = [text for text in dict.fromkeys(texts) if text not in counted]
        counted.update(zip(new, encoder.count_tokens(new) if new else (), strict=True))
        return [counted[text] for text in texts]

    passages = split(article, count, max_tokens=chunking.max_tokens, overlap_sentences=chunking.overlap_sentences)
    counts = count([passage.text for passage in passages])
    outside = sum(count(_outside(article.text, passages)))
    embedded = sum(min(tokens, text_budget(encoder)) for tokens in counts)
    return SplitArticle(article, passages, counts, sum(counts) + outside, embedded)


def _outside(text: str, passages: Sequence[Passage]) -> list[str]:
    """The stretches of text that stand in no passage; those of white space are left out."""
    gaps, reached = [], 0
    for passage in sorted(passages, key=lambda passage: passage.start):
        gaps.append(text[reached : passage.start])
        reached = max(reached, passage.end)
    gaps.append(text[reached:])
    return [gap for gap in gaps if gap.strip()]
