"""What a question must be before anything looks for its answer; apart, so that a search need not load the assistant."""

from __future__ import annotations

from corpus.errors import LimitError, UsageError
from corpus.unseen import without_unseen

MAX_QUESTION = 2_000  # characters


def check_question(question: str) -> str:
    """Return the question as a person sees it, its white space folded; raises UsageError or LimitError."""
    folded = " ".join(without_unseen(question).split())
    if not folded:
        raise UsageError("The question is empty. Ask something about the articles.")
    if len(folded) > MAX_QUESTION:
        raise LimitError(
            f"The question has {len(folded):,} characters; at most 2,000 characters are read. Shorten it and ask again."
        )
    return folded
