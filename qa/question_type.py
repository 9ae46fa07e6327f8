"""Which questions a few words can answer, and which want a sentence or more.

Only the wording is looked at. When in doubt a question counts as one that a short answer fits: the quote stands beside
the short answer in any case, so the cost of that mistake is small.
"""

from __future__ import annotations

import re

from qa.mentions import AUXILIARIES

_HOW_SHORT = re.compile(
    r"\bhow (?:many|much|old|long|far|often|tall|big|large|fast|high|deep|wide|heavy|hot|cold|late|early|soon|close|"
    r"near|wealthy|rich|expensive|popular|successful|accurate)\b"
)
_WHY = re.compile(
    r"\b(?:why|how come|for what reasons?)\b|\bwhat (?:caused|led to|explains|is the reason|are the reasons)\b"
)
_HOW = re.compile(r"(?:^|[,;:]\s*)(?:and |but |so )?how\b")
_EXPLAIN = re.compile(
    r"^(?:please )?(?:describe|explain|summari[sz]e|outline|discuss|compare|contrast|tell me)\b"
    r"|\boverview\b|\bin what ways?\b"
    r"|\bwhat (?:happened|happens|are the (?:pros|arguments|concerns|risks|challenges|consequences))\b"
)
# "Is X …?" wants yes or no, which no article's words say; "Is it X or Y?" wants one of two.
_POLAR = re.compile(
    rf"^(?:and |but |so |or )?(?:am|{'|'.join(sorted(AUXILIARIES))}|"
    r"isn['’]t|aren['’]t|wasn['’]t|weren['’]t|don['’]t|doesn['’]t|didn['’]t|hasn['’]t|haven['’]t|won['’]t)\b"
)
_OVERVIEW = re.compile(
    r"^what (?:do|does|did) (?:the |these |this |your )?(?:\w+ )?"
    r"(?:articles?|texts?|sources?|reports?|stor(?:y|ies)|papers?) "
    r"(?:say|tell us|report|mention|write) (?:about|on|of)\b"
    r"|^what (?:is|was) (?:said|reported|known|written) (?:about|of|on)\b"
    r"|^(?:please )?(?:give (?:me )?|write )?(?:an |a )?(?:overview|summary) (?:of|about|on)\b"
    r"|^(?:please )?(?:(?:summari[sz]e|describe|outline)|tell me about) (?:what the articles say about )?"
)


def wants_short_answer(question: str) -> bool:
    """Whether a name, a number, a date or a few words can answer the question."""
    asked = " ".join(question.lower().split())
    if overview_topic(question) is not None or _EXPLAIN.search(asked) or _WHY.search(asked):
        return False
    if _POLAR.match(asked) and not re.search(r"\bor\b", asked):
        return False
    return bool(_HOW_SHORT.search(asked)) or not _HOW.search(asked)


def overview_topic(question: str) -> str | None:
    """What a question like "What do the articles say about X?" is about: X, or None for any other question."""
    asked = " ".join(question.split())
    frame = _OVERVIEW.match(asked.lower())
    topic = asked[frame.end() :].strip(" ?.!:") if frame else ""
    return topic or None
