"""Models on the command line: asked, compared, and missing; a real tiny model and a real server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.qa.commands import ARTICLE, Run, over_the_bridge
from tests.qa.prose.model_server import Behaviour, model_server
from tests.qa.prose.tiny_models import tiny_model

QUESTION = "How much did the bridge cost, nine million euros?"


run = pytest.fixture(over_the_bridge)


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour("The bridge cost nine million euros. The bridge cost ten million euros.")


@pytest.fixture
def address(behaviour: Behaviour) -> Iterator[str]:
    with model_server(behaviour) as url:
        yield url


def test_a_question_is_told_by_a_server_and_each_sentence_checked(run: Run, address: str) -> None:
    asked = run("ask", "--json", "--answerer", "openai:tiny", "--base-url", address, QUESTION)
    assert asked.exit_code == 0, asked.output
    answer = json.loads(asked.stdout)
    assert answer["written_by"] == "openai:tiny"
    assert [(one["text"], one["kind"]) for one in answer["statements"]] == [
        ("The bridge cost nine million euros.", "supported"),
        ("The bridge cost ten million euros.", "unsupported"),
    ]
    (citation,) = answer["statements"][0]["citations"]
    assert citation["quote"] in ARTICLE


def test_a_question_is_told_by_a_model_in_a_folder(run: Run, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny", "qwen3")
    asked = run("ask", "--answerer", f"hf:{folder}", QUESTION)
    assert asked.exit_code == 0, asked.output
    assert "nine million euros" in asked.stdout  # random weights say nothing that holds, so the quotes remain
    assert "Loading" not in asked.output


def test_a_server_that_is_down_costs_the_prose_and_not_the_answer(run: Run, behaviour: Behaviour) -> None:
    with model_server(behaviour) as address:
        pass  # and is gone
    asked = run("ask", "--answerer", "openai:tiny", "--base-url", address, QUESTION)
    assert asked.exit_code == 1
    assert "nine million euros" in asked.stdout
    assert f"No model answers at {address}" in asked.stderr


def test_answerers_are_compared_over_the_same_questions(run: Run, address: str, tmp_path: Path) -> None:
    questions, out = tmp_path / "questions.jsonl", tmp_path / "run"
    lines = [{"question": QUESTION, "answers": ["nine million euros"]}, {"question": "Who is it?", "answerable": False}]
    questions.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    done = run("eval", questions, "--out", out, "--answerer", "extractive", "--answerer", "openai:tiny",
               "--base-url", address)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "extractive   openai:tiny" in done.stdout
    assert "extractive → openai:tiny" in done.stdout
    for name in ("extractive", "openai-tiny"):
        summary = json.loads((out / name / "summary.json").read_text("utf-8"))
        assert summary["questions"]["asked"] == 2
    told = [json.loads(line) for line in (out / "openai-tiny" / "per_item.jsonl").read_text("utf-8").splitlines()]
    assert told[0]["answer"]["written_by"] == "openai:tiny"
    assert summary["configuration"]["settings"]["answerer"] == "openai:tiny"


def test_a_run_stops_when_there_is_no_model_to_ask(run: Run, behaviour: Behaviour, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"question": QUESTION, "answers": ["nine million euros"]}) + "\n", "utf-8")
    with model_server(behaviour) as address:
        pass
    done = run("eval", questions, "--out", tmp_path / "run", "--answerer", "openai:tiny", "--base-url", address)
    assert done.exit_code == 1
    assert "No model answers" in done.stderr
    assert not (tmp_path / "run" / "summary.json").exists()
    with model_server(behaviour) as address:
        again = run("eval", questions, "--out", tmp_path / "run", "--answerer", "openai:tiny", "--base-url", address)
    assert again.exit_code == 0, again.output


def test_a_models_weights_are_in_the_record_of_a_run(run: Run, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "tiny", "gpt2")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"question": "Who is it?", "answerable": False}) + "\n", "utf-8")
    done = run("eval", questions, "--out", tmp_path / "run", "--answerer", f"hf:{folder}")
    assert done.exit_code == 0, done.output
    models = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["configuration"]["models"]
    assert models["answerer"].startswith(f"hf:{folder} sha256:")
