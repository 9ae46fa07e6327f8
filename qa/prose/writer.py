"""What writes: the seam between a language model and everything that Onrecord does with its words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol


class Writer(Protocol):
    """A language model that continues a prompt. Several threads may call it at once."""

    name: str  # as --answerer takes it
    window: int  # tokens that prompt and text may have together

    @property
    def weights_hash(self) -> str | None:
        """What names these weights exactly, for the record of a run; None where nobody knows."""
        ...

    def count(self, prompt: str) -> int:
        """Tokens of the prompt as the model gets it; never fewer than it takes."""
        ...

    def write(self, prompt: str, *, most: int, numbers: int = 0, stop: threading.Event | None = None) -> Iterator[str]:
        """Yield the text as it comes, at most `most` tokens; end within a token once `stop` is set.

        Where the model's choice of tokens can be steered, `[n]` comes only right after a sentence and only for n from 1
        to `numbers`. Raises ModelError if the model fails, ModelUnavailableError if there is none to ask. Whoever
        closes the iterator early leaves nothing running.
        """
        ...
