"""Whether a text repeats a question word for word, as what was written to be found for it does.

News answers a question in words of its own; a text that poses the question itself and says what to answer (an order to
a model, a forged dialogue, data for a machine) looks to a reader like the best of all answers.
"""

from __future__ import annotations

import math

from qa.content_words import words

ASKING = frozenset(
    "who whom whose what which when where why how is are was were do does did has have had can could will would".split()
)
MOST = 0.8  # share of a question's words that, in one run, repeat it
FEWEST = 3  # words; shorter questions are found in any text


def echoes(question: str, text: str) -> bool:
    """Whether a run of most of the question's words, the one that asks among them, stands in the text.

    A question without such a word ("open models in China") is a search, and its words may well stand in a row.
    """
    asked = [word.lower() for word in words(question)]
    asking = next((place for place, word in enumerate(asked) if word in ASKING), None)
    length = max(math.ceil(MOST * len(asked)), FEWEST)
    if asking is None or len(asked) < length:
        return False
    held = f" {' '.join(words(text.lower()))} "
    starts = range(max(0, asking - length + 1), min(asking, len(asked) - length) + 1)
    return any(f" {' '.join(asked[start : start + length])} " in held for start in starts)
