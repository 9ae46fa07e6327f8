"""Whether the first quotes on news-2023 are right, judged by reading them.

A quiz's reference answer is one wording of many: a quote that says "Nepal's parks", "LSU" or "the spice rack" is wrong
by its letters ("Nepal", "Louisiana State University", "Spice jars"), and one that has the words by coincidence is
right. So each first quote was judged: is the reference answer learned from it, with its article's title and date
beside it? Two large language models judged all of them, apart from each other and without seeing a confidence; they
agreed on 508 of 510, the other two were decided by hand. `news-judged.jsonl` has the places that were judged, of these
weights and of earlier ones; a quote that isn't among them isn't counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from qa.evidence import Evidence

JUDGED = Path(__file__).parent / "news-judged.jsonl"

Place = tuple[str, str, int, int]  # id of the question, id of the article, characters into its text, half open


def read_judgements() -> Mapping[Place, bool]:
    """Whether the quote at a place answers a question rightly."""
    rows = [json.loads(line) for line in JUDGED.read_text("utf-8").splitlines()]
    return {(row["question"], row["article"], row["start"], row["end"]): row["right"] for row in rows}


def judge(ids: Sequence[str], found: Sequence[Evidence]) -> list[bool | None]:
    """For each question whether its first quote is right, None where that was never judged; no quote is not right."""
    known = read_judgements()
    return [
        known.get((name, quotes[0].article_id, quotes[0].start, quotes[0].end)) if quotes else False
        for name, quotes in zip(ids, (evidence.quotes for evidence in found), strict=True)
    ]
