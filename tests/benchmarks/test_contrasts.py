"""The questions about one of two or three are well formed, and what the reader points at is taken as it is."""

from __future__ import annotations

from benchmarks.contrasts import pointed_at, read_contrasts
from qa.reader import Reader


def test_every_answer_stands_in_its_sentence() -> None:
    rows = read_contrasts()
    assert len(rows) == len({(pair.text, pair.question) for pair, _ in rows}) == 99
    for pair, answers in rows:
        assert answers and all(answer.lower() in pair.text.lower() for answer in answers), pair.question


def test_the_reader_points_into_the_sentence() -> None:
    pairs = [pair for pair, _ in read_contrasts()[:6]]
    found = pointed_at(pairs, Reader(threads=1).read(pairs))
    assert all(words and words in pair.text for words, pair in zip(found, pairs, strict=True))
