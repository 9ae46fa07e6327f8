"""Every error that a person may see.

One root and a small tree, so that the command line can turn any of them into one sentence and an exit code.
A message says what happened and what to do next. The errors live in the lowest room because every room raises them.
"""

from __future__ import annotations

from typing import ClassVar


class OnrecordError(Exception):
    """Something went wrong that a person can act on; `str(error)` is one clear sentence."""

    exit_code: ClassVar[int] = 1


class UsageError(OnrecordError):
    """The request itself was off: an unknown article, an empty question, a setting that doesn't exist."""

    exit_code: ClassVar[int] = 2


class LimitError(UsageError):
    """The request is larger than a stated limit."""


class NoIndexError(OnrecordError):
    """There is no index in the data folder yet."""


class DamagedError(OnrecordError):
    """A stored file is not what its manifest says it is."""


class IncompatibleError(OnrecordError):
    """The index was built with another model, dimension or format than the one asked for."""


class BusyError(OnrecordError):
    """Another process is building this index (exit code 75, the 'temporary failure' of sysexits.h)."""

    exit_code: ClassVar[int] = 75


class StorageError(OnrecordError):
    """The disk refused: full, read-only, or gone. The old index is kept."""


class UnreadableError(OnrecordError):
    """An input gives no article; the message is the reason, for a Skipped."""


class FetchError(OnrecordError):
    """A URL could not be fetched, or its address is not allowed."""


class ModelError(OnrecordError):
    """A language model failed at one question; the quotes are not concerned."""


class ModelUnavailableError(ModelError):
    """There is no language model to ask: it isn't there, can't be loaded, or its server is down."""
