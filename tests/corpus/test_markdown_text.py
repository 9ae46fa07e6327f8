"""Markdown: words without markup, and the front matter's fields."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.article import DateOrigin
from corpus.markdown_text import extract_markdown


def test_markup_goes_and_words_stay() -> None:
    text = (
        "# Bridge *closes*\n\nThe **council** [voted](https://t.com/x) on `Tuesday`.  \nThe next\nline ![alt](i.png)"
        " ends &amp; stops\\*.\n\n## Found\n\n- eleven cracks\n- rust\n  1. north\n  2. south\n\n> The mayor: _yes_.\n"
        "\n| tower | rust |\n|---|---|\n| north | much |\n\n```\ncode(here)\n```\n\n<div>In a <b>box</b></div>\n\n"
        "~~No~~ 5 * 3 < 20\n"
    )
    extracted = extract_markdown(text)
    assert extracted.title == "Bridge closes"
    assert extracted.text.split("\n\n") == [
        "The council voted on Tuesday.\nThe next\nline  ends & stops*.",
        *("Found", "• eleven cracks", "• rust", "1. north", "2. south", "The mayor: yes.", "tower | rust"),
        *("north | much", "code(here)", "In a box", "No 5 * 3 < 20"),
    ]


def test_front_matter() -> None:
    text = (
        "---\ntitle: 'Bridge: closed'\ndate: 2024-03-05\nsource: Times\nurl: https://t.com/x\n---\n# Heading\n\nText."
    )
    extracted = extract_markdown(text)
    assert (extracted.title, extracted.source, extracted.url) == ("Bridge: closed", "Times", "https://t.com/x")
    assert (extracted.published, extracted.published_from) == (date(2024, 3, 5), DateOrigin.FRONT_MATTER)
    assert extracted.text == "Text."


@pytest.mark.parametrize(
    ("block", "published", "origin"),
    [
        ("published: March 5, 2024", date(2024, 3, 5), DateOrigin.FRONT_MATTER),
        ("date: 2024-03-05T10:00:00+02:00", date(2024, 3, 5), DateOrigin.FRONT_MATTER),
        ("url: https://t.com/2024/03/05/x", date(2024, 3, 5), DateOrigin.URL),
        ("date: soon", None, None),
        ("modified: 2024-03-05", None, None),
    ],
)
def test_dates(block: str, published: date | None, origin: DateOrigin | None) -> None:
    extracted = extract_markdown(f"---\n{block}\n---\nText.")
    assert (extracted.published, extracted.published_from) == (published, origin)


def test_front_matter_that_is_no_yaml_is_read_line_by_line() -> None:
    extracted = extract_markdown("---\ntitle: China: the race\nsource: Times\n---\nText.")
    assert (extracted.title, extracted.source, extracted.text) == ("China: the race", "Times", "Text.")


def test_rules_are_not_front_matter() -> None:
    assert extract_markdown("---\nJust a paragraph.\n\n---\nText.").text == "Just a paragraph.\n\nText."
    assert extract_markdown("Text.\n\n---\n\ntitle: x\n").title is None


def test_addresses_must_be_web_addresses() -> None:
    assert extract_markdown("---\nurl: javascript:alert(1)\n---\nText.").url is None


def test_a_heading_below_text_is_no_title() -> None:
    extracted = extract_markdown("Text first.\n\n# Heading\n\nMore.")
    assert (extracted.title, extracted.text) == (None, "Text first.\n\nHeading\n\nMore.")


def test_what_rendering_would_lose_is_kept_as_it_was_written() -> None:
    nested = "".join(f"{'  ' * depth}- level {depth} has words\n" for depth in range(200))
    rendered = extract_markdown(nested).text
    assert all(f"level {depth} has words" in rendered for depth in range(200))
