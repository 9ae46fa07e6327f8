"""The bundled reader: it looks at a question and a passage together and points at the words that answer.

It is a small extractive model (see reader_weights/README.md and training/). For each passage it gives the
likeliest spans and how likely "not answered here" is; the difference ranks passages of different articles.
Importing this module loads nothing heavy: the model is loaded by the constructor.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DamagedError
from index.bert import Head, Runtime, open_bert
from index.files import sha256
from qa.reader_input import PassageQuestion, Window, encode_pairs, load_tokenizer
from qa.spans import align

__all__ = ["PassageQuestion", "Reader", "Reading", "Span"]

FOLDER = Path(__file__).parent / "reader_weights"
SUMS = "SHA256SUMS"
RECENT = 1_000  # readings that are remembered, about 2 MB
SPARE = 12  # spans looked at for each one wanted, since the best ones overlap
PARAGRAPHS = re.compile(r"\n\s*\n")  # between two paragraphs; no answer runs across it


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a passage that may answer the question."""

    start: int  # characters in the passage's text
    end: int  # half open
    score: float  # start logit + end logit; higher is better


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader found in one passage."""

    spans: tuple[Span, ...]  # the best first, none overlapping another
    null_score: float  # logits of "not answered here", comparable with a span's score
    total_score: float = -math.inf  # of all spans together, also those that aren't among the best; at least the best's

    @property
    def answered_score(self) -> float:
        """How much better an answer somewhere in it is than none, in logits; higher is better.

        What the reader was taught to compare passages by (training/loss.py): not the best span alone.
        """
        return max(self.total_score, self.spans[0].score) - self.null_score if self.spans else -math.inf

    def strength(self, span: Span) -> float:
        """The same for the answer in this span: less than the passage's by what the best span is ahead of it."""
        return self.answered_score - (self.spans[0].score - span.score)


class Reader:
    """Reads passages with the bundled weights, or with others of the same form in `folder`."""

    def __init__(
        self,
        folder: Path | None = None,
        threads: int | None = None,
        spans: int = 3,
        max_span_tokens: int = 30,
        runtime: Runtime = Runtime.AUTO,
    ) -> None:
        """Load and check the weights; raises DamagedError where a file is missing or not what it should be.

        `threads` is how many passages are read at once, by default one a core; `runtime` what computes.
        """
        folder = folder or FOLDER
        self.weights_hash = check_files(folder)
        self.name = json.loads((folder / "config.json").read_text("utf-8")).get("reader_name", folder.name)
        self._bert = open_bert(folder, Head.SPANS, runtime, threads)
        self._tokenizer = load_tokenizer(folder)
        self._spans, self._longest = spans, max_span_tokens
        self._recent: OrderedDict[PassageQuestion, Reading] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def runtime(self) -> str:
        """What computes the logits, for a person."""
        return self._bert.runtime

    def read(self, pairs: Sequence[PassageQuestion]) -> list[Reading]:
        """Return one reading a pair, in the given order; a passage too long for one window is read in several.

        What was read lately is remembered: the chat reads the first passages early and then all of them.
        """
        with self._lock:
            known = {pair: self._recent[pair] for pair in pairs if pair in self._recent}
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        known.update(zip(fresh, self._read(fresh), strict=True))
        with self._lock:
            self._recent.update((pair, known[pair]) for pair in fresh[-RECENT:])
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)
        return [known[pair] for pair in pairs]

    def _read(self, pairs: Sequence[PassageQuestion]) -> list[Reading]:
        windows = [(i, window) for i, found in enumerate(encode_pairs(self._tokenizer, pairs)) for window in found]
        parts: dict[int, Reading] = {}
        for n, logits in self._bert([window.ids for _, window in windows], [window.types for _, window in windows]):
            i, window = windows[n]
            parts[n] = self._reading(pairs[i].text, window, logits[:, 0], logits[:, 1])
        readings: list[list[Reading]] = [[] for _ in pairs]
        for n, (i, _) in enumerate(windows):
            readings[i].append(parts[n])
        return [merge(found, self._spans) for found in readings]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The places of a text's word pieces, in characters."""
        found: list[tuple[int, int]] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return found

    def _reading(self, text: str, window: Window, starts: NDArray[np.float32], ends: NDArray[np.float32]) -> Reading:
        null = float(starts[0] + ends[0])
        part = slice(window.first, window.first + len(window.offsets))
        ranked = best_spans(starts[part], ends[part], self._longest, self._spans * SPARE)
        spans: list[Span] = []
        for first, last, score in ranked:
            start, end = align(text, window.offsets[first][0], window.offsets[last][1])
            apart = all(end <= other.start or other.end <= start for other in spans)
            if start < end and apart and not PARAGRAPHS.search(text, start, end):
                spans.append(Span(start, end, score))
            if len(spans) == self._spans:
                break
        return Reading(tuple(spans), null, log_sum_exp(starts[part]) + log_sum_exp(ends[part]))


def log_sum_exp(logits: Sequence[float] | NDArray[np.float32] | NDArray[np.float64]) -> float:
    """log Σ exp(logit) without overflow, minus infinity for none."""
    return float(np.logaddexp.reduce(logits, dtype=np.float64))


def best_spans(
    starts: NDArray[np.float32], ends: NDArray[np.float32], longest: int, count: int
) -> list[tuple[int, int, float]]:
    """The best (first, last, score) of spans of at most `longest` places, the best first; ties by place."""
    places = len(starts)
    width = min(longest, places)
    if not places:
        return []
    beyond = np.full(width - 1, -np.inf, np.float32)
    table = starts[:, None] + np.lib.stride_tricks.sliding_window_view(np.concatenate([ends, beyond]), width)
    flat = table.ravel()
    count = min(count, int(np.isfinite(flat).sum()))
    top = np.argpartition(-flat, count - 1)[:count]
    order = top[np.lexsort((top, -flat[top]))]
    return [(int(i) // width, int(i) // width + int(i) % width, float(flat[i])) for i in order]


def merge(windows: Sequence[Reading], count: int) -> Reading:
    """One reading from a passage's windows: scores moved so that each keeps its distance to its own null."""
    if len(windows) == 1:
        return windows[0]
    best = max(windows, key=lambda reading: (reading.answered_score, reading.null_score))
    moved = [
        replace(span, score=span.score - reading.null_score + best.null_score)
        for reading in windows
        for span in reading.spans
    ]
    moved.sort(key=lambda span: (-span.score, span.start, span.end))
    kept: list[Span] = []
    for span in moved:
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return Reading(tuple(kept[:count]), best.null_score, best.total_score)


def check_files(folder: Path) -> str:
    """Compare the files with their recorded sums; the sum of the weights. Raises DamagedError."""
    advice = "Install Onrecord again with `make install`, or name another folder."
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
        sums = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
        found = {name: sha256(folder / name) for name in sums}
        weights = found["model.safetensors"]
    except (OSError, ValueError, KeyError) as error:
        raise DamagedError(f"The reader's weights in {folder.name} can't be read ({error}). {advice}") from error
    wrong = [name for name in sums if sums[name] != found[name]]
    if wrong:
        raise DamagedError(f"The reader's file {wrong[0]} is damaged: its contents have changed. {advice}")
    return weights
