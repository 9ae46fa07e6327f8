"""The words of a question that carry its meaning, in a form that meets other forms of the same word."""

from __future__ import annotations

import re

from qa.english import STOP_WORDS

# Chinese, Japanese and Korean are written without spaces: every character counts as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def words(text: str) -> list[str]:
    """All words, in order, as they are written."""
    found: list[str] = _WORD.findall(text)
    return found


def content_words(text: str) -> set[str]:
    """Lower-cased words without stop words, cut to six letters so that 'produced' meets 'produce'."""
    return {word[:6] for word in words(text.lower()) if word not in STOP_WORDS}


def shared_words(question: str, text: str) -> float:
    """Share of the question's content words that the text holds, 0 to 1; 0 for a question without any."""
    wanted = content_words(question)
    return len(wanted & content_words(text)) / len(wanted) if wanted else 0.0
