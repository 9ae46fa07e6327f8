"""Answers compared as SQuAD 2.0 compares them: lower case, no punctuation, no articles, single spaces.

Definition: the official evaluation script of SQuAD 2.0 (Rajpurkar, Jia and Liang 2018), `normalize_answer`.
"""

from __future__ import annotations

import re
import string

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = dict.fromkeys(map(ord, string.punctuation))


def normalise_answer(text: str) -> str:
    """Return the text in the form in which two answers are compared.

    The official script knows ASCII punctuation only; curly quotes are folded to straight ones first, since news is
    full of them and an apostrophe must not decide whether two answers are the same.
    """
    folded = text.translate(_CURLY).lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", folded).split())


def padded(text: str) -> str:
    """The same with a space at both ends, so that `in` finds whole words only."""
    return f" {normalise_answer(text)} "


_CURLY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
