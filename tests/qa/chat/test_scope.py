"""Which articles a conversation asks: chosen, shown, and the same as what the index then searches."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.narrowing import allowed_numbers
from index.passage_index import Narrowing
from qa.chat.scope import Scope, scope_html, searched_in
from tests.chat_double import newsroom
from tests.qa.chat.attacks import ATTACKS
from tests.qa.chat.pages import listed, parsed, text

MAY = listed("may", source="paper.example", published=date(2024, 5, 3))
JUNE = listed("june", source="paper.example", published=date(2024, 6, 1))
UNDATED = listed("undated", source="other.example")
ALL = [MAY, JUNE, UNDATED]


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        (Scope(), ["may", "june", "undated"]),
        (Scope(source="paper.example"), ["may", "june"]),
        (Scope(source="nobody"), []),
        (Scope(first=date(2024, 5, 3)), ["may", "june"]),
        (Scope(first=date(2024, 5, 4)), ["june"]),
        (Scope(last=date(2024, 5, 3)), ["may"]),
        (Scope(first=date(2024, 5, 4), last=date(2024, 5, 31)), []),
        (Scope(article="undated"), ["undated"]),
        (Scope(article="undated", source="paper.example"), []),
    ],
)
def test_what_a_scope_holds(scope: Scope, inside: list[str]) -> None:
    assert [article.id for article in ALL if scope.holds(article)] == inside
    assert searched_in(ALL, scope).articles == len(inside)


def test_what_was_searched_is_counted_with_its_days() -> None:
    searched = searched_in(ALL, Scope(source="paper.example"))
    assert (searched.articles, searched.passages, searched.narrowed) == (2, 2, True)
    assert searched.dates == (date(2024, 5, 3), date(2024, 6, 1))


@pytest.mark.parametrize(
    "scope",
    [
        Scope(source="lake-courier.example"),
        Scope(first=date(2024, 5, 3)),
        Scope(last=date(2024, 5, 2)),
        Scope(article="bridge"),
        Scope(article="bridge", first=date(2020, 1, 1)),
    ],
)
def test_the_index_searches_exactly_what_is_said(tmp_path: Path, scope: Scope) -> None:
    index = newsroom(tmp_path).index
    allowed = allowed_numbers(index.article_store, scope.narrowing)
    assert allowed is not None
    assert searched_in(index.articles(), scope).articles == len(allowed)


def test_choices_are_made_and_taken_back_one_by_one() -> None:
    scope = Scope().chosen("source", "paper.example").chosen("first", "2024-05-03").chosen("article", "may")
    assert scope == Scope("paper.example", date(2024, 5, 3), None, "may")
    assert scope.narrowing == Narrowing(frozenset({"may"}), frozenset({"paper.example"}), date(2024, 5, 3), None)
    assert scope.chosen("source", "").chosen("first", "").chosen("article", "") == Scope()
    assert Scope().narrowing is None


@pytest.mark.parametrize(("field", "value"), [("first", "soon"), ("last", "2024-13-01"), ("nothing", "x")])
def test_an_unreadable_choice_changes_nothing(field: str, value: str) -> None:
    assert Scope(source="x").chosen(field, value) == Scope(source="x")


def test_choices_are_shown_as_chips_and_fields() -> None:
    tree = parsed(scope_html(Scope("paper.example", date(2024, 5, 3), None, "may"), ALL, open_fields=True))
    assert [text(chip) for chip in tree.find_class("chosen")] == [
        "Only “A title” ×",
        "Only paper.example ×",
        "From 3 May 2024 ×",
    ]
    assert tree.find(".//details").get("open") is not None
    assert [text(option) for option in tree.iter("option")] == [
        "All sources",
        "paper.example (2)",
        "other.example (1)",
    ]
    assert tree.xpath(".//option[@selected]/@value") == ["paper.example"]
    assert tree.xpath(".//input[@data-field='first']/@value") == ["2024-05-03"]


def test_where_there_is_nothing_to_choose_nothing_is_shown() -> None:
    assert scope_html(Scope(), [UNDATED]) == ""


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_text_among_the_choices(attack: str) -> None:
    articles = [listed(attack, title=attack, source=attack), UNDATED]
    parsed(scope_html(Scope(source=attack, article=attack), articles))
