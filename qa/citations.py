"""The one place where a citation is made: a slice of the stored article, so it can't misquote."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corpus.article import Article
from index.hits import Hit
from qa.answer import Answer, Citation, Considered, Statement, StatementKind, text_hash
from qa.answerer import Draft
from qa.evidence import Evidence, Quote

ArticleOf = Callable[[str], Article]  # an article's id → the stored article

MAX_CONSIDERED = 5


def make_citation(number: int, quote: Quote, article: Article) -> Citation:
    """Slice the article where the quote points.

    Raises ValueError if the quote belongs to another article, is empty, lies outside the text, or marks an answer
    outside itself. Those are faults of the caller: nothing is shown as a quote in their place.
    """
    if quote.article_id != article.id:
        raise ValueError(f"the quote is of article {quote.article_id!r}, not of {article.id!r}")
    if not 0 <= quote.start < quote.end <= len(article.text):
        raise ValueError(
            f"{quote.start}:{quote.end} is no part of the {len(article.text)} characters of {article.id!r}"
        )
    answer_start, answer_end = quote.answer or (None, None)
    if quote.answer is not None and not quote.start <= quote.answer[0] < quote.answer[1] <= quote.end:
        raise ValueError(f"the answer {quote.answer} lies outside its quote {quote.start}:{quote.end}")
    return Citation(
        number=number,
        article_id=article.id,
        start=quote.start,
        end=quote.end,
        quote=article.text[quote.start : quote.end],
        title=article.title,
        source=article.source,
        url=article.url,
        path=article.path,
        published=article.published,
        published_from=article.published_from,
        article_sha256=text_hash(article.text),
        answer_start=answer_start,
        answer_end=answer_end,
    )


def cite(quotes: Sequence[Quote], article_of: ArticleOf) -> tuple[Citation, ...]:
    """Return the quotes as citations, numbered from 1."""
    return tuple(make_citation(number, quote, article_of(quote.article_id)) for number, quote in enumerate(quotes, 1))


def make_answer(evidence: Evidence, draft: Draft, article_of: ArticleOf, *, seconds: float) -> Answer:
    """Turn a draft into an answer whose every quote is a slice of a stored article.

    Raises ValueError if the draft points at a quote that the evidence does not have.
    """
    citations = () if draft.abstained else cite(evidence.quotes, article_of)
    return Answer(
        question=evidence.question,
        short=_short(draft, citations),
        statements=() if draft.abstained else tuple(_statement(s.quotes, citations) for s in draft.statements),
        citations=citations,
        confidence=evidence.confidence,
        abstained=draft.abstained,
        considered=tuple(_considered(hit, article_of) for hit in evidence.considered[:MAX_CONSIDERED]),
        seconds=seconds,
    )


def _statement(numbers: tuple[int, ...], citations: tuple[Citation, ...]) -> Statement:
    if not numbers or not all(1 <= number <= len(citations) for number in numbers):
        raise ValueError(f"the draft cites {numbers}, but there are {len(citations)} quotes")
    return Statement(citations[numbers[0] - 1].quote, StatementKind.VERBATIM, numbers)


def _short(draft: Draft, citations: tuple[Citation, ...]) -> str | None:
    if draft.abstained or draft.short_from is None:
        return None
    if not 1 <= draft.short_from <= len(citations):
        raise ValueError(f"the short answer comes from quote {draft.short_from}, but there are {len(citations)}")
    citation = citations[draft.short_from - 1]
    if citation.answer_start is None or citation.answer_end is None:
        raise ValueError(f"quote {draft.short_from} marks no short answer")
    return citation.quote[citation.answer_start - citation.start : citation.answer_end - citation.start]


def _considered(hit: Hit, article_of: ArticleOf) -> Considered:
    passage = hit.passage
    article = article_of(passage.article_id)
    return Considered(
        article_id=passage.article_id,
        title=article.title,
        source=article.source,
        published=article.published,
        start=passage.start,
        end=passage.end,
        text=article.text[passage.start : passage.end],
        score=hit.score,
    )
