"""Negatives that the reader itself falls for: `python -m training.hard --run DIR` for a run to take up with --hard.

BM25 proposes, the reader in training disposes: of a question's proposals those come first to which it gives
the highest answered score. A proposal in which it marks the right answer's words is left out: it may be right.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from qa.reader_input import PassageQuestion, load_tokenizer
from training.data import Reading, load
from training.dev import picks
from training.export import averaged
from training.negatives import Candidates, mine
from training.split import split
from training.squad import f1
from training.train import base_folder

log = logging.getLogger("training")

NEAR, FAR = 3, 2  # proposals read a question
SOURCES = ("new_wiki", "qed", "covidqa")  # written texts; posts and single sentences matter less at run time


def proposals(candidates: Candidates) -> tuple[int, ...]:
    """The paragraphs that the reader is tried on."""
    return (*candidates.near[:NEAR], *candidates.far[:FAR])


def harden(
    model: Any, tokenizer: Any, reading: Reading, candidates: Sequence[Candidates], chosen: Sequence[int]
) -> dict[int, list[int]]:
    """Paragraph keys by question index, the most misleading first."""
    tries = [(i, key) for i in chosen for key in proposals(candidates[i])]
    pairs = []
    for i, key in tries:
        paragraph = reading.paragraphs[key]
        pairs.append(PassageQuestion(reading.questions[i].text, paragraph.title, paragraph.text))
    found: dict[int, list[tuple[float, int]]] = {i: [] for i in chosen}
    for (i, key), pick in zip(tries, picks(model, tokenizer, pairs), strict=True):
        question = reading.questions[i]
        home = reading.paragraphs[question.paragraph].text
        if f1(pick.text, [home[a:b] for a, b, _ in question.answers]) < 0.3:
            found[i].append((pick.score - pick.null, key))
    return {i: [key for _, key in sorted(scored, reverse=True)] for i, scored in found.items()}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Mine negatives with a reader in training.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reading"))
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    model = averaged([options.run / "state.pt"]).bfloat16()
    parts = split(load(options.data))
    train = parts.train
    candidates = mine(train, parts.train_documents)
    indices = [i for i, q in enumerate(train.questions) if q.source in SOURCES and proposals(candidates[i])]
    chosen = sorted(random.Random(0).sample(indices, min(options.questions, len(indices))))
    hard = harden(model, load_tokenizer(base_folder()), train, candidates, chosen)
    (options.run / "hard.json").write_text(json.dumps(hard), "utf-8")
    log.info("%d questions, %d negatives", len(hard), sum(map(len, hard.values())))


if __name__ == "__main__":
    main()
