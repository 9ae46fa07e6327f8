"""A causal language model from a folder, through transformers: the answerer `hf:…`.

Safetensors and no code of the model's own; nothing is looked up on a network, whatever the environment says.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from corpus.errors import DamagedError, ModelError
from index.bert import has_bfloat16
from index.files import sha256
from qa.prose.numbering import NumberedQuotes

LEAST_WINDOW = 512  # tokens; less doesn't hold a quote, the question and an answer
_DEFAULT_WINDOW = 4_096  # tokens, where a model doesn't name its own
_MOST_WINDOW = 8_192  # tokens; more than the quotes ever need


class TransformersWriter:
    """Writes with the model in a folder; loaded when first asked."""

    def __init__(self, folder: Path, name: str, *, revision: str | None = None, threads: int | None = None) -> None:
        """Check what can be checked without loading; raises DamagedError if the folder holds no usable model."""
        self.name = name
        self._folder, self._revision, self._threads = folder, revision, threads
        self._lock = threading.Lock()
        self._loaded: Loaded | None = None
        self.window = _window(_config(folder, name))
        if not any(folder.glob("*.safetensors")):
            raise DamagedError(
                f"{name} has no weights in the form of safetensors; other forms can run code and aren't opened. "
                "Choose another model, or convert it."
            )

    @property
    def weights_hash(self) -> str:
        """The revision if it is known, and the SHA-256 of all weights."""
        digest = hashlib.sha256()
        for path in sorted(self._folder.glob("*.safetensors")):
            digest.update(bytes.fromhex(sha256(path)))
        return " ".join(filter(None, (self._revision, f"sha256:{digest.hexdigest()}")))

    @property
    def runtime(self) -> str:
        """Device and precision, for a person; loads the model."""
        model = self.loaded().model
        return f"{model.device.type}, {str(model.dtype).removeprefix('torch.')}"

    def count(self, prompt: str) -> int:
        """Tokens of the prompt with the chat template around it, by the model's own tokenizer."""
        return len(self.loaded().ids(prompt))

    def write(self, prompt: str, *, most: int, numbers: int = 0, stop: threading.Event | None = None) -> Iterator[str]:
        """Yield the text word by word; see qa.prose.writer.Writer."""
        from transformers import TextIteratorStreamer

        loaded = self.loaded()
        streamer = TextIteratorStreamer(loaded.tokenizer, skip_prompt=True, skip_special_tokens=True)
        closed, failures = threading.Event(), []

        def generate() -> None:
            try:
                loaded.generate(prompt, most, numbers, streamer, [closed, *([stop] if stop else [])])
            except Exception as error:  # the boundary of a thread: nothing above could catch it
                failures.append(error)
                streamer.on_finalized_text("", stream_end=True)

        worker = threading.Thread(target=generate, name="write", daemon=True)
        worker.start()
        try:
            yield from filter(None, streamer)
        finally:
            closed.set()
            worker.join()
        if failures:
            raise ModelError(f"{self.name} failed while writing: {failures[0]}.") from failures[0]

    def loaded(self) -> Loaded:
        """Model and tokenizer, loaded once; raises DamagedError."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._folder, self.name, self._threads)
            return self._loaded


class Loaded:
    """Model and tokenizer in memory."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model, self.tokenizer = model, tokenizer
        configured = model.generation_config.eos_token_id
        ends = configured if isinstance(configured, list) else [configured]
        self._ends = sorted({end for end in (*ends, tokenizer.eos_token_id) if end is not None})

    def ids(self, prompt: str) -> list[int]:
        """The prompt as tokens; what looks like a control token in it is text like any other."""
        if self.tokenizer.chat_template is None:
            ids: list[int] = self.tokenizer(prompt, split_special_tokens=True)["input_ids"]
            return ids
        message = [{"role": "user", "content": prompt}]
        encoded = self.tokenizer.apply_chat_template(
            message,
            add_generation_prompt=True,
            sanitize_control_tokens=True,
            return_dict=True,
            enable_thinking=False,  # a variable of Qwen's template; others don't read it
        )
        return list(encoded["input_ids"])

    def tensor(self, prompt: str) -> Any:
        """The prompt's tokens where the model computes, (1, tokens)."""
        import torch

        return torch.tensor([self.ids(prompt)], device=self.model.device)

    def generate(self, prompt: str, most: int, numbers: int, streamer: Any, stops: Sequence[threading.Event]) -> None:
        """Write greedily, so that the same prompt gives the same text."""
        import torch
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

        given = self.tensor(prompt)
        settings = GenerationConfig(
            max_new_tokens=most,
            do_sample=False,
            eos_token_id=self._ends or None,
            pad_token_id=self._ends[0] if self._ends else 0,
        )

        numbered = NumberedQuotes(self.tokenizer, numbers, given.shape[1], self._ends)

        def stopped(input_ids: Any, scores: Any, **_: Any) -> Any:
            return torch.full((len(input_ids),), any(stop.is_set() for stop in stops), device=input_ids.device)

        with torch.inference_mode():
            self.model.generate(
                given,
                attention_mask=torch.ones_like(given),
                generation_config=settings,
                streamer=streamer,
                stopping_criteria=StoppingCriteriaList([stopped]),
                logits_processor=LogitsProcessorList([numbered]),
            )


def _load(folder: Path, name: str, threads: int | None) -> Loaded:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    if threads is not None:
        torch.set_num_threads(threads)
    logging.disable_progress_bar()
    device, dtype = _device()
    offline = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), **offline)
        model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=dtype, use_safetensors=True, **offline)
    except Exception as error:  # a damaged file raises whatever the library that reads it raises
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DamagedError(f"{name} can't be loaded: {first} Choose another model, or get this one again.") from error
    return Loaded(model.to(device).eval(), tokenizer)


def _device() -> tuple[str, Any]:
    """Where to compute and in which precision: what the machine does fastest without harm."""
    import torch

    if torch.cuda.is_available():
        return "cuda", torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if torch.backends.mps.is_available():
        return "mps", torch.float16
    return "cpu", torch.bfloat16 if has_bfloat16() else torch.float32


def _config(folder: Path, name: str) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedError(f"{name} is no folder with a model: config.json can't be read ({error}).") from error
    return config


def _window(config: dict[str, Any]) -> int:
    """How many tokens the model reads, from its configuration; raises DamagedError if too few for any quote."""
    text = config.get("text_config") or config
    window = text.get("max_position_embeddings") or text.get("n_positions") or _DEFAULT_WINDOW
    if window < LEAST_WINDOW:
        raise DamagedError(f"The model reads {window} tokens; quotes and an answer need at least {LEAST_WINDOW}.")
    return min(int(window), _MOST_WINDOW)
