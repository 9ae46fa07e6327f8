"""The baseline: sentences by similarity and weighted word overlap."""

from __future__ import annotations

from corpus.article import Passage
from index.encoder import HashEncoder
from index.hits import Hit
from qa.sentence_selector import SentenceSelector
from tests.qa.doubles import even_odds

TEXT = "The mayor opened the bridge on Monday. It cost nine million euros. Rain is expected later this week."


def hits() -> list[Hit]:
    half = TEXT.index("It cost")
    return [
        Hit(Passage("a", 0, len(TEXT), TEXT, "Bridge"), 0.2, 1, ("bm25",)),
        Hit(Passage("a", half, len(TEXT), TEXT[half:], "Bridge"), 0.1, 2, ("bm25",)),
    ]


def test_the_sentence_that_shares_the_question_s_words_comes_first() -> None:
    selector = SentenceSelector(HashEncoder(), even_odds("overlap"))
    evidence = selector.select(["How many million euros did it cost?"], [hits()], 100)[0]
    first = evidence.quotes[0]
    assert TEXT[first.start : first.end] == "It cost nine million euros."
    # Two passages hold the same three sentences; none may be quoted twice.
    assert len({(q.start, q.end) for q in evidence.quotes}) == len(evidence.quotes) == 3


def test_no_hits_are_no_answer() -> None:
    evidence = SentenceSelector(HashEncoder(), even_odds("overlap")).select(["Who?", "When?"], [[], []], 100)
    assert [e.answered for e in evidence] == [False, False]


def test_short_chinese_sentences_count_as_sentences() -> None:
    text = "北京赢得了比赛。上海输了。"
    found = [Hit(Passage("a", 0, len(text), text, ""), 0.2, 1, ("dense",))]
    quotes = SentenceSelector(HashEncoder(), even_odds("overlap")).select(["谁赢得了比赛?"], [found], 100)[0].quotes
    assert quotes
    assert all(text[q.start : q.end].strip() for q in quotes)
