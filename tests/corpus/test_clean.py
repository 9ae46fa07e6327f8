"""Cleaning: the right title, no navigation, and nothing of the article lost."""

from __future__ import annotations

import json
import lzma
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.clean import clean, one_line, reads_like_title, shorten
from corpus.unseen import without_unseen

SHARED = Path(__file__).parents[3] / "shared"
SAVED = sorted((SHARED / "articles").glob("*.txt"))
needs_articles = pytest.mark.skipif(not SAVED, reason="../shared/articles is not there")

PAGE = """Skip to main content
Town closes its bridge for a year

By Ann Lee
March 5, 2024

Facebook
Twitter
E-mail

ann-lee

Ann Lee

Staff writer

Ann is a reporter who has written for several papers. I've also worked as an editor. LinkedIn

The council voted on Tuesday to close the bridge, after a fisherman had seen cracks in it.

Read more: How to cross the river by boat

What was found:

  • Eleven cracks below the deck.
  • Rust on both towers.

The mayor said that it was the only way.

Photo | Example Times

24 Comments
© 2024 Example Times
"""


def test_a_saved_page_gives_its_title_and_its_own_words() -> None:
    cleaned = clean(PAGE)
    assert cleaned.title == "Town closes its bridge for a year"
    assert cleaned.text == (
        "The council voted on Tuesday to close the bridge, after a fisherman had seen cracks in it.\n\n"
        "What was found:\n\n• Eleven cracks below the deck.\n• Rust on both towers.\n\n"
        "The mayor said that it was the only way."
    )
    assert len(cleaned.dropped) == 14


def test_the_title_may_stand_on_the_last_line() -> None:
    body = "The council voted on Tuesday to close the bridge for a year.\nThe mayor said that it was the only way."
    cleaned = clean(f"{body}\nCouncil votes to close the bridge\nPost a Comment")
    assert (cleaned.title, cleaned.text) == ("Council votes to close the bridge", body)


def test_a_last_line_about_something_else_is_no_title() -> None:
    body = "The council voted on Tuesday to close the bridge for a year.\nThe mayor said that it was the only way."
    cleaned = clean(f"{body}\nTen recipes with summer berries")
    assert cleaned.title == "The council voted on Tuesday to close the bridge for a year."
    assert cleaned.text.endswith("Ten recipes with summer berries")


def test_a_headline_that_was_cut_off_is_a_title() -> None:
    cleaned = clean("Bridge is closed for a year and that changes how we ...\n\nThe council voted on Tuesday.")
    assert cleaned.title == "Bridge is closed for a year and that changes how we ..."


def test_a_chinese_headline_may_stand_on_the_last_line() -> None:
    body = "周二，市议会投票决定关闭大桥一年。市长说这是唯一的办法。"
    assert clean(f"{body}\n市议会决定关闭大桥").title == "市议会决定关闭大桥"


def test_a_given_title_stays_and_is_not_repeated() -> None:
    cleaned = clean("Bridge closes\n\nThe council voted.", title="Bridge  Closes")
    assert (cleaned.title, cleaned.text) == ("Bridge Closes", "The council voted.")
    assert clean("The council voted.", title="Another").text == "The council voted."


def test_a_name_above_a_role_may_head_what_that_person_says() -> None:
    said = "The deck is old.\n\nDana Harris\n\nEditor in Chief\n\nIt will fall soon, I think."
    text = f"What experts say about the bridge\n\n{said}"
    assert "Dana Harris\n\nEditor in Chief" in clean(text).text


def test_a_network_as_a_heading_stays() -> None:
    text = "Shares that fell this week\n\nFacebook\n\nThe company lost 3 percent on Monday.\n\nTwitter\n\nIt lost more."
    assert "Facebook" in clean(text).text and "Twitter" in clean(text).text


def test_a_byline_below_the_first_paragraph_stays() -> None:
    text = "Closed bridge\n\nThe council voted on Tuesday to close the old bridge.\n\nBy Ann Lee"
    assert clean(text).text.endswith("By Ann Lee")


def test_characters_that_nobody_sees_go() -> None:
    cleaned = clean("A ti\u200btle here\n\nThe \u202ecouncil\u202c vo\u00adted\u00a0on\x07 it.\r\nDone.")
    assert (cleaned.title, cleaned.text) == ("A title here", "The council voted on it.\nDone.")
    assert clean("A title here\n\nمی\u200cخواهم stays, Lat\u200din not.").text == "می\u200cخواهم stays, Latin not."


def test_wrapped_lines_are_joined() -> None:
    text = (
        "A title here\n\nThe council of the small town voted on Tuesday to close the\n"
        "bridge for a year, while engineers look at the cracks that a\n"
        "fisherman had seen in the spring, which nobody had believed."
    )
    assert clean(text).text.count("\n") == 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("China Is Closing the Gap With the U.S. in AI, the New Space Race", True),
        ("China-US gap in AI race is closing: Nobel laureate", True),
        ("Why did the bridge close?", True),
        ("China Races to Outpace the U.S.", True),
        ("The bridge was closed.", False),
        ("“Policy should be an ever-evolving thing.”", False),
        ("• Eleven cracks", False),
        ("Bridge", False),
        ("中国在人工智能领域取得进展", True),
        ("What was found:", False),
        ("word " * 50, False),
    ],
)
def test_what_reads_like_a_title(line: str, expected: bool) -> None:
    assert reads_like_title(line) is expected


def test_titles_are_one_line_and_short() -> None:
    assert one_line(" a\n b\u202e ") == "a b"
    assert shorten("one two three", 9) == "one two…"
    assert len(one_line("x" * 500)) == 200


def letters(text: str) -> int:
    return sum(map(str.isalnum, text))


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PAGE.splitlines()), max_size=25).map("\n".join)))
def test_every_letter_is_in_text_title_or_dropped(text: str) -> None:
    cleaned = clean(text)
    kept = letters(cleaned.text) + sum(map(letters, cleaned.dropped))
    total = letters(without_unseen(text))
    assert total - kept in (0, letters(cleaned.title))
    assert clean(cleaned.text, title=cleaned.title).text.count("\n\n\n") == 0


@pytest.mark.parametrize(
    "text", ["By " + "Aa " * 79, "Aa " * 300_000, "-" * 200_000, "a/" * 100_000, "\n".join(["x y " * 50] * 5000)]
)
def test_hostile_lines_take_no_time(text: str) -> None:
    start = time.process_time()
    clean(text)
    assert time.process_time() - start < 5


@needs_articles
def test_the_three_saved_articles() -> None:
    first, second, third = (clean(path.read_text(encoding="utf-8")) for path in SAVED)
    assert first.title == "China-US gap in AI race is closing: Nobel laureate"
    assert first.dropped == ()
    assert first.text.startswith("The gap between China") and first.text.endswith("said Spence.")
    assert second.title == "China Races to Outpace U.S. in AI Leadership"
    assert second.dropped == ('Post a Comment for "China Races to Outpace U.S. in AI Leadership"', "Post a Comment")
    assert second.text.startswith("China's Rise in the Global AI Race\n") and second.text.endswith('"winning" yet.')
    assert third.title == "China Is Closing the Gap With the U.S. in AI, the New Space Race"
    assert third.text.startswith("• The gap between the two") and third.text.endswith("in Spanish on Xataka.")
    assert [line.split()[0] for line in third.dropped] == [
        *("No", "karen-alfaro", "Karen", "Writer", "Communications", "Image", "Related", "Home"),
    ]
    assert third.text.count("•") == 6
    assert "China vs. the U.S in the AI race" in third.text


@needs_articles
def test_nothing_of_the_saved_articles_is_lost() -> None:
    for path in SAVED:
        raw = path.read_text(encoding="utf-8")
        cleaned = clean(raw)
        lines = {line.strip() for line in raw.splitlines() if line.strip()}
        assert lines == {*filter(None, cleaned.text.split("\n")), *cleaned.dropped, cleaned.title}


def test_clean_news_loses_next_to_nothing() -> None:
    path = SHARED / "data" / "news-2023" / "articles.jsonl.xz"
    if not path.exists():
        pytest.skip("../shared/data/news-2023 is not there")
    dropped: list[str] = []
    characters = 0
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 8 == 0:
                record = json.loads(line)
                characters += len(record["text"])
                dropped += clean(record["text"], title=record["title"]).dropped
    assert characters > 3_000_000
    assert sum(map(len, dropped)) < 0.004 * characters
    # What goes are links and calls, not running text: none is longer than a headline and its label.
    assert max(map(len, dropped)) <= 240
