"""What people say of answers, what they take along, and the news of refused questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.passage_index import Narrowing
from qa.chat.keeper import Keeper, saved_conversation
from qa.chat.keeping_panel import MAX_NEWS, judging_html, key_of, news_html, not_told_html, saved_html
from qa.chat.markup import one_line
from qa.chat.render import conversation_html
from qa.chat.turn import Phase, Turn
from qa.evaluation.questions import read_questions
from qa.keeping.refused import Refused
from qa.keeping.verify import verify
from tests.qa.chat.attacks import ATTACKS
from tests.qa.chat.pages import PARK, SEARCHED, answer_of, answered, citation_of, parsed, refusal_of, text

TURN = answered(answer_of(citation_of(PARK, 0, 25, answer=(13, 18)), short="1,240"))
REFUSED = answered(refusal_of())


def pressed(html: str) -> dict[str, str]:
    return {button.get("data-judge"): button.get("aria-pressed") for button in parsed(html).iter("button")}


def test_an_answer_can_be_called_good_wrong_or_one_that_should_have_said_no() -> None:
    assert pressed(judging_html(TURN, 3, {})) == {"good": "false", "bad": "false", "should have said no": "false"}
    assert pressed(judging_html(TURN, 3, {key_of(TURN): "bad"}))["bad"] == "true"
    refusal = parsed(judging_html(REFUSED, 0, {}))
    assert [text(button) for button in refusal.iter("button")] == ["Right to say no", "The articles do say"]
    assert text(refusal.find_class("help")[0]) == "The question is kept, and asked again when articles are added."
    narrowed = replace(REFUSED, narrowing=Narrowing(None, frozenset({"a"}), None, None))
    assert "asked again" not in judging_html(narrowed, 0, {})


def test_nobody_is_asked_before_there_is_an_answer_or_where_nothing_is_kept() -> None:
    assert judging_html(Turn("Who?", Phase.SEARCHING, SEARCHED), 0, {}) == ""
    assert judging_html(TURN, 0, None) == ""
    assert "data-judge" not in conversation_html([TURN])
    assert 'data-judge="good" data-turn="1"' in conversation_html([TURN, REFUSED], {})


def test_a_word_is_kept_changed_and_taken_back(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    verdicts, told = keeper.judge([TURN], {}, {"judge": "good", "turn": "0"}) or ({}, "")
    assert verdicts == {key_of(TURN): "good"}
    assert text(parsed(told)) == "Kept as a question to measure with."
    assert read_questions(keeper.feedback.path).questions[0].answers == ("1,240",)
    verdicts, told = keeper.judge([TURN], verdicts, {"judge": "bad", "turn": "0"}) or ({}, "")
    assert verdicts == {key_of(TURN): "bad"}
    assert "for correction" in told
    verdicts, told = keeper.judge([TURN], verdicts, {"judge": "bad", "turn": "0"}) or ({}, "")
    assert (verdicts, text(parsed(told))) == ({}, "Taken back.")
    assert keeper.feedback.rows() == []


@pytest.mark.parametrize(
    "wanted", [{}, {"judge": "good"}, {"judge": "odd", "turn": "0"}, {"judge": "good", "turn": "7"}, {"turn": "0"}]
)
def test_a_forged_press_keeps_nothing(tmp_path: Path, wanted: dict[str, str]) -> None:
    keeper = Keeper(tmp_path)
    assert keeper.judge([TURN], {}, wanted) is None
    assert keeper.judge([Turn("Who?", Phase.SEARCHING, SEARCHED)], {}, {"judge": "good", "turn": "0"}) is None
    assert list(tmp_path.iterdir()) == []


def test_what_can_not_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "feedback").write_text("in the way")
    keeper = Keeper(tmp_path)
    verdicts, told = keeper.judge([TURN], {}, {"judge": "good", "turn": "0"}) or ({}, "")
    assert verdicts == {}
    assert parsed(told).find("p").get("role") == "alert"
    keeper.note(REFUSED, "", "1")  # nobody waits for this one: the answer stands
    assert (keeper.news(""), keeper.forget("")) == ("", "")


def test_a_question_asked_of_a_part_of_the_articles_is_not_put_on_the_list(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    keeper.note(replace(REFUSED, narrowing=Narrowing(None, frozenset({"a"}), None, None)), "", "1")
    keeper.note(Turn("Who?", Phase.SEARCHING, SEARCHED).stopped(), "", "1")
    assert keeper.refused.all() == []
    keeper.note(REFUSED, "", "1")
    assert [one.question for one in keeper.refused.all()] == ["Who won?"]


def test_the_news_name_each_question_and_are_quiet_without_any() -> None:
    ones = [Refused(f"Who won {n}?", "", date(2026, 11, 22), "1", answered=True) for n in range(MAX_NEWS + 2)]
    assert news_html([]) == ""
    assert text(parsed(news_html(ones[:1])).find(".//summary")) == "1 question that had no answer before now has one"
    many = parsed(news_html(ones))
    assert text(many.find(".//summary")) == f"{MAX_NEWS + 2} questions that had no answer before now have one"
    shown = [button.get("data-question") for button in many.find_class("example")]
    assert shown == [f"Who won {n}?" for n in range(MAX_NEWS + 1, 1, -1)]
    assert "And 2 more." in text(many)


def test_a_saved_conversation_is_one_that_can_be_verified() -> None:
    for form, kind in (("md", "text/markdown"), ("html", "text/html")):
        file = parsed(saved_conversation([TURN, REFUSED], {"save": form}) or "").find("p")
        assert file.get("data-type") == kind
        assert file.get("data-file").endswith(f".{form}")
        assert verify(file.get("data-text").encode(), lambda _: PARK).ok
    assert saved_conversation([TURN], {"save": "exe"}) is None
    assert saved_conversation([TURN], {}) is None


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_text(attack: str) -> None:
    refused = Refused(attack, "", date(2026, 11, 22), "1", answered=True)
    assert one_line(parsed(news_html([refused])).find_class("example")[0].get("data-question")) == one_line(attack)
    assert text(parsed(not_told_html(0, attack))) == one_line(attack)
    assert parsed(saved_html(attack, attack, "text/html", "1")).find("p") is not None
    parsed(judging_html(replace(TURN, question=attack), 0, {attack: attack}))
