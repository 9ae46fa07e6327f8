"""The bundled sample: briefs in our own words that say what they are, with the facts of the articles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corpus.article import Article
from corpus.load import load_all
from corpus.sentences import sentences

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpus" / "sample"
ORIGINALS = sorted((ROOT.parent / "shared" / "articles").glob("*.txt"))
N = 6  # words in a row


@pytest.fixture(scope="module")
def briefs() -> tuple[Article, ...]:
    loaded = load_all([SAMPLE])
    assert loaded.skipped == ()
    return loaded.articles


def words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower().replace("’", "'"))


def grams(text: str, n: int = N) -> set[tuple[str, ...]]:
    listed = words(text)
    return {tuple(listed[index : index + n]) for index in range(len(listed) - n + 1)}


def test_there_are_three_and_each_says_first_that_it_is_a_brief(briefs: tuple[Article, ...]) -> None:
    assert len(briefs) == 3
    publications = ("blog article", "Xataka On", "China Media Group")
    for article, publication in zip(briefs, publications, strict=True):
        start, end = sentences(article.text)[0]
        assert article.text[start:end].startswith("This is a brief by Onrecord, in its own words, of an article") or (
            article.text[start:end].startswith("This is a brief by Onrecord, in its own words, of a blog article")
        )
        assert publication in article.text[start:end]
        assert article.title.startswith("Brief: ") and article.source is not None and "brief" in article.source
        assert article.published is None


def test_the_facts_are_there(briefs: tuple[Article, ...]) -> None:
    text = "\n".join(article.text for article in briefs)
    for fact in (
        "40 notable AI models",
        "15 from China",
        "78 percent of the models from China",
        "Kuaishou released Kling",
        "Shanghai was the host of the World AI Conference (WAIC)",
        "Grace Shao said that AI is in its infancy",
        "In green technology he sees China clearly ahead",
    ):
        assert fact in text
    for absent in ("Mongolia's capital", "Ulaanbaatar", "World Cup", "employees"):
        assert absent not in text


@pytest.mark.skipif(not ORIGINALS, reason="../shared/articles is not there")
def test_no_six_words_in_a_row_are_the_originals(briefs: tuple[Article, ...]) -> None:
    # An article's title is its name, and one brief has to name its article.
    title = "China Races to Outpace U.S. in AI Leadership"
    originals = set().union(*(grams(path.read_text(encoding="utf-8")) for path in ORIGINALS))
    assert len(originals) > 1000
    for article in briefs:
        shared = grams(article.text.replace(title, "\n") + "\n" + article.title) & originals
        assert shared == set()
