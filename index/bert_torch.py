"""BERT's forward pass in plain torch: the fallback where OpenVINO can't be used, and the reference for it.

Importing transformers' BERT takes three times as long as importing torch (it brings scipy, sympy and torch's
compiler). The encoder and the reader are BERT models of a few layers, so their forward pass stands here: the same
operations in the same order, and a test holds the result against transformers'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.bert import Head, has_bfloat16
from index.bert_files import plain_name, read_shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

_BATCH_TOKENS = 8192  # word pieces that pass through the layers together, padding included


class TorchBert:
    """A Bert (see index.bert) in bfloat16 where the processor computes in it, else in float32.

    `threads` sets torch's threads for the whole process. Padding changes the last digits in bfloat16, so a result
    depends a little on what it is batched with. Raises DamagedError if the folder holds another kind of model.
    """

    def __init__(self, folder: Path, head: Head, threads: int | None = None, because: str = "") -> None:
        shape = read_shape(folder)
        import torch
        from safetensors.torch import load_file

        if threads is not None:
            torch.set_num_threads(threads)
        dtype = torch.bfloat16 if has_bfloat16() else torch.float32
        stored = load_file(folder / "model.safetensors")
        self._weights = {plain_name(name): stored[name].to(dtype) for name in sorted(stored)}
        self._shape = shape
        self._head = head
        precision = str(dtype).removeprefix("torch.")
        self.runtime = f"torch {torch.__version__}, {precision}{f', since {because}' if because else ''}"

    def __call__(
        self, ids: Sequence[Sequence[int]], types: Sequence[Sequence[int]] | None = None
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Each text's number and array, in any order; see index.bert.Bert."""
        import torch

        for rows in _batches([len(row) for row in ids], _BATCH_TOKENS):
            with torch.inference_mode():
                hidden, mask = self._hidden([ids[n] for n in rows], [types[n] for n in rows] if types else None)
                made = self._mean(hidden, mask) if self._head is Head.MEAN else self._linear("qa_outputs", hidden)
                arrays = made.float().numpy()
            for n, array in zip(rows, arrays, strict=True):
                yield n, array if self._head is Head.MEAN else array[: len(ids[n])]

    def _hidden(
        self, ids: Sequence[Sequence[int]], types: Sequence[Sequence[int]] | None = None
    ) -> tuple[Tensor, Tensor]:
        """The last layer (rows, longest, width), and which places are not padding (rows, longest), bool."""
        import torch

        lengths = torch.tensor([len(row) for row in ids])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        hidden = self._embed(_padded(ids, mask), _padded(types, mask) if types else torch.zeros_like(mask).long())
        attended = None if mask.all() else mask[:, None, None, :]
        for n in range(self._shape.layers):
            hidden = self._layer(f"encoder.layer.{n}", hidden, attended)
        return hidden, mask

    def _mean(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Rounded where sentence-transformers rounds."""
        import torch

        total = (hidden * mask[:, :, None]).sum(dim=1, dtype=torch.float32)
        return (total / mask.sum(dim=1, keepdim=True)).to(hidden.dtype)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        from torch.nn.functional import linear

        return linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _embed(self, ids: Tensor, types: Tensor) -> Tensor:
        words, segments, places = (
            self._weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "token_type", "position")
        )
        return self._norm("embeddings", words[ids] + segments[types] + places[: ids.shape[1]])

    def _layer(self, name: str, x: Tensor, attended: Tensor | None) -> Tensor:
        from torch.nn.functional import gelu, scaled_dot_product_attention

        rows, length, width = x.shape
        query, key, value = (
            self._linear(f"{name}.attention.self.{part}", x).view(rows, length, self._shape.heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=attended)
        mixed = mixed.transpose(1, 2).reshape(rows, length, width)
        x = self._norm(f"{name}.attention.output", self._linear(f"{name}.attention.output.dense", mixed) + x)
        wide = gelu(self._linear(f"{name}.intermediate.dense", x))
        return self._norm(f"{name}.output", self._linear(f"{name}.output.dense", wide) + x)

    def _norm(self, name: str, x: Tensor) -> Tensor:
        from torch.nn.functional import layer_norm

        weight, bias = (self._weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return layer_norm(x, weight.shape, weight, bias, self._shape.epsilon)


def _batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Row numbers, texts of similar length together, the longest first; at most `tokens` a batch with padding."""
    batches: list[list[int]] = []
    longest = 0
    for n in sorted(range(len(lengths)), key=lambda n: (-lengths[n], n)):
        if not batches or (len(batches[-1]) + 1) * longest > tokens:
            batches.append([])
            longest = lengths[n]
        batches[-1].append(n)
    return batches


def _padded(rows: Sequence[Sequence[int]], mask: Tensor) -> Tensor:
    """The rows one under another, int64, with zeros where the mask is False."""
    import torch

    filled = torch.zeros(mask.shape, dtype=torch.long)
    filled[mask] = torch.tensor([number for row in rows for number in row])
    return filled
