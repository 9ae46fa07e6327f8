"""A span of word pieces → whole words without loose punctuation, still exact places in the text."""

from __future__ import annotations

import re
import unicodedata

PAIRS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«"}
OPENERS = {opener: closer for closer, opener in PAIRS.items()}
LOOSE = frozenset(".,;:!?…。，、；：！？-–— \t\n\r\f\v")
INITIALS = re.compile(r"(?:^|[^\w])(?:\w\.)+$")
CJK = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))


def align(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen to whole words, then trim; an empty range where nothing but punctuation was marked."""
    while start > 0 and _inside_word(text, start):
        start -= 1
    while end < len(text) and _inside_word(text, end):
        end += 1
    return _trim(text, start, end)


def _inside_word(text: str, place: int) -> bool:
    """Whether a word runs across this place; scripts without spaces break between any two characters."""
    before, after = text[place - 1], text[place]
    if _joins(after):
        return True
    return _of_word(before) and _of_word(after)


def _joins(char: str) -> bool:
    """Combining marks, variation selectors and joiners belong to the character before them."""
    return unicodedata.category(char).startswith("M") or char == "\u200d"


def _of_word(char: str) -> bool:
    return (char.isalnum() or _joins(char)) and not any(low <= ord(char) <= high for low, high in CJK)


def _loose_end(inner: str) -> bool:
    last = inner[-1]
    if last.isspace() or last in LOOSE:
        return not (last == "." and INITIALS.search(inner))
    return last in PAIRS and inner.count(last) > inner.count(PAIRS[last])


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end:
        first, last, inner = text[start], text[end - 1], text[start:end]
        if first.isspace() or (first in LOOSE and not (first in "-." and inner[1:2].isdigit())):
            start += 1
        elif _loose_end(inner):
            end -= 1
        elif first in OPENERS and inner.count(first) > inner.count(OPENERS[first]):
            start += 1
        elif '"' in (first, last) and inner.count('"') % 2:
            start, end = (start + 1, end) if first == '"' else (start, end - 1)
        elif len(inner) > 1 and (first, last) in (('"', '"'), ("“", "”")) and inner.count(first) <= 2:
            start, end = start + 1, end - 1
        else:
            break
    return start, end
