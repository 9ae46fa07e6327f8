"""Puts the rooms together from settings: the part of the composition root that commands share."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from index.encoder import Encoder, encoder_by_name
from index.passage_index import PassageIndex
from qa.answerer import ModelPlaces, make_answerer
from qa.assistant import Assistant
from qa.evidence import Selector
from qa.settings import SelectorName, Settings


def open_encoder(settings: Settings) -> Encoder:
    """Return the encoder that the settings name."""
    return encoder_by_name(settings.encoder, threads=settings.threads, runtime=settings.runtime)


def open_index(settings: Settings, encoder: Encoder, *, to_search: bool = False) -> PassageIndex:
    """Open the newest generation; raises NoIndexError, DamagedError or IncompatibleError.

    The encoder's model opens beside it if that is needed at once, `to_search` by meaning: a cold start waits for both.
    """
    if not to_search:
        return PassageIndex.open(settings.data, encoder)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(encoder.encode_queries, ["?"])  # a fault in it is raised again by the first search
        return PassageIndex.open(settings.data, encoder)


def open_selector(settings: Settings, encoder: Encoder) -> Selector:
    """Return what finds the quotes; raises DamagedError if the reader's weights are missing or damaged."""
    from qa.sentence_selector import SentenceSelector

    sentences = SentenceSelector(encoder)
    if settings.selector is SelectorName.SENTENCES:
        return sentences
    from qa.reader import Reader
    from qa.reading_selector import ReadingSelector

    reader = Reader(threads=settings.threads, runtime=settings.runtime)
    return ReadingSelector(reader, overviews=sentences)


def open_assistant(settings: Settings, others: Sequence[str] = ()) -> Assistant:
    """Open index, selector and answerer, ready to answer; `others` name answerers that can be chosen instead."""
    encoder = open_encoder(settings)
    with ThreadPoolExecutor(1) as pool:
        selector = pool.submit(open_selector, settings, encoder)
        index = open_index(settings, encoder, to_search=True)
    places = ModelPlaces(
        folder=settings.models,
        base_url=settings.base_url,
        key=settings.api_key,
        threads=settings.threads,
        reader=getattr(selector.result(), "reader", None),
    )
    return Assistant(
        index,
        selector.result(),
        make_answerer(settings.answerer, places),
        reopen=lambda: open_index(settings, encoder),
        others=[make_answerer(name, places) for name in others],
    )
