"""The real headless Chromium that some suites drive: where it is, how it starts, and what skips their tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

_CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

needs_chromium = pytest.mark.skipif(not _CHROMIUM.exists(), reason=f"there is no browser at {_CHROMIUM}")


def chromium() -> Iterator[Browser]:
    """A browser until the tests that share it are done.

    Each suite makes its fixture of this, as wide as suits it: `browser = pytest.fixture(scope="module")(chromium)`. One
    for all would stay open to the end of the run, and while it is open no other test can run an event loop.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(_CHROMIUM), args=_FLAGS)
        yield browser
        browser.close()
