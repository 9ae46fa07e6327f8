from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.lexical import Lexical, LexicalDocument, LexicalWriter


def build(folder: Path, texts: Sequence[str], titles: Sequence[str] | None = None) -> Lexical:
    folder.mkdir(exist_ok=True)
    writer = LexicalWriter(folder)
    names = titles or [""] * len(texts)
    writer.add(LexicalDocument(n, n // 2, names[n], text) for n, text in enumerate(texts))
    writer.commit()
    return Lexical(folder)


def test_score_is_bm25_worked_by_hand(tmp_path: Path) -> None:
    # Okapi BM25 with k1 = 1.2, b = 0.75 and idf = ln(1 + (N - n + 0.5) / (n + 0.5)); all lengths are 4.
    index = build(tmp_path, ["river boat river fish", "boat sail mast rope", "tree leaf root bark"])
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert index.search(["river"], 5) == [[(0, pytest.approx(idf * 2 * 2.2 / (2 + 1.2), abs=1e-4))]]


def test_words_are_stemmed_and_accents_and_case_ignored(tmp_path: Path) -> None:
    index = build(tmp_path, ["Pelé was running", "nothing here"])
    assert [[key for key, _ in found] for found in index.search(["PELE", "runs", "absent"], 5)] == [[0], [0], []]


def test_a_title_counts_less_than_the_text(tmp_path: Path) -> None:
    index = build(tmp_path, ["a comet seen", "no such thing"], ["plain news", "comet report"])
    assert [key for key, _ in index.search(["comet"], 5)[0]] == [0, 1]


def test_common_words_of_a_question_are_left_out_unless_it_has_no_others(tmp_path: Path) -> None:
    index = build(tmp_path, ["who is it", "the comet"])
    assert [key for key, _ in index.search(["who is the comet"], 5)[0]] == [1]
    assert [key for key, _ in index.search(["who is it"], 5)[0]] == [0]


@pytest.mark.parametrize("query", ['text:"', "title:comet AND", "((", "*", "\\", "[a TO b]", "", "   ", "?!", "\x00"])
def test_questions_are_never_read_as_a_query_language(tmp_path: Path, query: str) -> None:
    index = build(tmp_path, ["a comet and text", "nothing"])
    found = index.search([query, query + " comet"], 5)
    assert all(key == 0 for key, _ in found[0])
    assert [key for key, _ in found[1]][0] == 0


def test_ties_go_by_key_also_across_the_last_place(tmp_path: Path) -> None:
    index = build(tmp_path, ["same words"] * 50)
    assert [key for key, _ in index.search(["words"], 3)[0]] == [0, 1, 2]


def test_narrowing_happens_inside_the_search(tmp_path: Path) -> None:
    index = build(tmp_path, [f"comet {'comet ' * (n % 7)}" for n in range(300)])
    found = index.search(["comet"], 10, articles=list(range(0, 150, 10)))[0]
    assert len(found) == 10
    assert all(key // 2 % 10 == 0 for key, _ in found)
    free = dict(index.search(["comet"], 300)[0])
    assert all(free[key] == score for key, score in found)
    assert index.search(["comet"], 10, articles=[]) == [[]]


def test_deleted_passages_are_gone(tmp_path: Path) -> None:
    build(tmp_path, ["comet one", "comet two", "comet three"])
    writer = LexicalWriter(tmp_path)
    writer.delete([1])
    writer.add([LexicalDocument(2**63 - 1, 9, "", "comet four")])
    writer.commit()
    index = Lexical(tmp_path)
    assert len(index) == 3
    assert sorted(key for key, _ in index.search(["comet"], 9)[0]) == [0, 2, 2**63 - 1]


def test_adding_later_scores_as_adding_at_once(tmp_path: Path) -> None:
    texts = [f"comet {n} {'dust ' * (n % 5)}" for n in range(60)]
    at_once = build(tmp_path / "once", texts)
    build(tmp_path / "later", texts[:40])
    writer = LexicalWriter(tmp_path / "later")
    writer.add(LexicalDocument(n, n // 2, "", texts[n]) for n in range(40, 60))
    writer.commit()
    asked = ["comet dust", "dust 7", "comet 50"]
    assert Lexical(tmp_path / "later").search(asked, 20) == at_once.search(asked, 20)


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    assert build(tmp_path, []).search(["comet"], 3) == [[]]


def test_k_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        build(tmp_path, ["x"]).search(["x"], 0)


def test_it_opens_where_nothing_may_be_written(tmp_path: Path) -> None:
    build(tmp_path / "written", ["a comet", "dust"])
    # A copy, since a thread of the writer may still take the lock when everything is written.
    lock = ".tantivy-meta.lock"
    shutil.copytree(tmp_path / "written", tmp_path / "copy", ignore=shutil.ignore_patterns(lock))
    # A folder in the lock's place cannot be opened for writing, as no file can on a read-only disk.
    (tmp_path / "copy" / lock).mkdir()
    assert [key for key, _ in Lexical(tmp_path / "copy").search(["comet"], 3)[0]] == [0]
