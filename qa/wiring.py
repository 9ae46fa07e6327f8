"""Puts the rooms together from settings: the part of the composition root that commands share.

On a cold start the models are compiled by threads outside the interpreter while it imports everything else, so the
rooms are imported where they are needed, the models' first.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from qa.settings import SelectorName, Settings

if TYPE_CHECKING:
    from index.encoder import Encoder
    from index.passage_index import PassageIndex
    from qa.assistant import Assistant
    from qa.evidence import Selector


def open_encoder(settings: Settings) -> Encoder:
    """Return the encoder that the settings name."""
    from index.encoder import encoder_by_name

    return encoder_by_name(settings.encoder, threads=settings.threads, runtime=settings.runtime)


def open_index(settings: Settings, encoder: Encoder, *, to_search: bool = False) -> PassageIndex:
    """Open the newest generation; raises NoIndexError, DamagedError or IncompatibleError.

    The encoder's model opens beside it if that is needed at once, `to_search` by meaning: a cold start waits for both.
    """
    with ThreadPoolExecutor(1) as pool:
        if to_search:
            pool.submit(encoder.encode_queries, ["?"])  # a fault in it is raised again by the first search
        from index.passage_index import PassageIndex

        return PassageIndex.open(settings.data, encoder)


def open_selector(settings: Settings, encoder: Encoder) -> Selector:
    """Return what finds the quotes; raises DamagedError if the reader's weights are missing or damaged."""
    if settings.selector is SelectorName.SENTENCES:
        from qa.sentence_selector import SentenceSelector

        return SentenceSelector(encoder)
    from qa.reader import Reader

    reader = Reader(threads=settings.threads, runtime=settings.runtime)
    from qa.reading_selector import ReadingSelector
    from qa.sentence_selector import SentenceSelector

    return ReadingSelector(reader, encoder, overviews=SentenceSelector(encoder))


def open_assistant(settings: Settings, others: Sequence[str] = ()) -> Assistant:
    """Open index, selector and answerer, ready to answer; `others` name answerers that can be chosen instead."""
    encoder = open_encoder(settings)
    with ThreadPoolExecutor(2) as pool:
        selector = pool.submit(open_selector, settings, encoder)
        pool.submit(encoder.encode_queries, ["?"])  # as in open_index
        from qa.answerer import ModelPlaces, make_answerer
        from qa.assistant import Assistant

        index = open_index(settings, encoder)
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
