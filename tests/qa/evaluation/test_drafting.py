"""Drafts of questions: from sentences that stand alone, with an answer that stands there, and marked as drafts."""

from __future__ import annotations

from corpus.article import Article
from qa.evaluation.drafting import draft_questions
from qa.evaluation.gold import locate
from tests.qa.evaluation.parts import ARTICLES, Shelf


def drafts_of(text: str, wanted: int = 9) -> list[tuple[str, str]]:
    return [(draft.text, draft.answers[0]) for draft in draft_questions([Article("a", "", text)], wanted)]


def test_each_form() -> None:
    assert drafts_of("Ada Brandt said the hull of the ferry had cracked in the night.") == [
        ("Who said the hull of the ferry had cracked in the night?", "Ada Brandt")
    ]
    assert drafts_of("The ferry to the island sank on 3 May 2021 after a long storm.") == [
        ("Which date is missing? The ferry to the island sank on ____ after a long storm.", "3 May 2021")
    ]
    assert drafts_of("The new bridge over the river cost $14 million and six lives.") == [
        ("Which number is missing? The new bridge over the river cost ____ and six lives.", "$14 million")
    ]
    assert drafts_of("The old trade of making nets was learned by many in Port Royal.") == [
        ("Which name is missing? The old trade of making nets was learned by many in ____.", "Port Royal")
    ]


def test_what_makes_no_question() -> None:
    assert drafts_of("He said the hull of the ferry to Lindholm had cracked in 2021.") == []  # who is he?
    assert drafts_of("It sank in 2021.") == []
    assert drafts_of("The mayor said: “The bridge over the river cost 14 million crowns.") == []
    assert (
        drafts_of("The bridge cost 14 crowns in spring and another 14 crowns later.") == []
    )  # the answer stands twice
    assert drafts_of("") == []


def test_a_draft_can_be_asked_and_is_marked() -> None:
    drafts = draft_questions(ARTICLES, 50)
    assert drafts
    assert len({draft.id for draft in drafts}) == len(drafts)
    for draft in drafts:
        assert draft.tags[0] == "draft"
        gold = locate(draft, Shelf())
        assert gold.pieces == 1 and not gold.problems
        quote = Shelf().article(gold.places[0].article_id).text[gold.places[0].start : gold.places[0].end]
        assert draft.answers[0] in quote
        assert draft.answers[0] not in draft.text


def test_the_same_seed_gives_the_same_drafts_spread_over_articles() -> None:
    assert draft_questions(ARTICLES, 4, seed=1) == draft_questions(reversed(ARTICLES), 4, seed=1)
    assert draft_questions(ARTICLES, 4, seed=1) != draft_questions(ARTICLES, 4, seed=2)
    assert len({draft.evidence[0].article for draft in draft_questions(ARTICLES, 4)}) == 4
    assert len(draft_questions(ARTICLES, 2)) == 2
