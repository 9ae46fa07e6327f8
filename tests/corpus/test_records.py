"""JSON Lines and CSV: texts exactly as given, and a reason with its line for each bad one."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import records
from corpus.article import Article, DateOrigin, Skipped
from corpus.errors import UnreadableError
from corpus.records import read_csv, read_jsonl

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PATH = Path("/articles/news.jsonl")


def jsonl(*lines: object) -> list[Article | Skipped]:
    data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return list(read_jsonl(io.BytesIO(data), PATH, NOW))


def csv(text: str) -> list[Article | Skipped]:
    return list(read_csv(io.BytesIO(text.encode()), Path("/articles/news.csv"), NOW))


def test_a_record_becomes_an_article() -> None:
    fields = {"id": "a1", "title": "Bridge", "text": "It fell.", "source": "Times", "url": "https://t.com/x"}
    assert jsonl(fields | {"published": "2024-03-05"}) == [
        Article(
            "a1",
            "Bridge",
            "It fell.",
            "Times",
            "https://t.com/x",
            str(PATH),
            date(2024, 3, 5),
            DateOrigin.COLUMN,
            NOW,
        )
    ]


def test_what_is_missing_is_unknown_or_derived() -> None:
    (article,) = jsonl({"text": "The bridge fell. Nobody was hurt.", "url": "https://www.t.com/2024/03/05/x"})
    assert isinstance(article, Article)
    assert article.id.startswith("news-") and len(article.id) == len("news-") + 10
    assert (article.title, article.source) == ("The bridge fell.", "t.com")
    assert (article.published, article.published_from) == (date(2024, 3, 5), DateOrigin.URL)
    (plain,) = jsonl({"text": "x", "published": "some day"})
    assert isinstance(plain, Article) and plain.published is None and plain.published_from is None


@pytest.mark.parametrize(
    "text", [" \tTwo  spaces\r\n\n\n\nSubscribe\n\u00a0 ‘می\u200cخواهم’ ", "Post a Comment\nRead more: x "]
)
def test_texts_are_kept_exactly(text: str) -> None:
    (article,) = jsonl({"id": 7, "text": text})
    assert isinstance(article, Article) and article.text == text and article.id == "7"
    quoted = text.replace('"', '""')
    (row,) = csv(f'id,text\n7,"{quoted}"\n')
    assert isinstance(row, Article) and row.text == text


def test_what_nobody_sees_is_taken_out_of_texts() -> None:
    (article,) = jsonl(b'{"id": "x", "text": "a\\u0000b\\ud800c\\u202ed\\u200be"}')
    assert isinstance(article, Article) and article.text == "abcde"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{not json", "no JSON"),
        (b"[1, 2]", "no JSON object"),
        (b'"text"', "no JSON object"),
        (b'{"text": "caf\xe9"}', "not UTF-8"),
        (b"[" * 100_000, "nested"),
        (b'{"text": ' + b"1" * 5000 + b"}", "long a number"),
        (b'{"title": "x"}', 'no "text"'),
        (b'{"text": 5}', 'no "text"'),
        (b'{"text": " \\u200b "}', 'no "text"'),
        (b'{"text": "x", "id": ["a"]}', '"id"'),
        (b'{"text": "x", "id": true}', '"id"'),
        (b'{"text": "x", "id": "a\\u0000"}', '"id"'),
        (b'{"text": "x", "id": "good"}', "line 1 already"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_others_are_read(line: bytes, reason: str) -> None:
    good, bad, other = jsonl({"id": "good", "text": "x"}, line, {"id": "other", "text": "y"})
    assert isinstance(good, Article) and isinstance(other, Article) and isinstance(bad, Skipped)
    assert bad.path == f"{PATH}, line 2"
    assert reason in bad.reason


def test_a_line_that_is_too_long_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_LINE", 1000)
    bad, good = jsonl({"text": "x" * 5000}, {"text": "y"})
    assert isinstance(bad, Skipped) and "longer than" in bad.reason
    assert isinstance(good, Article) and good.text == "y"


def test_a_file_of_something_else_is_given_up_soon() -> None:
    results = jsonl(*[b"no json"] * 500)
    assert len(results) == 101 and "rest was not read" in results[-1].reason  # type: ignore[union-attr]


def test_an_empty_file_and_blank_lines() -> None:
    (empty,) = jsonl(b"")
    assert isinstance(empty, Skipped) and empty.reason == "it holds no records"
    assert len(jsonl(b"\xef\xbb\xbf" + b'{"text": "x"}', b"", b"  ", {"text": "y"})) == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_any_usual_delimiter_and_quoted_line_ends(delimiter: str) -> None:
    rows = [["Title", "TEXT", "url"], ["Bridge", '"It ""fell"".\nYes."', "https://t.com"]]
    (article,) = csv("\n".join(delimiter.join(row) for row in rows))
    assert isinstance(article, Article)
    assert (article.title, article.text, article.source) == ("Bridge", 'It "fell".\nYes.', "t.com")


def test_csv_rows_that_do_not_fit_are_named_by_the_line_on_which_they_begin() -> None:
    good, bad, other = csv('id,text\n1,"two\nlines"\n2,too,many\n3,y\n')
    assert isinstance(good, Article) and isinstance(other, Article) and isinstance(bad, Skipped)
    assert bad == Skipped("/articles/news.csv, line 4", "it has 3 columns instead of 2")


def test_csv_without_a_text_column_says_so() -> None:
    with pytest.raises(UnreadableError, match='no column "text"'):
        csv("id,body\n1,x\n")
    with pytest.raises(UnreadableError, match="column"):
        csv("")


def test_csv_with_a_field_beyond_the_limit_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_LINE", 1000)
    good, bad = csv(f'text\nx\n"{"y" * 3000}"\n')
    assert isinstance(good, Article) and isinstance(bad, Skipped) and "no CSV from here on" in bad.reason


@given(
    st.one_of(
        st.binary(max_size=300), st.lists(st.sampled_from([b'{"text": "x"}', b"[", b'"', b"\n", b"\xff"])).map(b"".join)
    )
)
def test_any_bytes_give_articles_or_reasons(data: bytes) -> None:
    results = list(read_jsonl(io.BytesIO(data), PATH, NOW))
    assert results
    assert all(isinstance(item, Article) or item.reason for item in results)
    try:
        list(read_csv(io.BytesIO(data), PATH, NOW))
    except UnreadableError as error:
        assert str(error)
