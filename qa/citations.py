"""The one place where a citation is made: a slice of the stored article, so it can't misquote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.article import Article
from index.hits import Hit
from qa.answer import Answer, Citation, Considered, Stated, Statement, StatementKind, text_hash
from qa.answerer import Draft
from qa.calibration import probability
from qa.evidence import Evidence, Quote
from qa.normalise import normalise_answer
from qa.prose.quoted import exact_quotes
from qa.sources.copies import ArticleOf, CopiesOf, count_sources, no_copies, with_copies
from qa.sources.speakers import find_speaker

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
        speaker=find_speaker(article.text, quote.start, quote.end, quote.answer),
    )


def cite(quotes: Sequence[Quote], article_of: ArticleOf, copies_of: CopiesOf = no_copies) -> tuple[Citation, ...]:
    """Return the quotes as citations, numbered from 1, each with the near-duplicates that say the same."""
    made = [make_citation(number, quote, article_of(quote.article_id)) for number, quote in enumerate(quotes, 1)]
    return with_copies(made, article_of, copies_of)


def make_answer(
    evidence: Evidence, draft: Draft, article_of: ArticleOf, copies_of: CopiesOf = no_copies, *, seconds: float
) -> Answer:
    """Turn a draft into an answer whose every quote is a slice of a stored article.

    Raises ValueError if the draft points at a quote that the evidence does not have.
    """
    citations = () if draft.abstained else cite(evidence.quotes, article_of, copies_of)
    short = _short(draft, citations)
    return Answer(
        question=evidence.question,
        short=short,
        statements=() if draft.abstained else tuple(_statement(s.quotes, citations) for s in draft.statements),
        citations=citations,
        confidence=evidence.confidence,
        answerable=probability(evidence.support),
        abstained=draft.abstained,
        considered=tuple(_considered(hit, article_of) for hit in evidence.considered[:MAX_CONSIDERED]),
        seconds=seconds,
        sources=count_sources(_holding(short, citations), copies_of),
        differing=() if draft.abstained else tuple(_stated(group, citations) for group in evidence.differing),
    )


def with_prose(answer: Answer, told: Sequence[Statement], written_by: str) -> Answer:
    """Return the answer told in prose; where no sentence is held up, the quotes stay and the prose follows as doubtful.

    Raises ValueError if a sentence cites a quote that isn't there, or shows words as a quote that stand in none.
    """
    for statement in told:
        _check_told(statement, answer.citations)
    held = any(statement.kind is not StatementKind.UNSUPPORTED for statement in told)
    return replace(answer, statements=tuple(told) if held else (*answer.statements, *told), written_by=written_by)


def _check_told(statement: Statement, citations: tuple[Citation, ...]) -> None:
    numbers, unsupported = statement.citations, statement.kind is StatementKind.UNSUPPORTED
    if bool(numbers) == unsupported or not all(1 <= number <= len(citations) for number in numbers):
        raise ValueError(f"a sentence is {statement.kind} by {numbers}, and there are {len(citations)} quotes")
    if statement.kind is StatementKind.VERBATIM:
        if not any(statement.text in citations[number - 1].quote for number in numbers):
            raise ValueError("a sentence is shown as a quote, but stands in none")
    elif exact_quotes(statement.text, [citation.quote for citation in citations])[0] != statement.text:
        raise ValueError("a sentence has quotation marks around words that stand in no quote")


def _holding(short: str | None, citations: tuple[Citation, ...]) -> list[Citation]:
    """The citations that mark the short answer; all where there is none."""
    wanted = normalise_answer(short or "")
    return [one for one in citations if short is None or normalise_answer(one.answer or "") == wanted]


def _stated(numbers: tuple[int, ...], citations: tuple[Citation, ...]) -> Stated:
    if not numbers or not all(1 <= number <= len(citations) for number in numbers):
        raise ValueError(f"the values stand in {numbers}, but there are {len(citations)} quotes")
    first = citations[numbers[0] - 1]
    if first.answer is None:
        raise ValueError(f"quote {first.number} marks no value")
    return Stated(first.answer, numbers)


def _statement(numbers: tuple[int, ...], citations: tuple[Citation, ...]) -> Statement:
    if not numbers or not all(1 <= number <= len(citations) for number in numbers):
        raise ValueError(f"the draft cites {numbers}, but there are {len(citations)} quotes")
    return Statement(citations[numbers[0] - 1].quote, StatementKind.VERBATIM, numbers)


def _short(draft: Draft, citations: tuple[Citation, ...]) -> str | None:
    if draft.abstained or draft.short_from is None:
        return None
    if not 1 <= draft.short_from <= len(citations):
        raise ValueError(f"the short answer comes from quote {draft.short_from}, but there are {len(citations)}")
    answer = citations[draft.short_from - 1].answer
    if answer is None:
        raise ValueError(f"quote {draft.short_from} marks no short answer")
    return answer


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
