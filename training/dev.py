"""Held-out questions read by a model in training: how right its spans are, and how well it says no."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from qa.evaluation.answer_metrics import exact_match, token_f1
from qa.reader_input import PassageQuestion, Window, encode_pairs
from training.batches import pack, places
from training.data import Asked, Reading
from training.negatives import Candidates
from training.packed import logits, padded

SPAN_PIECES = 30


@dataclass(frozen=True, slots=True)
class Pick:
    """A model's best span in a passage."""

    text: str
    score: float  # start logit + end logit
    null: float  # of the [CLS]


@dataclass(frozen=True, slots=True)
class DevFigures:
    """Shares of 1 on held-out questions."""

    exact: float
    f1: float
    auc: float  # answered score, a question's own passage against one that doesn't answer it
    first: float  # own passage ranked above all its negatives
    wiki_exact: float
    wiki_f1: float


def picks(model: Any, tokenizer: Any, pairs: Sequence[PassageQuestion], budget: int = 6144) -> list[Pick]:
    """The best span of each pair (of its best window)."""
    windows = encode_pairs(tokenizer, pairs)
    flat = [(i, w) for i, ws in enumerate(windows) for w in ws]
    flat.sort(key=lambda item: len(item[1].ids))
    best: dict[int, Pick] = {}
    with torch.inference_mode():
        for chunk in _chunks(flat, budget):
            packed = pack([w for _, w in chunk])
            rows, allowed = places([w for _, w in chunk], packed)
            table = logits(model, packed)[rows]
            for (i, window), scores, mask in zip(chunk, table, allowed, strict=True):
                pick = _pick(scores, mask, window, pairs[i].text)
                if i not in best or pick.score - pick.null > best[i].score - best[i].null:
                    best[i] = pick
    return [best[i] for i in range(len(pairs))]


def _chunks(flat: list[tuple[int, Window]], budget: int) -> list[list[tuple[int, Window]]]:
    chunks: list[list[tuple[int, Window]]] = [[]]
    filled = 0
    for item in flat:
        size = padded(len(item[1].ids))
        if chunks[-1] and filled + size > budget:
            chunks.append([])
            filled = 0
        chunks[-1].append(item)
        filled += size
    return chunks


def _pick(scores: Tensor, mask: Tensor, window: Window, text: str) -> Pick:
    null = float(scores[0].sum())
    first, count = window.first, len(window.offsets)
    if not count:
        return Pick("", -1e9, null)
    starts, ends = scores[first : first + count, 0], scores[first : first + count, 1]
    table = (starts[:, None] + ends[None, :]).triu().tril(SPAN_PIECES - 1)
    band = torch.ones(count, count, dtype=torch.bool).triu().tril(SPAN_PIECES - 1)
    place = int(table.masked_fill(~band, -1e9).argmax())
    a, b = place // count, place % count
    return Pick(text[window.offsets[a][0] : window.offsets[b][1]], float(table[a, b]), null)


def dev_pairs(
    reading: Reading, candidates: Sequence[Candidates], seed: int = 0
) -> list[tuple[Asked, list[PassageQuestion]]]:
    """Each question with its own passage first, then up to two that don't answer it."""
    dice = random.Random(seed)
    out = []
    for question, found in zip(reading.questions, candidates, strict=True):
        keys = [question.paragraph]
        if found.near:
            keys.append(dice.choice(found.near))
        if found.far:
            keys.append(dice.choice(found.far))
        texts = [reading.paragraphs[key] for key in keys]
        out.append((question, [PassageQuestion(question.text, p.title, p.text) for p in texts]))
    return out


def measure(
    model: Any, tokenizer: Any, reading: Reading, asked: Sequence[tuple[Asked, list[PassageQuestion]]]
) -> DevFigures:
    """Span figures on the own passage, and yes-no figures over all."""
    flat = [pair for _, pairs in asked for pair in pairs]
    found = iter(picks(model, tokenizer, flat))
    right, overlap, wiki, labels, scores, first = [], [], [], [], [], []
    for question, pairs in asked:
        mine = [next(found) for _ in pairs]
        text = reading.paragraphs[question.paragraph].text
        answers = [text[a:b] for a, b, _ in question.answers]
        right.append(exact_match(mine[0].text, answers))
        overlap.append(token_f1(mine[0].text, answers))
        wiki.append(question.source == "new_wiki")
        answered = [pick.score - pick.null for pick in mine]
        labels += [1] + [0] * (len(mine) - 1)
        scores += answered
        first.append(float(answered[0] >= max(answered)))
    total, known = len(right), max(sum(wiki), 1)
    return DevFigures(
        sum(right) / total,
        sum(overlap) / total,
        float(roc_auc_score(labels, scores)),
        sum(first) / total,
        sum(r for r, w in zip(right, wiki, strict=True) if w) / known,
        sum(o for o, w in zip(overlap, wiki, strict=True) if w) / known,
    )
