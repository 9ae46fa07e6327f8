"""How a question and a passage become the reader's input: one way, shared by training and run time.

    [CLS] question [SEP] title [SEP] passage [SEP]        segment 0 through the first [SEP], then 1

Without a title its part and its [SEP] are left out. The ids are put together here instead of by the
tokenizer's template, so that the offsets of the passage are exact and so that an article which happens
to contain "[SEP]" or "[CLS]" stays plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLS, SEP, PAD = 101, 102, 0  # of the uncased BERT vocabulary
WINDOW = 384  # word pieces in all
QUESTION_PIECES = 64
TITLE_PIECES = 32
OVERLAP = 96  # word pieces that two windows of one passage share, at least


@dataclass(frozen=True, slots=True)
class PassageQuestion:
    """One thing to read: a question, and a passage with the title of its article ("" where there is none)."""

    question: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Window:
    """The input for one stretch of a passage. Passage pieces stand at ids[first : first + len(offsets)]."""

    ids: list[int]
    types: list[int]
    first: int
    offsets: list[tuple[int, int]]  # characters in the passage's text, half open


def load_tokenizer(folder: Path) -> Any:
    """The `tokenizers.Tokenizer` of a model folder, reading special tokens in a text as text."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True
    return tokenizer


def encode_pairs(tokenizer: Any, pairs: Sequence[PassageQuestion], window: int = WINDOW) -> list[list[Window]]:
    """The windows of each pair: one, or several overlapping ones where the passage is too long for one."""
    questions = tokenizer.encode_batch_fast([pair.question for pair in pairs], add_special_tokens=False)
    titles = tokenizer.encode_batch_fast([pair.title for pair in pairs], add_special_tokens=False)
    texts = tokenizer.encode_batch([pair.text for pair in pairs], add_special_tokens=False)
    return [
        _windows(question.ids[:QUESTION_PIECES], title.ids[:TITLE_PIECES], text.ids, text.offsets, window)
        for question, title, text in zip(questions, titles, texts, strict=True)
    ]


def _windows(
    question: list[int], title: list[int], text: list[int], offsets: list[tuple[int, int]], window: int
) -> list[Window]:
    head = [CLS, *question, SEP]
    types = [0] * len(head)
    if title:
        head += [*title, SEP]
        types += [1] * (len(title) + 1)
    room = window - len(head) - 1
    found = []
    for start in _starts(len(text), room):
        part = text[start : start + room]
        ids = [*head, *part, SEP]
        found.append(Window(ids, types + [1] * (len(part) + 1), len(head), offsets[start : start + room]))
    return found


def _starts(length: int, room: int) -> list[int]:
    """Where windows of `room` pieces begin so that they cover `length` pieces, evenly spread."""
    if length <= room:
        return [0]
    step = room - min(OVERLAP, room // 2)
    count = -(-(length - room) // step) + 1
    return [round(i * (length - room) / (count - 1)) for i in range(count)]
