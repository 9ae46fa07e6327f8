"""The ruler itself: figures reach the file, a row that runs alone keeps the others' figures, a failure shows."""

from __future__ import annotations

import json
from pathlib import Path

from tests.torture.results import Results


def test_figures_are_merged_a_test(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks" / "results"
    first = Results()
    first.add("kill", "tests/torture/test_kill.py::test_a", {"points": 3000})
    first.add("kill", "tests/torture/test_kill.py::test_b", {"lost": 1})
    first.finished("tests/torture/test_kill.py::test_a", "passed", 2.04)
    assert [str(path) for path in first.write(folder)] == ["benchmarks/results/torture-kill.json"]
    second = Results()
    second.add("kill", "tests/torture/test_kill.py::test_b", {"lost": 0})
    second.finished("tests/torture/test_kill.py::test_b", "passed", 1.0)
    second.write(folder)
    tests = json.loads((folder / "torture-kill.json").read_text("utf-8"))["tests"]
    assert [(name, test["outcome"], test["figures"]) for name, test in tests.items()] == [
        ("test_kill.py::test_a", "passed", {"points": 3000}),
        ("test_kill.py::test_b", "passed", {"lost": 0}),
    ]
    assert tests["test_kill.py::test_a"]["seconds"] == 2.0


def test_without_an_end_a_test_counts_as_failed(tmp_path: Path) -> None:
    results = Results()
    results.add("kill", "test_kill.py::test_a", {"points": 1234})
    assert results.lines() == ["kill        test_kill.py::test_a: points 1,234"]
    results.write(tmp_path / "benchmarks" / "results")
    stored = json.loads((tmp_path / "benchmarks" / "results" / "torture-kill.json").read_text("utf-8"))
    assert stored["tests"]["test_kill.py::test_a"]["outcome"] == "failed"
