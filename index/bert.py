"""BERT's forward pass in plain torch, for the moment after a command was typed.

Importing transformers' BERT takes three times as long as importing torch (it brings scipy, sympy and torch's
compiler), and that is most of what a person waits for on a cold start. The encoder and the reader are BERT models of a
few layers, so their forward pass stands here once: the same operations in the same order, and a test holds the result
against transformers'. Weights and config are read as transformers saves them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import DamagedError

if TYPE_CHECKING:
    from torch import Tensor


class Bert:
    """A BERT encoder for inference on the CPU, in bfloat16 where the processor computes in it, else in float32.

    Raises DamagedError if the folder holds another kind of model.
    """

    def __init__(self, folder: Path) -> None:
        import torch
        from safetensors.torch import load_file

        config = json.loads((folder / "config.json").read_text("utf-8"))
        if (config.get("model_type"), config.get("hidden_act")) != ("bert", "gelu"):
            raise DamagedError(f"The model in {folder} is not a BERT with GELU. Name a folder that holds one.")
        dtype = torch.bfloat16 if has_bfloat16() else torch.float32
        stored = load_file(folder / "model.safetensors")
        self._weights = {name.removeprefix("bert."): stored[name].to(dtype) for name in sorted(stored)}
        self._heads: int = config["num_attention_heads"]
        self._layers: int = config["num_hidden_layers"]
        self._epsilon: float = config["layer_norm_eps"]

    def __call__(
        self, ids: Sequence[Sequence[int]], types: Sequence[Sequence[int]] | None = None
    ) -> tuple[Tensor, Tensor]:
        """The last layer (rows, longest, width), and which places are not padding (rows, longest), bool.

        `ids` are word pieces with their special tokens, of any lengths up to the window; `types` are their segments,
        all 0 if left out. Call it under `torch.inference_mode()`.
        """
        import torch

        lengths = torch.tensor([len(row) for row in ids])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        hidden = self._embed(_padded(ids, mask), _padded(types, mask) if types else torch.zeros_like(mask).long())
        attended = None if mask.all() else mask[:, None, None, :]
        for n in range(self._layers):
            hidden = self._layer(f"encoder.layer.{n}", hidden, attended)
        return hidden, mask

    def linear(self, name: str, x: Tensor) -> Tensor:
        """`x` through the linear layer of that name; heads on top of BERT are applied with it."""
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
            self.linear(f"{name}.attention.self.{part}", x).view(rows, length, self._heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=attended)
        mixed = mixed.transpose(1, 2).reshape(rows, length, width)
        x = self._norm(f"{name}.attention.output", self.linear(f"{name}.attention.output.dense", mixed) + x)
        wide = gelu(self.linear(f"{name}.intermediate.dense", x))
        return self._norm(f"{name}.output", self.linear(f"{name}.output.dense", wide) + x)

    def _norm(self, name: str, x: Tensor) -> Tensor:
        from torch.nn.functional import layer_norm

        weight, bias = (self._weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return layer_norm(x, weight.shape, weight, bias, self._epsilon)


def _padded(rows: Sequence[Sequence[int]], mask: Tensor) -> Tensor:
    """The rows one under another, int64, with zeros where the mask is False."""
    import torch

    filled = torch.zeros(mask.shape, dtype=torch.long)
    filled[mask] = torch.tensor([number for row in rows for number in row])
    return filled


@cache
def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 in hardware; where this cannot be read, no."""
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    flags = next((line for line in cpuinfo.splitlines() if line.startswith("flags")), "").split()
    return "avx512_bf16" in flags or "amx_bf16" in flags
