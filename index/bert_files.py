"""Reads a saved BERT for any runtime: its shape, checked, and its weights by their plain names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import DamagedError


@dataclass(frozen=True, slots=True)
class BertShape:
    """What config.json says of the layers."""

    layers: int
    heads: int
    epsilon: float  # added to the variance in layer norms


def read_shape(folder: Path) -> BertShape:
    """The shape of the model in `folder`; raises DamagedError if it is another kind of model."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    if (config.get("model_type"), config.get("hidden_act")) != ("bert", "gelu"):
        raise DamagedError(f"The model in {folder} is not a BERT with GELU. Name a folder that holds one.")
    return BertShape(config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])


def plain_name(name: str) -> str:
    """A weight's name without the prefix that models with a head put before it."""
    return name.removeprefix("bert.")
