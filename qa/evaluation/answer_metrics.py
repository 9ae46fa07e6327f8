"""How close an answer's words are to a reference: exact match, token F1, containment, ROUGE-L.

Pure functions. Every score lies between 0 and 1, higher is better, and is the best over the references.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from qa.normalise import normalise_answer, padded

# rouge-score's default tokenizer: lower case, and anything but ASCII letters and digits separates.
_NO_ROUGE_TOKEN = re.compile(r"[^a-z0-9]+")


def exact_match(prediction: str, references: Sequence[str]) -> int:
    """1 if the prediction equals a reference after SQuAD 2.0's normalisation, else 0."""
    found = normalise_answer(prediction)
    return int(any(found == normalise_answer(reference) for reference in references))


def token_f1(prediction: str, references: Sequence[str]) -> float:
    """SQuAD 2.0's token F1: the harmonic mean of shared tokens over the prediction's and over the reference's.

    Where one side is empty after normalisation, 1 if both are and otherwise 0, as the official script has it.
    """
    found = normalise_answer(prediction).split()
    return max((_f1(found, normalise_answer(reference).split()) for reference in references), default=0.0)


def contains(text: str, references: Sequence[str]) -> int:
    """1 if the words of a reference stand in the text one after the other, after normalisation, else 0.

    A reference that normalises to nothing is contained in nothing: it would be found everywhere.
    """
    held = padded(text)
    return int(any(words.strip() and words in held for words in map(padded, references)))


def rouge_l(prediction: str, references: Sequence[str]) -> float:
    """F-measure of the longest common subsequence of tokens (Lin 2004), as rouge-score computes it without stemming."""
    found = _rouge_tokens(prediction)
    return max((_rouge_l(found, _rouge_tokens(reference)) for reference in references), default=0.0)


def _f1(found: list[str], reference: list[str]) -> float:
    if not found or not reference:
        return float(found == reference)
    shared = (Counter(found) & Counter(reference)).total()
    if shared == 0:
        return 0.0
    precision, recall = shared / len(found), shared / len(reference)
    return 2 * precision * recall / (precision + recall)


def _rouge_tokens(text: str) -> list[str]:
    return _NO_ROUGE_TOKEN.sub(" ", text.lower()).split()


def _rouge_l(found: list[str], reference: list[str]) -> float:
    if not found or not reference:
        return 0.0
    common = _longest_common_subsequence(found, reference)
    precision, recall = common / len(found), common / len(reference)
    return 2 * precision * recall / (precision + recall) if common else 0.0


def _longest_common_subsequence(one: list[str], other: list[str]) -> int:
    lengths = [0] * (len(other) + 1)
    for token in one:
        diagonal = 0
        for column, candidate in enumerate(other, start=1):
            above = lengths[column]
            lengths[column] = diagonal + 1 if token == candidate else max(above, lengths[column - 1])
            diagonal = above
    return lengths[-1]
