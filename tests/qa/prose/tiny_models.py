"""Causal models with random weights in three architectures, made on the fly with tokenizers of three kinds."""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

TEXT = [
    "The park has 1,240 trees, and 85 percent of them were grown in the region. [1] [2] [3]",
    "Mayor Ines Falk said the park had cost less than planned. “We kept the old signals,” said Ines Falk. [12]",
    "Answer the question with what the quotes say, and with nothing else. Question: Who opened it? Answer:",
    "0 1 2 3 4 5 6 7 8 9 [ ] . ! ? ] [ ( ) ' \" “ ” ‘ ’ … — - : ; , = == quote end of",
]
QWEN = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking is defined and not enable_thinking %}"
    "<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
LLAMA = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}[INST] {{ message['content'] }} [/INST]{% endfor %}"
)
ARCHITECTURES = ("llama", "qwen3", "gpt2")


def tiny_model(
    folder: Path, architecture: str, seed: int = 0, window: int = 2_048, *, width: int = 32, layers: int = 2
) -> Path:
    """Save a model of that architecture with random weights; returns the folder."""
    import torch
    from transformers import (
        GPT2Config,
        GPT2LMHeadModel,
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
        Qwen3Config,
        Qwen3ForCausalLM,
    )

    backend, special = {"llama": _metaspace, "qwen3": _byte_level, "gpt2": _byte_level}[architecture]()
    template = {"llama": LLAMA, "qwen3": QWEN, "gpt2": None}[architecture]
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, chat_template=template, **special)
    if architecture == "qwen3":
        tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
        tokenizer.eos_token = "<|im_end|>"
    torch.manual_seed(seed)
    shape = {
        "vocab_size": len(tokenizer) + 3,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
    }
    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    if architecture == "gpt2":
        model = GPT2LMHeadModel(
            GPT2Config(
                tie_word_embeddings=False,
                vocab_size=shape["vocab_size"],
                n_embd=width,
                n_layer=layers,
                n_head=4,
                n_positions=window,
                **ids,
            )
        )
    else:
        shape |= {"intermediate_size": 2 * width, "num_key_value_heads": 2, "max_position_embeddings": window, **ids}
        model = (
            LlamaForCausalLM(LlamaConfig(**shape))
            if architecture == "llama"
            else Qwen3ForCausalLM(Qwen3Config(head_dim=width // 4, **shape))
        )
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() > 1:
                weights.mul_(40 if "lm_head" in name or "embed" in name or "wte" in name else 4)  # decided, not drowsy
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    return folder


def add_to_config(folder: Path, **fields: object) -> None:
    """Write further fields into a model's config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | fields), "utf-8")


def _byte_level() -> tuple[Tokenizer, dict[str, str]]:
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(TEXT, trainer)
    return backend, {"eos_token": "<|endoftext|>", "bos_token": "<|endoftext|>"}


def _metaspace() -> tuple[Tokenizer, dict[str, str]]:
    backend = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    backend.normalizer = normalizers.Sequence([normalizers.Replace(Regex(" "), "▁")])
    backend.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=special, show_progress=False)
    backend.train_from_iterator([line.replace(" ", "▁") for line in TEXT], trainer)
    return backend, {"eos_token": "</s>", "bos_token": "<s>", "unk_token": "<unk>"}
