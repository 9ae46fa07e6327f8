"""The main job with the real models: from saved pages to cited answers, with nothing but loopback reachable."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

from qa.cli import main

SHARED = Path(__file__).parents[2] / "shared" / "articles"
SAMPLE = Path(__file__).parents[1] / "corpus" / "sample"

ASKED = [
    ("How many notable AI models did U.S. institutions and China produce in 2024?", ["40 notable", "15"], "000_"),
    ("What share of Chinese models is called state-of-the-art?", ["78 percent"], "001_"),
    ("Who released Kling?", ["Kuaishou released Kling"], "002_"),
    ("Where was WAIC held?", ["Shanghai"], "001_"),
    ("Who said that AI is in its infancy?", ["Grace Shao"], "001_"),
    ("In which field is China clearly in the lead?", ["green technologies"], "000_"),
]
NOT_SAID = [
    "What is the capital of Mongolia?",
    "Who won the 2022 World Cup?",
    "How many employees does Zhipu have?",
]

pytestmark = pytest.mark.slow


def run(data: Path, *words: object) -> str:
    done = CliRunner().invoke(main, [str(word) for word in (words[0], "--data", data, *words[1:])])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"the three saved pages are not at {SHARED}")
    folder = tmp_path_factory.mktemp("data")
    run(folder, "add", SHARED)
    return folder


# pytest-socket warns before it raises, and warnings are errors here; it is the raising that is wanted.
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_network_is_blocked_in_tests() -> None:
    with pytest.raises((SocketBlockedError, SocketConnectBlockedError)):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


@pytest.mark.parametrize(("question", "words", "article"), ASKED)
def test_the_right_quote_from_the_right_article(data: Path, question: str, words: list[str], article: str) -> None:
    answer = json.loads(run(data, "ask", "--json", question))
    assert not answer["abstained"], answer
    first = answer["statements"][0]["citations"][0]
    stored = Path(first["path"])
    assert stored.name.startswith(article)
    assert all(word in first["quote"] for word in words), first["quote"]
    assert first["quote"] in stored.read_text("utf-8")


@pytest.mark.parametrize("question", NOT_SAID)
def test_what_the_articles_do_not_say_is_declined(data: Path, question: str) -> None:
    answer = json.loads(run(data, "ask", "--json", question))
    assert answer["abstained"], answer["statements"]
    assert answer["considered"]


def test_the_sample_answers(tmp_path: Path) -> None:
    run(tmp_path, "sample")
    answer = json.loads(run(tmp_path, "ask", "--json", "Who released Kling?"))
    assert "Kuaishou" in answer["statements"][0]["text"]
    assert Path(answer["statements"][0]["citations"][0]["path"]).parent == SAMPLE


def test_doctor_finds_nothing_wrong(data: Path) -> None:
    told = run(data, "doctor")
    assert "BAD" not in told
    assert "3 articles" in told
    assert "nothing is contacted" in told
