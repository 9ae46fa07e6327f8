"""The report in a real headless Chromium: it opens from disk, fits a phone, asks for nothing and runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from qa.evaluate import evaluate
from qa.evaluation.report import render_report
from tests.chromium import chromium, needs_chromium
from tests.qa.evaluation.parts import many_questions, small_assistant
from tests.qa.evaluation.test_report import ATTACKS, hostile

pytestmark = [pytest.mark.browser, needs_chromium]

browser = pytest.fixture(scope="module")(chromium)


def seen(browser: Browser, page_file: Path, width: int, scheme: str) -> tuple[list[str], int, str]:
    """What went wrong on the page, how wide it is, and the colour of its background."""
    wrong: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page.on("request", lambda request: None if request.url == page_file.as_uri() else wrong.append(request.url))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda said: wrong.append(said.text))
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    wide = page.evaluate("document.documentElement.scrollWidth")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()
    return wrong, wide, colour


def test_it_opens_from_disk_on_a_phone_and_a_desk_light_and_dark(browser: Browser, tmp_path: Path) -> None:
    evaluate(small_assistant(tmp_path / "index"), many_questions(40), tmp_path / "run")
    colours = set()
    for width in (360, 1100):
        for scheme in ("light", "dark"):
            wrong, wide, colour = seen(browser, tmp_path / "run/report.html", width, scheme)
            assert wrong == []
            assert wide == width  # nothing sticks out at the side
            colours.add(colour)
    assert len(colours) == 2


@pytest.mark.parametrize("attack", [" ".join(ATTACKS), "x" * 5_000], ids=["attacks", "one long word"])
def test_foreign_text_does_nothing(browser: Browser, tmp_path: Path, attack: str) -> None:
    (tmp_path / "report.html").write_text(render_report(hostile(attack)), "utf-8")
    wrong, wide, _ = seen(browser, tmp_path / "report.html", 360, "light")
    assert wrong == []
    assert wide == 360
