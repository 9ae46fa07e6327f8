"""What the reader is taught: the span in each passage, and which of a question's passages answers it."""

from __future__ import annotations

import torch
from torch import Tensor

from training.batches import Batch


def answered_scores(starts: Tensor, ends: Tensor) -> Tensor:
    """How much more all spans weigh than the [CLS], (n,), from masked logits (n, m)."""
    spans = starts[:, 1:].logsumexp(1) + ends[:, 1:].logsumexp(1)
    return spans - starts[:, 0] - ends[:, 0]


def loss(logits: Tensor, batch: Batch, ranking: float = 0.5) -> Tensor:
    """Cross entropy of starts and ends a pair, plus `ranking` times that of the right passage in its group.

    The second term compares scores between passages of one question, as ranking does at run time
    (shared normalisation: Clark and Gardner 2018).
    """
    starts, ends = masked(logits, batch)
    spans = -(batch.starts * starts.log_softmax(1).clamp(min=-1e4)).sum(1)
    spans = spans - (batch.ends * ends.log_softmax(1).clamp(min=-1e4)).sum(1)
    total = spans.mean() / 2
    if not ranking:
        return total
    scores = answered_scores(starts, ends)
    count = int(batch.group[-1]) + 1
    same = batch.group[None, :] == torch.arange(count)[:, None]
    grouped = scores[None, :].masked_fill(~same, float("-inf"))
    use = (same.sum(1) > 1) & (same & batch.answered[None, :]).any(1)
    right = grouped.masked_fill(~batch.answered[None, :], float("-inf"))
    ranked = grouped[use].logsumexp(1) - right[use].logsumexp(1)
    return total + ranking * ranked.sum() / count


def masked(logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Start and end logits (n, m), minus infinity where no answer may stand."""
    table = logits[batch.rows]
    hidden = ~batch.allowed
    return table[..., 0].masked_fill(hidden, float("-inf")), table[..., 1].masked_fill(hidden, float("-inf"))
