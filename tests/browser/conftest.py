"""A real headless Chromium and a chat that is served to it. Every test in this folder is marked `browser`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.steps import DESK, PHONE, visit
from tests.chromium import chromium, needs_chromium
from tests.serve_chat import served

expect.set_options(timeout=20_000)  # milliseconds; a busy machine is no fault of the page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them where there is no browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(needs_chromium)


browser = pytest.fixture(scope="package")(chromium)


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the chat that is served."""
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="package")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as url:
        yield url


@pytest.fixture(scope="package")
def desk(browser: Browser, address: str) -> Iterator[BrowserContext]:
    # One for all desktop tests, so that Gradio's scripts are loaded once; each page is a conversation of its own.
    context = browser.new_context(viewport=DESK)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    yield context
    context.close()


@pytest.fixture
def page(desk: BrowserContext, address: str) -> Iterator[Page]:
    yield from visit(desk, address)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    yield from visit(context, address)
    context.close()
