"""What a person keeps and passes on: files that can be verified, words on answers, and news of refused questions."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect

from index.encoder import HashEncoder
from index.passage_index import PassageIndex
from qa.evaluation.questions import read_questions
from qa.keeping.verify import Status, Verification, verify
from tests.browser.steps import PHONE, QUESTION, answered, ask, axe_finds_nothing, visit


def saved(page: Page, form: str) -> Download:
    page.locator("#masthead summary:visible").first.click()
    with page.expect_download() as file:
        page.get_by_role("button", name=form).click()
    return file.value


def verified(file: Path, folder: Path) -> Verification:
    with PassageIndex.open(folder, HashEncoder()) as index:
        return verify(file.read_bytes(), index.article)


@pytest.mark.parametrize(("form", "suffix"), [("Save as Markdown", ".md"), ("Save as a web page", ".html")])
def test_the_conversation_is_saved_and_every_quote_can_be_verified(
    page: Page, folder: Path, form: str, suffix: str
) -> None:
    expect(page.get_by_text("Save conversation")).to_be_hidden()
    for question in (QUESTION, "Who won the cup?"):
        ask(page, question)
        answered(page)
    file = saved(page, form)
    assert file.suggested_filename.endswith(suffix)
    assert file.suggested_filename.startswith("onrecord-")
    found = verified(file.path(), folder)
    assert found.ok
    assert len(found.findings) == page.locator("#talk blockquote").count() > 0
    forged = file.path().read_text("utf-8").replace("1,240 trees", "2,240 trees").replace("1,240<", "2,240<")
    forgery = file.path().parent / "forged"
    forgery.write_text(forged, "utf-8")
    assert verified(forgery, folder).findings[0].status is Status.NOT_THERE


def test_the_saved_page_needs_nothing_and_reads_well(page: Page, browser: Browser, tmp_path: Path) -> None:
    ask(page)
    answered(page)
    ask(page, "How many cracks were found in the bridge by engineers?")
    answered(page)
    file = tmp_path / "talk.html"
    saved(page, "Save as a web page").save_as(file)
    context = browser.new_context(viewport=PHONE, color_scheme="dark", java_script_enabled=True)
    reader = context.new_page()
    wrong: list[str] = []
    reader.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
    reader.on("console", lambda said: wrong.append(said.text))
    reader.goto(file.as_uri())
    expect(reader.locator("blockquote").first).to_contain_text("1,240 trees")
    expect(
        reader.locator("blockquote", has_text="<script>window.hacked = 1</script>")
        .or_(reader.locator("blockquote", has_text="14 cracks"))
        .first
    ).to_be_visible()
    assert reader.evaluate("window.hacked") is None
    assert reader.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert wrong == []
    axe_finds_nothing(reader)
    context.close()


def test_a_word_on_an_answer_becomes_a_question_to_measure_with(page: Page, folder: Path) -> None:
    ask(page, "How many trees does the park of Lindau have?")
    answered(page)
    good = page.locator("#live").get_by_role("button", name="Good")
    good.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#live .kept")).to_have_text("Kept as a question to measure with.")
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(good).to_be_focused()
    kept = {question.text: question for question in read_questions(folder / "feedback" / "questions.jsonl").questions}
    question = kept["How many trees does the park of Lindau have?"]
    assert question.answers == ("1,240",)
    assert len(question.evidence) == page.locator("#live blockquote").count()
    page.locator("#live").get_by_role("button", name="Should have said no").click()
    expect(good).to_have_attribute("aria-pressed", "false")
    ask(page, "Who won the cup?")
    answered(page)
    expect(page.locator("#past").get_by_role("button", name="Should have said no")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.locator("#live").get_by_role("button", name="The articles do say").click()
    expect(page.locator("#live .kept")).to_contain_text("for correction")
    kept = {question.text: question for question in read_questions(folder / "feedback" / "questions.jsonl").questions}
    assert kept["How many trees does the park of Lindau have?"].answerable is False
    assert "to-correct" in kept["Who won the cup?"].tags


def test_copying_by_hand_and_by_button_keeps_the_citations(page: Page) -> None:
    ask(page)
    answered(page)
    page.locator("#live .copy").click()
    expect(page.locator("#live .copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "1,240 [1]" in copied
    assert "\n1. “" in copied
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#live .turn'))")
    page.keyboard.press("Control+c")
    by_hand = page.evaluate("navigator.clipboard.readText()")
    assert "[1]" in by_hand
    assert "lake-courier.example" in by_hand


def test_a_refused_question_that_has_an_answer_now_is_news(desk: BrowserContext, address: str, folder: Path) -> None:
    visitor = visit(desk, address)
    page = next(visitor)
    question = "How many herons did the wardens count?"
    ask(page, question)
    answered(page)
    expect(page.locator("#live .short")).to_have_text("The articles don’t say.")
    expect(page.locator("#live .help").last).to_contain_text("asked again when articles are added")
    expect(page.locator("#news .news")).to_have_count(0)
    page.locator("#side").get_by_role("button", name="Add articles").click()
    page.get_by_label("Title").fill("Herons")
    page.get_by_label("Text", exact=True).fill("The wardens count 31 herons at the shore.")
    page.get_by_role("button", name="Add the text").click()
    news = page.locator("#news summary")
    expect(news).to_have_text("1 question that had no answer before now has one")
    page.get_by_role("button", name="Close adding articles").click()
    news.click()
    page.locator("#news").get_by_role("button", name=question).click()
    answered(page)
    expect(page.locator("#live .short")).to_contain_text("31")
    expect(page.locator("#news .news")).to_have_count(0)
    page.locator("#side .library li", has_text="Herons").locator(".remove").click()
    page.get_by_role("button", name="Really remove?").click()
    expect(page.locator("#side .told")).to_contain_text("Removed “Herons”")
    assert next(visitor, None) is None
