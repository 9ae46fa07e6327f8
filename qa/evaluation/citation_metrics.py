"""Whether citations point at the evidence, and whether the quotes hold up what is said.

Lexical and repeatable: no model judges. What words can't show, a paraphrase's truth for example, these don't claim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answer import Answer, Statement, StatementKind
from qa.evaluation.gold import ArticleStore, Gold, Place, shows
from qa.normalise import normalise_answer

_STOP_WORDS = frozenset(
    "about above after again against all also am and any are as at be because been before being below between both but "
    "by can could did do does doing down during each few for from further had has have having he her here hers him his "
    "how i if in into is it its just me more most my no nor not now of off on once only or other our out over own s "
    "same she should so some such t than that their them then there these they this those through to too under until "
    "up very was we were what when where which while who whom why will with would you your".split()
)
_MARK = re.compile(r"\[\s*\d+(?:\s*[,;–-]\s*\d+)*\s*\]")  # [1], [1, 2], [1-3]
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_NO_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class CitationCounts:
    """What is counted over the statements of one answer, for rates over all statements of a run."""

    statements: int
    uncited: int  # statements without a single valid citation
    references: int  # numbers that statements cite, each once a statement
    invalid: int  # of those, numbers that no citation has
    named: int  # statements that hold a number or a name
    named_supported: int  # of those, all of whose numbers and names stand in the quotes that they cite
    quotes: int
    exact_quotes: int  # quotes that are exactly what the article says where they point


def citation_scores(quotes: Sequence[Place], gold: Gold) -> tuple[float, float, float]:
    """Precision, recall and F1 of the quotes against the evidence; all 0 where nothing is quoted.

    Precision is the share of quotes that show a piece of evidence, recall the share of the pieces that are shown.
    """
    if not quotes:
        return 0.0, 0.0, 0.0
    precision = sum(any(shows(quote, piece) for piece in gold.places) for quote in quotes) / len(quotes)
    recall = sum(any(shows(quote, piece) for quote in quotes) for piece in gold.places) / gold.pieces
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def count_citations(answer: Answer, store: ArticleStore) -> CitationCounts:
    """Count what is cited, what is not, and what points nowhere."""
    cited = [cited_numbers(statement) for statement in answer.statements]
    valid = range(1, len(answer.citations) + 1)
    named = [
        (words, text)
        for statement, numbers in zip(answer.statements, cited, strict=True)
        if (words := numbers_and_names(statement.text))
        for text in [_cited_text(answer, numbers)]
    ]
    return CitationCounts(
        statements=len(cited),
        uncited=sum(not any(number in valid for number in numbers) for numbers in cited),
        references=sum(map(len, cited)),
        invalid=sum(number not in valid for numbers in cited for number in numbers),
        named=len(named),
        named_supported=sum(words <= _words(text) for words, text in named),
        quotes=len(answer.citations),
        exact_quotes=sum(store.article(c.article_id).text[c.start : c.end] == c.quote for c in answer.citations),
    )


def token_support(answer: Answer) -> float | None:
    """The share of a statement's content tokens that its quotes hold, averaged over statements; None without any."""
    shares = [
        _token_share(statement.text, _cited_text(answer, cited_numbers(statement))) for statement in answer.statements
    ]
    return sum(shares) / len(shares) if shares else None


def cited_numbers(statement: Statement) -> tuple[int, ...]:
    """The numbers that a statement cites, by its field and, if it is in other words than the article's, in brackets.

    Brackets in a verbatim statement are the article's own.
    """
    numbers = list(statement.citations)
    if statement.kind is not StatementKind.VERBATIM:
        for mark in _MARK.findall(statement.text):
            numbers += map(int, re.findall(r"\d{1,9}", mark))
    return tuple(dict.fromkeys(numbers))


def numbers_and_names(text: str) -> frozenset[str]:
    """The numbers and capitalised words of a text, in lower case, numbers without thousands separators.

    A sentence's first word counts only if another capitalised word follows it.
    """
    text = _MARK.sub(" ", text)
    found = {_plain_number(number) for number in _NUMBER.findall(text)}
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        words = _WORD.findall(sentence)
        for position, word in enumerate(words):
            second_is_name = len(words) > 1 and words[1][0].isupper()
            if word[0].isupper() and word.lower() not in _STOP_WORDS and (position > 0 or second_is_name):
                found.add(_bare(word))
    return frozenset(found - {"", "the", "a", "an"})


def _cited_text(answer: Answer, numbers: Sequence[int]) -> str:
    return "\n".join(answer.citations[n - 1].quote for n in numbers if 1 <= n <= len(answer.citations))


def _words(text: str) -> frozenset[str]:
    words = {_bare(word) for word in _WORD.findall(text)}
    return frozenset(words | {_plain_number(number) for number in _NUMBER.findall(text)})


def _bare(word: str) -> str:
    return _NO_WORD.sub("", re.sub(r"[’']s$", "", word.lower()))


def _plain_number(number: str) -> str:
    return re.sub(r",(?=\d{3}(?!\d))", "", number)


def _token_share(text: str, quotes: str) -> float:
    tokens = [token for token in normalise_answer(_MARK.sub(" ", text)).split() if token not in _STOP_WORDS]
    held = set(normalise_answer(quotes).split())
    if not tokens:
        return float(bool(held))
    return sum(token in held for token in tokens) / len(tokens)
