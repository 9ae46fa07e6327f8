"""The command line as a person uses it: what it prints, and its exit codes. No weights: the encoder is hashed words."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from qa.cli import main

ARTICLE = "A bridge opens\n\nThe mayor opened the bridge on Monday. It cost nine million euros, the city said.\n"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bridge.txt").write_text(ARTICLE, "utf-8")
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("ONRECORD_ENCODER", "hash-256")
    monkeypatch.setenv("ONRECORD_SELECTOR", "sentences")
    monkeypatch.setenv("ONRECORD_DATA", str(tmp_path / "data"))

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    return invoke


def test_add_ask_list_remove(run, articles: Path) -> None:  # type: ignore[no-untyped-def]
    added = run("add", articles)
    assert added.exit_code == 0, added.output
    assert "1 added" in added.output

    asked = run("ask", "--json", "How much did the bridge cost?")
    assert asked.exit_code == 0
    answer = json.loads(asked.stdout)
    fields = {"question", "abstained", "short", "confidence", "answerable", "statements", "considered", "seconds"}
    assert set(answer) >= fields | {"sources", "differing", "searched"}

    listed = run("list")
    assert "A bridge opens" in listed.output

    found = run("search", "bridge", "--json")
    assert json.loads(found.stdout.splitlines()[0])["rank"] == 1

    assert "unchanged" in run("add", articles).output
    assert "1 removed" in run("remove", "bridge.txt").output
    assert "no articles" in run("list").output


def test_a_quote_in_json_is_a_slice_of_the_stored_article(run, articles: Path) -> None:  # type: ignore[no-untyped-def]
    run("add", articles)
    answer = json.loads(run("ask", "--json", "How much did the bridge cost, nine million euros?").stdout)
    assert not answer["abstained"]
    citation = answer["statements"][0]["citations"][0]
    assert citation["number"] == 1
    assert citation["quote"] in ARTICLE
    assert len(citation["quote"]) == citation["end"] - citation["start"]
    assert citation["path"] == str(articles / "bridge.txt")
    assert citation["published"] is None


def test_a_refusal_is_done_too(run, articles: Path) -> None:  # type: ignore[no-untyped-def]
    run("add", articles)
    asked = run("ask", "Quantum chromodynamics lagrangian?")
    assert asked.exit_code == 0
    assert asked.output.startswith("The articles don't say.")


def test_the_selector_is_named_on_the_command_line(run, articles: Path) -> None:  # type: ignore[no-untyped-def]
    run("add", articles)
    assert run("ask", "--selector", "sentences", "Who opened the bridge?").exit_code == 0
    assert run("ask", "--selector", "magic", "Who opened the bridge?").exit_code == 2


def test_skipped_inputs_are_exit_code_3(run, articles: Path) -> None:  # type: ignore[no-untyped-def]
    (articles / "empty.txt").touch()
    added = run("add", articles)
    assert added.exit_code == 3
    assert "1 added" in added.output
    assert "empty.txt" in added.output


def test_wrong_use_is_exit_code_2(run, articles: Path) -> None:  # type: ignore[no-untyped-def]
    run("add", articles)
    assert run("ask", "").exit_code == 2
    assert run("ask", "x" * 2001).exit_code == 2
    assert run("remove", "nothing-like-that").exit_code == 2
    assert run("frobnicate").exit_code == 2
    assert run("add", articles / "missing.txt").exit_code == 2


def test_no_index_is_one_clear_sentence(run) -> None:  # type: ignore[no-untyped-def]
    asked = run("ask", "Who?")
    assert asked.exit_code == 1
    assert "onrecord add" in asked.output
    assert "Traceback" not in asked.output


def test_the_sample_is_added_once(run) -> None:  # type: ignore[no-untyped-def]
    assert "3 added" in run("sample").output
    assert "already" in run("sample").output


def test_the_chat_opens_without_articles_and_the_sample_can_still_be_added(  # type: ignore[no-untyped-def]
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setitem(
        sys.modules, "ui", SimpleNamespace(launch=lambda *given, **named: opened.append((given, named)))
    )
    done = run("chat", "--no-browser")
    assert done.exit_code == 0, done.output
    (assistant,), named = opened[0]
    assert assistant.index.n_articles == 0
    assert assistant.ask("Who opened the bridge?").abstained
    assert named.items() >= {"data": tmp_path / "data", "port": 7860, "open_browser": False}.items()
    assert "3 added" in run("sample").output
    assert assistant.reload().n_articles == 3
    assert run("chat").exit_code == 0
    assert opened[1][0][0].index.n_articles == 3


HEAVY = "torch faiss transformers sentence_transformers gradio sklearn scipy matplotlib trafilatura tantivy numpy"


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = f"import sys, qa.cli; print([m for m in '{HEAVY}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_is_there_at_once() -> None:
    command = [sys.executable, "-m", "qa.cli", "--help"]
    subprocess.run(command, capture_output=True, check=True)
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert time.perf_counter() - began < 2.0  # 0.2 s where nothing else runs
    for name in ("add", "sample", "ask", "search", "list", "remove", "chat", "doctor", "eval", "compare"):
        assert f"\n  {name} " in done.stdout
