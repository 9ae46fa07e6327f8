"""A list of questions is asked in batches, scored, and summed up: `evaluate`, from Python or for the command line.

No model judges. Everything is computed from stored articles and answers, so the same index, models, questions and
seed give the same files, but for times.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from corpus.article import Article
from corpus.errors import (
    BusyError,
    DamagedError,
    IncompatibleError,
    ModelUnavailableError,
    NoIndexError,
    OnrecordError,
    StorageError,
    UsageError,
)
from index.hits import Hit
from qa.answer import Answer
from qa.answer_json import answer_to_json
from qa.evaluation.gold import ArticleStore, Gold, Place, locate
from qa.evaluation.metrics import Retrieved, score
from qa.evaluation.questions import Question, QuestionFile, questions_hash
from qa.evaluation.run_folder import (
    REPORT,
    SUMMARY,
    Item,
    Run,
    append_items,
    as_json,
    held,
    start_or_resume,
    write_whole,
)
from qa.evaluation.summary import summarise

FORMAT = 1
BATCH = 32  # questions asked together
_SHOWN_EVIDENCE = 1_000  # characters of a piece of evidence that are kept with the run; it may be a whole article
DEPTH = 20  # passages of the ranking that are looked at at most
BY_ARTICLE = "article"
# No other question would fare better:
_FATAL = (NoIndexError, DamagedError, IncompatibleError, StorageError, BusyError, ModelUnavailableError)
_PACKAGES = ("onrecord", "numpy", "torch", "transformers", "sentence-transformers", "tokenizers", "faiss-cpu",
             "tantivy", "openvino")  # fmt: skip

OnProgress = Callable[[int, int], None]


class NamedIndex(ArticleStore, Protocol):
    """The part of a passage index that evaluating needs."""

    @property
    def fingerprint(self) -> str:
        """Names this exact index."""
        ...


class AnswersBatches(Protocol):
    """What can be evaluated: qa.assistant.Assistant, or anything else that answers from an index."""

    @property
    def index(self) -> NamedIndex:
        """The index that answers come from."""
        ...

    def ask_batch_with_hits(self, questions: Sequence[str]) -> tuple[list[Answer], list[list[Hit]]]:
        """Answer the questions, in their order, and return what retrieval brought for each, best first."""
        ...


def evaluate(
    assistant: AnswersBatches,
    questions: Sequence[Question],
    out: Path | None = None,
    *,
    seed: int = 0,
    cluster_by: str = BY_ARTICLE,
    settings: Mapping[str, Any] | None = None,
    source: QuestionFile | None = None,
    batch: int = BATCH,
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
) -> Run:
    """Ask the questions and score the answers; with `out`, keep the run there and go on with an interrupted one.

    Questions with evidence in one article are one cluster, or those with the same value of the field `cluster_by`.
    `settings` are kept with the run, and what `source` says of lines that could not be used as given.
    `on_progress(done, total)` is called after each batch. A question that fails is listed and scored with the worst
    values. Raises UsageError if there is nothing to ask or `out` holds another run, StorageError if it can't be kept.
    """
    if not questions:
        raise UsageError("There is no question to ask. Check the file, --tag and --limit.")
    if cluster_by != BY_ARTICLE and not any(question.column(cluster_by) for question in questions):
        raise UsageError(f"No question has a field {cluster_by!r} to cluster by.")
    configuration = _configuration(assistant, questions, seed, cluster_by, batch, settings or {})
    with held(out) if out else nullcontext():
        items = start_or_resume(out, configuration, batch, overwrite=overwrite) if out else []
        for fresh in _asked(assistant, questions, len(items), configuration, on_progress or _silent):
            if out:
                append_items(out, fresh)
            items += fresh
        run = Run(tuple(items), _whole_summary(items, configuration, source, seed))
        if out:
            write_report(out, run)
    return run


def _silent(done: int, total: int) -> None:
    """Show no progress."""


def _asked(
    assistant: AnswersBatches,
    questions: Sequence[Question],
    done: int,
    configuration: Mapping[str, Any],
    on_progress: OnProgress,
) -> Iterator[list[Item]]:
    """Batches of items for the questions that are not done yet; a batch counts as done once the next is asked for."""
    store, batch = _Remembering(assistant.index), configuration["batch"]
    on_progress(done, len(questions))
    for begin in range(done, len(questions), batch):
        fresh = _batch(assistant, store, questions[begin : begin + batch], configuration["cluster_by"])
        if assistant.index.fingerprint != configuration["index"]:
            raise OnrecordError("The index changed during the run. Run it again when nothing is being added.")
        yield fresh
        on_progress(begin + len(fresh), len(questions))


def write_report(folder: Path, run: Run) -> None:
    """Write summary.json and report.html; raises StorageError if they can't be."""
    from qa.evaluation.report import render_report

    write_whole(folder / SUMMARY, as_json(run.summary))
    write_whole(folder / REPORT, render_report(run))


class _Remembering:
    """An article store that doesn't read the same article from disk for every citation."""

    def __init__(self, store: ArticleStore) -> None:
        self.article: Callable[[str], Article] = lru_cache(maxsize=512)(store.article)
        self.find_article: Callable[[str], Article] = lru_cache(maxsize=512)(store.find_article)


def _batch(
    assistant: AnswersBatches, store: ArticleStore, questions: Sequence[Question], cluster_by: str
) -> list[Item]:
    found = _answer(assistant, [question.text for question in questions])
    return [_item(question, outcome, store, cluster_by) for question, outcome in zip(questions, found, strict=True)]


_Outcome = tuple[Answer | None, tuple[Retrieved, ...], str | None]  # the answer, the ranking, or why there is none


def _answer(assistant: AnswersBatches, texts: Sequence[str]) -> list[_Outcome]:
    """Answer together; if that fails, one by one, so that one question's fault stays its own."""
    try:
        return _answer_together(assistant, texts)
    except _FATAL:
        raise
    except Exception as error:
        if len(texts) > 1:
            return [outcome for text in texts for outcome in _answer(assistant, [text])]
        why = str(error) if isinstance(error, OnrecordError) else f"{type(error).__name__}: {error}"
        return [(None, (), why)]


def _answer_together(assistant: AnswersBatches, texts: Sequence[str]) -> list[_Outcome]:
    answers, rankings = assistant.ask_batch_with_hits(texts)
    for answer in answers:
        answer_to_json(answer)  # an answer that can't be printed is no answer
    return [
        (answer, tuple(_retrieved(hit) for hit in ranking[:DEPTH]), None)
        for answer, ranking in zip(answers, rankings, strict=True)
    ]


def _retrieved(hit: Hit) -> Retrieved:
    return Retrieved(Place(hit.passage.article_id, hit.passage.start, hit.passage.end), hit.passage.text)


def _item(question: Question, outcome: _Outcome, store: ArticleStore, cluster_by: str) -> Item:
    answer, ranking, failure = outcome
    gold = locate(question, store)
    scores = score(question, gold, answer, ranking, store)
    printed = answer_to_json(answer) if answer else None
    return Item(
        id=question.id,
        answer=printed,
        scores={name: round(value, 6) for name, value in scores.values.items()},
        seconds=printed["seconds"] if printed else None,
        question=question.text,
        expected={
            "answers": list(question.answers),
            "answerable": question.expects_answer,
            "evidence": [_evidence(place, store) for place in gold.places],
        },
        tags=question.tags,
        cluster=_cluster(question, gold, cluster_by),
        counts=scores.counts,
        retrieved=tuple(
            {"article_id": r.place.article_id, "start": r.place.start, "end": r.place.end} for r in ranking
        ),
        failure=failure,
        problems=gold.problems,
    )


def _evidence(place: Place, store: ArticleStore) -> dict[str, Any]:
    end = min(place.end, place.start + _SHOWN_EVIDENCE)
    quote = store.article(place.article_id).text[place.start : end]
    return {"article_id": place.article_id, "start": place.start, "end": place.end, "quote": quote}


def _cluster(question: Question, gold: Gold, cluster_by: str) -> str:
    if cluster_by != BY_ARTICLE:
        value = question.column(cluster_by)
        return f"{cluster_by} {value}" if value else f"question {question.id}"
    return f"article {gold.places[0].article_id}" if gold.places else f"question {question.id}"


def _configuration(
    assistant: AnswersBatches,
    questions: Sequence[Question],
    seed: int,
    cluster_by: str,
    batch: int,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything that an answer or a figure depends on: what must be the same for a run to be gone on with."""
    return {
        "onrecord": _version("onrecord"),
        "questions": {"count": len(questions), "sha256": questions_hash(questions)},
        "index": assistant.index.fingerprint,
        "models": model_hashes(assistant),
        "settings": dict(settings),
        "cluster_by": cluster_by,
        "seed": seed,
        "batch": batch,
    }


def model_hashes(assistant: AnswersBatches) -> dict[str, str]:
    """Names of the models that an assistant uses, with the hash of their weights where it knows that."""
    encoder = getattr(assistant.index, "encoder", None)
    selector, answerer = getattr(assistant, "selector", None), getattr(assistant, "answerer", None)
    reader = getattr(selector, "reader", None)
    parts = {
        "encoder": (getattr(encoder, "name", None), getattr(encoder, "fingerprint", None)),
        "selector": (getattr(selector, "name", None), getattr(reader, "weights_hash", None)),
        "answerer": (getattr(answerer, "name", None), getattr(answerer, "weights_hash", None)),
    }
    return {part: " ".join(filter(None, known)) for part, known in parts.items() if known[0]}


def _whole_summary(
    items: Sequence[Item], configuration: Mapping[str, Any], source: QuestionFile | None, seed: int
) -> dict[str, Any]:
    began = time.perf_counter()
    summary = summarise(items, seed)
    timing = summary.pop("timing")
    versions = {name: _version(name) for name in _PACKAGES}
    return {
        "format": FORMAT,
        **summary,
        "bad_lines": [asdict(bad) for bad in source.bad] if source else [],
        "notes": [asdict(note) for note in source.notes] if source else [],
        "configuration": dict(configuration),
        "versions": {"python": platform.python_version(), **{n: v for n, v in versions.items() if v}},
        "timing": {
            **timing,
            "summing_up": round(time.perf_counter() - began, 3),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
