"""Loading: every input gives an article or a reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import extracted
from corpus import load as loading
from corpus.article import Article, DateOrigin, Skipped
from corpus.clean import clean
from corpus.load import Reader, article_from_text, load, load_all

ARTICLES = Path(__file__).parents[3] / "shared" / "articles"
TEXT = "Council closes the bridge\n\nThe council voted on Tuesday to close the bridge for a year.\n\nShare this article"


def reason(path: Path) -> str:
    (item,) = load([path])
    assert isinstance(item, Skipped), item
    assert item.path == str(path)
    return item.reason


def test_a_text_file_becomes_an_article(tmp_path: Path) -> None:
    path = tmp_path / "Über Brücken & more.txt"
    path.write_text(TEXT, encoding="utf-8")
    (article,) = load([path])
    assert isinstance(article, Article)
    assert article.title == "Council closes the bridge"
    assert article.text == "The council voted on Tuesday to close the bridge for a year."
    assert article.id.startswith("uber-brucken-more-") and len(article.id) == len("uber-brucken-more-") + 10
    assert article.path == str(path)
    assert (article.published, article.published_from, article.source, article.url) == (None, None, None, None)
    assert article.fetched is not None and article.fetched.tzinfo is not None
    assert [item.id for item in load([path]) if isinstance(item, Article)] == [article.id]


def test_a_files_time_is_no_publication_date(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT + "\nIt happened on March 5, 2024.", encoding="utf-8")
    (article,) = load([path])
    assert isinstance(article, Article) and article.published is None


def test_reasons(tmp_path: Path) -> None:
    cases = {
        "empty.txt": (b"", "it is empty"),
        "blank.txt": (b" \n\t\n", "it holds no text"),
        "only-navigation.txt": (b"Share this article\nHome | About | Contact\n", "besides navigation"),
        "nul.txt": (b"text\x00text", "NUL"),
        "binary": (bytes(range(256)) * 20, "not a kind of file that Onrecord reads"),
        "picture.png": (b"\x89PNG\r\n", "not a kind of file that Onrecord reads (html, txt, md, pdf, csv, jsonl)"),
        "archive.zip": (b"PK\x03\x04", "not a kind"),
        "data.json": (b'{"text": "x"}', "not a kind"),
        "letter.docx": (b"PK\x03\x04", "not a kind"),
        "page.txt.gz": (b"\x1f\x8b", "not a kind"),
        "latin.txt": (bytes(range(128, 256)) * 3, "encoding"),
        "no-column.csv": (b"id,body\n1,x\n", 'no column "text"'),
        "empty.jsonl": (b"\n", "no records"),
    }
    for name, (data, expected) in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        assert expected in reason(path), name


def test_files_are_known_by_what_they_hold_where_their_names_say_little(tmp_path: Path) -> None:
    page = (
        b"<!DOCTYPE html><html><body><article><p>"
        + b"The council voted on Tuesday to close it. " * 9
        + b"</p></article>"
    )
    for name, data in {
        "saved-page": page,
        "page.txt": page,
        "README": TEXT.encode(),
        "story.article": TEXT.encode(),
    }.items():
        path = tmp_path / name
        path.write_bytes(data)
        (article,) = load([path])
        assert isinstance(article, Article), (name, article)
        assert "<" not in article.text and "The council voted on Tuesday" in article.text


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "long.txt"
    path.write_text("word " * 500)
    monkeypatch.setattr(loading, "MAX_FILE", 1000)
    assert "larger than" in reason(path)
    monkeypatch.setattr(loading, "MAX_FILE", 10_000)
    monkeypatch.setattr(extracted, "MAX_TEXT", 1000)
    assert reason(path) == "its text is longer than 1,000 characters"


def test_a_line_of_a_hundred_megabytes_is_refused(tmp_path: Path) -> None:
    for name in ("line.txt", "line.html", "line.md", "line.jsonl"):
        path = tmp_path / name
        with path.open("wb") as stream:
            stream.truncate(100_000_000)  # a sparse file: as long as it says, and quickly made
            stream.write(b"x")
        results = list(load([path]))
        assert results and all(isinstance(item, Skipped) for item in results), results
        assert "larger than 50 MB" in results[0].reason or "longer than 20 MB" in results[0].reason  # type: ignore[union-attr]


def test_a_folder_loads_in_order_with_progress_and_every_input_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.jsonl").write_text('{"id": "r1", "text": "One."}\nbroken\n{"id": "r2", "text": "Two."}\n')
    (tmp_path / "c.bin").write_bytes(b"\x00\x01")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "d.csv").write_text("id,text\nr3,Three.\n")
    heard: list[tuple[int, int]] = []
    items = list(load([tmp_path], on_progress=lambda done, total: heard.append((done, total))))
    assert [item.id.split("-")[0] if isinstance(item, Article) else item.path for item in items] == [
        *("a", "r1", f"{tmp_path}/b.jsonl, line 2", "r2", f"{tmp_path}/c.bin", "r3"),
    ]
    sizes = [len(TEXT), (tmp_path / "b.jsonl").stat().st_size, 2, len("id,text\nr3,Three.\n")]
    ends = [sum(sizes[: count + 1]) for count in range(4)]
    assert {total for _, total in heard} == {sum(sizes)}
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert set(ends) <= {done for done, _ in heard}
    assert (ends[0] + len("One."), ends[-1]) in heard, "a file of many articles moves on with their text"
    assert {item.path for item in items if isinstance(item, Article)} >= {f"{tmp_path}/b.jsonl"}


def test_an_id_belongs_to_the_first_article_that_has_it(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text('{"id": "same", "text": "One."}\n')
    loaded = load_all([tmp_path])
    assert len(loaded.articles) == 1
    (skipped,) = loaded.skipped
    assert skipped.path == f"{tmp_path}/b.jsonl" and "'same'" in skipped.reason and "a.jsonl" in skipped.reason


def test_a_file_that_vanishes_or_changes_into_a_pipe_is_a_reason(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    with Reader() as reader:
        (gone,) = reader.read(tmp_path / "gone.txt")
        (pipe,) = reader.read(tmp_path / "pipe")
        (folder,) = reader.read(tmp_path)
    assert [type(item) for item in (gone, pipe, folder)] == [Skipped] * 3
    assert "no such file" in gone.reason and "a pipe" in pipe.reason  # type: ignore[union-attr]


def test_pasted_text() -> None:
    article = article_from_text(TEXT, source="Times", url="https://t.com/2024/03/05/bridge")
    assert isinstance(article, Article)
    assert (article.title, article.source, article.path) == ("Council closes the bridge", "Times", None)
    assert article.published_from is DateOrigin.URL
    assert article_from_text(TEXT, source="Times", url="https://t.com/2024/03/05/bridge").id == article.id  # type: ignore[union-attr]
    assert article_from_text("x" + TEXT).id != article_from_text("y" + TEXT).id  # type: ignore[union-attr]
    assert article_from_text(" ") == Skipped("pasted text", "it holds no text")
    given_title = article_from_text("Just this sentence.", title="A\nb")
    assert isinstance(given_title, Article) and given_title.title == "A b"


@pytest.mark.skipif(not ARTICLES.exists(), reason="../shared/articles is not there")
def test_the_three_saved_articles_load() -> None:
    loaded = load_all([ARTICLES])
    assert loaded.skipped == ()
    assert [article.title for article in loaded.articles] == [
        "China-US gap in AI race is closing: Nobel laureate",
        "China Races to Outpace U.S. in AI Leadership",
        "China Is Closing the Gap With the U.S. in AI, the New Space Race",
    ]
    assert all(article.published is None and article.path for article in loaded.articles)
    assert all(clean(article.text, title=article.title).text == article.text for article in loaded.articles)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))),
    st.sampled_from([".txt", ".csv", ".jsonl", ""]),
)
def test_any_bytes_are_accounted_for(tmp_path: Path, data: bytes, ending: str) -> None:
    path = tmp_path / f"file{ending}"
    path.write_bytes(data)
    with Reader() as reader:
        items = list(reader.read(path))
    assert items
    for item in items:
        assert item.reason if isinstance(item, Skipped) else item.text.strip()


def test_importing_the_loader_loads_no_parser() -> None:
    heavy = "{'trafilatura', 'lxml', 'pypdf', 'httpx', 'markdown_it', 'yaml'}"
    code = f"import sys, corpus.load; print(*{heavy} & set(sys.modules))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
