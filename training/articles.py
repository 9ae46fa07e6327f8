"""The paragraphs of the training sets put together into the documents that they come from, to be indexed."""

from __future__ import annotations

from collections import defaultdict

from corpus.article import Article
from training.data import Reading


def joined(reading: Reading) -> tuple[list[Article], dict[int, tuple[str, int]]]:
    """The documents as articles, and for each paragraph's key its article's id and where it begins in that text."""
    documents = defaultdict(list)
    for paragraph in reading.paragraphs:
        documents[paragraph.source, paragraph.document].append(paragraph)
    articles, places = [], {}
    for (source, document), paragraphs in sorted(documents.items()):
        name, text = f"{source}/{document}", ""
        for paragraph in sorted(paragraphs, key=lambda p: p.number):
            places[paragraph.key] = (name, len(text))
            text += paragraph.text + (" " if source == "qamr" else "\n\n")  # whose paragraphs are single sentences
        articles.append(Article(id=name, title=paragraphs[0].title, text=text))
    return articles, places
