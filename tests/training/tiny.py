"""A reader of random weights, small enough for fast tests."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile


def tiny_reader(folder: Path) -> Path:
    """Two layers, 32 wide, with the real vocabulary; the folder looks like the shipped one."""
    folder.mkdir(exist_ok=True)
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    from training.export import TOKENIZER, base_folder, write_sums

    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, reader_name="tiny"
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    for name in TOKENIZER:
        copyfile(base_folder() / name, folder / name)
    write_sums(folder)
    return folder
