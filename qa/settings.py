"""What a person can set, read in one place: the command line's options first, then the environment, then defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from corpus.errors import UsageError
from index.bert import Runtime

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
# Read by Gradio and huggingface_hub when they are imported: nothing may be contacted, and no statistics are kept of
# every event (Gradio would sum them up with pandas after each of them).
GRADIO_ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "HF_HUB_OFFLINE": "1",
}


class SelectorName(StrEnum):
    """What finds the quotes."""

    READER = "reader"  # the bundled reader
    SENTENCES = "sentences"  # the baseline, without a reader


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the command line hands down as plain arguments."""

    data: Path  # folder of the index
    encoder: str = DEFAULT_ENCODER
    selector: SelectorName = SelectorName.READER
    answerer: str = "extractive"
    threads: int | None = None  # None: as many as the machine has cores
    runtime: Runtime = Runtime.AUTO  # what computes encoder and reader
    base_url: str | None = None  # of the server for answerers openai:…
    models: Path = Path("models")  # folder of downloaded language models
    api_key: str | None = field(default=None, repr=False)  # for that server


def read_settings(environment: Mapping[str, str], **given: object) -> Settings:
    """Build the settings; `given` holds the options that a person typed, None where one was left out.

    Raises UsageError for a value that can't be used.
    """
    data = given.get("data") or environment.get("ONRECORD_DATA") or _default_data_folder()
    selector = str(given.get("selector") or environment.get("ONRECORD_SELECTOR") or SelectorName.READER)
    if selector not in list(SelectorName):
        raise UsageError(f"There is no selector {selector!r}. Use one of: {', '.join(SelectorName)}.")
    runtime = str(environment.get("ONRECORD_RUNTIME") or Runtime.AUTO)
    if runtime not in list(Runtime):
        raise UsageError(f"There is no runtime {runtime!r}. Use one of: {', '.join(Runtime)}.")
    return Settings(
        data=Path(str(data)).expanduser(),
        encoder=str(given.get("encoder") or environment.get("ONRECORD_ENCODER") or DEFAULT_ENCODER),
        selector=SelectorName(selector),
        answerer=str(given.get("answerer") or "extractive"),
        threads=_threads(given.get("threads") or environment.get("ONRECORD_THREADS")),
        runtime=Runtime(runtime),
        base_url=str(given["base_url"]) if given.get("base_url") else environment.get("ONRECORD_BASE_URL") or None,
        models=Path(environment.get("ONRECORD_MODELS") or f"{_default_data_folder()}-models").expanduser(),
        api_key=environment.get("ONRECORD_API_KEY") or None,
    )


def _threads(value: object) -> int | None:
    if value is None or value == "":
        return None
    try:
        threads = int(str(value))
    except ValueError:
        threads = 0
    if threads < 1:
        raise UsageError(f"{value!r} is no number of threads. Give a whole number from 1, or leave it out.")
    return threads


def _default_data_folder() -> str:
    from platformdirs import user_data_dir

    return user_data_dir("onrecord", appauthor=False)
