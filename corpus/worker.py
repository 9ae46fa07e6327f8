"""The child process in which foreign files are parsed and cleaned, so that none of them can hang or bloat the program.

It reads jobs from its standard input and writes results to its standard output: a line of JSON each, that of a job
followed by the bytes that it announces. It is started by extract.py and ends with its input.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import BinaryIO

from corpus.decode import decode
from corpus.errors import UnreadableError
from corpus.extracted import Extracted, cleaned
from corpus.kinds import Kind

_PROCESSOR_TIME = 120  # seconds for one job; the parent's own limit is tighter


def main(memory_limit: int) -> None:
    """Serve until the input ends, in at most `memory_limit` bytes of address space."""
    jobs, results = _private_streams()
    _limit_resources(memory_limit)
    _warm_up()
    _send(results, {"ready": True})
    while header := jobs.readline():
        job = json.loads(header)
        data = jobs.read(job["length"])
        _limit_processor_time()
        reply = _run(Kind(job["kind"]), data, job["url"])
        del data
        _send(results, reply)


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent; what a library prints goes nowhere."""
    jobs = os.fdopen(os.dup(0), "rb")
    results = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return jobs, results


def _limit_resources(memory_limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a parser has no business writing files


def _limit_processor_time() -> None:
    """End by itself in a job without end, should the parent be gone and not kill it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + _PROCESSOR_TIME, hard))


def _warm_up() -> None:
    """Load the parsers before the first job's time begins to count."""
    import lxml.html
    import trafilatura

    assert lxml.html and trafilatura


def _run(kind: Kind, data: bytes, url: str | None) -> dict[str, object]:
    try:
        return {"extracted": cleaned(_extract(kind, data, url)).to_json()}
    except UnreadableError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"out_of_memory": True}
    except RecursionError:
        return {"reason": "it is nested too deeply"}
    except Exception as error:  # a parser's bug: this file gives no article, the others do
        if _is_near_limit():  # C libraries report a failed allocation as any error that comes to hand
            return {"out_of_memory": True}
        return {"reason": f"its parser failed ({type(error).__name__})"}


def _is_near_limit() -> bool:
    """Whether the process once held more than half of the memory that it may address."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit * 2 > limit > 0


def _extract(kind: Kind, data: bytes, url: str | None) -> Extracted:
    if kind is Kind.HTML:
        from corpus.html_text import extract_html

        return extract_html(data, url)
    if kind is Kind.PDF:
        from corpus.pdf_text import extract_pdf

        return extract_pdf(data)
    if kind is Kind.MARKDOWN:
        from corpus.markdown_text import extract_markdown

        return extract_markdown(decode(data))
    return Extracted(decode(data))


def _send(results: BinaryIO, message: dict[str, object]) -> None:
    results.write(json.dumps(message).encode("ascii") + b"\n")
    results.flush()
