"""The paragraphs of the training sets put together into the documents that they come from, to be indexed.

And the questions with the places in those documents that answer them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from corpus.article import Article
from training.data import Asked, Reading

Place = tuple[str, int, int]  # id of an article, characters into its text, half open


@dataclass(frozen=True, slots=True)
class Marked:
    """A question with the places that answer it."""

    text: str
    articles: frozenset[str]  # ids of those that it is about, whether they answer it or not
    places: tuple[Place, ...]
    answers: tuple[str, ...]  # their words

    def answered_by(self, article: str, start: int, end: int) -> bool:
        """Whether these characters of an article overlap a place."""
        return any(name == article and first < end and start < last for name, first, last in self.places)


def joined(reading: Reading) -> tuple[list[Article], dict[int, tuple[str, int]]]:
    """The documents as articles, and for each paragraph's key its article's id and where it begins in that text."""
    documents = defaultdict(list)
    for paragraph in reading.paragraphs:
        own = f"/{paragraph.number}" if paragraph.source == "news" else ""  # the papers of a story are articles each
        documents[paragraph.source, paragraph.document + own].append(paragraph)
    articles, places = [], {}
    for (source, document), paragraphs in sorted(documents.items()):
        name, text = f"{source}/{document}", ""
        for paragraph in sorted(paragraphs, key=lambda p: p.number):
            places[paragraph.key] = (name, len(text))
            text += paragraph.text + (" " if source == "qamr" else "\n\n")  # whose paragraphs are single sentences
        articles.append(Article(id=name, title=paragraphs[0].title, text=text))
    return articles, places


def marked(asked: Asked, reading: Reading, places: Mapping[int, tuple[str, int]]) -> Marked:
    """A question of the reading, with `joined`'s places."""
    article, offset = places[asked.paragraph]
    text = reading.paragraphs[asked.paragraph].text
    answering = tuple((article, offset + start, offset + end) for start, end, _ in asked.answers)
    words = tuple(text[start:end] for start, end, _ in asked.answers)
    return Marked(asked.text, frozenset({article}), answering, words)
