"""The chat in a real headless Chromium, used as a person uses it. Nothing but loopback may be asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.serve_chat import served

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
QUESTION = "How many trees does the park have?"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("index")) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def desk(browser: Browser, address: str) -> Iterator[BrowserContext]:
    # One for all desktop tests, so that Gradio's scripts are loaded once; each page is a conversation of its own.
    context = browser.new_context(viewport=DESK)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    yield context
    context.close()


def visit(context: BrowserContext, address: str) -> Iterator[Page]:
    """A fresh visitor; whatever the page did wrong fails the test that used it."""
    wrong: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            wrong.append(f"asked for {request.url}")

    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("request", watch)
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(address)
    expect(page.locator("#welcome h2")).to_be_visible()
    yield page
    assert page.evaluate("window.hacked") is None
    page.close()
    assert wrong == []


@pytest.fixture
def page(desk: BrowserContext, address: str) -> Iterator[Page]:
    yield from visit(desk, address)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    yield from visit(context, address)
    context.close()


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


def test_ask_click_the_citation_and_read_the_highlighted_quote(page: Page) -> None:
    ask(page)
    answered(page)
    expect(page.locator("#live .short")).to_contain_text("1,240")
    expect(page.locator("#live blockquote").first).to_contain_text("1,240 trees")
    expect(page.locator("#live .small")).to_contain_text("Searched 2 articles")
    page.locator("#live .chip").first.click()
    active = page.locator("#side mark.active")
    expect(active.first).to_be_visible()
    quote = page.locator("#live blockquote").first.text_content()
    assert "".join(active.all_text_contents()) == quote
    expect(page.locator("#side mark.answer.active")).to_have_text("1,240")
    assert in_view(page, "#side mark.active")


def test_a_quote_far_down_is_scrolled_to_and_the_keys_walk_on(page: Page) -> None:
    ask(page, "When will a second park open in Bregenz, said the planning office?")
    answered(page)
    page.locator("#live .chip").first.click()
    expect(page.locator("#side mark.active").first).to_be_visible()
    expect(page.locator("#side mark.active").first).to_contain_text("A second park will open")
    assert page.locator("#side .text").evaluate("text => text.scrollTop") > 500
    assert in_view(page, "#side mark.active")
    expect(page.locator("#side .walk span")).to_have_text(re.compile("Quote 1 of [23]"))
    page.keyboard.press("]")
    expect(page.locator("#side .walk span")).to_have_text(re.compile("Quote 2 of [23]"))
    page.keyboard.press("[")
    expect(page.locator("#side .walk span")).to_have_text(re.compile("Quote 1 of [23]"))
    page.keyboard.press("Escape")
    expect(page.locator("#side .shelf")).to_be_visible()
    assert page.evaluate("document.activeElement.className") == "chip"


def test_quotes_come_first_and_nothing_above_or_among_them_moves_when_the_answer_comes(page: Page) -> None:
    ask(page, "How many trees does the park have, slowly?")
    first = page.locator("#live blockquote").first
    expect(first).to_be_visible(timeout=3_000)
    expect(page.locator("#live .turn.reading")).to_be_visible()
    before = first.bounding_box()
    answered(page)
    assert first.bounding_box() == before


def test_escape_stops_at_once_and_the_next_question_works(page: Page) -> None:
    ask(page, "How many trees does the park have, slowly?")
    expect(page.locator("#live blockquote").first).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#live .turn.stopped")).to_be_visible(timeout=3_000)
    expect(page.locator("#live blockquote").first).to_be_visible()
    ask(page)
    answered(page)
    expect(page.locator("#past .question")).to_have_text("How many trees does the park have, slowly?")


def test_the_stop_button_stops(page: Page) -> None:
    ask(page, "How many trees does the park have, slowly?")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#live .turn.stopped")).to_be_visible(timeout=3_000)
    expect(page.get_by_role("button", name="Ask")).to_be_visible()


def test_keys_of_the_question_box(page: Page) -> None:
    box = page.get_by_label("Your question")
    expect(box).to_be_focused()
    box.press_sequentially("How many trees")
    box.press("Shift+Enter")
    box.press_sequentially("does the park have?")
    assert box.input_value() == "How many trees\ndoes the park have?"
    box.press("Enter")
    answered(page)
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    ask(page, "How many cracks were found in the bridge?")
    answered(page)
    expect(page.locator("#past .question")).to_have_count(1)
    box.press("ArrowUp")
    expect(box).to_have_value("How many cracks were found in the bridge?")
    box.press("ArrowUp")
    expect(box).to_have_value("How many trees does the park have?")
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(box).to_have_value("")


def test_each_new_question_stands_at_the_top(page: Page) -> None:
    for question in (QUESTION, "How many cracks were found in the bridge?", "Who won the cup?"):
        ask(page, question)
        answered(page)
        page.wait_for_function(
            """() => {
                const top = (selector) => document.querySelector(selector).getBoundingClientRect().top;
                return Math.abs(top("#live .question") - top("#scroll") - 24) < 3;
            }"""
        )


def test_it_says_no_with_what_was_searched_and_the_nearest_passages(page: Page) -> None:
    ask(page, "Who won the cup?")
    answered(page)
    expect(page.locator("#live .short")).to_have_text("The articles don’t say.")
    expect(page.locator("#live .sure")).to_contain_text("Searched: 2 articles, 3 May 2024")
    page.get_by_role("link", name="Read this passage").first.click()
    expect(page.locator("#side mark.near.active").first).to_be_visible()


def test_copying_keeps_the_citations(page: Page) -> None:
    ask(page)
    answered(page)
    page.get_by_role("button", name="Copy with sources").click()
    expect(page.locator("#live .copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "1,240 [1]" in copied
    numbered = re.findall(r"^(\d)\. “([^”]+)”, ([^,]+), ", copied, re.MULTILINE)
    assert [number for number, _, _ in numbered] == [str(n) for n in range(1, len(numbered) + 1)]
    assert ("Bridge closed for repairs", "harbour-post.example") in [found[1:] for found in numbered]
    assert copied.count("> “") == len(numbered)


def test_the_conversation_is_saved_with_all_its_sources(page: Page) -> None:
    save = page.get_by_role("button", name="Save conversation")
    expect(save).to_be_hidden()
    for question in (QUESTION, "Who won the cup?"):
        ask(page, question)
        answered(page)
    with page.expect_download() as saved:
        save.click()
    assert saved.value.suggested_filename.endswith(".md")
    first, second = saved.value.path().read_text("utf-8").split("\n\n---\n\n")
    assert first.startswith(f"**{QUESTION}**\n\n1,240 [1]")
    assert "\n1. “" in first
    assert second.startswith("**Who won the cup?**\n\nThe articles don’t say.")


def test_an_example_is_asked_by_a_click(page: Page) -> None:
    example = page.locator("#welcome button.example").first
    expect(example).to_be_visible()
    question = example.text_content() or ""
    example.click()
    expect(page.locator("#live .question")).to_have_text(question)
    answered(page)
    expect(page.locator("#welcome")).to_be_hidden()


def test_the_first_page_stays_for_later_visitors_once_all_examples_are_tried(
    desk: BrowserContext, address: str
) -> None:
    for _ in range(2):
        visitor = visit(desk, address)
        page = next(visitor)
        expect(page.locator("#welcome button.example").first).to_be_visible()
        page.wait_for_timeout(1_500)  # whatever comes after the page has come by now
        expect(page.locator("#welcome button.example").first).to_be_visible()
        assert next(visitor, None) is None


def test_what_an_article_carries_is_never_run(page: Page) -> None:
    ask(page, "How many cracks were found in the bridge by engineers?")
    answered(page)
    page.locator("#live .chip").first.click()
    text = page.locator("#side .text")
    expect(text).to_contain_text("<script>window.hacked = 1</script>")
    expect(text).to_contain_text('<img src=x onerror="window.hacked = 2">')
    assert page.locator("#side script, #side img, #side a[href^=javascript]").count() == 0
    ask(page, "<img src=x onerror=window.hacked=4> ${window.hacked=5} {{this}}")
    answered(page)
    assert page.locator("#live img").count() == 0


def test_even_an_inserted_handler_would_not_run(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    expect(page.locator("#welcome h2")).to_be_visible()
    with page.expect_console_message(lambda said: "script-src-attr 'none'" in said.text):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b onclick=\"window.ran = true\">b</b>')")
        page.evaluate("document.body.lastElementChild.click()")
    assert page.evaluate("window.ran") is None
    page.close()


def test_too_long_a_question_is_said_and_kept(page: Page) -> None:
    box = page.get_by_label("Your question")
    box.fill("why " * 600)
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("at most 2,000 characters")
    assert len(box.input_value()) == 2_400


def test_on_a_phone_the_article_covers_the_chat_and_closes_again(phone: Page) -> None:
    ask(phone)
    answered(phone)
    expect(phone.locator("#side")).to_be_hidden()
    phone.locator("#live .chip").first.tap()
    expect(phone.locator("#side mark.active").first).to_be_visible()
    assert in_view(phone, "#side mark.active")
    assert phone.locator("#side").bounding_box() == {"x": 0, "y": 0, **{k: v for k, v in PHONE.items()}}
    phone.get_by_role("button", name="Close the article").tap()
    expect(phone.locator("#side")).to_be_hidden()
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width == PHONE["width"]  # nothing sticks out sideways


def test_two_visitors_have_two_conversations(desk: BrowserContext, address: str, page: Page) -> None:
    other = visit(desk, address)
    second = next(other)
    ask(page)
    answered(page)
    expect(second.locator("#live .turn")).to_have_count(0)
    ask(second, "Who won the cup?")
    answered(second)
    expect(page.locator("#live .question")).to_have_text(QUESTION)
    assert next(other, None) is None


def test_narrowing_is_shown_respected_and_taken_back(page: Page) -> None:
    page.get_by_text("Narrow the search").click()
    page.get_by_label("Source").select_option("harbour-post.example")
    expect(page.locator(".chosen")).to_have_text("Only harbour-post.example ×")
    ask(page, "How many trees were planted in the park?")
    answered(page)
    expect(page.locator("#live .small")).to_contain_text("Searched 1 chosen article")
    assert {text.split(" · ")[1] for text in page.locator("#live .place").all_text_contents()} == {
        "harbour-post.example"
    }
    page.get_by_role("button", name="remove").click()
    expect(page.locator(".chosen")).to_have_count(0)
    page.locator("#side [data-article=park]").click()
    page.get_by_role("button", name="Ask only this article").click()
    expect(page.locator(".chosen")).to_contain_text("Only “City opens a park")
    expect(page.get_by_label("Your question")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, address: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def check(page: Page) -> None:
        found = axe.run(page).response["violations"]
        assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []

    context = browser.new_context(viewport=DESK, color_scheme=scheme)
    visitor = visit(context, address)
    page = next(visitor)
    expect(page.locator("#welcome button.example").first).to_be_visible()
    check(page)
    page.get_by_text("Narrow the search").click()
    ask(page)
    answered(page)
    page.locator("#live .chip").first.click()
    expect(page.locator("#side mark.active").first).to_be_visible()
    check(page)
    ask(page, "Who won the cup?")
    answered(page)
    check(page)
    assert next(visitor, None) is None
    context.close()
