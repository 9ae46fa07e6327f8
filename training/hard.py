"""Negatives that a reader falls for: what it scores highest of what is found in all sets together.

BM25's neighbours (training/negatives.py) are easy once a reader is any good: it ranks nearly all of them below the
right passage, and then they teach nothing. Here a reader that was trained already reads the best that is found for each
question and the ones are kept that it likes most, none of which holds an answer's words.

    python -m training.hard --reader STAGE1 --out hard.jsonl

takes BM25's best of the sets' own paragraphs;

    python -m training.hard --reader STAGE2 --index FOLDER --out retrieved.jsonl

what Onrecord itself finds in an index of the same texts: passages cut and ranked as they are where people ask.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from benchmarks.sets import DATA, chunks, indexed
from index.encoder import encoder_by_name
from index.passage_index import Narrowing, PassageIndex
from qa.counterpart import NAME
from qa.reader_input import PassageQuestion
from qa.settings import DEFAULT_ENCODER
from training.articles import joined
from training.data import Asked, Paragraph, Reading, load
from training.negatives import DEEPER, SHORTEST, normal, similar, unanswering
from training.split import split

READ = 6  # of BM25's best a question, answers left out, that the reader reads
KEPT = 4
RETRIEVED, READ_RETRIEVED = 20, 8  # of an index's best, and of those without answers
NO_KEY = -1  # of a passage that was cut out of several paragraphs
CHUNK = 16  # questions that go to a process together
LONGEST = 900  # characters of a passage put together from single sentences
SPECIFIC = {"new_wiki", "qed", "covidqa"}  # sets whose questions name what they ask about


@dataclass(frozen=True, slots=True)
class Found:
    """Passages (title, text) that look like an answer to a question and aren't, the most deceptive first."""

    question: int  # place in Reading.questions
    passages: tuple[tuple[str, str], ...]


def pool(reading: Reading, documents: set[str]) -> list[tuple[Paragraph, str]]:
    """Every paragraph of these documents with its normalised words; single sentences are joined to passages."""
    whole: list[Paragraph] = []
    sentences: dict[str, list[Paragraph]] = defaultdict(list)
    for paragraph in reading.paragraphs:
        if paragraph.document in documents:
            if paragraph.source == "qamr":
                sentences[paragraph.document].append(paragraph)
            elif len(paragraph.text) > SHORTEST:
                whole.append(paragraph)
    for parts in sentences.values():
        text = ""
        for part in parts:
            if text and len(text) + len(part.text) > LONGEST:
                whole.append(Paragraph(parts[0].key, "qamr", parts[0].document, 0, "", text))
                text = ""
            text = f"{text} {part.text}".strip()
        whole.append(Paragraph(parts[0].key, "qamr", parts[0].document, 0, "", text))
    return [(paragraph, normal(paragraph.text)) for paragraph in whole]


def specific(question: Asked) -> bool:
    """Whether the question says what it is about, so that another document can't answer it by chance."""
    return question.source in SPECIFIC or (question.source != "qamr" and NAME.search(question.text) is not None)


def look_alikes(reading: Reading, documents: set[str]) -> Iterator[Found]:
    """BM25's best READ passages for every specific question, answered ones left out."""
    passages = pool(reading, documents)
    asked = [i for i, question in enumerate(reading.questions) if specific(question)]
    texts = [f"{paragraph.title}. {paragraph.text}" for paragraph, _ in passages]
    rows = similar(texts, [reading.questions[i].text for i in asked], READ * DEEPER)
    for i, row in zip(asked, rows, strict=True):
        question = reading.questions[i]
        home = reading.paragraphs[question.paragraph]
        kept = [(p.title, p.text) for p in unanswering(question, home, (passages[n] for n in row))]
        if kept:
            yield Found(i, tuple(kept[:READ]))


def retrieved(reading: Reading, documents: set[str], index: PassageIndex) -> Iterator[Found]:
    """The index's best READ_RETRIEVED passages of these documents for every specific question, answers left out.

    The index holds the reading's documents as `joined` makes them.
    """
    _, places = joined(reading)
    allowed = Narrowing(article_ids=frozenset(places[p.key][0] for p in reading.paragraphs if p.document in documents))
    asked = [i for i, question in enumerate(reading.questions) if specific(question)]
    for i in track(asked, "Searching"):
        question = reading.questions[i]
        article, offset = places[question.paragraph]
        own = [(offset + start, offset + end) for start, end, _ in question.answers]
        passages = [hit.passage for hit in index.search([question.text], k=RETRIEVED, narrowing=allowed)[0]]
        apart = [
            Paragraph(NO_KEY, "", passage.article_id, 0, passage.title, passage.text)
            for passage in passages
            if passage.article_id != article or not any(a < passage.end and passage.start < b for a, b in own)
        ]
        home = reading.paragraphs[question.paragraph]
        kept = [(p.title, p.text) for p in unanswering(question, home, ((p, normal(p.text)) for p in apart))]
        if kept:
            yield Found(i, tuple(kept[:READ_RETRIEVED]))


class _Scorer:
    """A process's reader."""

    def __init__(self, folder: Path) -> None:
        import torch

        from qa.reader import Reader

        torch.set_num_threads(1)
        self._reader = Reader(folder, threads=1)

    def __call__(self, work: Sequence[tuple[str, Found]]) -> list[Found]:
        pairs = [PassageQuestion(question, title, text) for question, found in work for title, text in found.passages]
        scores = iter(self._reader.read(pairs))
        out = []
        for _, found in work:
            ranked = sorted((-next(scores).answered_score, n) for n in range(len(found.passages)))
            out.append(Found(found.question, tuple(found.passages[n] for _, n in ranked[:KEPT])))
        return out


_scorer: _Scorer | None = None


def _start(folder: Path) -> None:
    global _scorer
    _scorer = _Scorer(folder)


def _score(work: Sequence[tuple[str, Found]]) -> list[Found]:
    assert _scorer is not None
    return _scorer(work)


def read_hard(path: Path) -> dict[int, tuple[tuple[str, str], ...]]:
    """What `main` wrote: passages by the question's place."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return {row["question"]: tuple((title, text) for title, text in row["passages"]) for row in rows}


def main() -> None:
    """Mine and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=Path, required=True, help="folder of the reader that chooses")
    parser.add_argument("--data", type=Path, default=DATA / "reading")
    parser.add_argument("--index", type=Path, help="search in an index, kept in this folder, instead of by BM25 alone")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=4)
    given = parser.parse_args()
    parts = split(load(given.data))
    if given.index:
        encoder = encoder_by_name(DEFAULT_ENCODER)
        with indexed(joined(parts.train)[0], encoder, given.index) as index:
            found = list(retrieved(parts.train, parts.train_documents, index))
    else:
        found = list(look_alikes(parts.train, parts.train_documents))
    work = [[(parts.train.questions[f.question].text, f) for f in some] for some in chunks(found, CHUNK)]
    context = multiprocessing.get_context("spawn")
    unfinished = given.out.with_suffix(".tmp")
    with (
        context.Pool(given.workers, _start, (given.reader,)) as processes,
        unfinished.open("w", encoding="utf-8") as out,
    ):
        for one in (one for results in track(processes.imap(_score, work), total=len(work)) for one in results):
            out.write(json.dumps({"question": one.question, "passages": one.passages}, ensure_ascii=False) + "\n")
    unfinished.replace(given.out)


if __name__ == "__main__":
    main()
