"""The command line over one small article, for tests that run its commands without a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qa.cli import main

ARTICLE = "A bridge opens\n\nThe mayor opened the bridge on Monday. It cost nine million euros, the city said.\n"
Run = Callable[..., Result]


def over_the_bridge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with what is typed in as `given`; a test file makes its fixture of this."""
    monkeypatch.setenv("ONRECORD_ENCODER", "hash-256")
    monkeypatch.setenv("ONRECORD_SELECTOR", "sentences")
    monkeypatch.setenv("ONRECORD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ONRECORD_MODELS", str(tmp_path / "models"))
    (tmp_path / "bridge.txt").write_text(ARTICLE, "utf-8")

    def invoke(*words: object, given: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=given)

    assert invoke("add", tmp_path / "bridge.txt").exit_code == 0
    return invoke
