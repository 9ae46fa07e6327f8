"""From an answerer's name to something that writes: which folder, which server, and what checks it."""

from __future__ import annotations

from corpus.errors import UsageError
from qa.answerer import ModelPlaces
from qa.prose.models import find_model
from qa.prose.support import SupportCheck
from qa.prose.telling import ProseAnswerer
from qa.prose.writer import Writer


def open_teller(kind: str, model: str, places: ModelPlaces) -> ProseAnswerer:
    """Open `hf:model` or `openai:model`; nothing is loaded or contacted until a question is asked."""
    return ProseAnswerer(open_writer(kind, model, places), SupportCheck(places.reader))


def open_writer(kind: str, model: str, places: ModelPlaces) -> Writer:
    """Return what writes; raises UsageError for an address or model that isn't there, DamagedError for a broken one."""
    if kind == "openai":
        from qa.prose.endpoint import EndpointWriter

        if not places.base_url:
            raise UsageError(
                f"Say where 'openai:{model}' is served: --base-url http://127.0.0.1:11434/v1 (Ollama's usual address)."
            )
        return EndpointWriter(model, places.base_url, key=places.key)
    from qa.prose.transformers_writer import TransformersWriter

    found = find_model(model, places.folder)
    return TransformersWriter(found.folder, f"hf:{model}", revision=found.revision, threads=places.threads)
