"""The size that was asked for, as tests get it from the fixtures in conftest.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Record = Callable[..., None]


class Torture:
    """The size that was asked for."""

    def __init__(self, config: pytest.Config, *, full: bool, processes: int) -> None:
        self.full = full
        self.processes = processes  # how many a test may use side by side
        self._config = config

    def count(self, full: int, small: int) -> int:
        """How many cases to try."""
        return full if self.full else small

    def progress(self, text: str) -> None:
        """Shows a line at once, in a full run only."""
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        capture = self._config.pluginmanager.getplugin("capturemanager")
        if self.full and reporter and capture:
            with capture.global_and_fixture_disabled():
                reporter.write_line(text)
