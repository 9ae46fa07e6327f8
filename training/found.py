"""How well passages are found for questions to train on: `python -m training.found [--index FOLDER]`.

Neither ranking was made with these questions, so what concerns both, how they are fused for example, is chosen by them.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.sets import DATA, indexed
from index.encoder import encoder_by_name
from index.passage_index import PassageIndex, RetrievalMode
from qa.settings import DEFAULT_ENCODER
from training.articles import Marked, joined, marked
from training.data import load
from training.split import Split, split
from training.stories import load_stories

EACH = 500  # questions of a kind at most
SEED = 5
DEPTHS = (1, 5, 10, 20)
LOCAL = {"qamr", "reddit", "amazon_reviews", "news"}  # sets whose questions make sense beside their own text only


def questions(parts: Split, places: Mapping[int, tuple[str, int]]) -> dict[str, list[Marked]]:
    """Some by kind: the set, with "held out" where training doesn't see them. `places` are `joined`'s."""
    kinds: dict[str, list[Marked]] = defaultdict(list)
    for name, reading in (("{}", parts.train), ("{}, held out", parts.dev)):
        for asked in reading.questions:
            if asked.source not in LOCAL:
                kinds[name.format(asked.source)].append(marked(asked, reading, places))
    dice = random.Random(SEED)
    return {kind: dice.sample(some, min(EACH, len(some))) for kind, some in sorted(kinds.items())}


def ranks_of_right(index: PassageIndex, wanted: Sequence[Marked], mode: RetrievalMode) -> list[float]:
    """The rank of the first passage that holds an answer's place, for each; infinite below the twentieth."""
    ranks = []
    for one in track(wanted, str(mode)):
        hits = index.search([one.text], max(DEPTHS), mode=mode)[0]
        right = (
            hit.rank for hit in hits if one.answered_by(hit.passage.article_id, hit.passage.start, hit.passage.end)
        )
        ranks.append(next(right, float("inf")))
    return ranks


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA / "reading")
    parser.add_argument("--index", type=Path, help="folder that keeps the index between runs")
    given = parser.parse_args()
    parts = split(load(given.data))
    articles, places = joined(parts.train)
    told, asked_of_stories = load_stories()
    kinds = {**questions(parts, places), "stories": asked_of_stories}
    table = Table("questions", "ranking", *(f"first {depth}" for depth in DEPTHS), "mean reciprocal rank")
    with indexed([*articles, *told], encoder_by_name(DEFAULT_ENCODER), given.index) as index:
        for mode in RetrievalMode:
            found = {kind: np.array(ranks_of_right(index, some, mode)) for kind, some in kinds.items()}
            found["all"] = np.concatenate(list(found.values()))
            for kind, ranks in found.items():
                shares = [f"{100 * np.mean(ranks <= depth):.1f}" for depth in DEPTHS]
                table.add_row(f"{kind} ({len(ranks)})", str(mode), *shares, f"{np.mean(1 / ranks):.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
