"""Speakers, copies and differing figures around the quotes: shown where there are any, and only in our own markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from corpus.article import Article
from qa.answer import Answer, Citation, Copy, Sources, Speaker, Stated
from qa.chat.render import answer_markdown, turn_html
from qa.chat.sources_html import counted_copies, differing_line
from tests.qa.chat.attacks import ATTACKS
from tests.qa.chat.pages import SEARCHED, answer_of, answered, article_of, citation_of, parsed, text


def told(name: str, words: str, figure: str, number: int, published: date | None) -> Citation:
    article = replace(article_of(words, f"About {name}", name), id=name, published=published)
    start = words.index(figure)
    return citation_of(article, 0, len(words), number, (start, start + len(figure)))


STAR = told("Star", "Police counted 31,000 people.", "31,000", 1, date(2024, 5, 7))
TRIBUNE = told("Tribune", "About 27,000 people marched.", "27,000", 2, date(2024, 5, 3))
COPY = Copy("copy", 4, 33, STAR.quote, "Police counted", "Courier", None, None, date(2024, 5, 8), None)


def differing() -> Answer:
    answer = answer_of(STAR, TRIBUNE, short="31,000")
    return replace(answer, differing=(Stated("31,000", (1,)), Stated("27,000", (2,))))


def test_different_figures_stand_side_by_side_the_oldest_first() -> None:
    tree = parsed(turn_html(answered(differing()), 3))
    (table,) = tree.find_class("differing")
    assert text(table.find("caption")) == "The articles give different figures"
    assert [[text(cell) for cell in row.findall("td")] for row in table.findall("tbody/tr")] == [
        ["27,000", "Tribune", "3 May 2024", "[2]"],
        ["31,000", "Star", "7 May 2024", "[1]"],
    ]
    assert [cell.get("scope") for cell in table.findall("thead/tr/th")] == ["col"] * 4
    assert {(chip.get("data-turn"), chip.get("data-cite")) for chip in table.find_class("chip")} == {
        ("3", "1"),
        ("3", "2"),
    }
    assert not parsed(turn_html(answered(replace(differing(), differing=())), 3)).find_class("differing")


def test_the_clipboard_has_them_in_one_line() -> None:
    line = "The articles give different figures: 27,000 (Tribune, 3 May 2024) [2] / 31,000 (Star, 7 May 2024) [1]"
    assert differing_line(differing()) == line
    assert line in answer_markdown(differing(), SEARCHED).replace("\\", "")
    assert differing_line(answer_of(STAR)) is None
    undated = told("Post", "Some 40,000 people came.", "40,000", 1, None)
    answer = replace(answer_of(undated, TRIBUNE), differing=(Stated("40,000", (1,)), Stated("27,000", (2,))))
    assert "(Post, date unknown)" in (differing_line(answer) or "")


def test_who_said_it_stands_beside_the_quote() -> None:
    quote = "“We are ready,” said Ines Falk."
    start = quote.index("Ines")
    cited = citation_of(article_of(quote), 0, len(quote))
    spoken = replace(cited, speaker=Speaker("Ines Falk", start, start + 9))
    tree = parsed(turn_html(answered(answer_of(spoken)), 0))
    assert text(tree.find_class("speaker")[0]) == "Ines Falk"
    assert text(tree.find_class("place")[0]).startswith("[1] said by Ines Falk · A title · ")
    assert ", said by Ines Falk" in answer_markdown(answer_of(spoken), SEARCHED)
    assert not parsed(turn_html(answered(answer_of(cited)), 0)).find_class("speaker")


def test_copies_are_folded_below_the_quote_and_counted_as_one_source() -> None:
    answer = replace(answer_of(replace(STAR, copies=(COPY,)), TRIBUNE, short="31,000"), sources=Sources(3, 2))
    tree = parsed(turn_html(answered(answer), 2))
    assert text(tree.find_class("sure")[0]) == "Likely right (82%) · 3 articles, 2 independent sources"
    (folded,) = tree.find_class("copies")
    assert folded.get("open") is None
    assert text(folded.find("summary")) == "The same in 1 copy of this article"
    (link,) = folded.find_class("open")
    assert (link.get("data-turn"), link.get("data-cite"), link.get("data-fold")) == ("2", "1", "1")
    assert text(folded.find("ul/li")) == "Police counted · Courier · 8 May 2024"
    copied = answer_markdown(answer, SEARCHED)
    assert ", the same in 1 copy: Courier" in copied
    assert "3 articles, 2 independent sources" in copied


def test_one_article_is_not_counted_and_many_copies_are_not_all_listed() -> None:
    many = replace(STAR, copies=(COPY,) * 13)
    tree = parsed(turn_html(answered(replace(answer_of(many), sources=Sources(1, 1))), 0))
    assert "source" not in text(tree.find_class("sure")[0])
    assert len(tree.find_class("open")) == 10
    assert text(tree.findall(".//details/ul/li")[-1]) == "and 3 more"
    assert counted_copies(13) == "13 copies"


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (Sources(3, 2), "3 articles, 2 independent sources"),
        (Sources(2, 1), "2 articles, one source"),
        (Sources(1, 1), "1 article, one source"),
    ],
)
def test_sources_in_words(sources: Sources, words: str) -> None:
    assert sources.told() == words


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_text_in_all_three(attack: str) -> None:
    article = Article("a<1>", attack, f"{attack} and then", attack, attack, attack)
    end = max(len(attack), 1)
    copy = Copy(attack, 0, end, attack, attack, attack, attack, attack, None, None)
    cited = replace(citation_of(article, 0, end, answer=(0, end)), speaker=Speaker(attack, 0, end), copies=(copy,))
    answer = replace(answer_of(cited, replace(cited, number=2), short=attack), sources=Sources(4, 2))
    answer = replace(answer, differing=(Stated(attack, (1,)), Stated(attack, (2,))))
    parsed(turn_html(answered(answer), 0))
    answer_markdown(answer, SEARCHED)
