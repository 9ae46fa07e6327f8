"""Foreign text stays text, wherever it is put."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from qa.chat.markup import escape, escape_markdown, host_of, one_line, safe_url, visible
from tests.qa.chat.attacks import ATTACKS


@given(st.text())
def test_escaped_text_reads_back_as_what_is_visible(text: str) -> None:
    assert html.unescape(escape(text)) == visible(text)


@given(st.text())
def test_escaped_text_holds_no_character_that_a_language_gives_a_meaning_to(text: str) -> None:
    without_entities = escape(text).replace("&#", "").replace(";", "")
    assert not any(char in "<>&\"'`{}$\\*_[]()#!|~=+-/:;" for char in without_entities)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u202eb\u2066c\u200fd", "abcd"),  # bidi overrides and marks
        ("pass\u200bword\ufeff\u2060", "password"),  # zero width
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),  # controls; the escape character goes, its letters are text
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian needs the non-joiner
        ("👩\u200d💻", "👩\u200d💻"),  # this emoji is spelt with a joiner
        ("a\ud800b", "ab"),  # half a surrogate pair can't be sent to a browser
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("tag\U000e0041\U000e0042", "tag"),  # invisible tag characters
    ],
)
def test_what_nobody_sees_is_dropped(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize("attack", ATTACKS)
def test_markdown_of_an_attack_is_one_paragraph_of_its_text(attack: str) -> None:
    for prefix in ("", "> "):
        tree = lxml_html.fragment_fromstring(
            MarkdownIt("commonmark", {"html": True}).render(prefix + escape_markdown(attack)), create_parent="div"
        )
        tags = {element.tag for element in tree.iter()} - {"div"}
        assert tags <= {"p", "blockquote"}
        assert " ".join(tree.text_content().split()) == one_line(attack)


@given(st.text())
def test_markdown_of_any_text_has_no_other_element(text: str) -> None:
    tree = lxml_html.fragment_fromstring(
        "<p>" + MarkdownIt("commonmark", {"html": True}).render("> " + escape_markdown(text)) + "</p>",
        create_parent="div",
    )
    assert {element.tag for element in tree.iter()} <= {"div", "p", "blockquote"}


@pytest.mark.parametrize("url", ["https://example.org/a?b=1#c", "http://127.0.0.1:8000/x", "HTTPS://Example.org"])
def test_web_addresses_become_links(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "https:",
        "https:///nohost",
        "https://bbc.co.uk@evil.example/",
        "https://evil.example\\@bbc.co.uk",
        "https://a b.example",
        "https://exa\u202emple.org",
        "https://[::1",
        "ftp://example.org/",
        "https://example.org/" + "a" * 2_000,
    ],
)
def test_other_addresses_do_not(url: str | None) -> None:
    assert safe_url(url) is None


def test_the_host_is_shown_without_www() -> None:
    assert host_of("https://www.example.org:8080/a") == "example.org"
