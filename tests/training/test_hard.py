"""Negatives that a reader chose: none answers, none is the question's own passage, and an epoch shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.sets import indexed
from index.encoder import HashEncoder
from index.passage_index import PassageIndex
from training import hard
from training.articles import joined
from training.data import Asked, Paragraph, Reading
from training.groups import Mix, Shower
from training.negatives import Candidates

OWN = "Ann Lee won the harbour race in 1998 before a large crowd of people."
TEXTS = (
    OWN,
    "Bo Ray won the harbour race in 1999 before a small crowd of people.",
    "In the harbour race nobody remembers who won, Ann Lee said to the crowd.",
    "The harbour race was won by a fisherman whom no one had expected there.",
    "A recipe for soup with leeks and potatoes, to be eaten on cold evenings.",
)


def _reading() -> Reading:
    wiki = tuple(Paragraph(n, "new_wiki", f"doc{n}", 0, f"Title {n}", text) for n, text in enumerate(TEXTS))
    first = len(wiki)
    qamr = tuple(Paragraph(first + n, "qamr", "news", n, "", f"The harbour race drew {n} boats.") for n in range(3))
    return Reading((*wiki, *qamr), (Asked("new_wiki", 0, "Who won the harbour race?", ((0, 7, 1.0),)),))


def test_look_alikes_lack_the_answer() -> None:
    reading = _reading()
    documents = {paragraph.document for paragraph in reading.paragraphs}
    (found,) = hard.look_alikes(reading, documents)
    texts = [text for _, text in found.passages]
    assert found.question == 0 and OWN not in texts
    assert texts and all("Ann Lee" not in text for text in texts)
    assert any("boats" in text for text in texts), "single sentences are passages too"


def test_sentences_are_joined_in_order() -> None:
    reading = _reading()
    joined = [paragraph.text for paragraph, _ in hard.pool(reading, {"news"})]
    assert joined == ["The harbour race drew 0 boats. The harbour race drew 1 boats. The harbour race drew 2 boats."]


def test_documents_that_are_held_out_are_never_shown() -> None:
    reading = _reading()
    (found,) = hard.look_alikes(reading, {"doc0", "doc3"})
    assert [text for _, text in found.passages] == [TEXTS[3]]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PassageIndex]:
    """The reading's documents, indexed without a model."""
    with indexed(joined(_reading())[0], HashEncoder(), tmp_path_factory.mktemp("index")) as made:
        yield made


def test_what_is_retrieved_lacks_the_answer(index: PassageIndex) -> None:
    reading = _reading()
    (found,) = hard.retrieved(reading, {paragraph.document for paragraph in reading.paragraphs}, index)
    texts = [text for _, text in found.passages]
    assert found.question == 0 and TEXTS[1] in texts and OWN not in texts
    assert all("Ann Lee" not in text for text in texts)
    assert all(title == f"Title {TEXTS.index(text)}" for title, text in found.passages if text in TEXTS)


def test_retrieval_keeps_to_the_documents_that_are_trained_on(index: PassageIndex) -> None:
    (found,) = hard.retrieved(_reading(), {"doc0", "doc3"}, index)
    assert [text for _, text in found.passages] == [TEXTS[3]]


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (1.0, 1), (1.0, 2)])
def test_an_epoch_shows_as_many_as_asked(tmp_path: Path, share: float, expected: int) -> None:
    path = tmp_path / "hard.jsonl"
    passages = [["Title 1", TEXTS[1]], ["Title 3", TEXTS[3]], ["Title 4", TEXTS[4]]]
    path.write_text(json.dumps({"question": 0, "passages": passages}) + "\n", "utf-8")
    mix = Mix(negative=0.0, cropped=0.0, joined=0.0, hard=share, hard_passages=expected)
    shower = Shower(_reading(), [Candidates((), ())], mix, hard.read_hard(path))
    for seed in range(10):
        (group,) = shower.epoch(seed)
        assert group[0].spans, "the answered passage comes first"
        assert len(group) == 1 + expected and all(shown.spans == () for shown in group[1:])
        assert {shown.pair.text for shown in group[1:]} <= {text for _, text in passages}
