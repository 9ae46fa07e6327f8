"""Names and addresses."""

from __future__ import annotations

import pytest

from corpus.naming import make_id, site_of, slug, web_address


def test_ids_are_readable_and_stay_the_same() -> None:
    # printf /a/b.txt | sha256sum
    assert make_id("My Article", "/a/b.txt") == "my-article-3af167d37e"
    assert make_id("x", "1") != make_id("x", "2")
    assert make_id("x", "/a/\udcff.txt").startswith("x-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Über Brücken", "uber-brucken"),
        ("中国", "article"),
        ("", "article"),
        ("a" * 90, "a" * 40),
        ("a--b__c", "a-b-c"),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "http://", "//t.com/x", "http://[x", "http://t.com/ b", None],
)
def test_only_web_addresses_are_addresses(url: str | None) -> None:
    assert web_address(url) is None


def test_sites() -> None:
    assert web_address(" https://www.T.com/x ") == "https://www.T.com/x"
    assert site_of("https://www.T.com/x") == "t.com"
    assert site_of("http://[x") is None
    assert site_of(None) is None
