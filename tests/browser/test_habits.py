"""What makes the chat pleasant to use: keys, stopping, copying, narrowing, a phone, and everyone being able to."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import DESK, PHONE, QUESTION, answered, ask, axe_finds_nothing, in_view, visit


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


def test_narrowing_is_shown_respected_and_taken_back(page: Page) -> None:
    page.get_by_text("Narrow the search").click()
    page.get_by_label("Source").select_option("harbour-post.example")
    expect(page.locator(".chosen")).to_have_text("Only harbour-post.example ×")
    ask(page, "How many trees were planted in the park?")
    answered(page)
    expect(page.locator("#live .small")).to_contain_text("Searched 1 chosen article")
    assert set(page.locator("#live .place .source").all_text_contents()) == {"harbour-post.example"}
    page.get_by_role("button", name=": remove").click()
    expect(page.locator(".chosen")).to_have_count(0)
    page.locator("#side [data-article=park]").click()
    page.get_by_role("button", name="Ask only this article").click()
    expect(page.locator(".chosen")).to_contain_text("Only “City opens a park")
    expect(page.get_by_label("Your question")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(viewport=DESK, color_scheme=scheme)
    visitor = visit(context, address)
    page = next(visitor)
    expect(page.locator("#welcome button.example").first).to_be_visible()
    axe_finds_nothing(page)
    page.get_by_text("Narrow the search").click()
    ask(page)
    answered(page)
    page.locator("#live .chip").first.click()
    expect(page.locator("#side mark.active").first).to_be_visible()
    axe_finds_nothing(page)
    ask(page, "Who won the cup?")
    answered(page)
    axe_finds_nothing(page)
    assert next(visitor, None) is None
    context.close()
