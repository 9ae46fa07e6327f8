"""A small newsroom for the chat's tests: real index, real assistant, and a selector that needs no weights.

The selector finds the sentence that shares most words with the question and marks a number or a name in it, so that
answers have everything that the chat shows. It can be made to wait, which is how tests see the chat in the middle.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from corpus.article import Article, DateOrigin
from corpus.split import sentences
from index.encoder import HashEncoder
from index.hits import Hit
from index.passage_index import PassageIndex, add
from qa.answerer import make_answerer
from qa.assistant import Assistant
from qa.content_words import content_words
from qa.evidence import Evidence, Quote, in_article, pick_distinct

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(r"(?<!^)\b[A-Z][a-z]+(?: [A-Z][a-z]+)*")

PARK = Article(
    id="park",
    title="City opens a park where the <b>railway</b> ran",
    text=(
        "The city of Lindau opened a park on the old railway land on Saturday.\n"
        "The park has 1,240 trees, and 85 percent of them were grown in the region. "
        "Gardeners planted the trees over three winters.\n\n"
        "Mayor Ines Falk, an engineer by training, said the park had cost less than planned. "
        "“We kept the old signals,” said Ines Falk.\n\n"
        + "Children tried the swings, and a brass band played until the evening. " * 60
        + "\n\nA second park will open in Bregenz in 2031, the planning office said."
    ),
    source="lake-courier.example",
    url="https://lake-courier.example/park?a=1&b=2",
    published=date(2024, 5, 3),
    published_from=DateOrigin.METADATA,
)
BRIDGE = Article(
    id="bridge",
    title="Bridge closed for repairs",
    text=(
        "The harbour bridge of Lindau is closed for repairs until October.\n\n"
        "Engineers found 14 cracks in the bridge. <script>window.hacked = 1</script> "
        '<img src=x onerror="window.hacked = 2"> The ferry runs every 20 minutes meanwhile. '
        "Lindau planted 1,240 trees in its new park, the planning office said."
    ),
    source="harbour-post.example",
    url="javascript:window.hacked=3",
    published=None,
)


class WordSelector:
    """Selects the sentences that share most content words with the question."""

    name = "words"

    def __init__(self, waits: Iterable[threading.Event] = ()) -> None:
        """Before its n-th selection it waits for the n-th event, if there is one."""
        self._waits = iter(waits)

    def select(self, questions: Sequence[str], hits: Sequence[Sequence[Hit]], searched: int) -> list[Evidence]:
        """Return one Evidence a question; at least two shared words make an answer."""
        wait = next(self._waits, None)
        if wait is not None:
            wait.wait(20)
        return [self._evidence(question, found) for question, found in zip(questions, hits, strict=True)]

    def _evidence(self, question: str, found: Sequence[Hit]) -> Evidence:
        asked = content_words(question)
        quotes = []
        for hit in found:
            for start, end in sentences(hit.passage.text):
                shared = len(asked & content_words(hit.passage.text[start:end]))
                if shared >= 2:
                    place = in_article(hit.passage, start, end)
                    quotes.append(Quote(hit.passage.article_id, *place, shared, _answer(question, hit, start, end)))
        best = sorted(quotes, key=lambda quote: (-quote.score, quote.article_id, quote.start))
        sure = min(best[0].score / max(len(asked), 1), 0.97) if best else 0.08
        return Evidence(question, pick_distinct(best), sure, sure, bool(best), tuple(found))


def _answer(question: str, hit: Hit, start: int, end: int) -> tuple[int, int] | None:
    sentence = hit.passage.text[start:end]
    pattern = _NUMBER if question.lower().startswith(("how many", "what share", "when")) else _NAME
    found = next((m for m in pattern.finditer(sentence) if m.group() not in question), None)
    return in_article(hit.passage, start + found.start(), start + found.end()) if found else None


def newsroom(
    folder: Path, articles: Sequence[Article] = (PARK, BRIDGE), *, waits: Iterable[threading.Event] = ()
) -> Assistant:
    """An assistant over these articles, indexed in the folder."""
    encoder = HashEncoder()
    add(folder, articles, encoder)
    return Assistant(
        PassageIndex.open(folder, encoder),
        WordSelector(waits),
        make_answerer("extractive"),
        reopen=lambda: PassageIndex.open(folder, encoder),
    )
