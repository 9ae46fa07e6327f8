"""What a generation says about itself: which model made it, how it was cut, what it counts, and every file's hash.

The manifest is the one file that opening trusts first, so its last line is the SHA-256 of the lines before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from pathlib import PurePosixPath
from typing import Any, TypeVar

from corpus.errors import DamagedError, IncompatibleError
from index.vector_plan import VectorLayout

FORMATS = (1, 2)  # that this program reads; 2 is 1 with vectors by lists, which its readers could not read
NAME = "MANIFEST.json"
REBUILD = "`onrecord add --rebuild`"
_KNOWN = " and ".join(f"format {known}" for known in FORMATS)


@dataclass(frozen=True, slots=True)
class EncoderStamp:
    """The encoder whose vectors are stored."""

    name: str
    fingerprint: str  # hash of its weights
    dim: int


@dataclass(frozen=True, slots=True)
class Chunking:
    """How articles were cut into passages; other values mean other passages."""

    max_tokens: int  # of the passage's own text, the title not counted
    title_tokens: int  # the title is cut to this many before it is put in front of the text
    overlap_sentences: int
    splitter: int  # raised when the splitter's rules change


@dataclass(frozen=True, slots=True)
class Counts:
    """What is stored, as counted while it was written."""

    articles: int
    passages: int
    tokens: int  # of all passages and of whatever text stands in none of them
    tokens_embedded: int  # those of them that the encoder has read; equal to `tokens` unless text was lost
    lexical_deleted: int  # passages deleted since BM25 was last built from scratch; its statistics still count them

    @property
    def share_embedded(self) -> float:
        """Share of the text that the encoder has read, 0 to 1."""
        return self.tokens_embedded / self.tokens if self.tokens else 1.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of the generation."""

    path: str  # relative to the generation's folder, forward slashes
    size: int  # bytes
    sha256: str


S = TypeVar("S", EncoderStamp, Chunking, Counts, StoredFile, VectorLayout)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of MANIFEST.json."""

    generation: int
    encoder: EncoderStamp
    chunking: Chunking
    counts: Counts
    engines: Mapping[str, str]  # versions of the libraries that wrote the files
    files: tuple[StoredFile, ...]  # sorted by path
    vectors: VectorLayout = VectorLayout()
    format: int = FORMATS[0]  # see `format_for`

    def to_bytes(self) -> bytes:
        """JSON, and as the last line the SHA-256 of all that stands before it."""
        body = (json.dumps(asdict(self), indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
        return body + hashlib.sha256(body).hexdigest().encode() + b"\n"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the manifest: names this exact index."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


def format_for(vectors: VectorLayout) -> int:
    """The lowest format that can hold them: an older program opens what it can read, and names the format else."""
    return 2 if vectors.by_lists else 1


def parse(data: bytes, *, any_format: bool = False) -> Manifest:
    """The manifest in `data`. DamagedError if it isn't what was written, IncompatibleError for another format.

    With `any_format` another format is read as far as it has the fields of this one.
    """
    body, _, last = data.removesuffix(b"\n").rpartition(b"\n")
    body += b"\n"
    if not data.endswith(b"\n") or hashlib.sha256(body).hexdigest().encode() != last:
        raise DamagedError(f"index damaged: {NAME}")
    try:
        fields: dict[str, Any] = json.loads(body)
        found = fields["format"]
        if type(found) is not int:
            raise TypeError(f"format {found!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"index damaged: {NAME} ({error})") from error
    if found not in FORMATS and not any_format:
        raise _foreign(found)
    try:
        return _from_fields(fields)
    except (ValueError, KeyError, TypeError) as error:
        if found not in FORMATS:
            raise unreadable(found) from error
        raise DamagedError(f"index damaged: {NAME} ({error})") from error


def incompatible(field: str, stored: object, wanted: object) -> IncompatibleError:
    """The error for an index whose `field` isn't what this program works with."""
    return IncompatibleError(
        f"The index has {field} {stored}, but {field} {wanted} is in use. "
        f"Use the one that the index was built with, or build it anew with {REBUILD}."
    )


def _foreign(found: int) -> IncompatibleError:
    if found < FORMATS[-1]:
        return incompatible("format", found, _KNOWN)
    return IncompatibleError(
        f"The index has format {found}: a newer Onrecord made it than this one, which reads {_KNOWN}. "
        f"Use the newer one, or build the index anew with {REBUILD}."
    )


def unreadable(found: object) -> IncompatibleError:
    """The error for an index of format `found` whose articles this program can't read, not even to rebuild it."""
    return IncompatibleError(
        f"The index has format {found}, and this Onrecord, with {_KNOWN}, can't read the articles in it. "
        "Use the Onrecord that built it, or move the data folder away and add the articles with `onrecord add PATH`."
    )


def _from_fields(fields: dict[str, Any]) -> Manifest:
    files = tuple(_typed(StoredFile, file) for file in fields["files"])
    for file in files:
        path = PurePosixPath(file.path)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"a file outside the folder: {file.path}")
    manifest = Manifest(
        generation=fields["generation"],
        encoder=_typed(EncoderStamp, fields["encoder"]),
        chunking=_typed(Chunking, fields["chunking"]),
        counts=_typed(Counts, fields["counts"]),
        engines=dict(fields["engines"]),
        files=files,
        vectors=_typed(VectorLayout, fields["vectors"]) if "vectors" in fields else VectorLayout(),
        format=fields["format"],
    )
    if type(manifest.generation) is not int or not all(type(version) is str for version in manifest.engines.values()):
        raise TypeError("generation must be a number and the engines' versions text")
    return manifest


def _typed(kind: type[S], values: dict[str, Any]) -> S:
    """An instance of the dataclass `kind`, after checking that every value is the text or the number it must be."""
    for field in dataclass_fields(kind):
        value = values[field.name]
        if type(value).__name__ != field.type:
            raise TypeError(f"{field.name} must be {field.type}, not {value!r}")
        if isinstance(value, int) and value < 0:
            raise ValueError(f"{field.name} is {value}")
    return kind(**values)
