"""Where a quote begins and ends: whole sentences around the words that matter, but never a wall of text."""

from __future__ import annotations

import re

from corpus.split import sentences

_BULLET = re.compile(r"[•◦▪‣·*–—-]\s+")
MAX_QUOTE = 600  # characters; transcripts and lists can run on for pages without a full stop


def quote_range(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentences of `text` that cover [start, end), as characters, half open.

    Where those are longer than MAX_QUOTE characters, the range is cut at white space around the words that matter;
    a passage of the words themselves longer than that is returned whole, since an answer is never cut.
    """
    covering = [(s, e) for s, e in sentences(text) if s < end and e > start]
    first = min((_after_bullet(text, s) for s, _ in covering), default=start)
    last = max((e for _, e in covering), default=end)
    return _shorten(text, min(first, start), max(last, end), start, end)


def _after_bullet(text: str, start: int) -> int:
    """A list's bullet belongs to the page, not to what the article says."""
    bullet = _BULLET.match(text, start)
    return bullet.end() if bullet else start


def _shorten(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    spare = MAX_QUOTE - (end - start)
    if last - first <= MAX_QUOTE or spare <= 0:
        return (first, last) if last - first <= MAX_QUOTE else (start, end)
    left = max(first, start - spare // 2)
    right = min(last, left + MAX_QUOTE)
    left = max(first, right - MAX_QUOTE)
    return _next_word(text, left, start) if left > first else left, _word_end(
        text, right, end
    ) if right < last else right


def _next_word(text: str, position: int, latest: int) -> int:
    """Move right to the next start of a word, but not past `latest`."""
    while position < latest and not (position == 0 or text[position - 1].isspace()):
        position += 1
    return position


def _word_end(text: str, position: int, earliest: int) -> int:
    """Move left to the last end of a word, but not before `earliest`."""
    while position > earliest and not (position == len(text) or text[position].isspace()):
        position -= 1
    while position > earliest and text[position - 1].isspace():
        position -= 1
    return position
