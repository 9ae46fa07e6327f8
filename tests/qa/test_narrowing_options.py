"""Asking only some of the articles, from the command line: what is found, what is said of it, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index.encoder import HashEncoder
from index.narrowing import Narrowing, Reach, reach, sources
from index.passage_index import PassageIndex
from qa.cli import main

RECORDS = [
    ("park", "theguardian.com", "2023-01-10", "The park of Lindau has 1,240 trees, the gardeners said."),
    ("oak", "theguardian.com", "2023-03-02", "An oak in the park of Lindau is the oldest of its trees."),
    ("pond", "cnn.com", "2023-04-20", "The park of Lindau has a pond between its trees."),
    ("fair", None, None, "The fair in the park of Lindau ended under the trees."),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("narrow")
    lines = [
        json.dumps({"id": name, "title": f"About the {name}", "source": source, "published": day, "text": text})
        for name, source, day, text in RECORDS
    ]
    (folder / "articles.jsonl").write_text("\n".join(lines), "utf-8")
    (folder / "note.txt").write_text("A note\n\nThe trees of the park of Lindau are old.\n", "utf-8")
    done = run(folder / "data", "add", folder / "articles.jsonl", folder / "note.txt")
    assert "5 added" in done.output, done.output
    return folder / "data"


def run(data: Path, *words: object) -> Result:
    environment = {"ONRECORD_ENCODER": "hash-256", "ONRECORD_SELECTOR": "sentences", "ONRECORD_DATA": str(data)}
    return CliRunner(env=environment).invoke(main, [str(word) for word in words])


def found(data: Path, *options: object) -> set[str]:
    done = run(data, "search", "trees in the park of Lindau", "-k", 50, "--json", *options)
    assert done.exit_code == 0, done.output
    return {json.loads(line)["title"].split()[-1] for line in done.stdout.splitlines()}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"park", "oak", "pond", "fair", "note"}),
        (("--source", "cnn.com"), {"pond"}),
        (("--source", "cnn.com", "--source", "TheGuardian.com"), {"park", "oak", "pond"}),
        (("--from", "2023-03-02"), {"oak", "pond"}),
        (("--from", "2023-01-01", "--to", "2023-03-31"), {"park", "oak"}),
        (("--source", "theguardian.com", "--to", "2023-01-10"), {"park"}),
        (("--article", "note.txt"), {"note"}),
        (("--article", "articles.jsonl"), {"park", "oak", "pond", "fair"}),
    ],
)
def test_only_what_was_asked_for_is_found(data: Path, options: tuple[str, ...], expected: set[str]) -> None:
    assert found(data, *options) == expected


def test_ten_are_asked_for_and_all_of_the_narrowed_are_given(data: Path) -> None:
    # Were the hits filtered afterwards, the best passage of all articles would have to be the pond's.
    done = run(data, "search", "oldest oak", "-k", 1, "--source", "cnn.com", "--json")
    assert json.loads(done.stdout)["title"] == "About the pond"


def test_what_was_searched_is_said(data: Path) -> None:
    narrowed = run(data, "ask", "Which trees are in the park of Lindau?", "--source", "theguardian.com")
    assert narrowed.output.splitlines()[-1] == "Searched 2 of 5 articles · 2 passages · 2023-01-10 to 2023-03-02"
    assert "Searched" not in run(data, "ask", "Which trees are in the park of Lindau?").output
    refused = run(data, "ask", "Quantum chromodynamics lagrangian?", "--article", "note.txt")
    assert refused.output.startswith("The articles don't say.")
    assert refused.output.splitlines()[-1] == "Searched 1 of 5 articles · 1 passage · dates unknown"
    told = json.loads(run(data, "ask", "Which trees?", "--json", "--source", "cnn.com", "--to", "2023-12-31").stdout)
    assert told["searched"] == {
        **{"articles": 1, "of_articles": 5, "passages": 1, "first": "2023-04-20", "last": "2023-04-20"},
        **{"sources": ["cnn.com"], "article_ids": None},
    }
    assert {c["source"] for statement in told["statements"] for c in statement["citations"]} <= {"cnn.com"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--source", "guardian"), "There is no source 'guardian'; did you mean 'theguardian.com'."),
        (("--source", "cn.com"), "There is no source 'cn.com'; did you mean 'cnn.com'."),
        (("--source", "zzz"), "There is no source 'zzz'; there are cnn.com, theguardian.com."),
        (("--article", "About the pon"), "There is no article 'About the pon'; did you mean 'About the pond'"),
        (("--article", "nota.txt"), "There is no article 'nota.txt'; did you mean 'note.txt'"),
        (("--from", "2024-01-01"), "No article fits all of that; the articles are of 2023-01-10 to 2023-04-20."),
        (("--from", "2023-03-01", "--to", "2023-02-01"), "--from 2023-03-01 is later than --to 2023-02-01."),
        (("--from", "March"), "'March' does not match the format '%Y-%m-%d'"),
    ],
)
def test_what_is_not_there_is_said_with_what_is_near(data: Path, options: tuple[str, ...], sentence: str) -> None:
    done = run(data, "ask", "Which trees?", *options)
    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())


def test_an_evaluation_asks_only_these_articles(data: Path, tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text(
        json.dumps({"question": "Which trees are in the park of Lindau?", "answerable": True}), "utf-8"
    )
    done = run(data, "eval", tmp_path / "questions.jsonl", "--out", tmp_path / "run", "--source", "cnn.com")
    assert done.exit_code == 0, done.output
    (item,) = (json.loads(line) for line in (tmp_path / "run" / "per_item.jsonl").read_text("utf-8").splitlines())
    cited = [c for statement in item["answer"]["statements"] for c in statement["citations"]]
    assert cited
    assert {citation["source"] for citation in cited} == {"cnn.com"}


def test_reach_and_sources_are_counted_in_the_index(data: Path) -> None:
    with PassageIndex.open(data, HashEncoder(256)) as index:
        store = index.article_store
        assert sources(store) == ["cnn.com", "theguardian.com"]
        assert reach(store, None) == Reach(5, 5, (date(2023, 1, 10), date(2023, 4, 20)))
        assert reach(store, Narrowing(sources=frozenset({"nowhere"}))) == Reach(0, 0, None)
        for narrowing in (
            Narrowing(sources=frozenset({"cnn.com"})),
            Narrowing(published_from=date(2023, 2, 1)),
            Narrowing(published_to=date(2023, 2, 1)),
            Narrowing(frozenset(), frozenset({"cnn.com"})),
        ):
            held = [one for one in index.articles() if narrowing.holds(one)]
            assert len(held) == reach(store, narrowing).articles
