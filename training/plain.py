"""Tokenised text ("he did n't -LRB- 1 , 2 -RRB- ``so''") back to how people write it, with a map of places."""

from __future__ import annotations

import re

BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "``": '"', "''": '"'}
NO_SPACE_BEFORE = re.compile(r"[.,;:!?%)\]}]+$|^'(s|S|re|ve|ll|d|m)$|^n't$|^'$")
NO_SPACE_AFTER = {"(", "[", "{", "$", "£", "€"}


def detokenise(text: str) -> tuple[str, list[int]]:
    """The plain text, and for each raw character (and the end) its place in the plain text."""
    out: list[str] = []
    where: list[int] = []
    length, last, open_quote, glue = 0, 0, False, True
    for match in re.finditer(r"\S+", text):
        raw = match.group()
        token = BRACKETS.get(raw, raw)
        closing = token == '"' and (raw == "''" or (raw == '"' and open_quote))
        near = glue or closing or bool(NO_SPACE_BEFORE.match(token))
        if raw == "-" and 0 < last < match.start():  # "post - war" was "post-war"
            near = True
        if not near:
            out.append(" ")
            length += 1
        where += [max(length - (0 if near else 1), 0)] * (match.start() - last)
        where += [length + min(i, len(token)) for i in range(len(raw))]
        out.append(token)
        length += len(token)
        last = match.end()
        if token == '"':
            open_quote = not closing
        glue = token in NO_SPACE_AFTER or (token == '"' and not closing) or raw == "-"
    where += [length] * (len(text) - last + 1)
    return "".join(out), where
