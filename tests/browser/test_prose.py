"""A model that writes about the quotes, behind a server of its own: picked in the chat, streamed, checked, stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.steps import DESK, QUESTION, answered, ask, visit
from tests.qa.prose.model_server import Behaviour, model_server
from tests.serve_chat import served

PROSE = (
    'There are 1,240 trees in the park. [1] Ines Falk said "We kept the new signals". "85 percent of them were grown '
    'in the region". <img src=x onerror=window.hacked=1> The park has 1,500 trees.'
)


@pytest.fixture(scope="module")
def behaviour() -> Behaviour:
    return Behaviour(PROSE)


@pytest.fixture(scope="module")
def room(behaviour: Behaviour, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with model_server(behaviour) as model, served(tmp_path_factory.mktemp("told"), "--model", model) as address:
        yield address


@pytest.fixture
def page(browser: Browser, room: str) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK)
    yield from visit(context, room)
    context.close()


def choose(page: Page, name: str = "openai:tiny") -> None:
    page.get_by_label("Answers by").select_option(name)
    expect(page.get_by_label("Answers by")).to_have_value(name)


def test_prose_is_picked_streamed_and_each_sentence_says_what_holds_it_up(
    page: Page, behaviour: Behaviour, tmp_path: Path
) -> None:
    behaviour.pause = 0.05
    choose(page)
    ask(page)
    expect(page.locator("#live .turn.telling .writing")).to_be_visible()
    expect(page.locator("#live blockquote").first).to_contain_text("1,240 trees")  # before the prose is done
    place = page.locator("#live blockquote").first.bounding_box()
    page.screenshot(path=str(tmp_path / "telling.png"))
    answered(page)
    page.screenshot(path=str(tmp_path / "told.png"))
    told = page.locator("#live .told")
    expect(told.locator(".supported")).to_have_text("There are 1,240 trees in the park.")
    expect(told.locator(".verbatim")).to_have_text("“85 percent of them were grown in the region”")
    expect(page.locator("#live .doubtful summary")).to_have_text("2 sentences left out: no quote holds them up")
    expect(page.get_by_text("The park has 1,500 trees.")).to_be_hidden()
    page.locator("#live .doubtful summary").click()
    expect(page.locator("#live .doubtful li").first).to_have_text("Ines Falk said We kept the new signals.")
    expect(page.locator("#live .telling-of .small")).to_contain_text("Written by openai:tiny")
    after = page.locator("#live blockquote").first.bounding_box()
    assert place and after and abs(place["x"] - after["x"]) < 1
    told.locator(".chip").first.click()
    expect(page.locator("#side mark.active").first).to_be_visible()


def test_quotes_alone_stay_the_usual_answer(page: Page) -> None:
    expect(page.get_by_label("Answers by")).to_have_value("extractive")
    ask(page)
    answered(page)
    expect(page.locator("#live .telling-of")).to_have_count(0)


def test_a_question_waits_for_the_choices_made_just_before_it(page: Page) -> None:
    held: list[Route] = []
    slow = True
    page.route("**/gradio_api/**", lambda route: held.append(route) if slow else route.continue_())
    choose(page)
    page.get_by_text("Narrow the search").click()
    page.get_by_label("Source").select_option("harbour-post.example")
    box = page.get_by_label("Your question")
    box.fill(QUESTION)
    box.press("Enter")
    page.wait_for_timeout(300)
    first, held = held, []
    for request in first:
        request.continue_()
    expect(page.get_by_label("Answers by")).to_have_value("openai:tiny")
    page.wait_for_timeout(300)
    assert not any(QUESTION in (request.request.post_data or "") for request in (*first, *held))
    slow = False
    for request in held:
        request.continue_()
    answered(page)
    expect(page.get_by_role("button", name="Only harbour-post.example: remove")).to_be_visible()
    expect(page.locator("#live .telling-of .small")).to_contain_text("Written by openai:tiny")
    expect(page.locator("#live blockquote")).to_have_count(1)


def test_a_stop_keeps_the_sentences_that_stand(page: Page, behaviour: Behaviour) -> None:
    behaviour.pause = 0.15
    choose(page)
    ask(page)
    expect(page.locator("#live .told .supported")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    answered(page)
    expect(page.locator("#live .told .supported")).to_have_count(1)
    expect(page.locator("#live .writing")).to_have_count(0)
    behaviour.pause = 0.0


def test_a_model_that_fails_leaves_the_quotes_and_says_why(page: Page, behaviour: Behaviour) -> None:
    behaviour.manner = "broken"
    choose(page)
    ask(page)
    answered(page)
    expect(page.locator("#live .telling-of [role=alert]")).to_contain_text("No prose: openai:tiny broke off")
    expect(page.locator("#live blockquote").first).to_be_visible()
    behaviour.manner = "stream"
