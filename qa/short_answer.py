"""Whether the words that the reader points at can stand alone as the answer, or only within their sentence.

The quote is right or wrong by itself; this decides about the few words that are shown large above it. A wrong "no"
costs little, since the quote stays and the words stay marked in it.
"""

from __future__ import annotations

import re

from qa.question_type import wants_short_answer

# "When …?" is not answered by these alone.
_VAGUE = frozenset(
    "ago ahead already before currently earlier early eventually finally late lately later long new next now "
    "previously recent recently shortly since soon still then".split()
)
_WHEN = re.compile(
    r"^(?:and |but |so )?(?:when|(?:in |on |at |by |since |until )?(?:what|which) (?:day|date|month|year|time))\b"
)
# "What is X?", "Who was X?": X is named, and nothing else is said of it.
_WHAT_IS = re.compile(
    r"^(?:and |but |so )?(?:what|who)(?:'s|’s| is| are| was| were) (?:an? |the )?(?P<name>[\w.&’' -]+?)\s*\?*$", re.I
)
# What may stand between a name and what it is: "X is a …", "X, the …", "X (…", "X, which is …", "X, a wealthy …".
_IS = r"(?:is|are|was|were)"
_LINK = re.compile(
    rf"[\s”\"]*(?:[,(–—:-][\s”\"]*(?:(?:which|who|that)\s+{_IS}\s+)?|\s(?:{_IS}|means|stands for)\s+)"
    r"(?:also\s+)?(?:an?\s+|the\s+)?(?:(?!(?:which|who|that|and|but|when|where|has|had|said)\b)[\w’'-]+\s+){0,3}",
    re.I,
)
_BESIDE = re.compile(r"[\s,(–—:“\"-]*")


def stands_alone(question: str, sentence: str, start: int, end: int) -> bool:
    """Whether `sentence[start:end]` is shown as the short answer.

    False where the question wants a sentence or more, where a time is asked for and the words name none ("recent"),
    and where "What is X?" is answered by words that don't stand beside X as what it is.
    """
    if not wants_short_answer(question):
        return False
    words = sentence[start:end]
    asked = " ".join(question.split())
    if _WHEN.match(asked.lower()) and not set(re.findall(r"\w+", words.lower())) - _VAGUE:
        return False
    named = _WHAT_IS.match(asked)
    return not named or not _is_name(named["name"]) or _says_what(named["name"], sentence, start, end)


def _is_name(words: str) -> bool:
    """A name and not a description: "DeepSeek", "Epoch AI", but not "the capital of France" or "his plan"."""
    parts = words.split()
    return bool(parts) and len(parts) <= 4 and all(part[:1].isupper() or part[:1].isdigit() for part in parts)


def _says_what(name: str, sentence: str, start: int, end: int) -> bool:
    """Whether the words stand beside the name, after "is" or a comma, or straight before it."""
    last = re.escape(name.split()[-1])
    for found in re.finditer(rf"\b{last}\b", sentence, re.I):
        between = sentence[found.end() : start]
        if start >= found.end() and _LINK.fullmatch(between):
            return True
        opening = sentence[end : found.start()]
        whole = re.sub(rf"(?:{'|'.join(re.escape(part) for part in name.split())})\b|\s", "", opening)
        if end <= found.start() and _BESIDE.fullmatch(whole) and not sentence[start:end].endswith(("'s", "’s")):
            return True
    return False
