"""The invented news: what is committed is as its README says, and what becomes of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from training.articles import joined
from training.data import NEWS, NEWS_PARTS, TOLD, Asked, Collector, Paragraph, Reading, add_news, add_stories
from training.groups import Mix, Shower
from training.negatives import Candidates, mine
from training.split import split

FILES = sorted(NEWS.glob("*.jsonl"))
STORY_FILES = sorted(TOLD.glob("*.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_answers_are_whole_words_of_their_text(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        article = json.loads(line)
        text = article["text"]
        assert 90 <= len(text.split()) <= 400 and article["title"].strip() == article["title"] != ""
        for asked in article["questions"]:
            assert asked["question"].strip() == asked["question"] != ""
            for start, end in asked["answers"]:
                assert 0 <= start < end <= len(text) and text[start:end].strip() == text[start:end]
                assert not text[max(start - 1, 0) : start].isalnum() and not text[end : end + 1].isalnum()
                assert "\n" not in text[start:end] and len(text[start:end].split()) <= 25


def test_no_article_comes_twice() -> None:
    articles = [json.loads(line) for path in FILES for line in path.read_text("utf-8").splitlines()]
    assert articles
    for field in ("title", "text"):
        assert [name for name, count in Counter(a[field] for a in articles).items() if count > 1] == []
    unanswered = sum(not q["answers"] for a in articles for q in a["questions"])
    assert 0.15 < unanswered / sum(len(a["questions"]) for a in articles) < 0.3


def _reading(articles: int) -> Reading:
    texts = [f"Port {n} was closed on Monday. Anna Lee of {n} said so twice." for n in range(articles)]
    paragraphs = tuple(Paragraph(n, "news", f"port/{n}", 0, f"Port {n}", text) for n, text in enumerate(texts))
    answered = tuple(
        Asked("news", n, "Who said so?", ((text.index("Anna"), text.index("Anna") + 8, 1.0),))
        for n, text in enumerate(texts)
    )
    unanswered = tuple(Asked("news", n, "Why was it closed?", ()) for n in range(articles))
    return Reading(paragraphs, answered, unanswered)


def test_each_question_is_shown_so_many_times_and_the_unanswered_ones_without_spans() -> None:
    reading = _reading(4)
    shower = Shower(reading, [Candidates((), ())] * 4, Mix(news=3, negative=0.0, unmarked=0.0))
    groups = list(shower.epoch(1))
    shown = Counter(group[0].pair.question for group in groups)
    assert shown == {"Who said so?": 12, "Why was it closed?": 12}
    for (one,) in groups:
        assert [one.pair.text[a:b] for a, b, _ in one.spans] == ["Anna Lee"] * (one.pair.question == "Who said so?")


def test_a_share_is_held_out_with_its_unanswered_questions(tmp_path: Path) -> None:
    rest = [
        Paragraph(100 + n, source, f"{source}/{n}", 0, "", "text")
        for source in ("new_wiki", "reddit", "amazon_reviews")
        for n in range(60)
    ]
    news = _reading(40)
    parts = split(Reading((*news.paragraphs, *rest), news.questions, news.unanswered))
    assert len(parts.dev.questions) == len(parts.dev.unanswered) == 40 // NEWS_PARTS
    assert {q.paragraph for q in parts.dev.questions} == {q.paragraph for q in parts.dev.unanswered}
    assert not {q.paragraph for q in parts.dev.unanswered} & {q.paragraph for q in parts.train.unanswered}


def test_what_is_committed_loads(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(FILES[0].read_text("utf-8"), "utf-8")
    into = Collector()
    add_news(into, tmp_path)
    written = [q for line in FILES[0].read_text("utf-8").splitlines() for q in json.loads(line)["questions"]]
    assert len(into.unanswered) == sum(not q["answers"] for q in written)
    assert len(into.questions) >= 0.98 * sum(bool(q["answers"]) for q in written)  # but for the longest answers


@pytest.mark.parametrize("path", STORY_FILES, ids=lambda path: path.stem)
def test_stories_are_told_by_five_and_answers_are_whole_words(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        story = json.loads(line)
        assert len(story["articles"]) == 5 and len(story["questions"]) == 12
        for asked in story["questions"]:
            assert asked["question"].strip() == asked["question"] != ""
            for n, answers in asked["answers"].items():
                text = story["articles"][int(n) - 1]["text"]
                assert answers
                for start, end in answers:
                    assert 0 <= start < end <= len(text) and text[start:end].strip() == text[start:end]
                    assert not text[max(start - 1, 0) : start].isalnum() and not text[end : end + 1].isalnum()


def test_a_storys_question_is_asked_of_each_paper_that_answers_and_mistaken_for_the_others(tmp_path: Path) -> None:
    texts = [
        "The ferry Alma ran aground on Monday with 214 people on board.",
        "All 214 people were taken off the ferry Alma, its owner said.",
        "Why the ferry Alma left in the storm with so many people is not known.",
    ]
    answers = {str(n): [[text.index("214"), text.index("214") + 3]] for n, text in enumerate(texts[:2], 1)}
    story = {
        "articles": [{"title": f"Paper {n}", "text": text} for n, text in enumerate(texts)],
        "questions": [
            {"question": "How many people were on the ferry?", "answers": answers},
            {"question": "How old is the ferry?", "answers": {}},
        ],
    }
    (tmp_path / "sea.jsonl").write_text(json.dumps(story) + "\n", "utf-8")
    into = Collector()
    add_stories(into, tmp_path)
    reading = Reading(tuple(into.paragraphs), tuple(into.questions), tuple(into.unanswered))
    assert [asked.paragraph for asked in reading.questions] == [0, 1]
    assert [asked.paragraph for asked in reading.unanswered] == [0, 1, 2]
    assert [found.near for found in mine(reading, {"stories-sea/0"})] == [(2,), (2,)]
    articles, places = joined(reading)
    assert [(a.title, a.text.strip()) for a in articles] == [(f"Paper {n}", text) for n, text in enumerate(texts)]
    assert [offset for _, offset in places.values()] == [0, 0, 0]
