"""Articles become passages that an encoder reads whole.

An encoder cuts off what its window doesn't hold, without a word; most splitters count words or characters and lose text
that way. Here the encoder's own tokens are counted, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corpus.article import Article, Passage
from corpus.sentences import sentences

__all__ = ["sentences", "split"]

CountTokens = Callable[[Sequence[str]], list[int]]
Span = tuple[int, int]

# A word longer than this is cut before tokens are counted: WordPiece reads any longer one as a single unknown token,
# and a megabyte without a space would be slow to count.
_MAX_WORD = 100  # characters


def split(article: Article, count_tokens: CountTokens, *, max_tokens: int, overlap_sentences: int = 1) -> list[Passage]:
    """Passages of whole sentences that together hold every character of the text that isn't white space.

    `count_tokens` gives the number of tokens of each text without special tokens; no passage has more than
    `max_tokens` (the title's share is for the caller to subtract). Neighbours share `overlap_sentences` sentences
    where these leave room for a new one. A sentence that is longer alone is cut between words, and a word between
    characters. Raises ValueError if `max_tokens` is below 1 or the overlap below 0.
    """
    if max_tokens < 1 or overlap_sentences < 0:
        raise ValueError(f"max_tokens must be at least 1 and overlap at least 0, not {max_tokens}, {overlap_sentences}")
    spans = sentences(article.text)
    counts = count_tokens([article.text[start:end] for start, end in spans]) if spans else []
    units, sizes = _fitting(article.text, spans, counts, count_tokens, max_tokens)
    windows = _windows(sizes, max_tokens, overlap_sentences)
    passages = _checked(article.text, units, sizes, windows, count_tokens, max_tokens)
    return [
        Passage(article.id, start, end, article.text[start:end], article.title) for start, end in _distinct(passages)
    ]


def _fitting(
    text: str, spans: Sequence[Span], counts: Sequence[int], count_tokens: CountTokens, max_tokens: int
) -> tuple[list[Span], list[int]]:
    """The sentences with those cut that don't fit, and their tokens."""
    units: list[Span] = []
    sizes: list[int] = []
    for span, count in zip(spans, counts, strict=True):
        if count <= max_tokens:
            units.append(span)
            sizes.append(count)
        else:
            pieces = _cut(text, span, count_tokens, max_tokens)
            units.extend(pieces)
            # Pieces are as full as they get: each stands alone instead of sharing a window.
            sizes.extend([max_tokens] * len(pieces))
    return units, sizes


def _cut(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    """One sentence that is too long, cut at word borders, or inside a word where that is longer alone."""
    words = _words(text, span)
    counts = count_tokens([text[start:end] for start, end in words])
    atoms: list[Span] = []
    sizes: list[int] = []
    for word, count in zip(words, counts, strict=True):
        pieces = [word] if count <= max_tokens else _cut_word(text, word, count_tokens, max_tokens)
        atoms.extend(pieces)
        sizes.extend([count] if len(pieces) == 1 else [max_tokens] * len(pieces))
    windows = _windows(sizes, max_tokens, 0)
    return _checked(text, atoms, sizes, windows, count_tokens, max_tokens)


def _words(text: str, span: Span) -> list[Span]:
    """Runs without white space, those over `_MAX_WORD` characters in pieces."""
    words: list[Span] = []
    start, end = span
    begin = start
    for position in range(start, end + 1):
        if position == end or text[position].isspace():
            words.extend((piece, min(piece + _MAX_WORD, position)) for piece in range(begin, position, _MAX_WORD))
            begin = position + 1
    return words


def _cut_word(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    """Halve until it fits; a single character is left as it is, there is nothing smaller."""
    start, end = span
    if end - start <= 1 or count_tokens([text[start:end]])[0] <= max_tokens:
        return [span]
    middle = (start + end) // 2
    return [
        *_cut_word(text, (start, middle), count_tokens, max_tokens),
        *_cut_word(text, (middle, end), count_tokens, max_tokens),
    ]


def _windows(sizes: Sequence[int], max_tokens: int, overlap: int) -> list[tuple[int, int]]:
    """Runs of units, as full as they get, as (first, last + 1); each run brings at least one new unit."""
    windows: list[tuple[int, int]] = []
    first = done = 0
    while done < len(sizes):
        end, total = first, 0
        while end < len(sizes) and (total + sizes[end] <= max_tokens or end == first):
            total += sizes[end]
            end += 1
        if end <= done:  # the overlap leaves no room: go on without some of it
            first += 1
            continue
        windows.append((first, end))
        done = end
        first = max(first + 1, end - overlap)
    return windows


def _joints(units: Sequence[Span]) -> int:
    """The most tokens that the joints of neighbouring units can add."""
    return sum(after[0] - before[1] + 1 for before, after in zip(units, units[1:], strict=False))


def _checked(
    text: str,
    units: Sequence[Span],
    sizes: Sequence[int],
    windows: Sequence[tuple[int, int]],
    count_tokens: CountTokens,
    max_tokens: int,
) -> list[Span]:
    """The windows as spans of text; one that turns out to have more than `max_tokens` is halved.

    Word pieces add up exactly. Other tokenizers may count more at a joint, up to a token for each character of white
    space in it and one for the joint, so windows that are nearly full are counted as a whole; the others would only
    take time.
    """
    spans = [(units[first][0], units[last - 1][1]) for first, last in windows]
    nearly_full = [sum(sizes[first:last]) + _joints(units[first:last]) > max_tokens for first, last in windows]
    to_count = [text[start:end] for (start, end), near in zip(spans, nearly_full, strict=True) if near]
    counts = iter(count_tokens(to_count) if to_count else [])
    result: list[Span] = []
    for (first, last), span, near in zip(windows, spans, nearly_full, strict=True):
        if not near or next(counts) <= max_tokens or last - first == 1:
            result.append(span)
            continue
        middle = (first + last) // 2
        halves = [(first, middle), (middle, last)]
        result.extend(_checked(text, units, sizes, halves, count_tokens, max_tokens))
    return result


def _distinct(spans: Sequence[Span]) -> list[Span]:
    """In the order of the text, without those that lie within another: half a window may be in its neighbour."""
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept
