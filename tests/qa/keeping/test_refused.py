"""Refused questions are kept and asked again once other articles are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from index.passage_index import add
from qa.keeping.refused import MOST, RefusedQuestions
from tests.chat_double import PARK, newsroom
from tests.qa.chat.pages import refusal_of

TODAY = date(2026, 11, 22)
KITES = replace(
    PARK, id="kites", title="Kites", text="The kite festival drew 900 visitors. Ines Falk won the kite cup."
)


def test_what_was_refused_is_asked_again_of_new_articles_only(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path, [PARK])
    kept = RefusedQuestions(tmp_path)
    for question in ("How many visitors did the kite festival draw?", "Who won the chess match?"):
        answer = assistant.ask(question)
        assert answer.abstained
        kept.note(answer, person="", asked_of=assistant.index.fingerprint, today=TODAY)
    assert list(kept.ask_again(assistant)) == []  # these articles have been asked
    add(tmp_path, [KITES], assistant.index.encoder)
    assistant.reload()
    assert [(one.question, one.answered) for one in kept.ask_again(assistant)] == [
        ("How many visitors did the kite festival draw?", True),
        ("Who won the chess match?", False),
    ]
    assert list(kept.ask_again(assistant)) == []
    assert [one.answered for one in RefusedQuestions(tmp_path).all()] == [True, False]
    found = assistant.ask("how many visitors did the KITE festival draw?")
    kept.note(found, person="", asked_of=assistant.index.fingerprint, today=TODAY)
    assert [one.question for one in kept.all()] == ["Who won the chess match?"]


def test_asking_again_waits_for_people(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path, [PARK])
    kept = RefusedQuestions(tmp_path)
    for question in ("Who?", "What?"):
        kept.note(replace(refusal_of(), question=question), person="", asked_of="before", today=TODAY)
    asked = kept.ask_again(assistant, iter([False, True]).__next__)
    assert [one.question for one in asked] == ["Who?"]
    assert [one.question for one in kept.ask_again(assistant)] == ["What?"]


def test_each_persons_questions_are_their_own(tmp_path: Path) -> None:
    kept = RefusedQuestions(tmp_path)
    for person in ("ada", "bo"):
        kept.note(refusal_of(), person=person, asked_of="1", today=TODAY)
    kept.note(refusal_of(), person="ada", asked_of="2", today=TODAY)  # asked twice, listed once
    assert [(one.person, one.asked_of) for one in kept.all()] == [("bo", "1"), ("ada", "2")]
    kept.note(replace(refusal_of(), abstained=False), person="ada", asked_of="2", today=TODAY)
    assert [one.person for one in kept.all()] == ["bo"]
    assert kept.of("ada") == []


def test_those_with_an_answer_are_forgotten_and_strange_lines_left_alone(tmp_path: Path) -> None:
    assistant = newsroom(tmp_path, [KITES])
    kept = RefusedQuestions(tmp_path)
    for question in ("Who won the kite cup?", "Who won the chess match?"):
        kept.note(replace(refusal_of(), question=question), person="", asked_of="before", today=TODAY)
    with kept.path.open("a") as file:
        file.write('{"question": "by hand"}\n')
    list(kept.ask_again(assistant))
    kept.forget("somebody else")
    assert len(kept.all()) == 2
    kept.forget("")
    assert [one.question for one in kept.all()] == ["Who won the chess match?"]
    assert '{"question": "by hand"}' in kept.path.read_text()


def test_the_list_does_not_grow_for_ever(tmp_path: Path) -> None:
    kept = RefusedQuestions(tmp_path)
    first = refusal_of()
    kept.note(first, person="", asked_of="1", today=TODAY)
    line = kept.path.read_text()
    kept.path.write_text("".join(line.replace("Who won?", f"Who won {n}?") for n in range(MOST)))
    kept.note(first, person="", asked_of="1", today=TODAY)
    assert len(kept.all()) == MOST
    assert kept.all()[-1].question == "Who won?"
    assert kept.all()[0].question == "Who won 1?"
