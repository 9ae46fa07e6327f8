"""Language models on this machine, and the one place that may fetch one: `onrecord models get`.

A download names its size first and asks. It takes safetensors, configuration and tokenizer and nothing that could run,
from one revision, which is written down with the SHA-256 of every file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.errors import DamagedError, ModelUnavailableError, StorageError, UsageError
from index.files import sha256

RECORD = "onrecord.json"
_WANTED = ("*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json", "tokenizer.json",
           "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json",
           "merges.txt", "chat_template.jinja", "LICENSE*")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A model that is offered by a short name."""

    alias: str
    repository: str
    size: str  # about; the hub's own figure is shown before anything is fetched
    licence: str
    suits: str


KNOWN = (
    Known("tiny", "HuggingFaceTB/SmolLM2-360M-Instruct", "0.7 GB", "Apache-2.0", "any laptop; simple sentences"),
    Known("small", "Qwen/Qwen3-0.6B", "1.5 GB", "Apache-2.0", "8 GB of memory; the one to begin with"),
    Known("medium", "Qwen/Qwen3-1.7B", "4.1 GB", "Apache-2.0", "16 GB of memory, or a GPU"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A model's folder, and its revision if it is known."""

    folder: Path
    revision: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a hub would send."""

    repository: str
    revision: str  # a commit, never a branch
    files: tuple[tuple[str, int], ...]  # name, bytes

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(size for _, size in self.files)


class Hub(Protocol):
    """Where models are fetched from."""

    def offer(self, repository: str, revision: str | None) -> Offer:
        """Say what would be sent; raises ModelUnavailableError."""
        ...

    def fetch(self, offer: Offer, folder: Path) -> None:
        """Write the offer's files into the folder; raises ModelUnavailableError."""
        ...


class HuggingFaceHub:
    """huggingface.co, through its own client; contacted by nothing else in Onrecord."""

    def offer(self, repository: str, revision: str | None) -> Offer:
        """Ask for names and sizes of the files at one commit."""
        from fnmatch import fnmatch

        from huggingface_hub import HfApi

        try:
            info = HfApi(token=False).model_info(repository, revision=revision, files_metadata=True)
        except Exception as error:  # the client raises what its HTTP library raises, which changes between versions
            raise self._failed(repository, error) from error
        names = [(file.rfilename, file.size or 0) for file in info.siblings or ()]
        wanted = [pair for pair in names if any(fnmatch(pair[0], pattern) for pattern in _WANTED)]
        if not info.sha or not any(name.endswith(".safetensors") for name, _ in wanted):
            raise UsageError(f"{repository} has no weights in the form of safetensors. Choose another model.")
        return Offer(repository, info.sha, tuple(sorted(wanted)))

    def fetch(self, offer: Offer, folder: Path) -> None:
        """Fetch the files; an interrupted download goes on where it stopped."""
        from huggingface_hub import snapshot_download

        try:
            snapshot_download(
                offer.repository,
                revision=offer.revision,
                local_dir=folder,
                allow_patterns=[name for name, _ in offer.files],
                token=False,
            )
        except Exception as error:
            raise self._failed(offer.repository, error) from error

    @staticmethod
    def _failed(repository: str, error: Exception) -> ModelUnavailableError:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        return ModelUnavailableError(
            f"{repository} can't be fetched from huggingface.co: {first} Check the connection and the name, or copy a "
            "model's folder from another machine and name it: --answerer hf:FOLDER."
        )


def find_model(name: str, models: Path | None) -> Found:
    """Find a model by folder, short name or repository; never contacts a hub. Raises UsageError if it isn't here."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return Found(folder, _recorded(folder))
    repository = next((known.repository for known in KNOWN if known.alias == name), name)
    if models is not None and (models / _folder_name(repository)).is_dir():
        kept = models / _folder_name(repository)
        return Found(kept, _recorded(kept))
    alias = next((known.alias for known in KNOWN if known.repository == repository), None)
    advice = f"Fetch it: onrecord models get {alias or repository}" if alias or "/" in name else "Name its folder"
    raise UsageError(f"There is no model {name!r} on this machine. {advice}, or see: onrecord models list")


def get_model(name: str, models: Path, hub: Hub, agree: Callable[[Offer], bool], revision: str | None = None) -> Path:
    """Fetch a model once, after `agree` has seen its size; returns its folder.

    Raises UsageError if the person declines, ModelUnavailableError if the hub can't be reached, StorageError if the
    disk is too full, DamagedError if what came isn't what was offered.
    """
    repository = next((known.repository for known in KNOWN if known.alias == name), name)
    folder = models / _folder_name(repository)
    if folder.is_dir():
        return folder
    offer = hub.offer(repository, revision)
    if not agree(offer):
        raise UsageError("Nothing was fetched.")
    part = folder.with_name(folder.name + ".part")
    try:
        part.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(part).free < offer.size * 1.05:
            raise StorageError(f"{repository} needs {gigabytes(offer.size)} in {models}. Make room there first.")
        hub.fetch(offer, part)
        _check(offer, part)
        record = {"repository": repository, "revision": offer.revision, "sha256": _hashes(offer, part)}
        (part / RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8")
        part.rename(folder)
    except OSError as error:
        raise StorageError(f"{repository} can't be kept in {models}: {error.strerror or error}.") from error
    return folder


def downloaded(models: Path) -> list[str]:
    """The repositories of all models that were fetched, in order of their names."""
    if not models.is_dir():
        return []
    records = (folder / RECORD for folder in sorted(models.iterdir()) if (folder / RECORD).is_file())
    return [str(json.loads(record.read_text("utf-8"))["repository"]) for record in records]


def gigabytes(size: int) -> str:
    """Bytes for a person."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _check(offer: Offer, folder: Path) -> None:
    for name, size in offer.files:
        path = folder / name
        if path.is_symlink() or not path.is_file() or (size and path.stat().st_size != size):
            raise DamagedError(f"{name} of {offer.repository} didn't arrive whole. Get it again.")


def _hashes(offer: Offer, folder: Path) -> dict[str, str]:
    return {name: sha256(folder / name) for name, _ in offer.files}


def _recorded(folder: Path) -> str | None:
    try:
        revision = json.loads((folder / RECORD).read_text("utf-8"))["revision"]
    except (OSError, ValueError, KeyError):
        return None
    return str(revision)


def _folder_name(repository: str) -> str:
    parts = repository.split("/")
    plain = all(part and part.strip(".") and set(part) <= _NAME for part in parts)
    if len(parts) > 2 or not plain:
        raise UsageError(f"{repository!r} is no name of a model. It looks like Qwen/Qwen3-0.6B.")
    return "--".join(parts)


_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
