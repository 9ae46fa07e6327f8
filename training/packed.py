"""The reader's forward pass for training on a CPU: many pairs end to end in one long row.

transformers pads a batch to a rectangle and writes its attention scores, tens of megabytes a layer,
to memory and back. On a CPU that costs more than the matrix products. Here the pairs lie end to end,
so the dense layers see no padding, and attention runs pair by pair, small enough for the cache:
twice as fast, and the same function of the same weights (a test compares the two).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

ALIGN = 16  # a pair's row length is a multiple of this, so that few matrix shapes occur


@dataclass(frozen=True, slots=True)
class Packed:
    """Pairs end to end. Rows starts[i] … starts[i] + lengths[i] are pair i; what follows them is padding."""

    ids: Tensor  # int64 (rows,)
    types: Tensor  # int64 (rows,)
    positions: Tensor  # int64 (rows,)
    starts: tuple[int, ...]
    lengths: tuple[int, ...]


def padded(length: int) -> int:
    """The length rounded up to a multiple of ALIGN."""
    return -(-length // ALIGN) * ALIGN


class _PairAttention(torch.autograd.Function):
    """Softmax attention within each pair; (rows, heads, width) in and out."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, starts: tuple[int, ...], lengths: tuple[int, ...]) -> Tensor:
        out = torch.zeros_like(q)
        weights = []
        scale = q.shape[-1] ** -0.5
        for start, length in zip(starts, lengths, strict=True):
            rows = slice(start, start + padded(length))
            scores = torch.bmm(q[rows].transpose(0, 1) * scale, k[rows].permute(1, 2, 0))
            scores[:, :, length:] = float("-inf")
            weight = torch.softmax(scores, -1)
            weights.append(weight)
            out[rows] = torch.bmm(weight, v[rows].transpose(0, 1)).transpose(0, 1)
        ctx.save_for_backward(q, k, v, *weights)
        ctx.spans = (starts, lengths)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        grad = grads[0]
        q, k, v, *weights = ctx.saved_tensors
        starts, lengths = ctx.spans
        dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
        scale = q.shape[-1] ** -0.5
        for start, length, weight in zip(starts, lengths, weights, strict=True):
            rows = slice(start, start + padded(length))
            g = grad[rows].transpose(0, 1)
            dv[rows] = torch.bmm(weight.transpose(1, 2), g).transpose(0, 1)
            d = torch.bmm(g, v[rows].permute(1, 2, 0))
            d = torch._softmax_backward_data(d, weight, -1, weight.dtype)
            dq[rows] = (torch.bmm(d, k[rows].transpose(0, 1)) * scale).transpose(0, 1)
            dk[rows] = (torch.bmm(d.transpose(1, 2), q[rows].transpose(0, 1)) * scale).transpose(0, 1)
        return dq, dk, dv, None, None


_pools: dict[float, Tensor] = {}


def _dropout(x: Tensor, rate: float) -> Tensor:
    """Dropout with masks cut at random places from one long random row: drawing fresh ones costs a fifth of a step."""
    if not rate:
        return x
    if rate not in _pools:
        keep = (torch.rand(1 << 24, dtype=torch.float32) >= rate).to(x.dtype) / (1 - rate)
        _pools[rate] = keep.to(x.device)
    pool = _pools[rate]
    if x.numel() >= len(pool):
        return functional.dropout(x, rate)
    start = int(torch.randint(len(pool) - x.numel(), ()))
    return x * pool[start : start + x.numel()].view_as(x)


def logits(model: Any, batch: Packed, dropout: float = 0.0) -> Tensor:
    """Start and end logits, float32 (rows, 2), of a BertForQuestionAnswering in any dtype."""
    bert, config = model.bert, model.config
    heads = config.num_attention_heads
    emb = bert.embeddings
    x = emb.word_embeddings(batch.ids) + emb.token_type_embeddings(batch.types)
    x = _dropout(emb.LayerNorm(x + emb.position_embeddings(batch.positions)), dropout)
    for layer in bert.encoder.layer:
        att = layer.attention
        q, k, v = (part(x).view(len(x), heads, -1) for part in (att.self.query, att.self.key, att.self.value))
        mixed: Tensor = _PairAttention.apply(q, k, v, batch.starts, batch.lengths)  # type: ignore[no-untyped-call]
        x = att.output.LayerNorm(_dropout(att.output.dense(mixed.view(len(x), -1)), dropout) + x)
        inner = functional.gelu(layer.intermediate.dense(x))
        x = layer.output.LayerNorm(_dropout(layer.output.dense(inner), dropout) + x)
    return functional.linear(x.float(), model.qa_outputs.weight.float(), model.qa_outputs.bias.float())
