"""From question to answer over a real index, with the encoder and selector that need no weights."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.article import Article
from corpus.errors import LimitError, UsageError
from index import passage_index
from index.encoder import HashEncoder
from index.passage_index import Narrowing, PassageIndex
from qa.answer import Answer
from qa.assistant import Assistant, QuotesFound
from qa.extractive import ExtractiveAnswerer
from qa.sentence_selector import SentenceSelector
from tests.qa.doubles import even_odds

BRIDGE = Article(id="bridge", title="A bridge opens", text="The mayor opened the bridge. It cost nine million euros.")
HARBOUR = Article(id="harbour", title="The harbour", text="The harbour was dredged in March. Ships wait outside.")
MANY = [Article(id=f"m{i}", title=f"Bridge {i}", text=f"Bridge {i} cost {i} million euros.") for i in range(8)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    passage_index.add(tmp_path, [BRIDGE, HARBOUR], HashEncoder())
    return tmp_path


@pytest.fixture
def assistant(folder: Path) -> Iterator[Assistant]:
    encoder = HashEncoder()
    with PassageIndex.open(folder, encoder) as index:
        selector = SentenceSelector(encoder, even_odds("overlap", threshold=0.4))
        yield Assistant(index, selector, ExtractiveAnswerer(), reopen=lambda: PassageIndex.open(folder, encoder))


def test_an_answer_quotes_the_article(assistant: Assistant) -> None:
    answer = assistant.ask("What did the bridge cost?")
    assert not answer.abstained
    assert answer.citations[0].article_id == "bridge"
    assert answer.seconds > 0
    for citation in answer.citations:
        article = assistant.index.article(citation.article_id)
        assert article.text[citation.start : citation.end] == citation.quote


def test_it_can_say_no(assistant: Assistant) -> None:
    answer = assistant.ask("Quantum chromodynamics lagrangian?")
    assert answer.abstained
    assert (answer.short, answer.statements, answer.citations) == (None, (), ())
    assert answer.considered


def test_a_batch_is_the_same_as_one_by_one(assistant: Assistant) -> None:
    questions = ["What did the bridge cost?", "When was the harbour dredged?", "Who is the queen?"]
    together = assistant.ask_batch(questions)
    assert [a.question for a in together] == questions
    for question, answer in zip(questions, together, strict=True):
        alone = assistant.ask(question)
        assert (alone.statements, alone.citations, alone.abstained) == (
            answer.statements,
            answer.citations,
            answer.abstained,
        )
    assert assistant.ask_batch([]) == []


def test_narrowing_reaches_retrieval(assistant: Assistant) -> None:
    answer = assistant.ask("What did the bridge cost?", narrowing=Narrowing(article_ids=frozenset({"harbour"})))
    assert {passage.article_id for passage in answer.considered} == {"harbour"}


def test_a_stream_ends_with_what_ask_gives(assistant: Assistant, folder: Path) -> None:
    passage_index.add(folder, MANY, HashEncoder())
    assistant.reload()
    events = list(assistant.stream("What did bridge 3 cost?"))
    assert isinstance(events[0], QuotesFound)
    assert events[0].citations
    last = events[-1]
    assert isinstance(last, Answer)
    assert last.citations == assistant.ask("What did bridge 3 cost?").citations


def test_a_stop_flag_ends_the_stream(assistant: Assistant) -> None:
    stop = threading.Event()
    stop.set()
    assert list(assistant.stream("What did the bridge cost?", stop=stop)) == []


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_an_empty_question_is_wrong_use(assistant: Assistant, question: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        assistant.ask(question)


def test_a_question_has_a_limit_and_says_so(assistant: Assistant) -> None:
    assistant.ask("x" * 2_000)
    with pytest.raises(LimitError, match="at most 2,000 characters"):
        assistant.ask("x" * 2_001)


def test_reload_serves_the_newest_generation(assistant: Assistant, folder: Path) -> None:
    before = assistant.index
    passage_index.add(folder, [Article(id="new", title="Tram", text="The tram line opened in June.")], HashEncoder())
    assert assistant.index is before
    assistant.reload()
    assert assistant.index.generation > before.generation
    assert assistant.ask("When did the tram line open?").citations[0].article_id == "new"


def test_a_fixed_index_cannot_be_reloaded(folder: Path) -> None:
    with PassageIndex.open(folder, HashEncoder()) as index:
        fixed = Assistant(index, SentenceSelector(HashEncoder(), even_odds("overlap")), ExtractiveAnswerer())
        with pytest.raises(UsageError, match="can't reload"):
            fixed.reload()
