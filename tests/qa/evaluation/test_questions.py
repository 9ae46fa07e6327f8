"""Reading questions: what is given is kept, what can't be used is reported by its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.errors import UsageError
from qa.evaluation.questions import (
    GoldEvidence,
    Question,
    parse_question,
    question_to_json,
    questions_hash,
    read_questions,
)
from tests.qa.evaluation.parts import QUESTIONS


def written(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_everything_that_a_line_may_hold(tmp_path: Path) -> None:
    line = {
        "id": 7,
        "question": "Who?",
        "answers": ["Ada", "Ada Brandt", "Ada"],
        "answerable": True,
        "evidence": [
            {"article": "a.txt", "quote": "Ada said"},
            {"article": "b", "start": 3, "end": 9},
            {"article": "c"},
        ],
        "tags": ["people"],
        "date": "2023/01/05",
        "choices": ["x"],
    }
    (question,) = read_questions(written(tmp_path, "q.jsonl", json.dumps(line))).questions
    assert question == Question(
        "7",
        "Who?",
        ("Ada", "Ada Brandt"),
        True,
        (GoldEvidence("a.txt", "Ada said"), GoldEvidence("b", None, 3, 9), GoldEvidence("c")),
        ("people",),
        (("date", "2023/01/05"),),
    )
    assert question.column("date") == "2023/01/05"
    assert question.column("week") is None


def test_only_the_question_is_required(tmp_path: Path) -> None:
    read = read_questions(written(tmp_path, "q.jsonl", '\ufeff{"question": "Who?"}\n\n{"question": "Why?"}\n'))
    assert [(q.id, q.text, q.expects_answer) for q in read.questions] == [
        ("line-1", "Who?", None),
        ("line-3", "Why?", None),
    ]
    assert read.bad == ()


BAD = [
    ("{", "it is not JSON"),
    ('["Who?"]', "it is not a JSON object"),
    ('{"id": 1}', "it has no question"),
    ('{"question": "  "}', "it has no question"),
    ('{"question": 5}', "it has no question"),
    (json.dumps({"question": "x" * 2001}), "2,001 characters"),
    ('{"question": "Who?", "answers": {"a": 1}}', "answers are not a list of texts"),
    ('{"question": "Who?", "answerable": "perhaps"}', "answerable is 'perhaps'"),
    ('{"question": "Who?", "answerable": false, "answers": ["Ada"]}', "although answerable is false"),
    ('{"question": "Who?", "evidence": ["a"]}', "not a list of objects"),
    ('{"question": "Who?", "evidence": [{"quote": "a"}]}', "names no article"),
    ('{"question": "Who?", "evidence": [{"article": "a", "start": 5, "end": 5}]}', "start and end"),
    ('{"question": "Who?", "evidence": [{"article": "a", "start": 5}]}', "start and end"),
    ('{"question": "\\ud800"}', "not UTF-8"),
    ('{"question": "Who?", "id": [1]}', "its id is no text"),
    ("[" * 100_000, "it is not JSON"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_line_is_named_and_harms_no_other(tmp_path: Path, line: str, reason: str) -> None:
    read = read_questions(written(tmp_path, "q.jsonl", f'{{"question": "One?"}}\n{line}\n{{"question": "Two?"}}'))
    assert [question.text for question in read.questions] == ["One?", "Two?"]
    assert [bad.line for bad in read.bad] == [2]
    assert reason in read.bad[0].reason


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    read = read_questions(written(tmp_path, "q.jsonl", b'{"question": "\xff"}\n{"question": "Two?"}'))
    assert [bad.reason for bad in read.bad] == ["it is not UTF-8 text."]
    read = read_questions(written(tmp_path, "q.csv", b"question\n\xff\nTwo?\n"))
    assert [(bad.line, bad.reason) for bad in read.bad] == [(2, "it holds characters that are not UTF-8 text.")]


def test_the_same_id_twice_is_told_apart_and_a_repeated_line_is_left_out(tmp_path: Path) -> None:
    lines = ['{"id": "a", "question": "One?"}', '{"id": "a", "question": "Two?"}', '{"id": "a", "question": "One?"}']
    read = read_questions(written(tmp_path, "q.jsonl", "\n".join(lines[:2])))
    assert [(q.id, q.text) for q in read.questions] == [("a", "One?"), ("a (line 2)", "Two?")]
    assert [note.line for note in read.notes] == [2]
    read = read_questions(written(tmp_path, "q.jsonl", "\n".join([lines[0], lines[2]])))
    assert len(read.questions) == 1
    assert [(bad.line, bad.reason) for bad in read.bad] == [(2, "it repeats line 1.")]


def test_csv(tmp_path: Path) -> None:
    text = (
        'id,Question,answers,answerable,evidence,tags,week\r\n'
        'a,"Who, then?",Ada | Ada Brandt,yes,"[{""article"": ""x"", ""quote"": ""Ada""}]",people|short,3\r\n'
        '\r\n'
        'b,"Two\nlines?",,,,,\r\n'
        'c,Why?,,no,,,\r\n'
        'd,When?,,,[{,,\r\n'
        'e,Where?,,,,,,,\r\n'
        'f,How?,"[""14 | 15""]",,,,\r\n'
    )  # fmt: skip
    read = read_questions(written(tmp_path, "q.csv", text))
    assert [q.id for q in read.questions] == ["a", "b", "c", "f"]
    first, second, third, last = read.questions
    assert first == Question(
        "a",
        "Who, then?",
        ("Ada", "Ada Brandt"),
        True,
        (GoldEvidence("x", "Ada"),),
        ("people", "short"),
        (("week", "3"),),
    )
    assert second.text == "Two\nlines?"
    assert third.expects_answer is False
    assert last.answers == ("14 | 15",)
    assert [(bad.line, bad.reason.split(" ")[0]) for bad in read.bad] == [(7, "the"), (8, "it")]


def test_csv_with_an_article_and_a_quote_as_columns(tmp_path: Path) -> None:
    text = "question\tevidence_article\tevidence_quote\nWho?\tferry.txt\tAda said\nWhy?\t\t\n"
    read = read_questions(written(tmp_path, "q.tsv", text))
    assert [q.evidence for q in read.questions] == [(GoldEvidence("ferry.txt", "Ada said"),), ()]


def test_a_file_without_questions_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no question that can be used. Line 1: it is not JSON"):
        read_questions(written(tmp_path, "q.jsonl", "hello"))
    with pytest.raises(UsageError, match="no column 'question', only frage"):
        read_questions(written(tmp_path, "q.csv", "frage\nWer?\n"))
    with pytest.raises(UsageError, match="No such file"):
        read_questions(tmp_path / "missing.jsonl")


def test_an_answer_or_evidence_makes_a_question_answerable() -> None:
    assert parse_question({"question": "Who?", "answers": ["Ada"]}, default_id="x").expects_answer is True
    assert parse_question({"question": "Who?", "evidence": [{"article": "a"}]}, default_id="x").expects_answer is True
    assert parse_question({"question": "Who?", "answers": "Ada"}, default_id="x").answers == ("Ada",)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_written_and_read_again(question: Question) -> None:
    assert parse_question(json.loads(json.dumps(question_to_json(question))), default_id="") == question


def test_the_hash_notices_every_field() -> None:
    base = {
        "id": "a",
        "question": "Who?",
        "answers": ["Ada"],
        "evidence": [{"article": "x"}],
        "tags": ["t"],
        "week": "3",
    }
    changes = [
        {"id": "b"},
        {"question": "Whom?"},
        {"answers": ["Eva"]},
        {"answerable": True},
        {"tags": []},
        {"week": "4"},
        {"evidence": [{"article": "x", "start": 0, "end": 5}]},
    ]
    hashes = [questions_hash([parse_question({**base, **change}, default_id="")]) for change in [{}, *changes]]
    assert len(set(hashes)) == len(hashes)
