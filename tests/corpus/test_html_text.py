"""Pages: text without navigation, and metadata that says where it came from."""

from __future__ import annotations

from datetime import date

import pytest
from trafilatura.settings import Document

from corpus import html_text
from corpus.article import DateOrigin
from corpus.errors import UnreadableError
from corpus.html_text import extract_html

SENTENCE = "The council of the small town voted on Tuesday to close the bridge for a year, said the mayor. "
BODY = (
    f"<article><h1>Bridge closes</h1><p>{SENTENCE * 3}</p><h2>What was found</h2>"
    f"<ul><li>Eleven cracks.</li><li>Rust.</li></ul><p>{SENTENCE * 3}</p></article>"
)


def page(head: str = "", body: str = BODY) -> bytes:
    navigation = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/w'>World</a></li></ul></nav>"
    footer = "<footer><p>© 2024 Example Times</p></footer>"
    top = f"<!doctype html><html><head><meta charset='utf-8'>{head}</head>"
    return f"{top}<body>{navigation}{body}{footer}</body></html>".encode()


def test_text_keeps_headings_and_bullets_and_loses_navigation() -> None:
    extracted = extract_html(page("<title>Bridge closes - Example Times</title>"), None)
    assert "World" not in extracted.text and "©" not in extracted.text
    assert "What was found\n• Eleven cracks.\n• Rust.\n" in extracted.text
    assert extracted.text.count("The council") == 6
    assert extracted.title == "Bridge closes"
    assert (extracted.url, extracted.published, extracted.published_from) == (None, None, None)


def test_metadata() -> None:
    head = (
        "<title>Bridge closes | Example Times</title><link rel='canonical' href='https://example.com/bridge'>"
        "<meta property='og:site_name' content='Example Times'>"
    )
    extracted = extract_html(page(head), "https://m.example.com/bridge?ref=x")
    assert (extracted.title, extracted.source) == ("Bridge closes", "Example Times")
    assert extracted.url == "https://example.com/bridge"


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-03-05T10:00:00Z"}</script>',
        '<script type="application/ld+json">{"@graph": [{"a": 1}, {"datePublished": "2024-03-05"}]}</script>',
        '<script type="application/ld+json">broken</script><meta name="date" content="2024-03-05">',
        '<meta property="article:published_time" content="2024-03-05T23:59:59-08:00">',
        '<meta itemprop="datePublished" content="March 5, 2024">',
        '<meta name="DC.date.issued" content="2024-03-05">',
        '<meta property="article:modified_time" content="2025-01-01">'
        '<meta name="parsely-pub-date" content="2024-03-05">',
    ],
)
def test_dates_from_metadata(head: str) -> None:
    extracted = extract_html(page(head), "https://example.com/2023/01/01/bridge")
    assert (extracted.published, extracted.published_from) == (date(2024, 3, 5), DateOrigin.METADATA)


def test_dates_from_the_address_or_unknown() -> None:
    by_url = extract_html(page(), "https://example.com/2024/03/05/bridge")
    assert (by_url.published, by_url.published_from) == (date(2024, 3, 5), DateOrigin.URL)
    by_link = extract_html(page("<link rel='canonical' href='https://example.com/2024/03/05/bridge'>"), None)
    assert (by_link.published, by_link.published_from) == (date(2024, 3, 5), DateOrigin.URL)
    changed = extract_html(page('<meta property="article:modified_time" content="2025-01-01">'), None)
    assert (changed.published, changed.published_from) == (None, None)


def test_browsers_note_where_a_page_was_saved_from() -> None:
    saved = b"<!-- saved from url=(0040)https://example.com/2024/03/05/bridge -->\n" + page()
    extracted = extract_html(saved, None)
    assert extracted.url == "https://example.com/2024/03/05/bridge"
    assert (extracted.published, extracted.source) == (date(2024, 3, 5), "example.com")


def test_the_pages_own_encoding_is_used() -> None:
    data = page("").replace(b"charset='utf-8'", b"charset='windows-1251'")
    text = "Совет города проголосовал за закрытие моста на год, сказал мэр на заседании. "
    data = data.replace(SENTENCE.encode(), text.encode("cp1251"))
    assert text.strip() in extract_html(data, None).text


def test_links_that_are_no_web_addresses_are_ignored() -> None:
    assert extract_html(page("<link rel='canonical' href='javascript:alert(1)'>"), None).url is None


def test_deep_nesting_loses_nothing() -> None:
    deep = "<div>" * 400 + "".join(f"<p>{number}. {SENTENCE}</p>" for number in range(40)) + "</div>" * 400
    assert extract_html(page("", deep), None).text.count("The council") == 40


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no page"),
        (b"<html><body></body></html>", "no text"),
        (page("", "<div>" * 3000 + f"<p>{SENTENCE * 30}</p>" + "</div>" * 3000), "letters survived parsing"),
    ],
    ids=["empty", "bare", "too deep"],
)
def test_what_is_lost_is_noticed(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        extract_html(data, None)


def test_an_extraction_that_loses_most_of_the_page_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(tree: object, url: str | None, *, recall: bool) -> Document:
        document = Document()
        document.text = SENTENCE
        return document

    monkeypatch.setattr(html_text, "_run_trafilatura", forgetful)
    with pytest.raises(UnreadableError, match="could be taken out"):
        extract_html(page("", f"<p>{SENTENCE}</p>" * 50), None)


def test_a_paragraph_of_megabytes_is_whole() -> None:
    body = "<p>" + SENTENCE * 40_000 + "</p>"
    assert extract_html(page("", body), None).text.count("The council") == 40_000


def test_entities_are_text_and_markup_in_them_is_not_markup() -> None:
    letter = "AT&amp;T said that 3 &lt; 4 and wrote &lt;b&gt;bold&lt;/b&gt; in its letter."
    body = f"<article><p>{SENTENCE * 4}</p><p>{letter}</p></article>"
    assert "AT&T said that 3 < 4 and wrote <b>bold</b> in its letter." in extract_html(page("", body), None).text
