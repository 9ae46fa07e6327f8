"""Copies of one text are read once, shown once, and counted as one source.

Which articles are near-duplicates is found at intake (corpus/near_duplicates.py). Here a question's hits are folded, so
that ten copies of an agency's story don't take the places of ten articles, and for a quote the copies that hold the
same sentence are found. A copy whose sentence says something else, another number above all, is never folded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from corpus.article import Article
from corpus.near_duplicates import shingles
from corpus.sentences import sentences
from index.hits import Hit
from qa.answer import Citation, Copy, Sources
from qa.normalise import normalise_answer

SAME_PASSAGE = 0.8  # share of a passage's five-word sequences that must stand in an earlier one of the same cluster
SAME_SENTENCE = 0.8  # share of two sentences' different words that they must have in common
MAX_COPIES = 50  # copies of an article that are looked at; a page saved a thousand times is no news
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"\w+")

CopiesOf = Callable[[str], Sequence[str]]  # an article's id → ids of its near-duplicates
ArticleOf = Callable[[str], Article]


def no_copies(article_id: str) -> Sequence[str]:
    """For where nothing is known of near-duplicates."""
    return ()


def story_of(hit: Hit) -> int | str:
    """What near-duplicates have in common: their cluster, or else the article itself."""
    return hit.passage.article_id if hit.cluster is None else hit.cluster


def same_words(hit: Hit, start: int, end: int) -> tuple[int, str] | None:
    """What two quotes from copies share when they say the same, from characters of the passage; None without copies."""
    return None if hit.cluster is None else (hit.cluster, normalise_answer(hit.passage.text[start:end]))


def fold(hits: Sequence[Hit], most: int) -> list[Hit]:
    """The first `most` hits without passages that an earlier one of the same cluster repeats, ranked anew.

    Without near-duplicates among them these are simply the first `most`.
    """
    kept: list[Hit] = []
    read: dict[int, list[tuple[set[str], set[str]]]] = {}
    for hit in hits:
        if len(kept) == most:
            break
        if hit.cluster is not None:
            own, numbers = set(shingles(hit.passage.text)), _numbers(hit.passage.text)
            earlier = read.setdefault(hit.cluster, [])
            if any(len(own & words) >= SAME_PASSAGE * len(own) and numbers <= said for words, said in earlier):
                continue
            earlier.append((own, numbers))
        kept.append(replace(hit, rank=len(kept) + 1))
    return kept


def with_copies(citations: Sequence[Citation], article_of: ArticleOf, copies_of: CopiesOf) -> tuple[Citation, ...]:
    """The citations, each with the copies of its article that say the same; cited articles are no copies."""
    cited = {citation.article_id for citation in citations}
    return tuple(
        replace(citation, copies=tuple(_copies(citation, cited, article_of, copies_of(citation.article_id))))
        for citation in citations
    )


def count_sources(citations: Iterable[Citation], copies_of: CopiesOf = no_copies) -> Sources:
    """How many articles these quotes and their copies come from, and how many sources that are independent.

    Near-duplicates are one source, and so are articles of one publication. An article of unknown publication stands
    for itself.
    """
    articles: set[str] = set()
    groups: list[tuple[set[str], set[str]]] = []  # articles and publications of each independent source
    for citation in citations:
        places: tuple[Citation | Copy, ...] = (citation, *citation.copies)
        own = {place.article_id for place in places}
        publications = {key for place in places if (key := _key(place.source))}
        articles |= own
        own |= set(copies_of(citation.article_id))
        joined = [group for group in groups if group[0] & own or group[1] & publications]
        groups = [group for group in groups if group not in joined]
        groups.append((own.union(*(group[0] for group in joined)), publications.union(*(group[1] for group in joined))))
    return Sources(len(articles), len(groups))


def _key(source: str | None) -> str:
    return " ".join((source or "").split()).casefold().removeprefix("www.")


def _copies(citation: Citation, cited: set[str], article_of: ArticleOf, ids: Sequence[str]) -> Iterator[Copy]:
    for article_id in ids[:MAX_COPIES]:
        if article_id in cited:
            continue
        article = article_of(article_id)
        place = find_same(citation.quote, article.text)
        if place is not None:
            yield Copy(
                article_id=article.id,
                start=place[0],
                end=place[1],
                quote=article.text[place[0] : place[1]],
                title=article.title,
                source=article.source,
                url=article.url,
                path=article.path,
                published=article.published,
                published_from=article.published_from,
            )


def find_same(quote: str, text: str) -> tuple[int, int] | None:
    """Where `text` says what the quote says: word for word, else in a sentence lightly edited but for no number."""
    start = text.find(quote)
    if start >= 0:
        return start, start + len(quote)
    wanted, numbers = set(_WORD.findall(quote.lower())), _numbers(quote)
    best, place = SAME_SENTENCE, None
    for first, last in sentences(text):
        own = set(_WORD.findall(text[first:last].lower()))
        common = len(own & wanted) / max(len(own | wanted), 1)
        if common >= best and _numbers(text[first:last]) == numbers:
            best, place = common + 1e-9, (first, last)  # the first of equals
    return place


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text))
