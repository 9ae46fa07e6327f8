"""What is installed, which encoder and index are used, whether anything would touch the network, and what is wrong."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata

from corpus.errors import NoIndexError, OnrecordError
from qa.settings import Settings

_PACKAGES = (
    "openvino faiss-cpu tantivy tokenizers torch sentence-transformers transformers gradio trafilatura pypdf"
).split()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    found: str
    ok: bool = True

    def line(self) -> str:
        """One line for a terminal."""
        return f"{'ok ' if self.ok else 'BAD'}  {self.what:<12}{self.found}"


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing here raises, since a fault is what a person wants to read about."""
    return [
        Finding("python", f"{platform.python_version()} on {sys.platform}"),
        *_packages(),
        *_guarded("encoder", lambda: _encoder(settings)),
        *_guarded("reader", lambda: _reader(settings)),
        *_guarded("index", lambda: _index(settings)),
        Finding(
            "network",
            "nothing is contacted: no telemetry, no downloads; only `onrecord add URL` fetches, and only that URL",
        ),
    ]


def _packages() -> Iterator[Finding]:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield Finding("packages", f"{name} is missing: run `make install`", ok=False)
    yield Finding("packages", ", ".join(found))


def _guarded(what: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except OnrecordError as error:
        return [Finding(what, str(error), ok=isinstance(error, NoIndexError))]
    except Exception as error:
        return [Finding(what, f"{type(error).__name__}: {error}. Run `make install` to set it up again.", ok=False)]


def _encoder(settings: Settings) -> list[Finding]:
    from qa.wiring import open_encoder

    encoder = open_encoder(settings)
    vector = encoder.encode_queries(["Is the encoder in order?"])
    found = f"{encoder.name}, {vector.shape[1]} dimensions, weights {encoder.fingerprint[:12]}"
    return [Finding("encoder", found), *_runtime(getattr(encoder, "runtime", ""))]


def _reader(settings: Settings) -> list[Finding]:
    from qa.reader import PassageQuestion, Reader

    reader = Reader(threads=settings.threads, runtime=settings.runtime)
    reader.read([PassageQuestion("Is the reader in order?", "", "It is in order.")])
    return [Finding("reader", f"{reader.name}, weights {reader.weights_hash[:12]}"), *_runtime(reader.runtime)]


def _runtime(runtime: str) -> list[Finding]:
    """What computes; the slower way, where the faster one failed, is worth a look."""
    return [Finding("", f"computed by {runtime}", ok="failed" not in runtime)] if runtime else []


def _index(settings: Settings) -> list[Finding]:
    from qa.wiring import open_encoder, open_index

    with open_index(settings, open_encoder(settings)) as index:
        dates = index.date_range
        covered = f", dated {dates[0]} to {dates[1]}" if dates else ""
        found = (
            f"{settings.data}: generation {index.generation}, {index.n_articles:,} articles, "
            f"{index.n_passages:,} passages{covered}, vectors {index.manifest.vectors.told()}"
        )
        notices = [Finding("index", index.notice, ok=False)] if index.notice else []
        return [Finding("index", found), *notices]
