"""Real parts that the tests of evaluation share: a small index, and an assistant that answers from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.article import Article, Passage
from corpus.errors import UsageError
from index import passage_index
from index.encoder import HashEncoder
from index.hits import Hit
from index.passage_index import PassageIndex
from qa.answer import Answer, Citation, Statement, StatementKind, text_hash
from qa.assistant import Assistant
from qa.evaluation.questions import GoldEvidence, Question
from qa.evaluation.run_folder import Item
from qa.extractive import ExtractiveAnswerer
from qa.sentence_selector import SentenceSelector

ARTICLES = (
    Article(
        "harbour",
        "Ferry",
        "The ferry to Lindholm sank on 3 May 2021. Nobody was hurt. Captain Ada Brandt said the "
        "hull had cracked. The harbour reopened after two days of repairs.",
        path="/news/harbour.txt",
    ),
    Article(
        "bridge",
        "Bridge",
        "The Karl Bridge in Osthafen cost 14 million crowns. It opened in 2019 after a delay of "
        "six months. Mayor Ilse Torp cut the ribbon.",
        path="/news/bridge.txt",
    ),
    Article(
        "wolves",
        "Wolves",
        "Rangers counted 212 wolves in the Torden valley last winter. In 1975 there were fewer "
        "than ten. Hunting has been banned there since 1983.",
        path="/news/wolves.txt",
    ),
    Article(
        "bakery",
        "Bakery",
        "The bakery on Mill Street sells 900 loaves a day. Its owner, Jonas Veil, learned the "
        "trade in Lyon. He opened the shop in 2004.",
        path="/news/bakery.txt",
    ),
)

QUESTIONS = (
    Question(
        "q1",
        "When did the ferry to Lindholm sink?",
        ("3 May 2021",),
        True,
        (GoldEvidence("harbour", "The ferry to Lindholm sank on 3 May 2021."),),
        ("dates",),
    ),
    Question(
        "q2",
        "How much did the Karl Bridge cost?",
        ("14 million crowns",),
        True,
        (GoldEvidence("bridge.txt", "The Karl Bridge in Osthafen cost 14 million crowns."),),
        ("numbers",),
    ),
    Question(
        "q3",
        "How many wolves did rangers count in the Torden valley?",
        ("212",),
        True,
        (GoldEvidence("wolves", start=0, end=63),),
        ("numbers",),
    ),
    Question(
        "q4", "Who owns the bakery on Mill Street?", ("Jonas Veil",), True, (GoldEvidence("bakery"),), ("people",)
    ),
    Question("q5", "What colour is the mayor of Reykjavik's bicycle?", (), False, (), ("unanswerable",)),
    Question(
        "q6",
        "Who said the hull of the ferry had cracked?",
        ("Captain Ada Brandt", "Ada Brandt"),
        True,
        (GoldEvidence("harbour", "Captain Ada Brandt said the hull had cracked."),),
        ("people",),
    ),
)


def small_assistant(folder: Path) -> Assistant:
    """A whole assistant over four articles, without model weights."""
    encoder = HashEncoder(dim=256)
    passage_index.add(folder, ARTICLES, encoder)
    return Assistant(PassageIndex.open(folder, encoder), SentenceSelector(encoder), ExtractiveAnswerer())


def many_questions(count: int) -> list[Question]:
    """So many questions, the six of this file in turn, each with an id of its own."""
    return [
        Question(f"n{n:03}", q.text, q.answers, q.answerable, q.evidence, q.tags)
        for n in range(count)
        for q in [QUESTIONS[n % len(QUESTIONS)]]
    ]


class Shelf:
    """Stored articles, and the index of an assistant that answers from a table."""

    fingerprint = "shelf"

    def __init__(self, articles: Sequence[Article] = ARTICLES) -> None:
        self._articles = {article.id: article for article in articles}

    def article(self, article_id: str) -> Article:
        """The article with this id; UsageError without one."""
        if article_id not in self._articles:
            raise UsageError(f"There is no article {article_id!r}.")
        return self._articles[article_id]

    def find_article(self, name: str) -> Article:
        """The article with this id or file name; UsageError without one."""
        by_file = {Path(article.path or "").name: article.id for article in self._articles.values()}
        return self.article(by_file.get(name, name))

    def hit(self, article_id: str, start: int, end: int, rank: int = 1) -> Hit:
        """A hit on a stretch of a stored article."""
        article = self.article(article_id)
        return Hit(Passage(article_id, start, end, article.text[start:end], article.title), 1 / rank, rank, ("bm25",))

    def citation(self, number: int, article_id: str, quote: str) -> Citation:
        """A citation of words that stand in a stored article."""
        article = self.article(article_id)
        start = article.text.index(quote)
        where = (article_id, start, start + len(quote), quote, article.title)
        return Citation(number, *where, None, None, None, None, None, text_hash(article.text))


class TableAssistant:
    """Answers each question with what a table says; raises what is there if that is an exception."""

    def __init__(self, table: Mapping[str, Answer | Exception], shelf: Shelf | None = None) -> None:
        self.index = shelf or Shelf()
        self.table = table

    def ask_batch_with_hits(self, questions: Sequence[str]) -> tuple[list[Answer], list[list[Hit]]]:
        """Answer from the table; the ranking is empty."""
        found = [self.table[question] for question in questions]
        for answer in found:
            if isinstance(answer, Exception):
                raise answer
        return [answer for answer in found if isinstance(answer, Answer)], [[] for _ in found]


def refusal(question: str, confidence: float = 0.1) -> Answer:
    """An answer that says that the articles don't say."""
    return Answer(question, None, (), (), confidence, True, (), 0.01)


def short_answer(question: str, words: str, citation: Citation, confidence: float = 0.8) -> Answer:
    """A short answer with one quote."""
    statement = Statement(citation.quote, StatementKind.VERBATIM, (citation.number,))
    return Answer(question, words, (statement,), (citation,), confidence, False, (), 0.01)


def item(number: int, scores: Mapping[str, float], *, cluster: str | None = None, **fields: Any) -> Item:
    """A scored question as a run stores it."""
    answer = {"abstained": False, "short": "yes", "statements": [], "considered": [], "confidence": 0.5, "seconds": 0.1}
    given: dict[str, Any] = {
        "id": f"q{number:04}",
        "answer": answer,
        "scores": dict(scores),
        "seconds": 0.1,
        "question": f"Question {number}?",
        "expected": {"answers": ["yes"], "answerable": True, "evidence": []},
        "tags": (),
        "cluster": cluster or f"question {number}",
        "counts": {},
        "retrieved": (),
        "failure": None,
        "problems": (),
    }
    return Item(**{**given, **fields})
