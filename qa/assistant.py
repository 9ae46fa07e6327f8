"""Question in, answer out: retrieval, selection, drafting and citing, in batches.

An assistant serves one snapshot of an index. `reload` opens the newest generation and swaps one reference, so every
answer comes from exactly one generation, also while another is being built.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from corpus.errors import OnrecordError, UsageError
from index.hits import Hit
from index.passage_index import Narrowing, PassageIndex
from qa.answer import Answer, Citation
from qa.answerer import Answerer, Teller
from qa.citations import cite, make_answer, with_prose
from qa.ellipsis import Exchange
from qa.evidence import Evidence, Selector
from qa.question_check import check_question
from qa.sources.copies import CopiesOf, fold

PASSAGES_READ = 20  # hits that a selector looks at
SPARE_PASSAGES = 20  # hits beyond these that may take the place of copies
FIRST_LOOK = 4  # hits that are read first, so that a quote is on screen early


@dataclass(frozen=True, slots=True)
class QuotesFound:
    """Quotes that stand so far; later ones may be better."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """A whole answer whose prose is still being written; its quotes don't change any more."""

    answer: Answer  # with the sentences that stand
    writing: str  # the sentence under way; nothing is known of it yet


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
        others: Sequence[Answerer] = (),
    ) -> None:
        """`passages` hits a question are read; `reopen` opens the newest generation for `reload`.

        `others` are answerers that a question may be streamed from instead.
        """
        self._index = index
        self.selector = selector
        self.answerer = answerer
        self.rewrites = False  # whether a model writes follow-up questions out in full
        self.answerers = {one.name: one for one in (answerer, *others)}
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

    def quote(self, question: str, *, narrowing: Narrowing | None = None) -> Answer:
        """Answer one question with quotes alone, even where a model would tell about them."""
        [answer], _ = self._quoted([check_question(question)], narrowing)
        return answer

    def ask_whatever_holds(self, question: str, *, narrowing: Narrowing | None = None) -> Answer:
        """Answer one question; where a model fails, with the quotes alone and a notice instead of raising."""
        began = time.perf_counter()
        answer = self.quote(question, narrowing=narrowing)
        if isinstance(self.answerer, Teller):
            *_, last = _told(self.answerer, answer, None)
            answer = last.answer
        return replace(answer, seconds=time.perf_counter() - began)

    def ask_batch(self, questions: Sequence[str], *, narrowing: Narrowing | None = None) -> list[Answer]:
        """Answer questions together, in the given order; `seconds` is each one's share of the batch."""
        return self.ask_batch_with_hits(questions, narrowing=narrowing)[0]

    def ask_batch_with_hits(
        self, questions: Sequence[str], *, narrowing: Narrowing | None = None
    ) -> tuple[list[Answer], list[list[Hit]]]:
        """Answer questions together; also return what retrieval brought for each, best first, for evaluation."""
        began = time.perf_counter()
        answers, hits = self._quoted([check_question(question) for question in questions], narrowing)
        if isinstance(self.answerer, Teller):
            answers = [_whole(self.answerer, answer) for answer in answers]
        share = (time.perf_counter() - began) / max(len(questions), 1)
        return [replace(answer, seconds=share) for answer in answers], hits

    def _quoted(self, asked: Sequence[str], narrowing: Narrowing | None) -> tuple[list[Answer], list[list[Hit]]]:
        """Answers of quotes alone, and what retrieval brought for each."""
        index = self._index
        found = index.search(asked, k=self._passages + SPARE_PASSAGES, narrowing=narrowing)
        folded = [fold(hits, self._passages) for hits in found]
        evidence = self.selector.select(asked, folded, index.passages_within(narrowing))
        return self._quote(index, evidence, narrowing), [hits[: self._passages] for hits in found]

    def narrowed(self, narrowing: Narrowing) -> NarrowedAssistant:
        """The same assistant, asked batches of only some of the articles."""
        return NarrowedAssistant(self, narrowing)

    def stream(
        self,
        question: str,
        *,
        narrowing: Narrowing | None = None,
        stop: threading.Event | None = None,
        answerer: str | None = None,
    ) -> Iterator[QuotesFound | Telling | Answer]:
        """Yield the quotes of the most promising passages first, then prose if it is told, then the whole answer.

        `answerer` names one of `answerers`. Where a model fails, the quotes are the answer, with a notice. Ends
        without an answer as soon as `stop` is set.
        """
        began = time.perf_counter()
        asked = check_question(question)
        index = self._index
        found = index.search([asked], k=self._passages + SPARE_PASSAGES, narrowing=narrowing)[0]
        hits = fold(found, self._passages)
        searched = index.passages_within(narrowing)
        if _stopped(stop):
            return
        if len(hits) > FIRST_LOOK:
            early = self._look(asked, hits[:FIRST_LOOK], searched)
            if early.answered and early.quotes:
                yield QuotesFound(cite(early.quotes, index.article, _copies(index, narrowing)))
            if _stopped(stop):
                return
        answer = self._quote(index, [self._look(asked, hits, searched)], narrowing)[0]
        teller = self.answerers.get(answerer or "", self.answerer)
        if isinstance(teller, Teller) and not answer.abstained:
            for telling in _told(teller, answer, stop):
                answer = telling.answer
                if not _stopped(stop):
                    yield telling
        if not _stopped(stop):
            yield replace(answer, seconds=time.perf_counter() - began)

    def written_out(
        self, question: str, turns: Sequence[Exchange], answerer: str | None = None, stop: threading.Event | None = None
    ) -> str | None:
        """A follow-up question as the model of `answerer` writes it out; None where the rules' reading stays."""
        teller = self.answerers.get(answerer or "", self.answerer)
        if not isinstance(teller, Teller):
            return None
        try:
            return teller.rewrite(question, turns, stop)
        except OnrecordError:
            return None  # the rules' reading is at hand, and the answer will say what is wrong with the model

    def _look(self, question: str, hits: Sequence[Hit], searched: int) -> Evidence:
        return self.selector.select([question], [hits], searched)[0]

    def _quote(self, index: PassageIndex, evidence: Sequence[Evidence], narrowing: Narrowing | None) -> list[Answer]:
        drafts = self.answerer.answer(evidence)
        copies_of = _copies(index, narrowing)
        return [
            make_answer(found, draft, index.article, copies_of, seconds=0.0)
            for found, draft in zip(evidence, drafts, strict=True)
        ]


def _told(teller: Teller, answer: Answer, stop: threading.Event | None) -> Iterator[Telling]:
    """The answer while it is told; a model's failure becomes a notice beside the quotes."""
    yield Telling(answer, "")
    try:
        with closing(teller.tell(answer, stop)) as telling:  # type: ignore[type-var]
            for told in telling:
                yield Telling(with_prose(answer, told.statements, teller.name), told.writing)
    except OnrecordError as error:
        yield Telling(replace(answer, notice=str(error)), "")


def _whole(teller: Teller, answer: Answer) -> Answer:
    """The answer told to its end; raises ModelError."""
    told = list(teller.tell(answer))
    return with_prose(answer, told[-1].statements, teller.name) if told else answer


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


def _copies(index: PassageIndex, narrowing: Narrowing | None) -> CopiesOf:
    """The near-duplicates of an article among those that are asked."""
    if narrowing is None:
        return index.copies_of
    return lambda name: [copy for copy in index.copies_of(name) if narrowing.holds(index.article(copy))]


def _stopped(stop: threading.Event | None) -> bool:
    return stop is not None and stop.is_set()
