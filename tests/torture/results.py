"""The figures of a torture run: kept a test, merged into one JSON file a part, so that a row can be run alone."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "benchmarks" / "results"


@dataclass(slots=True)
class _Test:
    part: str
    figures: dict[str, Any] = field(default_factory=dict)
    outcome: str = "failed"  # until it has finished
    seconds: float = 0.0


class Results:
    """What the tests of this session recorded."""

    def __init__(self) -> None:
        self._tests: dict[str, _Test] = {}

    def add(self, part: str, test: str, figures: Mapping[str, Any]) -> None:
        """Keeps figures of a test; `part` names the file."""
        self._tests.setdefault(test, _Test(part)).figures.update(figures)

    def finished(self, test: str, outcome: str, seconds: float) -> None:
        if test in self._tests:
            self._tests[test].outcome = outcome
            self._tests[test].seconds = round(seconds, 1)

    def lines(self) -> list[str]:
        """One line a test."""
        return [
            f"{test.part:<12}{_short(name)}: "
            + ", ".join(f"{key.replace('_', ' ')} {_shown(value)}" for key, value in test.figures.items())
            for name, test in self._tests.items()
        ]

    def write(self, folder: Path = FOLDER) -> list[Path]:
        """Brings each part's file up to date with the tests that ran."""
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for part in dict.fromkeys(test.part for test in self._tests.values()):
            path = folder / f"torture-{part}.json"
            kept = json.loads(path.read_text("utf-8"))["tests"] if path.exists() else {}
            for name, test in self._tests.items():
                if test.part == part:
                    kept[_short(name)] = _entry(name, test)
            whole = {"part": part, "tests": dict(sorted(kept.items()))}
            path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")
            written.append(path.relative_to(folder.parents[1]))
        return written


def _entry(name: str, test: _Test) -> dict[str, Any]:
    return {
        "outcome": test.outcome,
        "figures": test.figures,
        "seconds": test.seconds,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores, {platform.platform(terse=True)}, Python {platform.python_version()}",
        "command": f".venv/bin/python -m pytest --torture=full {name}",
    }


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
