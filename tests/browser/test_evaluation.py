"""The evaluation in the browser: from a file of questions to a report and a comparison, while the chat goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import DESK, PHONE, QUESTION, answered, ask, axe_finds_nothing, visit
from tests.serve_chat import served

ASKED = [
    {"id": "trees", "question": QUESTION, "answers": ["1,240"]},
    {"id": "cup", "question": "Who won the cup?", "answerable": False},
    {"id": "<b>x</b>", "question": "How many cracks did engineers find in the bridge?", "answers": ["<i>14</i>"]},
]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("measured")
    with served(folder) as url:
        yield url, folder


@pytest.fixture
def visitor(browser: Browser, measured: tuple[str, Path]) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK)
    yield from visit(context, measured[0])
    context.close()


def questions(folder: Path, name: str) -> Path:
    rows = ASKED
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "no JSON\n", "utf-8")
    return path


def opened(page: Page) -> None:
    page.locator("#masthead [data-view=evaluation]:visible").click()
    expect(page.get_by_role("heading", name="Evaluation", exact=True)).to_be_focused()
    expect(page.locator("#desk")).to_be_hidden()


def finished(page: Page) -> None:
    expect(page.locator("#evalstate .progress")).to_contain_text("Done.", timeout=60_000)
    expect(page.locator("#evalresult iframe")).to_be_visible()


def test_from_questions_to_a_report_and_a_comparison(visitor: Page, tmp_path: Path) -> None:
    page = visitor
    ask(page)
    answered(page)
    page.locator("#live").get_by_role("button", name="Good").click()
    expect(page.locator("#live .kept")).not_to_be_empty()
    opened(page)
    page.get_by_label("Questions", exact=True).set_input_files(questions(tmp_path, "first <b>.jsonl"))
    finished(page)
    expect(page.locator("#evalstate")).to_contain_text("Line 4: it is not JSON")
    frame = page.frame_locator("#evalresult iframe")
    expect(frame.locator("h1")).to_have_text(
        "Onrecord answered 2 of 3 questions and said of 1 that the articles don't say."
    )
    expect(frame.locator("svg").first).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download the report").click()
    assert saved.value.suggested_filename.endswith(".html")
    report = saved.value.path().read_text("utf-8")
    assert report.startswith("<!doctype html>")
    assert "Onrecord answered 2 of 3 questions" in report

    page.get_by_role("button", name="Ask the 1 question from this chat").click()
    expect(page.locator("#evalresult h3")).to_contain_text("questions")
    expect(frame.locator("h1")).to_contain_text("Onrecord answered 1 of 1 question")
    page.get_by_label("Questions", exact=True).set_input_files(questions(tmp_path, "second.jsonl"))
    expect(page.locator("#evalresult h3")).to_contain_text("second")
    first = page.get_by_label("Compare with").locator("option", has_text="first").first.get_attribute("value")
    page.get_by_label("Compare with").select_option(first)
    expect(page.locator("#evalresult h3")).to_have_text("Comparison")
    expect(page.locator("#evalresult")).to_contain_text("Compared on 3 questions. That is under 100")
    expect(page.locator("#evalresult tbody th", has_text="Right").first).to_be_visible()
    page.get_by_role("button", name="Show").first.click()
    expect(page.locator("#evalresult iframe")).to_be_visible()
    assert page.locator("#evaluation b").count() == 0

    for left in (2, 1, 0):
        page.locator("#evalruns .remove").first.click()
        page.get_by_role("button", name="Really remove?").click()
        expect(page.locator("#evalruns li")).to_have_count(left)
    page.locator("#masthead [data-view=chat]:visible").click()
    expect(page.locator("#live .short")).to_contain_text("1,240")  # the conversation is where it was
    expect(page.get_by_label("Your question")).to_be_focused()


def test_it_is_stopped_and_goes_on_while_the_chat_answers(
    visitor: Page, measured: tuple[str, Path], browser: Browser, tmp_path: Path
) -> None:
    page = visitor
    opened(page)
    # The first of a batch waits, so that this run is under way for a while: see tests/serve_chat.py.
    path = tmp_path / "slow.jsonl"
    path.write_text("".join(json.dumps({"question": f"Is it read slowly, {n}?"}) + "\n" for n in range(40)), "utf-8")
    page.get_by_label("Questions", exact=True).set_input_files(path)
    expect(page.get_by_role("button", name="Stop the evaluation")).to_be_visible()
    context = browser.new_context(viewport=DESK)
    second = visit(context, measured[0])
    other = next(second)
    opened(other)
    expect(other.locator("#evalstate")).to_contain_text("of 40 questions")
    other.get_by_label("Questions", exact=True).set_input_files(questions(tmp_path, "other.jsonl"))
    expect(other.locator("#evalstate [role=alert]")).to_contain_text("under way already")
    other.locator("#masthead [data-view=chat]:visible").click()
    ask(other)
    answered(other)
    assert next(second, None) is None
    context.close()
    page.get_by_role("button", name="Stop the evaluation").click()
    expect(page.locator("#evalstate")).to_contain_text("Stopped. What was asked is kept", timeout=30_000)
    expect(page.get_by_role("button", name="Stop the evaluation")).to_be_hidden()
    page.get_by_role("button", name="Go on with").first.click()
    expect(page.get_by_role("button", name="Stop the evaluation")).to_be_visible()
    page.get_by_role("button", name="Stop the evaluation").click()
    expect(page.locator("#evalstate")).to_contain_text("Stopped.", timeout=30_000)
    page.locator("#evalruns .remove").first.click()
    page.get_by_role("button", name="Really remove?").click()
    expect(page.locator("#evalruns li")).to_have_count(0)


def test_a_file_without_questions_is_said(visitor: Page, tmp_path: Path) -> None:
    opened(visitor)
    path = tmp_path / "letter.csv"
    path.write_text("Dear colleague,\nnothing here\n", "utf-8")
    visitor.get_by_label("Questions", exact=True).set_input_files(path)
    expect(visitor.locator("#evalstate [role=alert]")).to_contain_text("the header has no column 'question'")


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_and_all_is_reached_by_keyboard(
    browser: Browser, measured: tuple[str, Path], tmp_path: Path, size: dict, scheme: str
) -> None:  # type: ignore[type-arg]
    context = browser.new_context(viewport=size, color_scheme=scheme)
    visitor = visit(context, measured[0])
    page = next(visitor)

    def check() -> None:
        axe_finds_nothing(page)
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]

    if size is PHONE:
        page.locator("#masthead summary:visible").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#masthead [data-view=evaluation]:visible")).to_be_visible()
        check()
    page.locator("#masthead [data-view=evaluation]:visible").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Evaluation", exact=True)).to_be_focused()
    for name in ("a.jsonl", "b.jsonl"):
        page.get_by_label("Questions", exact=True).set_input_files(questions(tmp_path, name))
        expect(page.locator("#evalresult h3")).to_contain_text(name.removesuffix(".jsonl"))
    check()
    reached = set()
    page.get_by_role("heading", name="Evaluation", exact=True).focus()
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim().slice(0, 20)")
        )
    assert {"eval-file", "Show", "Remove", "Download the report"} <= reached
    page.get_by_label("Compare with").select_option(index=1)
    expect(page.locator("#evalresult h3")).to_have_text("Comparison")
    expect(page.locator("#evalresult table").first).to_be_visible()
    check()
    assert next(visitor, None) is None
    context.close()
