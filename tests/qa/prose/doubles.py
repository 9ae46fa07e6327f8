"""Writers whose words a test gives, and answers to tell about."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence

from qa.answer import Answer, Citation, Statement, StatementKind

PARK = "The park has 1,240 trees, and 85 percent of them were grown in the region."
SIGNALS = "“We kept the old signals,” said Ines Falk."


class Scripted:
    """A writer that writes what it is given, in pieces of a word."""

    name, window, weights_hash = "scripted", 4_096, "sha256:0"

    def __init__(self, *texts: str, fails: Exception | None = None) -> None:
        self._texts, self._fails = list(texts), fails
        self.prompts: list[str] = []
        self.closed = 0

    def count(self, prompt: str) -> int:
        return len(prompt) // 4

    def write(self, prompt: str, *, most: int, numbers: int = 0, stop: threading.Event | None = None) -> Iterator[str]:
        self.prompts.append(prompt)
        try:
            for piece in re.findall(r"\s*\S+", self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]):
                if stop and stop.is_set():
                    return
                yield piece
            if self._fails:
                raise self._fails
        finally:
            self.closed += 1


def answer_of(quotes: Sequence[str], question: str = "How many trees does the park have?") -> Answer:
    """An answer of these quotes, each from an article of its own."""
    citations = tuple(
        Citation(number, f"a{number}", 0, len(quote), quote, f"T{number}", None, None, None, None, None, "0" * 64)
        for number, quote in enumerate(quotes, 1)
    )
    statements = tuple(Statement(one.quote, StatementKind.VERBATIM, (one.number,)) for one in citations)
    return Answer(question, None, statements, citations, 0.9, False, (), 0.1)
