"""What a person sees of long work."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from qa import adding, doctor
from qa.cli import main
from qa.settings import read_settings


@pytest.mark.parametrize(
    ("done", "speed", "unit", "shown"),
    [
        (2048, 310.4, "passages", "2,048 passages, 310/s"),
        (3, 0.52, "articles", "3 articles, 0.5/s"),
        (12_345_678, 2_500_000, "MB", "12 MB, 2.5/s"),
        (0, None, "passages", "0 passages"),
        (1, 5.0, "", ""),
    ],
)
def test_a_rate_is_told_in_the_stages_unit(done: float, speed: float | None, unit: str, shown: str) -> None:
    assert adding.rate(done, speed, unit) == shown


def test_every_stage_has_a_line_and_parts_begin_anew() -> None:
    with adding._progress() as progress:
        bars = adding._Bars(progress)
        bars("load", 500, 1000)
        bars("read", 1, None)  # told by "load" already
        for stage in ("split", "embed"):
            bars(stage, 7, None)
        bars("arrange", 0, 1)
        bars("write", 9, 10)
        bars("write", 0, 30)
        told = [(task.description, task.completed, task.total) for task in progress.tasks]
    assert told == [
        ("Reading", 500, 1000),
        ("Splitting", 7, None),
        ("Embedding", 7, None),
        ("Arranging", 0, 1),
        ("Writing", 0, 30),
    ]


def test_how_vectors_are_searched_is_chosen_kept_and_told(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("The ferry of Bergen opened on Monday. Nobody was hurt.", "utf-8")
    environment = {"ONRECORD_ENCODER": "hash-32", "ONRECORD_DATA": str(tmp_path / "data")}

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, list(words), env=environment)
        return f"{done.exit_code} {done.output}"

    def told() -> str:
        return doctor._index(read_settings(environment))[0].found

    assert run("add", "--vectors", "ivf", str(tmp_path / "one.txt")).count("Articles: 1 added.") == 1
    assert told().endswith("vectors exact (ivf)")  # too few for lists
    refused = run("add", "--vectors", "exact", str(tmp_path / "one.txt"))
    assert "'ivf' in this index; use --rebuild" in refused
    assert run("add", "--rebuild", "--vectors", "exact", str(tmp_path / "one.txt")).startswith("0 ")
    assert told().endswith("vectors exact (exact)")
    assert run("add", "--vectors", "fast", str(tmp_path / "one.txt")).startswith("2 ")
