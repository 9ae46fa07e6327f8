"""A follow-up that a model writes out: only the conversation's own words, or the rules' reading stays."""

from __future__ import annotations

import pytest

from corpus.errors import ModelError
from qa.ellipsis import Exchange
from qa.prose.rewriting import rewrite
from tests.qa.prose.doubles import Scripted

TURNS = [Exchange("Who opened the park in Lindau?", "Ines Falk", "Mayor Ines Falk opened the park.")]


@pytest.mark.parametrize(
    ("question", "written", "taken"),
    [
        ("What did she say?", "What did Ines Falk say?", "What did Ines Falk say?"),
        ("What did she say?", "What did Ines Falk say?\nShe said much.", "What did Ines Falk say?"),
        ("How big is it?", "How big is the park in Lindau", "How big is the park in Lindau?"),
        ("And why did she open it?", "Why did Ines Falk open the park?", "Why did Ines Falk open the park?"),
        ("What did she say?", "What did she say?", None),  # nothing was put in
        ("What did she say?", "What did Angela Merkel say?", None),  # a name of nobody's
        ("What did she say?", "Ines Falk said that it is big.", None),  # an answer
        ("What did she say in 2024?", "What did Ines Falk say?", None),  # something was lost
        ("What did she not say?", "What did Ines Falk say?", None),  # and here it matters
        ("What did she say?", "", None),
        ("What did she say?", "What did Ines Falk say " + "in Lindau " * 40, None),
    ],
)
def test_a_question_is_taken_only_if_nothing_is_invented_or_lost(
    question: str, written: str, taken: str | None
) -> None:
    assert rewrite(question, TURNS, Scripted(written)) == taken


def test_without_a_conversation_the_model_isnt_asked() -> None:
    writer = Scripted("What did Ines Falk say?")
    assert rewrite("What did she say?", [], writer) is None
    assert writer.prompts == []


def test_a_model_that_fails_says_so() -> None:
    with pytest.raises(ModelError, match="down"):
        rewrite("What did she say?", TURNS, Scripted("What", fails=ModelError("It is down.")))
