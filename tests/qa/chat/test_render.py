"""What the chat shows: the right words in the right places, and never an element or attribute that isn't ours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article
from qa.answer import Answer, Considered, Statement, StatementKind
from qa.chat.article_panel import Walk, article_html, marks_of
from qa.chat.library_panel import library_html, masthead_html, welcome_html
from qa.chat.markup import one_line
from qa.chat.render import answer_markdown, conversation_html, notice_html, turn_html
from qa.chat.turn import Phase, Turn
from tests.qa.chat.attacks import ATTACKS
from tests.qa.chat.pages import (
    PARK,
    SEARCHED,
    answer_of,
    answered,
    article_of,
    citation_of,
    listed,
    parsed,
    refusal_of,
    text,
)

PARK_ANSWER = answer_of(citation_of(PARK, 0, 25, answer=(13, 18)), short="1,240")


def test_an_answer_shows_short_answer_confidence_quote_place_and_what_was_searched() -> None:
    tree = parsed(turn_html(answered(PARK_ANSWER), 4))
    assert text(tree.find_class("question")[0]) == "How many?"
    assert text(tree.find_class("short")[0]) == "1,240 [1]"
    assert text(tree.find_class("sure")[0]) == "Likely right (82%)"
    assert text(tree.find(".//blockquote")) == "The park has 1,240 trees."
    assert text(tree.find(".//blockquote/mark")) == "1,240"
    assert (
        text(tree.find_class("place")[0]) == "[1] A park opens · paper.example · 3 May 2024 (date from its web address)"
    )
    assert text(tree.find_class("small")[0]) == (
        "Searched 3 articles · 29 passages · 3 May 2024 to 26 June 2025 · 0.8 s"
    )
    assert {(chip.get("data-turn"), chip.get("data-cite")) for chip in tree.find_class("chip")} == {("4", "1")}


def test_every_quote_that_marks_the_short_answer_stands_beside_it() -> None:
    other = replace(article_of("There are 1,240  trees, it says."), id="a2")
    both = answer_of(citation_of(PARK, 0, 25, 1, (13, 18)), citation_of(other, 0, 23, 2, (10, 15)), short="1,240")
    assert text(parsed(turn_html(answered(both), 0)).find_class("short")[0]) == "1,240 [1][2]"


def test_without_a_short_answer_the_articles_own_words_are_the_answer() -> None:
    tree = parsed(turn_html(answered(answer_of(citation_of(PARK, 0, 25))), 0))
    assert text(tree.find_class("short")[0]) == "In the articles’ own words:"


def test_a_statement_in_other_words_is_shown_with_its_citation_and_an_unsupported_one_says_so() -> None:
    answer = replace(
        PARK_ANSWER,
        statements=(
            Statement("It holds many trees.", StatementKind.SUPPORTED, (1,)),
            Statement("Trees are nice.", StatementKind.UNSUPPORTED, ()),
        ),
        written_by="hf:small",
    )
    shown = parsed(turn_html(answered(answer), 0))
    assert [text(line) for line in shown.find_class("told")] == ["It holds many trees. [1]"]
    (folded,) = shown.find_class("doubtful")
    assert (
        " ".join(text(folded).split()).replace("upT", "up T")
        == "1 sentence left out: no quote holds it up Trees are nice."
    )
    assert folded.get("open") is None


def test_a_refusal_says_no_with_what_was_searched_and_the_nearest_passages() -> None:
    near = Considered("a1", "A park opens", "paper.example", None, 0, 25, "word " * 200, 0.3)
    tree = parsed(turn_html(answered(refusal_of(near, near, near, near)), 2))
    assert text(tree.find_class("short")[0]) == "The articles don’t say."
    assert "3 articles, 3 May 2024 to 26 June 2025; chance that they do: 4%" in text(tree.find_class("sure")[0])
    shown = tree.find_class("nearest")[0].findall("li")
    assert len(shown) == 3
    assert len(text(shown[0].find("p"))) <= 240
    assert text(shown[0].find("p")).endswith("word…")
    assert [(link.get("data-turn"), link.get("data-near")) for link in tree.find_class("open")] == [
        ("2", "1"),
        ("2", "2"),
        ("2", "3"),
    ]
    assert not tree.find_class("chip")


def test_a_refusal_with_nothing_near_says_that() -> None:
    assert "Nothing in the articles comes near" in text(parsed(turn_html(answered(refusal_of()), 0)))


@pytest.mark.parametrize(
    ("turn", "busy", "says"),
    [
        (Turn("Q?", Phase.SEARCHING, SEARCHED), "true", "Searching 3 articles …"),
        (Turn("Q?", Phase.SEARCHING, SEARCHED).found(PARK_ANSWER.citations), "true", "First quotes are here."),
        (Turn("Q?", Phase.SEARCHING, SEARCHED).stopped(), "false", "Stopped. Nothing had been found yet."),
        (
            Turn("Q?", Phase.SEARCHING, SEARCHED).found(PARK_ANSWER.citations).stopped(),
            "false",
            "Stopped. The quotes below were found before.",
        ),
        (Turn("Q?", Phase.SEARCHING, SEARCHED).failed("The disk is <gone>."), "false", "The disk is <gone>."),
    ],
)
def test_each_phase_says_what_it_is(turn: Turn, busy: str, says: str) -> None:
    tree = parsed(turn_html(turn, 0))
    assert tree.find("section").get("aria-busy") == busy
    assert says in text(tree)
    assert len(tree.findall(".//blockquote")) == len(turn.quotes)


def test_what_was_understood_stands_below_the_question_and_can_be_corrected() -> None:
    tree = parsed(turn_html(Turn("And it?", Phase.SEARCHING, SEARCHED, understood="And the park?"), 0))
    assert text(tree.find_class("question")[0]) == "And it?"
    assert text(tree.find_class("understood")[0]) == "Understood as: And the park?"
    assert tree.find_class("correct")[0].get("data-correct") == "And the park?"


def test_only_a_list_that_can_be_changed_offers_it() -> None:
    entry = listed("a1", title="A park")
    fixed, free = parsed(library_html([entry])), parsed(library_html([entry], changeable=True))
    assert [button.get("data-remove") for button in fixed.findall(".//button")] == [None]
    assert [button.get("data-remove") for button in free.find_class("remove")] == ["a1"]
    assert "Add articles" in text(free)


def test_a_conversation_numbers_its_turns() -> None:
    tree = parsed(conversation_html([answered(PARK_ANSWER)] * 2, first=3))
    assert [section.get("data-turn") for section in tree.findall("section")] == ["3", "4"]


def test_the_clipboard_text_keeps_every_quote_with_its_numbered_source() -> None:
    other = Article("a2", "Other_title", "Second quote. More.", None, None, "/home/me/other file.txt")
    answer = answer_of(citation_of(PARK, 0, 25, 1, (13, 18)), citation_of(other, 0, 13, 2), short="1,240")
    assert answer_markdown(answer, SEARCHED) == (
        "**How many?**\n\n"
        "1,240 [1]\n\n"
        "> “The park has 1,240 trees.” [1]\n\n"
        "> “Second quote.” [2]\n\n"
        "Sources:\n"
        "1. “A park opens”, paper.example, 3 May 2024 (date from its web address), characters 0–25, "
        "<https://paper.example/1>\n"
        "2. “Other\\_title”, other file.txt, date unknown, characters 0–13\n\n"
        "Searched 3 articles · 29 passages · 3 May 2024 to 26 June 2025. Onrecord: likely right (82%)."
    )


def test_the_copy_button_carries_exactly_that_text() -> None:
    button = parsed(turn_html(answered(PARK_ANSWER), 0)).find_class("copy")[0]
    assert button.get("data-copy") == answer_markdown(PARK_ANSWER, SEARCHED)


# Whatever comes in


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_text_everywhere(attack: str) -> None:
    article = Article("a<1>", attack, f"{attack} and then more words", attack, attack, attack)
    end = max(len(attack), 1)
    citation = citation_of(article, 0, end, answer=(0, end))
    near = Considered(article.id, attack, attack, None, 0, end, attack, 0.1)
    told = Statement(attack, StatementKind.UNSUPPORTED, (1,))
    answer = Answer(attack, attack, (told,), (citation,), 0.6, False, (near,), 0.1)
    marks = marks_of([citation], article.id)
    entry = listed(article.id, title=attack, source=attack, url=attack)

    answer_tree = parsed(turn_html(answered(answer), 0))
    parsed(turn_html(answered(replace(refusal_of(near), question=attack)), 0))
    panel = parsed(article_html(article, marks, marks[0], walk=Walk(0, 1, 1)))
    parsed(library_html([entry]))
    parsed(masthead_html(SEARCHED, attack))
    welcome = parsed(welcome_html(SEARCHED, [attack]))
    error = parsed(notice_html(attack))
    parsed(turn_html(Turn(attack, Phase.SEARCHING, SEARCHED, understood=attack).failed(attack), 0))
    parsed(library_html([entry], changeable=True, notice=attack))

    assert text(answer_tree.find_class("question")[0]) == one_line(attack)
    assert text(answer_tree.find(".//blockquote")) == one_line(attack)
    assert text(panel.find_class("text")[0]) == one_line(article.text)
    assert text(error) == one_line(attack)
    assert one_line(welcome.find_class("example")[0].get("data-question")) == one_line(attack)


@given(st.text(min_size=1, max_size=300), st.data())
def test_any_article_is_shown_whole_whatever_is_marked(body: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(body) - 1))
    end = data.draw(st.integers(start + 1, len(body)))
    article = article_of(body)
    marks = marks_of([citation_of(article, start, end, 1, (start, end)), citation_of(article, 0, end, 2)], article.id)
    tree = parsed(article_html(article, marks, marks[0]))
    shown = "".join(tree.find_class("text")[0].text_content().split())
    assert shown == "".join(one_line(body).split())
    marked = "".join("".join(mark.text_content().split()) for mark in tree.iter("mark") if "1" in mark.get("data-cite"))
    assert marked == "".join(one_line(body[start:end]).split())


@given(st.text(min_size=1, max_size=300), st.text(), st.text(), st.text())
def test_any_answer_is_shown_with_its_words(body: str, title: str, source: str, question: str) -> None:
    article = Article("x", title, body, source, source, source)
    answer = answer_of(citation_of(article, 0, len(body), answer=(0, 1)), short=body[:1], question=question)
    tree = parsed(turn_html(answered(answer), 0))
    assert text(tree.find(".//blockquote")).split() == one_line(body).split()
    assert text(tree.find_class("question")[0]) == one_line(question)
