"""Questions, quotes, articles and refusals, as a person meets them. Nothing but loopback may be asked for."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.steps import QUESTION, answered, ask, in_view, visit


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


def test_it_says_no_with_what_was_searched_and_the_nearest_passages(page: Page) -> None:
    ask(page, "Who won the cup?")
    answered(page)
    expect(page.locator("#live .short")).to_have_text("The articles don’t say.")
    expect(page.locator("#live .sure")).to_contain_text("Searched: 2 articles, 3 May 2024")
    page.get_by_role("link", name="Read this passage").first.click()
    expect(page.locator("#side mark.near.active").first).to_be_visible()


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


def test_a_follow_up_is_understood_and_can_be_corrected(page: Page) -> None:
    ask(page)
    answered(page)
    ask(page, "Who planted them?")
    answered(page)
    expect(page.locator("#live .understood")).to_have_text("Understood as: Who planted the trees?")
    expect(page.locator("#live blockquote").filter(has_text="Gardeners planted the trees")).to_be_visible()
    page.get_by_role("button", name="Who planted the trees?").click()
    box = page.get_by_label("Your question")
    expect(box).to_have_value("Who planted the trees?")
    expect(box).to_be_focused()
    box.fill("Who planted the trees over three winters?")
    box.press("Enter")
    answered(page)
    expect(page.locator("#live .question")).to_have_text("Who planted the trees over three winters?")
    expect(page.locator("#live .understood")).to_have_count(0)


def test_too_long_a_question_is_said_and_kept(page: Page) -> None:
    box = page.get_by_label("Your question")
    box.fill("why " * 600)
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("at most 2,000 characters")
    assert len(box.input_value()) == 2_400


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
