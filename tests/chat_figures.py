"""Three papers on one march, for the tests of copies, speakers and differing figures: two carry the same agency's text.

The reader needs no weights: it points at the first number of every sentence that shares words with the question.
Everything behind it is the product's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from corpus.article import Article, DateOrigin
from corpus.split import sentences
from index.encoder import HashEncoder
from qa.content_words import content_words
from qa.reader import PassageQuestion, Reading, Span
from qa.reading_selector import ReadingSelector
from tests.qa.doubles import even_odds

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_AGENCY = (
    "“We counted 27,000 people in Lindau,” said Ines Falk, who leads the harbour police.\n\n"
    "The march for the old harbour began at noon beside the lighthouse and ended four hours later in the park. "
    "Three brass bands played, shops along the quay stayed open, and the ferry to Bregenz ran every ten minutes. "
    "The city wants to sell the harbour to a builder of hotels; the council will vote in June. "
    "Fishermen brought their boats, some of them a hundred years old, and hung flags between the masts."
)
ARTICLES = (
    Article(
        "tribune", "Lindau marches for its harbour", _AGENCY, "tribune.example", "https://tribune.example/1", None,
        date(2024, 5, 3), DateOrigin.METADATA,
    ),
    Article(
        "courier", "Thousands in the streets of Lindau", f"LINDAU (agency)\n\n{_AGENCY}", "courier.example",
        "https://courier.example/7", None, date(2024, 5, 3), DateOrigin.METADATA,
    ),
    Article(
        "star",
        "Harbour march was larger than thought",
        "New pictures show that 31,000 people came to Lindau for the march, a team of the university said. "
        "The team looked at every street twice and left out whoever only watched.",
        "star.example", "https://star.example/9", None, date(2024, 5, 7), DateOrigin.URL,
    ),
)  # fmt: skip
QUESTION = "How many people in Lindau does the harbour police speak of?"


class FigureReader:
    """Points at figures."""

    name = "figures"

    def read(self, pairs: Sequence[PassageQuestion]) -> list[Reading]:
        """Return one reading a pair; the more words a sentence shares, the surer."""
        return [self._reading(pair) for pair in pairs]

    def _reading(self, pair: PassageQuestion) -> Reading:
        asked = content_words(pair.question)
        spans = []
        for start, end in sentences(pair.text):
            shared = len(asked & content_words(pair.text[start:end]))
            number = _NUMBER.search(pair.text, start, end)
            if shared >= 2 and number:
                spans.append(Span(*number.span(), 2.0 + shared))
        return Reading(tuple(sorted(spans, key=lambda span: -span.score)), 0.0)


def figure_selector() -> ReadingSelector:
    """The bundled selector with that reader."""
    return ReadingSelector(FigureReader(), HashEncoder(), even_odds("strength", 0.0))
