"""The article beside the chat: whole, with every quote marked where it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa.answer import Considered
from qa.chat.article_panel import Mark, Walk, article_html, mark_of_passage, marks_of, paragraphs
from tests.qa.chat.pages import PARK, article_of, citation_of, parsed, text


def test_both_quotes_of_an_article_are_marked_and_the_pressed_one_is_active() -> None:
    article = article_of("First line here.\n\nThe park has 1,240 trees. It opened on Saturday.\n\nEnd.")
    citations = [citation_of(article, 18, 43, 1, (31, 36)), citation_of(article, 44, 67, 2)]
    marks = marks_of(citations, article.id)
    tree = parsed(article_html(article, marks, marks[1], walk=Walk(0, 2, 2)))
    first = [mark for mark in tree.iter("mark") if mark.get("data-cite") == "1"]
    assert "".join(mark.text_content() for mark in first) == "The park has 1,240 trees."
    assert [mark.text for mark in first if "answer" in mark.get("class")] == ["1,240"]
    assert [mark.get("data-begins") for mark in first] == ["1", None, None]
    assert [mark.text for mark in tree.iter("mark") if "active" in mark.get("class")] == ["It opened on Saturday."]
    assert [button.get("disabled") for button in tree.find_class("step")] == [None, "disabled"]
    assert text(tree.find_class("walk")[0].find("span")) == "Quote 2 of 2"


def test_overlapping_quotes_are_both_named() -> None:
    article = article_of("one two three four")
    marks = marks_of([citation_of(article, 0, 13, 1), citation_of(article, 4, 18, 2)], article.id)
    tree = parsed(article_html(article, marks, marks[0]))
    assert [(mark.text, mark.get("data-cite")) for mark in tree.iter("mark")] == [
        ("one ", "1"),
        ("two three", "1 2"),
        (" four", "2"),
    ]


def test_a_quote_over_a_paragraph_border_is_marked_in_both() -> None:
    article = article_of("One two.\n\nThree four.")
    marks = marks_of([citation_of(article, 4, 15)], article.id)
    tree = parsed(article_html(article, marks, marks[0]))
    assert [mark.text for mark in tree.iter("mark")] == ["two.", "Three"]


def test_quotes_of_other_articles_are_not_marked() -> None:
    assert marks_of([replace(citation_of(PARK, 0, 8), article_id="elsewhere")], PARK.id) == ()


def test_an_article_that_changed_since_is_shown_unmarked_and_says_so() -> None:
    mark = Mark("1", 0, 8, "Old text")
    tree = parsed(article_html(PARK, (mark,), mark))
    assert not list(tree.iter("mark"))
    assert "has changed since" in text(tree.find_class("stale")[0])


def test_a_near_passage_is_marked_but_not_as_a_quote() -> None:
    mark = mark_of_passage(Considered("a1", "A park opens", None, None, 0, 25, PARK.text[:25], 0.1))
    tree = parsed(article_html(PARK, (mark,), mark))
    assert [found.get("class") for found in tree.iter("mark")] == ["near active"]


def test_the_original_is_linked_only_if_it_is_a_web_address() -> None:
    assert text(parsed(article_html(PARK, ())).find_class("original")[0]) == "Original at paper.example"
    assert not parsed(article_html(replace(PARK, url="javascript:alert(1)"), ())).find_class("original")


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("one\ntwo\n", ["one", "two"]),  # no blank line: every line
        ("one\nmore\n\n  two  \n \n\nthree", ["one\nmore", "two", "three"]),  # blank lines part
        ("\n\none\ntwo\n\n", ["one", "two"]),  # blank lines around the text part nothing
        ("", []),
        (" \n\n ", []),
    ],
)
def test_paragraphs(body: str, parts: list[str]) -> None:
    assert [body[start:end] for start, end in paragraphs(body)] == parts
