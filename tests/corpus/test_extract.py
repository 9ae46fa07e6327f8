"""The worker: limits on time and memory, and that it goes on after each of them."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import worker
from corpus.errors import UnreadableError
from corpus.extract import MEMORY_LIMIT, Extractor
from corpus.kinds import Kind

PAGE = (
    b"<html><body><article><p>"
    + b"The council voted on Tuesday to close the bridge for a year. " * 8
    + b"</p></article></body></html>"
)


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as shared:
        yield shared


def pid(extractor: Extractor) -> int | None:
    process = extractor._process
    return process.pid if process else None


def test_one_worker_serves_many_files(extractor: Extractor) -> None:
    extractor.extract(Kind.HTML, PAGE)
    first = pid(extractor)
    for _ in range(20):
        assert "The council" in extractor.extract(Kind.HTML, PAGE).text
    assert pid(extractor) == first is not None


def test_a_file_that_takes_too_long_is_ended_and_the_next_is_read() -> None:
    slow = b"<html><body>" + b"<p>short sentence here now.</p>" * 200_000 + b"</body></html>"
    with Extractor(time_limit=0.5) as extractor:
        start = time.monotonic()
        with pytest.raises(UnreadableError, match="more than 0.5 seconds"):
            extractor.extract(Kind.HTML, slow)
        assert time.monotonic() - start < 10
        assert pid(extractor) is None
        assert "Short" in extractor.extract(Kind.MARKDOWN, b"# Head\n\nShort text.").text


def test_a_file_that_takes_too_much_memory_is_ended_and_the_next_is_read() -> None:
    large = b"<html><body>" + b"<p>short sentence here now.</p>" * 100_000 + b"</body></html>"
    with Extractor(memory_limit=150_000_000) as extractor:
        with pytest.raises(UnreadableError, match="more than 150 MB of memory"):
            extractor.extract(Kind.HTML, large)
        assert "The council" in extractor.extract(Kind.HTML, PAGE).text


def test_a_worker_that_dies_is_replaced(extractor: Extractor) -> None:
    extractor.extract(Kind.HTML, PAGE)
    process = extractor._process
    assert process is not None
    process.kill()
    process.wait()
    assert "The council" in extractor.extract(Kind.HTML, PAGE).text


def test_the_memory_limit_holds_in_the_worker(extractor: Extractor) -> None:
    extractor.extract(Kind.HTML, PAGE)
    with open(f"/proc/{pid(extractor)}/limits", encoding="ascii") as limits:
        found = {line[:25].strip(): line[26:].split() for line in limits}
    assert found["Max address space"][:2] == [str(MEMORY_LIMIT)] * 2
    assert found["Max file size"][:2] == ["0", "0"]


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        (Kind.HTML, b"", "no"),
        (Kind.HTML, b"<html>\x00</html>", "NUL"),
        (Kind.PDF, b"", "damaged"),
        (Kind.PDF, b"%PDF-1.7 and nothing more", "damaged"),
        (Kind.MARKDOWN, b"a\x00b", "NUL"),
    ],
)
def test_reasons_come_back(extractor: Extractor, kind: Kind, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        extractor.extract(kind, data)


def test_the_worker_ends_with_its_parent() -> None:
    with Extractor() as extractor:
        extractor.extract(Kind.MARKDOWN, b"text")
        process = extractor._process
        assert process is not None
    assert process.returncode is not None
    extractor.close()


def test_external_entities_are_not_read(extractor: Extractor) -> None:
    page = b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + PAGE.replace(
        b"voted", b"&x; voted"
    )
    assert "root:" not in extractor.extract(Kind.HTML, page).text


def test_hostile_front_matter_and_nesting_come_back(extractor: Extractor) -> None:
    laughs = "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(9))
    bomb = f"---\na: &a [x]\n{laughs}\n---\nText of the article."
    assert extractor.extract(Kind.MARKDOWN, bomb.encode()).text == "Text of the article."
    nested = "> " * 3000 + "deep words"
    assert "deep words" in extractor.extract(Kind.MARKDOWN, nested.encode()).text


def test_a_stream_of_jobs_is_not_disturbed_by_what_libraries_print() -> None:
    buffer = io.BytesIO()
    worker._send(buffer, {"reason": "line\nend \u2028 \ud800"})
    assert buffer.getvalue().count(b"\n") == 1


pieces = st.sampled_from(
    [b"<html>", b"<p>", b"</p>", b"<div", b">", b"<!--", b"-->", b"<script>", b"&#x0;", b"&amp;", b"Voted. ", b"\xff"]
    + [b"%PDF-1.4\n", b"1 0 obj\n<</Type/Catalog/Pages 1 0 R>>\nendobj\n", b"trailer<</Root 1 0 R>>\n"]
    + [b"startxref\n0\n%%EOF"]
    + [b"---\n", b"title: x\n", b"# ", b"[", b"](", b"![", b"> ", b"- ", b"|", b"```\n", b"\n\n"]
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([Kind.HTML, Kind.PDF, Kind.MARKDOWN]),
    st.one_of(st.binary(max_size=300), st.lists(pieces, max_size=30).map(b"".join)),
)
def test_any_bytes_give_text_or_a_reason(extractor: Extractor, kind: Kind, data: bytes) -> None:
    try:
        extracted = extractor.extract(kind, data)
    except UnreadableError as error:
        assert str(error) and "could not be started" not in str(error)
    else:
        assert isinstance(extracted.text, str)
