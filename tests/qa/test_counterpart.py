"""Where a sentence tells the same of two, each answer goes to the question that it fits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qa.counterpart import OTHERS_SAY, counterparts, kind_of, settle, tell_apart
from qa.reader import PassageQuestion, Reading, Span

TEXT = "Turnout was high. In March the ferry to Oban carried 710 people, compared with 480 for Mallaig. Nobody swam."
ASKED = PassageQuestion("How many people did the ferry to Mallaig carry?", "Ferries", TEXT)
OTHER = PassageQuestion("How many people did the ferry to Oban carry?", "Ferries", TEXT)


def span(words: str, score: float, text: str = TEXT) -> Span:
    start = text.index(words)
    return Span(start, start + len(words), score)


def reading(*spans: Span) -> Reading:
    return Reading(spans, null_score=1.0, total_score=6.0)


def words(found: Reading, text: str = TEXT) -> list[str]:
    return [text[one.start : one.end] for one in found.spans]


def test_the_question_is_asked_about_the_name_beside_the_other_answer() -> None:
    doubts = counterparts(OTHER, reading(span("710", 5.0), span("480", 4.0)))
    assert [(one.asked, one.rival) for one in doubts] == [(ASKED, span("480", 4.0))]


@pytest.mark.parametrize(
    ("spans", "why"),
    [
        ((span("710", 5.0),), "there is no other answer"),
        ((span("710", 5.0), span("Nobody", 4.0)), "it stands in another sentence"),
        ((span("710", 5.0), span("March", 4.0)), "it is a name and no number"),
        ((), "nothing was found"),
    ],
)
def test_what_leaves_no_doubt_isn_t_read_again(spans: tuple[Span, ...], why: str) -> None:
    assert counterparts(OTHER, reading(*spans)) == [], why


def test_a_question_without_a_name_of_the_sentence_isn_t_read_again() -> None:
    asked = PassageQuestion("How many people went by ferry?", "Ferries", TEXT)
    assert counterparts(asked, reading(span("710", 5.0), span("480", 4.0))) == []


def test_an_answer_that_the_other_question_likes_better_is_left_to_it() -> None:
    mine = reading(span("710", 5.0), span("480", 4.0), span("March", 1.0))
    [doubt] = counterparts(OTHER, mine)
    enough = (5.0 - 4.0) / OTHERS_SAY + 0.1
    settled = settle(mine, [(doubt, reading(span("710", 3.0 + enough), span("480", 3.0)))])
    assert words(settled) == ["480", "710", "March"]
    assert [one.score for one in settled.spans] == [5.0, 4.0, 1.0]  # the passage is as strong as it was
    assert (settled.null_score, settled.total_score) == (mine.null_score, mine.total_score)


@pytest.mark.parametrize(
    "other",
    [
        reading(span("710", 3.0 + 1.0 / OTHERS_SAY - 0.1), span("480", 3.0)),  # not by enough
        reading(span("480", 9.0), span("710", 3.0)),  # the other way round
        reading(span("March", 9.0)),  # it likes neither
    ],
)
def test_otherwise_the_reading_stays(other: Reading) -> None:
    mine = reading(span("710", 5.0), span("480", 4.0))
    [doubt] = counterparts(OTHER, mine)
    assert settle(mine, [(doubt, other)]) == mine


def test_years_are_replaced_by_years() -> None:
    text = "The port handled 12 ships in 2023 and 31 in 2024."
    asked = PassageQuestion("How many ships did the port handle in 2023?", "", text)
    [doubt] = counterparts(asked, reading(span("12", 5.0, text), span("31", 4.0, text)))
    assert doubt.asked.question == "How many ships did the port handle in 2024?"


def test_possessives_are_replaced_without_their_ending() -> None:
    text = "Last year the report counted 40 models for America, compared with China's 15."
    asked = PassageQuestion("How many models are America's?", "", text)
    [doubt] = counterparts(asked, reading(span("40", 5.0, text), span("15", 4.0, text)))
    assert doubt.asked.question == "How many models are China's?"


def test_all_doubts_are_read_as_one_batch() -> None:
    calls: list[list[PassageQuestion]] = []

    def read(pairs: Sequence[PassageQuestion]) -> list[Reading]:
        calls.append(list(pairs))
        return [reading(span("710", 9.0), span("480", 1.0)) for _ in pairs]

    mine = reading(span("710", 5.0), span("480", 4.0))
    sure = reading(span("710", 5.0))
    found = tell_apart(read, [OTHER, OTHER, OTHER], [mine, sure, mine])
    assert [words(one)[0] for one in found] == ["480", "710", "480"]
    assert calls == [[ASKED, ASKED]]
    nothing = Reading((), null_score=1.0)
    assert tell_apart(read, [OTHER, OTHER], [sure, nothing]) == [sure, nothing] and len(calls) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("1,240 trees", "number"),
        ("twelve", "number"),
        ("hundreds", "number"),
        ("Peter Lund", "name"),
        ("a shortage of chips", None),
        ("on the first of the two days in May 2024", None),
    ],
)
def test_kinds(answer: str, kind: str | None) -> None:
    assert kind_of(answer) == kind
