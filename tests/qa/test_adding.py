"""What a person sees of long work."""

from __future__ import annotations

import pytest

from qa import adding


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
