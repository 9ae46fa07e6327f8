"""Numbered quotes by construction: a model can write `[n]` only for quotes that it was given, right after a sentence.

Held at each token, so it holds for any weights: a token that would begin a mark elsewhere, name another number, leave a
mark open or end the text inside one gets no probability. `legal` says the same of a whole text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_BRACKETS = frozenset("[]")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)]*\s*(?:\[\s*\d+\s*\]\s*)*$")
_TRAILING_MARKS = re.compile(r"(?:\[\s*\d+\s*\]\s*)*$")
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_SPACES = "Ġ▁Ċ\u0120\u010a\t\n "
_TAIL = 48  # tokens that are read back; a mark and the end of a sentence are much shorter


def legal(text: str, count: int) -> bool:
    """Whether every bracket of the text belongs to a mark for 1 to `count`, right after a sentence or another mark."""
    reached = ""
    for char in text:
        if not may_follow(reached, char, count):
            return False
        reached += char
    return "[" not in reached[reached.rfind("]") + 1 :]


def may_follow(text: str, piece: str, count: int) -> bool:
    """Whether a legal text may go on with this piece."""
    for char in piece:
        inside = _inside(text)
        if inside is not None:
            if not _goes_on(inside, char, count):
                return False
        elif char == "]" or (char == "[" and not _may_open(text, count)):
            return False
        text += char
    return True


def _inside(text: str) -> str | None:
    """What stands behind a bracket that isn't closed yet; None outside of one."""
    opened = text.rfind("[")
    return text[opened + 1 :] if opened > text.rfind("]") else None


def _goes_on(inside: str, char: str, count: int) -> bool:
    digits = inside.strip()
    if char == "]":
        return digits.isdigit() and 1 <= int(digits) <= count
    if char.isspace():
        return True
    if not (char.isascii() and char.isdigit()) or (digits and inside[-1].isspace()):
        return False
    return any(str(number).startswith(digits + char) for number in range(1, count + 1))


def _may_open(text: str, count: int) -> bool:
    if count < 1 or not _SENTENCE_END.search(text):
        return False
    trailing = _TRAILING_MARKS.search(text)
    return trailing is None or trailing.group().count("[") < count


class NumberedQuotes:
    """A logits processor for `generate`; every row of the batch has the same prompt length."""

    def __init__(self, tokenizer: Any, count: int, prompt_length: int, end_ids: Sequence[int]) -> None:
        """`count` quotes may be cited; the text begins behind `prompt_length` tokens and may end with `end_ids`."""
        self._tokenizer, self._count, self._prompt = tokenizer, count, prompt_length
        self._bracketed, self._digits = _tokens_of(tokenizer)
        closable = any(text == "]" for _, text in self._digits)
        reachable = {text for _, text in self._digits}
        if not closable or not {digit for number in range(1, count + 1) for digit in str(number)} <= reachable:
            self._count = 0  # this vocabulary can't finish a mark, so none may begin
        self._ends = frozenset(end_ids)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores with −∞ for every token that may not come next; (batch, vocabulary) as given."""
        scores = scores.clone()
        for row, ids in enumerate(input_ids):
            written = ids[max(self._prompt, len(ids) - _TAIL) :].tolist()
            self._forbid(scores[row], self._tokenizer.decode(written, skip_special_tokens=True))
        return scores

    def _forbid(self, scores: torch.Tensor, text: str) -> None:
        import torch

        if _inside(text) is not None:
            allowed = [token for token, piece in self._digits if may_follow(text, piece, self._count)]
            kept = scores[allowed].clone()
            scores.fill_(-torch.inf)
            scores[allowed] = kept if bool(torch.isfinite(kept).any()) else 0.0
            return
        opens = _may_open(text, self._count)
        forbidden = [
            token
            for token, piece in self._bracketed
            if not (opens and piece.startswith("[") and may_follow(text, piece, self._count))
        ]
        scores[forbidden] = -torch.inf


@lru_cache(maxsize=4)
def _tokens_of(tokenizer: Any) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """The tokens with a bracket, and those of nothing but digits or a closing bracket, with their plain text."""
    pieces = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    plain = [(token, _plain(piece)) for token, piece in enumerate(pieces) if piece]
    bracketed = [(token, text) for token, text in plain if _BRACKETS & set(text)]
    special = set(tokenizer.all_special_ids)
    digits = [
        (token, text)
        for token, text in plain
        if token not in special and re.fullmatch(r"[0-9]*\]?", text) and text and text.isascii()
    ]
    return bracketed, digits


def _plain(piece: str) -> str:
    """A token's text without the marks of its tokenizer for spaces and word pieces."""
    if byte := _BYTE.fullmatch(piece):
        return chr(int(byte.group(1), 16))
    return piece.removeprefix("##").strip(_SPACES)
