"""What a person does and sees in the chat, as steps that the browser tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

QUESTION = "How many trees does the park have?"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


def visit(context: BrowserContext, address: str) -> Iterator[Page]:
    """A fresh visitor; whatever the page did wrong fails the test that used it."""
    wrong: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            wrong.append(f"asked for {request.url}")

    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("request", watch)
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(address)
    expect(page.locator("#welcome h2")).to_be_visible()
    yield page
    assert page.evaluate("window.hacked") is None
    page.close()
    assert wrong == []


def ask(page: Page, question: str = QUESTION) -> None:
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    expect(page.locator("#live .question")).to_have_text(" ".join(question.split()))


def answered(page: Page) -> None:
    expect(page.locator("#live .turn.answered")).to_be_visible()


def in_view(page: Page, selector: str) -> bool:
    """Whether the middle of the first such element is what a person sees at that spot."""
    return bool(
        page.evaluate(
            """(selector) => {
                const box = document.querySelector(selector).getClientRects()[0];
                const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return there !== null && there.closest(selector) !== null;
            }""",
            selector,
        )
    )


def axe_finds_nothing(page: Page) -> None:
    """Hold the page as it is now against the rules of accessibility."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []
