"""How the vectors of an index of a given size are searched: exactly or by lists, and how many lists are looked into.

The figures behind the constants stand in DECISIONS.md; `python -m benchmarks.scale` measures them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from corpus.sentences import sentences
from index.vectors import NO_KEY, Keys, Vectors

if TYPE_CHECKING:
    from index.articles_store import ArticleStore
    from index.faiss_vectors import FaissLists, FaissStore
    from index.passage_store import PassageStore

EXACT_UP_TO = 20_000  # passages: on one thread an exact search of so many takes a millisecond
FEWEST_FOR_LISTS = 1_000  # fewer are searched exactly, whatever was chosen: there is nothing to gain
PER_LIST = 40  # vectors that a centroid is fitted to
REGROWTH = 1.5  # lists are made anew when there are so many times as many vectors as they were made for, or as few
COMPARED = 10_000  # at least so many vectors are compared with a question: half a millisecond on one thread
RECALL = 0.88  # share of the ten nearest found for sentences of the articles; for real questions that is 0.95 and more
NEAREST = 10
QUESTIONS = 256  # sentences that this is measured with
HELD_EXACT = 100_000  # while an index is being built, no more vectors than these are held in full
ROUNDED = "rounded"  # compared one and all, but some were in lists before and keep the 8 bits a dimension


class VectorChoice(StrEnum):
    """What a person can choose."""

    AUTO = "auto"  # by size
    EXACT = "exact"  # every vector is compared, 4 bytes a dimension
    LISTS = "ivf"  # only the lists that are nearest, 1 byte a dimension


@dataclass(frozen=True, slots=True)
class VectorLayout:
    """How the vectors of a generation are searched, as its manifest says."""

    choice: str = VectorChoice.AUTO.value
    kind: str = VectorChoice.EXACT.value  # what that came to: "exact", "ivf" or ROUNDED
    lists: int = 0  # 0 where every vector is compared, as are the others
    probes: int = 0  # lists that a search looks into
    made_for: int = 0  # vectors that there were when the lists were made
    recall: float = 1.0  # of the ten nearest, as measured when the lists were made

    @property
    def chosen(self) -> VectorChoice:
        """The choice; AUTO for one that a newer program has and this one doesn't know."""
        return next((choice for choice in VectorChoice if choice.value == self.choice), VectorChoice.AUTO)

    @property
    def by_lists(self) -> bool:
        """Whether a search looks into some lists only."""
        return self.kind == VectorChoice.LISTS.value

    def told(self) -> str:
        """For a person."""
        if self.kind == ROUNDED:
            rest = "some rounded when there were more; `onrecord add --rebuild` encodes them anew"
            return f"exact ({self.choice}), {rest}"
        if not self.by_lists:
            return f"exact ({self.choice})"
        found = f"{100 * self.recall:.0f} % of the ten nearest found"
        return f"ivf ({self.choice}): {self.probes} of {self.lists} lists looked into, {found}"


def kind_for(count: int, choice: VectorChoice) -> VectorChoice:
    """How so many vectors are searched: exact or by lists."""
    fewest = {VectorChoice.AUTO: EXACT_UP_TO, VectorChoice.LISTS: FEWEST_FOR_LISTS - 1, VectorChoice.EXACT: math.inf}
    return VectorChoice.LISTS if count > fewest[choice] else VectorChoice.EXACT


def lists_for(count: int) -> int:
    """Lists for so many vectors: four times the square root, and never fewer than PER_LIST vectors for each."""
    return max(1, min(round(4 * math.sqrt(count)), count // PER_LIST))


def is_due(count: int, layout: VectorLayout) -> bool:
    """Whether the vectors, of which there are `count` now, are to be arranged anew."""
    wanted = kind_for(count, layout.chosen)
    if not layout.by_lists:
        return wanted is VectorChoice.LISTS
    if wanted is VectorChoice.EXACT:  # not to and fro at the border
        return kind_for(round(count * REGROWTH), layout.chosen) is VectorChoice.EXACT
    return not layout.made_for / REGROWTH <= count <= layout.made_for * REGROWTH


def arranged(
    store: FaissStore, choice: VectorChoice, questions: Callable[[], Vectors]
) -> tuple[FaissStore, VectorLayout]:
    """The same vectors in the store that their number asks for; `store` is left as it is.

    Out of lists they come as they were rounded (cosine to the encoder's above 0.999): to encode passages again because
    others went would make minutes of work of a removal.

    How many lists are looked into is measured with the vectors (q, dim) that `questions` gives: the fewest that find
    RECALL of their ten nearest, and at least those that hold COMPARED vectors.
    """
    from index.faiss_vectors import FaissLists, FaissVectors

    count, dim = len(store), store.dim
    if kind_for(count, choice) is VectorChoice.EXACT:
        exact = FaissVectors(dim)
        for keys, vectors in store.blocks():
            exact.add(keys, vectors)
        return exact, VectorLayout(choice.value, ROUNDED if isinstance(store, FaissLists) else VectorChoice.EXACT.value)
    lists = FaissLists.trained(_sample(store, PER_LIST * lists_for(count)), lists_for(count))
    for keys, vectors in store.blocks():
        lists.add(keys, vectors)
    asked = questions()
    recall = tune(lists, asked, nearest(store.blocks(), asked, NEAREST))
    layout = VectorLayout(choice.value, VectorChoice.LISTS.value, lists.lists, lists.probes, count, round(recall, 4))
    return lists, layout


def tune(store: FaissLists, questions: Vectors, truth: Keys) -> float:
    """Sets how many lists are looked into; gives the share of `truth` (q, k) that is found then."""
    store.probes = math.ceil(COMPARED * store.lists / max(1, len(store)))
    while (recall := found(store.search, questions, truth)) < RECALL and store.probes < store.lists:
        store.probes += max(1, store.probes // 8)
    return recall


def found(search: Callable[[Vectors, int], tuple[Keys, Vectors]], questions: Vectors, truth: Keys) -> float:
    """Share of `truth` (q, k) among the k that `search` finds, 0 to 1; 1 where there is nothing to find."""
    keys, _ = search(questions, truth.shape[1])
    hits = sum(len(np.intersect1d(ours, theirs[theirs != NO_KEY])) for ours, theirs in zip(keys, truth, strict=True))
    return hits / wanted if (wanted := int(np.count_nonzero(truth != NO_KEY))) else 1.0


def nearest(blocks: Iterable[tuple[Keys, Vectors]], questions: Vectors, k: int) -> Keys:
    """Keys (q, k) of the k nearest of all blocks by comparing everything, a block at a time."""
    keys = np.full((len(questions), k), NO_KEY, np.int64)
    scores = np.full((len(questions), k), -np.inf, np.float32)
    for block_keys, vectors in blocks:
        together = np.hstack([scores, questions @ vectors.T])
        names = np.hstack([keys, np.broadcast_to(block_keys, (len(questions), len(block_keys)))])
        best = np.argpartition(-together, min(k, together.shape[1] - 1), axis=1)[:, :k]
        scores, keys = np.take_along_axis(together, best, 1), np.take_along_axis(names, best, 1)
    return keys


def some_sentences(articles: ArticleStore, passages: PassageStore) -> list[str]:
    """QUESTIONS sentences from all over the index, in place of questions that nobody has asked yet.

    A question is farther from what it looks for than a passage is from its neighbours, and so is a sentence: with
    whole passages the share that real questions find would be overestimated.
    """
    texts = []
    for row in passages.spread(QUESTIONS):
        for article in articles.get([row.article]).values():
            text = article.text[row.start : row.end]
            spans = sentences(text)
            start, end = spans[len(spans) // 2]
            texts.append(text[start:end])
    return texts


def _sample(store: FaissStore, size: int) -> Vectors:
    """About `size` vectors (n, dim), evenly spread over the store."""
    step = max(1, len(store) // size)
    picked, start = [], 0
    for _, vectors in store.blocks():
        picked.append(vectors[-start % step :: step].copy())
        start += len(vectors)
    return np.concatenate(picked)
