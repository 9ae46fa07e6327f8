"""The default answerer: it says what the articles say, word for word, or that they don't."""

from __future__ import annotations

from collections.abc import Sequence

from qa.answerer import Draft, DraftStatement
from qa.evidence import Evidence


class ExtractiveAnswerer:
    """Every statement is a quote; the short answer is the marked words of the first one."""

    name = "extractive"

    def answer(self, batch: Sequence[Evidence]) -> list[Draft]:
        """Return one draft an evidence, in the given order."""
        return [_draft(evidence) for evidence in batch]


def _draft(evidence: Evidence) -> Draft:
    if not evidence.answered or not evidence.quotes:
        return Draft(statements=(), short_from=None, abstained=True)
    marked = evidence.short and evidence.quotes[0].answer is not None
    statements = tuple(DraftStatement((number,)) for number in range(1, len(evidence.quotes) + 1))
    return Draft(statements, short_from=1 if marked else None, abstained=False)
