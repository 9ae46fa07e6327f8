"""Foreign text stays text in every place where the chat shows it: without a browser, and in a real one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from corpus.article import Article
from index.encoder import HashEncoder
from index.passage_index import add
from tests.chromium import chromium, needs_chromium
from tests.qa.chat.attacks import ATTACKS
from tests.qa.chat.pages import parsed
from tests.serve_chat import served
from tests.torture.conftest import Record, Torture
from tests.torture.places import PLACES, shown

SHORT = 60  # characters; what is longer may be shortened where it is shown
WRAPS = (
    "{}",
    "a {} b",
    "{}{}",
    '"{}"',
    "</p>{}",
    "[{}]",
    "{}\n{}",
    "<!-- {} -->",
    "“{}”",
    "{}\u2028\u200b{}",
    "&{};",
    "\\{}",
)

# Puts each piece where Gradio puts it, moves over everything, and says what it became.
INSERT = """(pieces) => pieces.map((piece) => {
    const place = document.createElement("div");
    place.innerHTML = piece;
    document.querySelector("#live").append(place);
    const all = [...place.querySelectorAll("*")];
    for (const element of all) {
        for (const type of ["mouseover", "focus", "toggle", "begin", "load", "error"]) {
            element.dispatchEvent(new Event(type));
        }
    }
    const names = [...new Set(all.map((element) => element.localName))];
    const handlers = all.filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length;
    const labels = [...place.querySelectorAll("[aria-label]")].map((element) => element.ariaLabel);
    const said = [place.textContent, ...labels].join(" ");
    place.remove();
    return [names, handlers, said];
})"""


def test_combinations_stay_text_without_a_browser(torture: Torture, record: Record) -> None:
    chance = random.Random(5)
    count = torture.count(10_000, 400)
    places = list(PLACES)
    for number in range(count):
        wrap = chance.choice(WRAPS)
        foreign = wrap.format(*(chance.choice(ATTACKS) for _ in range(wrap.count("{}"))))
        place = places[number % len(places)]
        tree = parsed(PLACES[place](foreign))
        if len(shown(foreign)) <= SHORT and shown(foreign):
            assert shown(foreign) in _said(tree.text_content()), (place, foreign)
        if number % 1000 == 0:
            torture.progress(f"  {number} of {count} combinations")
    record("markup", combinations=count, places=len(places))


def _said(text: str) -> str:
    return " ".join(text.split())


@dataclass(slots=True)
class Watched:
    """A page, and whatever happened on it that must not."""

    page: Page
    wrong: list[str] = field(default_factory=list)


browser = pytest.fixture(scope="module")(chromium)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("index")
    articles = [
        Article(
            f"v{number:03}",
            f"{number:03} {attack}",
            f"Word{number} opens the article. {attack} Nobody else was there on Saturday.",
            source=attack,
            url=f"https://paper.example/{attack}",
            path=f"/articles/{attack}",
        )
        for number, attack in enumerate(ATTACKS[:100])
    ]
    encodable = [article for article in articles if _storable(article)]
    add(folder, encodable, HashEncoder())
    with served(folder, "--empty") as url:
        yield url


def _storable(article: Article) -> bool:
    try:
        f"{article.title}{article.text}".encode()
    except UnicodeEncodeError:  # half a surrogate pair never passes the intake
        return False
    return "\x00" not in article.text


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    context: BrowserContext = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000)
    here = Watched(page)

    def asked(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            here.wrong.append(f"asked for {request.url}")

    page.on("request", asked)
    page.on("dialog", lambda dialog: (here.wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: here.wrong.append(f"script error: {error}"))
    page.on("popup", lambda other: here.wrong.append(f"popup {other.url}"))
    page.goto(address)
    expect(page.locator("#welcome h2")).to_be_visible()
    page.on("framenavigated", lambda frame: here.wrong.append(f"went to {frame.url}"))
    yield here
    context.close()


@pytest.mark.browser
@needs_chromium
def test_every_attack_in_every_place_of_a_real_page(watched: Watched, torture: Torture, record: Record) -> None:
    attacks = [attack for attack in ATTACKS if "\ud83d" not in attack][: torture.count(len(ATTACKS), 40)]
    cases = [(place, attack) for attack in attacks for place in PLACES]
    allowed = set(parsed.__globals__["OURS"])
    for start in range(0, len(cases), 100):
        batch = cases[start : start + 100]
        results = watched.page.evaluate(INSERT, [PLACES[place](attack) for place, attack in batch])
        for (place, attack), (names, handlers, said) in zip(batch, results, strict=True):
            assert set(names) <= allowed, (place, attack, names)
            assert handlers == 0
            if len(shown(attack)) <= SHORT and shown(attack):
                assert shown(attack) in _said(said), (place, attack)
    watched.page.wait_for_timeout(500)
    record("markup", in_a_browser=len(cases), vectors=len(attacks), wrong=len(watched.wrong))
    assert len(attacks) >= torture.count(100, 40)
    assert watched.wrong == []


@pytest.mark.browser
@needs_chromium
def test_a_person_meets_them(watched: Watched, torture: Torture, record: Record, tmp_path: Path) -> None:
    """The articles opened from the list, the attacks asked as questions, added as text, address and file."""
    page = watched.page
    entries = page.locator("#side [data-article]")
    expect(entries.first).to_be_visible()
    opened = min(entries.count(), torture.count(100, 4))
    for number in range(opened):
        entry = page.locator("#side [data-article]").nth(number)
        title = _said(entry.text_content() or "")
        entry.click()
        expect(page.locator("#side .paper h2")).to_have_text(title)
        page.locator("#side .paper [data-close]").click()
        expect(page.locator("#side .shelf")).to_be_visible()
    asked = [shown(attack) for attack in ATTACKS if shown(attack)][: torture.count(100, 3)]
    for attack in asked:
        box = page.get_by_label("Your question")
        box.fill(attack)
        box.press("Enter")
        expect(page.locator("#live .question")).to_have_text(_said(attack))
        expect(page.locator("#live .turn.answered, #live .turn.failed")).to_be_visible()
    file = tmp_path / "<img src=x onerror=alert(1)>.png"
    file.write_bytes(b"\x89PNG")
    page.locator("[data-adding=open]").first.click()
    page.set_input_files("#add-files", str(file))
    # Gradio takes the angle brackets out of the name of an upload.
    expect(page.locator("#report")).to_contain_text("img src=x onerror=alert(1)")
    page.locator("#add-address").fill("https://127.0.0.1/<svg onload=alert(1)>")
    page.locator("form[data-add=address] button").click()
    expect(page.locator("#report")).to_contain_text("address not allowed")
    record("markup", opened=opened, asked=len(asked), wrong=len(watched.wrong))
    assert page.locator("#side script, #side img, #live img, #live script, #report img").count() == 0
    assert watched.wrong == []
