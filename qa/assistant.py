"""Question in, answer out: retrieval, selection, drafting and citing, in batches.

An assistant serves one snapshot of an index. `reload` opens the newest generation and swaps one reference, so every
answer comes from exactly one generation, also while another is being built.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.errors import LimitError, UsageError
from corpus.unseen import without_unseen
from index.hits import Hit
from index.passage_index import Narrowing, PassageIndex
from qa.answer import Answer, Citation
from qa.answerer import Answerer
from qa.citations import cite, make_answer
from qa.copies import CopiesOf, fold
from qa.evidence import Evidence, Selector

MAX_QUESTION = 2_000  # characters
PASSAGES_READ = 20  # hits that a selector looks at
SPARE_PASSAGES = 20  # hits beyond these that may take the place of copies
FIRST_LOOK = 4  # hits that are read first, so that a quote is on screen early


@dataclass(frozen=True, slots=True)
class QuotesFound:
    """Quotes that stand so far; later ones may be better."""

    citations: tuple[Citation, ...]


class Assistant:
    """Answers questions from an index, with a selector that finds quotes and an answerer that drafts."""

    def __init__(
        self,
        index: PassageIndex,
        selector: Selector,
        answerer: Answerer,
        *,
        passages: int = PASSAGES_READ,
        reopen: Callable[[], PassageIndex] | None = None,
    ) -> None:
        """`passages` hits a question are read; `reopen` opens the newest generation for `reload`."""
        self._index = index
        self.selector = selector
        self.answerer = answerer
        self._passages = passages
        self._reopen = reopen

    @property
    def index(self) -> PassageIndex:
        """The snapshot that is served now."""
        return self._index

    def reload(self) -> PassageIndex:
        """Serve the newest generation from now on; the old snapshot stays usable for answers under way."""
        if self._reopen is None:
            raise UsageError("This assistant was opened on a fixed index and can't reload it.")
        self._index = self._reopen()
        return self._index

    def ask(self, question: str, *, narrowing: Narrowing | None = None) -> Answer:
        """Answer one question; raises UsageError if it is empty and LimitError over 2,000 characters."""
        return self.ask_batch([question], narrowing=narrowing)[0]

    def ask_batch(self, questions: Sequence[str], *, narrowing: Narrowing | None = None) -> list[Answer]:
        """Answer questions together, in the given order; `seconds` is each one's share of the batch."""
        return self.ask_batch_with_hits(questions, narrowing=narrowing)[0]

    def ask_batch_with_hits(
        self, questions: Sequence[str], *, narrowing: Narrowing | None = None
    ) -> tuple[list[Answer], list[list[Hit]]]:
        """Answer questions together; also return what retrieval brought for each, best first, for evaluation."""
        began = time.perf_counter()
        asked = [check_question(question) for question in questions]
        index = self._index
        found = index.search(asked, k=self._passages + SPARE_PASSAGES, narrowing=narrowing)
        evidence = self.selector.select(asked, [fold(hits, self._passages) for hits in found])
        answers = self._write(index, evidence, narrowing)
        share = (time.perf_counter() - began) / max(len(asked), 1)
        return [replace(answer, seconds=share) for answer in answers], [hits[: self._passages] for hits in found]

    def narrowed(self, narrowing: Narrowing) -> NarrowedAssistant:
        """The same assistant, asked batches of only some of the articles."""
        return NarrowedAssistant(self, narrowing)

    def stream(
        self, question: str, *, narrowing: Narrowing | None = None, stop: threading.Event | None = None
    ) -> Iterator[QuotesFound | Answer]:
        """Yield the quotes of the most promising passages first, then the whole answer.

        Ends without an answer as soon as `stop` is set.
        """
        began = time.perf_counter()
        asked = check_question(question)
        index = self._index
        found = index.search([asked], k=self._passages + SPARE_PASSAGES, narrowing=narrowing)[0]
        hits = fold(found, self._passages)
        if _stopped(stop):
            return
        if len(hits) > FIRST_LOOK:
            early = self._look(asked, hits[:FIRST_LOOK])
            if early.answered and early.quotes:
                yield QuotesFound(cite(early.quotes, index.article, _copies(index, narrowing)))
            if _stopped(stop):
                return
        answer = self._write(index, [self._look(asked, hits)], narrowing)[0]
        if not _stopped(stop):
            yield replace(answer, seconds=time.perf_counter() - began)

    def _look(self, question: str, hits: Sequence[Hit]) -> Evidence:
        return self.selector.select([question], [hits])[0]

    def _write(self, index: PassageIndex, evidence: Sequence[Evidence], narrowing: Narrowing | None) -> list[Answer]:
        drafts = self.answerer.answer(evidence)
        copies_of = _copies(index, narrowing)
        return [
            make_answer(found, draft, index.article, copies_of, seconds=0.0)
            for found, draft in zip(evidence, drafts, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class NarrowedAssistant:
    """An assistant whose batches are asked of only some of the articles, for evaluation."""

    assistant: Assistant
    narrowing: Narrowing

    @property
    def index(self) -> PassageIndex:
        """The snapshot that is served now."""
        return self.assistant.index

    def ask_batch_with_hits(self, questions: Sequence[str]) -> tuple[list[Answer], list[list[Hit]]]:
        """Answer questions together; also return what retrieval brought for each, best first."""
        return self.assistant.ask_batch_with_hits(questions, narrowing=self.narrowing)


def check_question(question: str) -> str:
    """Return the question as a person sees it, its white space folded; raises UsageError or LimitError."""
    folded = " ".join(without_unseen(question).split())
    if not folded:
        raise UsageError("The question is empty. Ask something about the articles.")
    if len(folded) > MAX_QUESTION:
        raise LimitError(
            f"The question has {len(folded):,} characters; at most 2,000 characters are read. Shorten it and ask again."
        )
    return folded


def _copies(index: PassageIndex, narrowing: Narrowing | None) -> CopiesOf:
    """The near-duplicates of an article among those that are asked."""
    if narrowing is None:
        return index.copies_of
    return lambda name: [copy for copy in index.copies_of(name) if narrowing.holds(index.article(copy))]


def _stopped(stop: threading.Event | None) -> bool:
    return stop is not None and stop.is_set()
