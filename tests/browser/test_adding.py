"""Articles added and removed in the browser, beginning without any, while the chat goes on answering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import DESK, PHONE, answered, ask, axe_finds_nothing, visit
from tests.serve_chat import served

KITE = "Kites over Lindau\n\nThe kite festival of Lindau drew 900 visitors on Sunday. Ines Falk flew a red kite.\n"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("empty")
    with served(folder, "--empty") as url:
        yield url, folder


@pytest.fixture
def visitor(browser: Browser, empty: tuple[str, Path]) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK)
    yield from visit(context, empty[0])
    context.close()


def test_from_nothing_to_an_answer_and_back(visitor: Page, empty: tuple[str, Path], tmp_path: Path) -> None:
    page, kept = visitor, empty[1] / "uploads"
    expect(page.locator("#welcome h2")).to_have_text("There are no articles yet")
    ask(page, "How many visitors did the kite festival draw?")
    answered(page)
    expect(page.locator("#live .short")).to_have_text("The articles don’t say.")

    page.locator("#side").get_by_role("button", name="Add articles").click()
    files = {"kites.txt": KITE, "<b>bold<b>.txt": "   ", "more.html": f"<html><body><p>{KITE * 3}</p></body></html>"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    page.get_by_label("Files").set_input_files([tmp_path / name for name in files])
    report = page.locator("#report .report")
    expect(report).to_contain_text("2 added, 1 skipped")
    expect(report.locator("li")).to_contain_text("it holds no text")
    assert sorted(path.name for path in kept.iterdir()) == ["kites.txt", "more.html"]
    page.get_by_role("button", name="Close adding articles").click()
    expect(page.locator("#side .library li")).to_have_count(2)
    expect(page.locator("#masthead .loaded")).to_contain_text("2 articles")

    ask(page, "How many visitors did the kite festival draw, Lindau?")
    answered(page)
    expect(page.locator("#live .short")).to_contain_text("900")
    # The page repeats the text file's words, so they are copies, and either may stand for both.
    expect(page.locator("#live .place").first).to_contain_text(re.compile(r"kites\.txt|more\.html"))

    for left in (1, 0):
        page.locator("#side .remove").first.click()
        expect(page.locator("#side .library li")).to_have_count(left + 1)
        page.get_by_role("button", name="Remove").first.click()
        expect(page.locator("#side .library li")).to_have_count(left)
        expect(page.locator("#side .told")).to_contain_text("Removed “")
    assert list(kept.iterdir()) == []


def test_a_text_is_pasted_and_an_address_of_this_machine_is_refused(visitor: Page, empty: tuple[str, Path]) -> None:
    page = visitor
    page.locator("#side").get_by_role("button", name="Add articles").click()
    expect(page.get_by_role("heading", name="Add articles")).to_be_focused()
    page.get_by_label("Web address").fill(empty[0])
    page.get_by_role("button", name="Fetch and add").click()
    report = page.locator("#report .report")
    expect(report).to_contain_text("not on the public internet")
    page.get_by_label("Title").fill("<img src=x onerror=window.hacked=1>")
    page.get_by_label("Text", exact=True).fill("Otters are back in the river Argen, the warden said on Friday.")
    page.get_by_role("button", name="Add the text").click()
    expect(report).to_contain_text("1 added")
    page.keyboard.press("Escape")
    expect(page.locator("#adding")).to_be_hidden()
    expect(page.locator("#side .library")).to_contain_text("<img src=x onerror=window.hacked=1>")
    expect(page.locator("#side img")).to_have_count(0)


def test_a_file_is_dropped_on_the_form(visitor: Page) -> None:
    page = visitor
    page.locator("#side").get_by_role("button", name="Add articles").click()
    dropped = page.evaluate_handle(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["Herons are back in the harbour, the warden said."], "herons.txt"));
            return data;
        }"""
    )
    page.dispatch_event("#form .drop", "drop", {"dataTransfer": dropped})
    expect(page.locator("#report .report")).to_contain_text("1 added")
    expect(page.locator("#side .library")).to_contain_text("herons.txt")


def test_another_process_that_builds_is_said_and_questions_go_on(visitor: Page, empty: tuple[str, Path]) -> None:
    import fcntl

    page = visitor
    with open(empty[1] / "LOCK", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        page.locator("#side").get_by_role("button", name="Add articles").click()
        page.get_by_label("Text", exact=True).fill("Badgers are back, too.")
        page.get_by_role("button", name="Add the text").click()
        expect(page.locator("#report .report")).to_contain_text("Another process")
        ask(page, "Which otters are back in the river?")
        answered(page)


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_in_the_form(browser: Browser, empty: tuple[str, Path], size: dict, scheme: str) -> None:  # type: ignore[type-arg]
    context = browser.new_context(viewport=size, color_scheme=scheme)
    visitor = visit(context, empty[0])
    page = next(visitor)
    if size is PHONE:
        page.get_by_role("button", name="Articles", exact=True).click()
    page.locator("#side").get_by_role("button", name="Add articles").click()
    page.get_by_label("Web address").fill("http://127.0.0.1/")
    page.get_by_role("button", name="Fetch and add").click()
    expect(page.locator("#report .report h3")).to_have_text("Skipped")
    axe_finds_nothing(page)
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert next(visitor, None) is None
    context.close()
