"""BERT on OpenVINO, its graph built here from the saved weights: no torch, no export, no conversion on the way.

Texts of one length pass through the graph together and nothing is ever padded, each stream of one thread taking the
next such group. So no arithmetic is wasted on padding, no thread waits for another within a product, and a text's
result is the same to the last bit whatever it is batched with. A single text, such as a question, has all threads
within each product instead: it is twice as fast, and the same to the last bit. The only file that imports openvino.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.bert import Head, has_bfloat16
from index.bert_files import BertShape, plain_name, read_shape

if TYPE_CHECKING:
    from types import ModuleType

_GROUP_TOKENS = (64, 512)  # fewest and most word pieces in a group: below, calls cost more; above, nothing is won
_TABLES = tuple(f"embeddings.{name}_embeddings.weight" for name in ("word", "token_type", "position"))
_FEW = 16  # texts that take less time one after another than the model for many takes to compile
_SHAPES = 300  # products whose code a stream keeps; of OpenVINO's 5,000, memory would grow for hours
_GROUPS_PER_STREAM = 8  # groups that a stream should get, so that all end at about the same time

Array = NDArray[Any]


class OpenVinoBert:
    """A Bert (see index.bert) in bfloat16 where the processor computes in it, else in float32; or, asked for, in int8.

    In int8 the layers' weights are rounded once, with a scale for each row, and what they are multiplied with as it
    comes, with a scale for each word piece: nothing has to be calibrated, and a text's result still doesn't depend on
    what it is batched with.

    `threads` texts or groups of texts are computed at once, each on one thread; a single text on all of them, and so
    are a few as long as there weren't many. Raises ImportError or RuntimeError where OpenVINO is missing or fails, and
    DamagedError if the folder holds another kind of model.
    """

    def __init__(self, folder: Path, head: Head, threads: int, int8: bool = False) -> None:
        self._folder, self._head, self._threads, self._int8 = folder, head, threads, int8
        self._shape = read_shape(folder)
        weights = _weights(folder)
        # Looked up here, a table as large as all layers together need not pass through OpenVINO's compiler.
        self._words, segments, places = (weights[name] for name in _TABLES)
        self._places = places.astype(np.float32)
        self._segments = segments.astype(np.float32)
        self._lock = threading.Lock()
        # An encoder is asked for one question first, a reader for many passages; the other is compiled when needed.
        self._compiled: dict[int, _Compiled] = {}
        self._with(1 if head is Head.MEAN else threads, weights)
        version = _openvino().__version__.split("-")[0]
        precision = "int8" if int8 else "bfloat16" if has_bfloat16() else "float32"
        self.runtime = f"openvino {version}, {precision}, {threads} stream{'s' * (threads > 1)} of one thread"

    def __call__(
        self, ids: Sequence[Sequence[int]], types: Sequence[Sequence[int]] | None = None
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Each text's number and array, in any order; see index.bert.Bert."""
        found: deque[tuple[int, NDArray[np.float32]]] = deque()
        alone = len(ids) == 1 or (len(ids) <= _FEW and self._threads not in self._compiled)
        compiled = self._with(1 if alone else self._threads)
        with compiled.requests(found) as requests:
            for rows in equal_groups([len(row) for row in ids], self._threads):
                requests.start_async([self._embedded(rows, ids, types)], rows)
                while found:
                    yield found.popleft()
        yield from found

    def _embedded(
        self, rows: Sequence[int], ids: Sequence[Sequence[int]], types: Sequence[Sequence[int]] | None
    ) -> NDArray[np.float32]:
        """The sum of the three embeddings, (rows, length, width)."""
        words = self._words[np.array([ids[n] for n in rows])]
        places = self._places[: words.shape[1]]
        segments = self._segments[np.array([types[n] for n in rows])] if types else self._segments[0]
        embedded: NDArray[np.float32] = (words + segments + places).astype(np.float32, copy=False)
        return embedded

    def _with(self, streams: int, weights: Mapping[str, Array] | None = None) -> _Compiled:
        """The model on this many streams, which share the threads."""
        with self._lock:
            if streams not in self._compiled:
                graph = _graph(_openvino(), weights or _weights(self._folder), self._shape, self._head, self._int8)
                self._compiled[streams] = _Compiled(graph, streams, self._threads, self._precision())
            return self._compiled[streams]

    def _precision(self) -> dict[str, str]:
        """OpenVINO's settings for it."""
        if self._int8:  # groups of numbers with one scale; wider ones than the layers' input aren't computed in int8
            return {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(self._words.shape[1])}
        return {"INFERENCE_PRECISION_HINT": "bf16" if has_bfloat16() else "f32"}


class _Compiled:
    """A graph for so many streams, with the requests that run on them."""

    def __init__(self, graph: Any, streams: int, threads: int, precision: Mapping[str, str]) -> None:
        self._model = _core().compile_model(
            graph,
            "CPU",
            {
                **precision,
                "NUM_STREAMS": str(streams),
                "INFERENCE_NUM_THREADS": str(threads),
                "CPU_RUNTIME_CACHE_CAPACITY": str(_SHAPES),
                "ENABLE_CPU_PINNING": "NO",  # pinned, two processes would share the first cores and leave the others
            },
        )
        self._streams = streams
        self._idle: list[Any] = []
        self._lock = threading.Lock()

    @contextmanager
    def requests(self, found: deque[tuple[int, NDArray[np.float32]]]) -> Iterator[Any]:
        """A queue of requests for one call alone, whose results are all in `found` when this ends."""
        faults: list[Exception] = []

        def keep(request: Any, rows: Sequence[int]) -> None:
            try:
                found.extend(zip(rows, request.get_output_tensor().data.copy(), strict=True))
            except Exception as fault:  # no memory; an exception that left a callback would end the process
                faults.append(fault)

        with self._lock:
            requests = self._idle.pop() if self._idle else None
        if requests is None:
            # Two for each stream: one is computed while the other is filled.
            requests = _openvino().AsyncInferQueue(self._model, 2 * self._streams)
        requests.set_callback(keep)
        try:
            yield requests
        finally:
            requests.wait_all()
            with self._lock:
                self._idle.append(requests)
        if faults:
            raise faults[0]


def equal_groups(lengths: Sequence[int], streams: int) -> list[list[int]]:
    """Row numbers in groups of one length, the longest first, so that what comes last is short."""
    fewest, most = _GROUP_TOKENS
    tokens = min(max(sum(lengths) // (streams * _GROUPS_PER_STREAM), fewest), most)
    groups = []
    order = sorted(range(len(lengths)), key=lambda n: (-lengths[n], n))
    for length, rows in groupby(order, key=lambda n: lengths[n]):
        same = list(rows)
        size = max(tokens // length, 1)
        groups += [same[start : start + size] for start in range(0, len(same), size)]
    return groups


def _weights(folder: Path) -> dict[str, Array]:
    """All weights by their plain names."""
    from safetensors.numpy import load_file

    return {plain_name(name): array for name, array in load_file(folder / "model.safetensors").items()}


def _rounded(weights: Array) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix (rows, columns) as whole numbers of -127 to 127 and the scale (rows, 1) of each row."""
    exact = weights.astype(np.float32)
    scales = np.maximum(np.abs(exact).max(1, keepdims=True), np.finfo(np.float32).tiny) / 127
    return np.round(exact / scales).astype(np.int8), scales


def _graph(openvino: ModuleType, weights: Mapping[str, Array], shape: BertShape, head: Head, int8: bool) -> Any:
    """The layers and the head over summed embeddings, as an openvino.Model with one input and one output.

    With `int8` the layers' matrices are stored as whole numbers and scales, which OpenVINO multiplies as such.
    """
    op = openvino.opset13

    def matrix(name: str) -> Any:
        if not (int8 and name.startswith("encoder.")):
            return constant(name)
        rounded, scales = _rounded(weights[name])
        return op.multiply(op.convert(op.constant(rounded), np.float32), op.constant(scales))

    def constant(name: str) -> Any:
        stored = op.constant(weights[name], shared_memory=True)
        return stored if weights[name].dtype == np.float32 else op.convert(stored, np.float32)

    def numbers(*values: int) -> Any:
        return op.constant(np.array(values, np.int64))

    def linear(x: Any, name: str) -> Any:
        return op.add(op.matmul(x, matrix(f"{name}.weight"), False, True), constant(f"{name}.bias"))

    def norm(x: Any, name: str) -> Any:
        scaled = op.mvn(x, numbers(-1), True, shape.epsilon, "inside_sqrt")
        return op.add(op.multiply(scaled, constant(f"{name}.LayerNorm.weight")), constant(f"{name}.LayerNorm.bias"))

    def heads(x: Any, name: str) -> Any:
        apart = op.reshape(linear(x, name), numbers(0, 0, shape.heads, width // shape.heads), True)
        return op.transpose(apart, numbers(0, 2, 1, 3))

    width = len(weights["embeddings.LayerNorm.weight"])
    embedded = op.parameter([-1, -1, width], np.float32, name="embedded")
    x = norm(embedded, "embeddings")
    for n in range(shape.layers):
        name = f"encoder.layer.{n}"
        parts = (heads(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        mixed = op.transpose(op.scaled_dot_product_attention(*parts), numbers(0, 2, 1, 3))
        together = linear(op.reshape(mixed, numbers(0, 0, width), True), f"{name}.attention.output.dense")
        x = norm(op.add(together, x), f"{name}.attention.output")
        wide = op.gelu(linear(x, f"{name}.intermediate.dense"), "erf")
        x = norm(op.add(linear(wide, f"{name}.output.dense"), x), f"{name}.output")
    out = op.reduce_mean(x, numbers(1)) if head is Head.MEAN else linear(x, "qa_outputs")
    return openvino.Model([out], [embedded], "bert")


@cache
def _core() -> Any:
    return _openvino().Core()


@cache
def _openvino() -> ModuleType:
    """The library, without its model converter.

    Importing that one sends usage data to a host on the network and writes an id to the home folder (openvino 2026.4,
    openvino/tools/ovc/__init__.py). OpenVINO goes on without it where it can't be imported, so it is kept from being
    imported in this process.
    """
    for name in ("openvino.tools.ovc", "openvino_telemetry"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    import openvino

    module: ModuleType = openvino
    return module
