"""Speakers, folded copies and figures that differ, as a person sees them beside the quotes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import DESK, PHONE, answered, ask, axe_finds_nothing, in_view, visit
from tests.chat_figures import QUESTION
from tests.serve_chat import served


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("figures"), "--figures") as url:
        yield url


@pytest.fixture
def visitor(browser: Browser, figures: str) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK)
    yield from visit(context, figures)
    context.close()


def test_figures_speakers_and_copies_stand_beside_the_quotes(visitor: Page) -> None:
    page = visitor
    ask(page, QUESTION)
    answered(page)
    expect(page.locator("#live .sure")).to_contain_text("2 articles, one source")
    table = page.locator("#live table.differing")
    expect(table.locator("caption")).to_have_text("The articles give different figures")
    expect(table.locator("tbody td.value")).to_have_text(["27,000", "31,000"])
    expect(page.locator("#live .speaker")).to_have_text(["Ines Falk", "a team of the university"])
    folded = page.locator("#live details.copies")
    expect(folded).to_have_count(1)
    expect(folded.locator("li")).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator("li")).to_be_visible()
    folded.locator("a.open").click()
    active = page.locator("#side mark.active")
    expect(active.first).to_be_visible()
    assert "".join(active.all_text_contents()) == page.locator("#live blockquote").first.text_content()
    expect(page.locator("#side .source")).to_have_text(folded.locator(".source").text_content() or "")
    assert in_view(page, "#side mark.active")
    table.locator("a.chip").last.click()
    expect(page.locator("#side mark.answer.active")).to_have_text("31,000")


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_nothing_sticks_out_and_axe_finds_nothing(
    browser: Browser, figures: str, size: Any, scheme: Any, tmp_path: Path
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme)
    visitor = visit(context, figures)
    page = next(visitor)
    ask(page, QUESTION)
    answered(page)
    page.locator("#live details.copies summary").click()
    axe_finds_nothing(page)
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    box = page.locator("#live table.differing").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert next(visitor, None) is None
    context.close()
