"""Fetching: only the public internet, at every hop, and never more than the limits. No network is touched."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Sequence
from datetime import date

import httpx
import pytest

from corpus import fetch as fetching
from corpus.addresses import is_public
from corpus.article import Article, DateOrigin, Skipped
from corpus.errors import FetchError
from corpus.fetch import fetch
from corpus.kinds import Kind
from corpus.load import load_all

PUBLIC = "93.184.216.34"
HOSTS = {"example.com": [PUBLIC], "six.example": ["2606:2800:220:1::1"], "inner.example": ["10.0.0.1"]}
PAGE = b"<html><body><p>Hello.</p></body></html>"

Handler = Callable[[httpx.Request], httpx.Response]


def resolver(host: str, port: int) -> Sequence[str]:
    if host not in HOSTS:
        raise OSError("no such host")
    return HOSTS[host]


def page(body: bytes = PAGE, kind: str = "text/html; charset=utf-8", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers={"content-type": kind} | named, stream=httpx.ByteStream(body))


def get(url: str, handler: Handler) -> fetching.Fetched:
    return fetch(url, resolver=resolver, transport=httpx.MockTransport(handler))


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.8", "198.18.0.1", "192.88.99.1", "203.0.113.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:1::1"),
        *("", "localhost", "127.1", "0x7f.0.0.1"),
    ],
)
def test_every_other_address_is_refused(address: str) -> None:
    assert not is_public(address)


def test_the_connection_goes_to_the_checked_address_under_the_hosts_name() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return page()

    fetched = get("https://example.com:8443/a?b=c#d", answer)
    (request,) = seen
    assert str(request.url) == f"https://{PUBLIC}:8443/a?b=c"
    assert request.headers["host"] == "example.com:8443"
    assert request.extensions["sni_hostname"] == "example.com"
    assert (fetched.data, fetched.kind, fetched.charset) == (PAGE, Kind.HTML, "utf-8")
    get("http://six.example/", answer)
    assert seen[-1].url.host == "2606:2800:220:1::1"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("http:///x", "names no host"),
        ("http://example.com:99999/", "not a valid address"),
        ("http://user:secret@example.com/", "user name"),
        ("http://nowhere.example/", "was not found"),
        ("http://inner.example/", "not on the public internet"),
    ],
)
def test_addresses_that_are_refused_before_anything_is_sent(url: str, reason: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing may be sent")

    with pytest.raises(FetchError, match=reason):
        get(url, answer)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    def both(host: str, port: int) -> Sequence[str]:
        return [PUBLIC, "127.0.0.1"]

    with pytest.raises(FetchError, match="public internet"):
        fetch("http://example.com/", resolver=both, transport=httpx.MockTransport(lambda request: page()))


def test_every_redirect_is_checked_again() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        target = {"/in": "http://inner.example/", "/file": "file:///etc/passwd", "/on": "/end"}.get(request.url.path)
        return httpx.Response(302, headers={"location": target}) if target else page()

    with pytest.raises(FetchError, match="public internet"):
        get("http://example.com/in", answer)
    with pytest.raises(FetchError, match="only http and https"):
        get("http://example.com/file", answer)
    assert get("http://example.com/on", answer).url == "http://example.com/end"


def test_a_name_that_changes_its_mind_is_checked_at_each_hop() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    transport = httpx.MockTransport(lambda request: httpx.Response(302, headers={"location": "/again"}))
    with pytest.raises(FetchError, match="public internet"):
        fetch("http://example.com/", resolver=lambda host, port: next(answers), transport=transport)


def test_redirects_end() -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(301, headers={"location": "/loop"})

    with pytest.raises(FetchError, match="more than 5 times"):
        get("http://example.com/", answer)
    assert len(asked) == 6


def test_too_large_is_noticed_by_the_header_by_the_bytes_and_when_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1000)
    for response in (
        page(content_length="5000"),
        page(b"x" * 1001),
        page(gzip.compress(b"x" * 10_000_000), content_encoding="gzip"),
    ):
        with pytest.raises(FetchError, match="larger than"):
            get("http://example.com/", lambda request, response=response: response)  # type: ignore[misc]


def test_packed_pages_are_unpacked_and_damaged_ones_refused() -> None:
    packed = gzip.compress(PAGE)
    assert get("http://example.com/", lambda request: page(packed, content_encoding="gzip")).data == PAGE
    for body, encoding, reason in (
        (b"no gzip", "gzip", "damaged"),
        (packed[:-6], "gzip", "incomplete"),
        (PAGE, "br", "not asked for"),
    ):
        response = page(body, content_encoding=encoding)
        with pytest.raises(FetchError, match=reason):
            get("http://example.com/", lambda request, response=response: response)  # type: ignore[misc]


def test_other_answers_have_their_reason() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    with pytest.raises(FetchError, match="404 Not Found"):
        get("http://example.com/", lambda request: httpx.Response(404))
    with pytest.raises(FetchError, match="image/png"):
        get("http://example.com/", lambda request: page(kind="image/png"))
    with pytest.raises(FetchError, match="connection refused"):
        get("http://example.com/", broken)
    with pytest.raises(FetchError, match="longer than 10 seconds"):
        get("http://example.com/", slow)


def test_a_fetch_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_TOTAL_LIMIT", 0.0)
    with pytest.raises(FetchError, match="took longer"):
        get("http://example.com/", lambda request: page())


def test_what_was_left_behind_ends_at_the_next_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_TOTAL_LIMIT", 0.0)
    with pytest.raises(FetchError, match="took longer"):
        fetching._fetch("http://example.com/", resolver, httpx.MockTransport(lambda request: page()))


@pytest.mark.parametrize("hangs", ["resolver", "server"])
def test_whoever_never_answers_is_left_behind(monkeypatch: pytest.MonkeyPatch, hangs: str) -> None:
    monkeypatch.setattr(fetching, "_TOTAL_LIMIT", 0.2)
    released = threading.Event()

    def slow(*_: object) -> Sequence[str]:
        released.wait(20)
        return [PUBLIC]

    def answer(_: httpx.Request) -> httpx.Response:
        released.wait(20)
        return page()

    try:
        with pytest.raises(FetchError, match="longer than 0.2 seconds"):
            fetch(
                "https://example.com/",
                resolver=slow if hangs == "resolver" else resolver,
                transport=httpx.MockTransport(answer),
            )
    finally:
        released.set()


def test_a_page_becomes_an_article_with_its_address() -> None:
    sentence = "The café's council voted on Tuesday to close the bridge for a year, and nobody was surprised by it."
    body = (
        "<html><head><title>Bridge closes</title><link rel='canonical' href='https://other.example/2020/01/01/x'></head>"
        f"<body><article><h1>Bridge closes</h1>{f'<p>{sentence}</p>' * 5}</article></body></html>"
    ).encode("cp1252")
    pages = {"https://example.com/2024/03/05/bridge": body}

    def fetcher(url: str) -> fetching.Fetched:
        if url not in pages:
            raise FetchError("the host was not found")
        return fetching.Fetched(url, Kind.HTML, pages[url], "windows-1252")

    loaded = load_all([*pages, "https://nowhere.example/"], fetcher=fetcher)
    (article,) = loaded.articles
    assert isinstance(article, Article)
    assert article.title == "Bridge closes"
    assert "café's council" in article.text
    assert (article.url, article.source, article.path) == (next(iter(pages)), "example.com", None)
    assert (article.published, article.published_from) == (date(2024, 3, 5), DateOrigin.URL)
    assert article.id.startswith("example-com-bridge-")
    assert loaded.skipped == (Skipped("https://nowhere.example/", "the host was not found"),)
