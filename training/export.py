"""A training state → the folder that is shipped: standard transformers form, fp16, with the sum of every file.

`python -m training.export STATE … --folder FOLDER [--name NAME]`; several STATEs are averaged, and one that is named
twice counts twice. A STATE may be a folder that was exported before.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from qa.reader import SUMS
from training.trainer import base_folder
from training.workers import Shape

TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json")


def averaged(states: Sequence[Path]) -> Any:
    """A float32 model with the mean of the states' averaged weights."""
    from transformers import AutoModelForQuestionAnswering

    weights = torch.stack([_flat(path) for path in states]).mean(0)
    model = AutoModelForQuestionAnswering.from_pretrained(base_folder(), dtype=torch.float32)
    Shape.of(model).lay(model, weights)
    return model


def _flat(path: Path) -> torch.Tensor:
    from transformers import AutoModelForQuestionAnswering

    if path.is_dir():
        model = AutoModelForQuestionAnswering.from_pretrained(path, dtype=torch.float32)
        return Shape.of(model).flat(model)
    state = torch.load(path, map_location="cpu", weights_only=True)
    return torch.cat([state["embeddings"].float(), state["average"]])


def export(model: Any, folder: Path, name: str) -> None:
    """Writes config, tokenizer, weights and sums."""
    folder.mkdir(parents=True, exist_ok=True)
    model.config.reader_name = name
    model.half().save_pretrained(folder)
    for file in TOKENIZER:
        shutil.copyfile(base_folder() / file, folder / file)
    (folder / "model.safetensors").chmod(0o644)
    _drop_machine_paths(folder / "config.json")
    write_sums(folder)


def write_sums(folder: Path) -> None:
    """Records the sums of the files that reading depends on."""
    names = sorted(p.name for p in folder.iterdir() if p.suffix in {".json", ".txt", ".safetensors"})
    names = [name for name in names if name not in ("calibration.json", "figures.json")]
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def _drop_machine_paths(path: Path) -> None:
    config = {key: value for key, value in json.loads(path.read_text("utf-8")).items() if key != "_name_or_path"}
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Export a training state as the reader's weights.")
    parser.add_argument("states", type=Path, nargs="+")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--name", default="onrecord-reader-minilm-l6")
    options = parser.parse_args()
    export(averaged(options.states), options.folder, options.name)


if __name__ == "__main__":
    main()
