"""Which articles are copies of one another, so that one agency's story in ten papers counts as one source.

A text is taken as the set of its five-word sequences (Broder 1997). Two articles are near-duplicates where most of the
shorter one's sequences stand in the longer one too; that also holds for copies that were cut or lightly edited. The
sets are never compared themselves: MinHash signatures estimate how much they share, and locality-sensitive hashing
finds the few pairs that are worth comparing. What is found depends on the articles alone, not on the order of adding.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SHINGLE = 5  # words
HASHES = 256  # values of a signature; the estimate's standard error is at most 0.03
LEAST_SHARED = 0.6  # share of the shorter text's sequences that must stand in the longer one
LEAST_ALIKE = 0.15  # Jaccard similarity below which the estimated share is mostly noise
SCHEME = f"rensa R-MinHash 2, {HASHES} hashes of {SHINGLE} words, low 16 bits, seed 1"

_SEED = 1
_ROWS = 3  # values of a band: pairs of similarity s meet in one of 85 bands with probability 1 - (1 - s³)^85
_REACH = 32  # neighbours in a bucket that are compared; a bucket with more holds one boilerplate, and is one chain
_COMPARED_AT_ONCE = 8_192  # pairs
# Chinese, Japanese and Korean are written without spaces: every character counts as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")

Signatures: TypeAlias = NDArray[np.uint16]
Sizes: TypeAlias = NDArray[np.int64]
Labels: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to find its copies by."""

    signature: Signatures  # (HASHES,)
    size: int  # number of different five-word sequences


def shingles(text: str) -> list[str]:
    """The different five-word sequences of a text in order, without case and punctuation; a shorter text is one."""
    words = _WORD.findall(text.lower())
    return list(dict.fromkeys(" ".join(words[n : n + SHINGLE]) for n in range(max(1, len(words) - SHINGLE + 1))))


def sketch(texts: Sequence[str]) -> list[Sketch]:
    """One sketch a text, in the given order. The headline is no part of the text: copies get new ones."""
    from rensa import RMinHash

    sets = [shingles(text) for text in texts]
    rows = RMinHash.digests_from_token_sets(sets, num_perm=HASHES, seed=_SEED) if sets else []
    # Two texts agree in the low 16 bits by chance once in 65,536 (b-bit MinHash, Li and König 2010).
    return [Sketch(np.array(row, np.uint32).astype(np.uint16), len(own)) for row, own in zip(rows, sets, strict=True)]


def cluster(signatures: Signatures, sizes: Sizes) -> Labels:
    """For each text the place of the first one that it is, directly or through others, a near-duplicate of; (n,).

    `signatures` is (n, HASHES), `sizes` (n,) the number of sequences in each text. A text without copies gets its own
    place.
    """
    whole = np.ascontiguousarray(signatures).view(np.dtype((np.void, signatures.dtype.itemsize * HASHES))).ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    parents = list(range(len(first)))
    for one, other in _near(signatures[first], sizes[first]).tolist():
        _join(parents, one, other)
    roots = np.array([_root(parents, n) for n in range(len(parents))], np.int64)
    component = roots[inverse.ravel()] if len(first) else np.empty(0, np.int64)
    _, earliest, back = np.unique(component, return_index=True, return_inverse=True)
    return earliest[back.ravel()].astype(np.int64)


def shared(alike: NDArray[np.float64], sizes: Sizes, others: Sizes) -> NDArray[np.float64]:
    """Share of the smaller set that stands in the larger one, from their Jaccard similarity and sizes; all (n,).

    |A ∩ B| = J (|A| + |B|) / (1 + J), since |A ∪ B| = |A| + |B| - |A ∩ B|.
    """
    return alike * (sizes + others) / ((1 + alike) * np.minimum(sizes, others))


def _near(signatures: Signatures, sizes: Sizes) -> NDArray[np.int64]:
    """Pairs (m, 2) of places that are near-duplicates by their signatures."""
    pairs = _candidates(signatures)
    found = [np.empty((0, 2), np.int64)]
    for start in range(0, len(pairs), _COMPARED_AT_ONCE):
        part = pairs[start : start + _COMPARED_AT_ONCE]
        one, other = part[:, 0], part[:, 1]
        alike = (signatures[one] == signatures[other]).mean(axis=1)
        found.append(part[(alike >= LEAST_ALIKE) & (shared(alike, sizes[one], sizes[other]) >= LEAST_SHARED)])
    return np.concatenate(found)


def _candidates(signatures: Signatures) -> NDArray[np.int64]:
    """Pairs (m, 2) of places that agree in all values of at least one band."""
    count = len(signatures)
    codes = [np.empty(0, np.int64)]
    for band in range(0, HASHES - _ROWS + 1, _ROWS):
        values = signatures[:, band : band + _ROWS].astype(np.int64)
        keys = (values[:, 0] << 32) | (values[:, 1] << 16) | values[:, 2]
        order = np.argsort(keys, kind="stable")
        ranked = keys[order]
        for reach in range(1, min(_REACH, count - 1) + 1):
            same = ranked[reach:] == ranked[:-reach]
            if not same.any():
                break
            codes.append(order[:-reach][same] * count + order[reach:][same])  # stable: the first is the smaller
    unique = np.unique(np.concatenate(codes))
    return np.stack(np.divmod(unique, count), axis=1) if count else np.empty((0, 2), np.int64)


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


def _join(parents: list[int], one: int, other: int) -> None:
    roots = sorted((_root(parents, one), _root(parents, other)))
    parents[roots[1]] = roots[0]
