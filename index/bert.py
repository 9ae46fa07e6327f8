"""Which runtime computes the BERT models (encoder and reader), chosen once when a model is opened.

OpenVINO is half as fast again as torch in the same precision and starts in a tenth of the time, so it is taken where
it works. Plain torch is the fallback, and the reference in the tests. Vectors of the two can be compared: their cosine
is above 0.9999.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from corpus.errors import OnrecordError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_MOST_STREAMS = 32  # each costs memory and a little time at the start; a question has 20 passages to read


class Runtime(StrEnum):
    """What multiplies the matrices."""

    AUTO = "auto"  # OpenVINO, or torch where that is missing or fails
    OPENVINO = "openvino"
    INT8 = "openvino-int8"  # a third faster still, for vectors that differ a little; only where it is asked for
    TORCH = "torch"


class Head(StrEnum):
    """What is made of the last layer."""

    MEAN = "mean"  # its mean over the text's places
    SPANS = "spans"  # a start and an end logit for each place


class Bert(Protocol):
    """A BERT with its head, for inference on the CPU; several threads may call it at once."""

    @property
    def runtime(self) -> str:
        """Name, version and precision of what computes, for a person."""

    def __call__(
        self, ids: Sequence[Sequence[int]], types: Sequence[Sequence[int]] | None = None
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Each text's number and array, as soon as it is there, in any order.

        The array is (width,) for Head.MEAN and (pieces, 2) for Head.SPANS. `ids` are word pieces with their special
        tokens, of any lengths from 1 to the window; `types` are their segments, all 0 if left out.
        """


def open_bert(folder: Path, head: Head, runtime: Runtime = Runtime.AUTO, threads: int | None = None) -> Bert:
    """Open the model in `folder` (config.json and model.safetensors, as transformers saves them).

    `threads` is how many texts are computed at once, by default one a core. Raises DamagedError if the folder holds
    another kind of model, and UsageError if the runtime that was asked for can't be used.
    """
    if runtime is Runtime.TORCH:
        return _torch(folder, head, threads)
    if runtime is Runtime.INT8 and not has_int8():
        raise UsageError(
            "This processor has no fast 8-bit products (AVX-512 VNNI), so openvino-int8 would be the slowest choice. "
            "Leave ONRECORD_RUNTIME out."
        )
    try:
        from index.bert_openvino import OpenVinoBert

        return OpenVinoBert(folder, head, threads or min(cores(), _MOST_STREAMS), int8=runtime is Runtime.INT8)
    except OnrecordError:
        raise
    except Exception as error:  # missing, or its own faults, which are RuntimeErrors of many kinds
        if runtime is not Runtime.AUTO:
            advice = "Run `make install` to set it up again, or leave ONRECORD_RUNTIME out to use torch instead."
            raise UsageError(f"OpenVINO can't be used here ({_first_line(error)}). {advice}") from error
        return _torch(folder, head, threads, because=f"OpenVINO failed: {_first_line(error)}")


def _torch(folder: Path, head: Head, threads: int | None, because: str = "") -> Bert:
    from index.bert_torch import TorchBert

    return TorchBert(folder, head, threads, because)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


@cache
def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 in hardware; where this cannot be read, no."""
    return bool(_flags() & {"avx512_bf16", "amx_bf16"})


@cache
def has_int8() -> bool:
    """Whether the processor multiplies 8-bit integers as OpenVINO's quantised products do; where unknown, no."""
    return bool(_flags() & {"avx512_vnni", "amx_int8"})


def _flags() -> set[str]:
    """What the processor says that it can do."""
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return set()
    return set(next((line for line in cpuinfo.splitlines() if line.startswith("flags")), "").split())


@cache
def cores() -> int:
    """Physical cores that this process may use: a second thread on one core multiplies no faster."""
    try:
        mine = os.sched_getaffinity(0)
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
    siblings = set()
    for cpu in mine:
        try:
            path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
            siblings.add(path.read_text("ascii").strip())
        except OSError:
            siblings.add(str(cpu))
    return len(siblings)
