"""PDF becomes text. Runs in the worker."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from corpus.clean import BULLET
from corpus.errors import UnreadableError
from corpus.extracted import Extracted

MAX_PAGES = 2000
_MAX_TEXT = 6_000_000  # characters; a little over what an article may have
_MAX_HEAD = 80  # characters in a running head; body lines are longer, most of the time
_END = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*$")
_PROGRAM_TITLE = re.compile(
    r"microsoft \w+ - |\(?(?:anonymous|unspecified|untitled)\)?$|document\d*$|"
    r".*\.(?:docx?|pdf|indd|qxd|rtf|odt|pptx?)$",
    re.IGNORECASE,
)


def extract_pdf(data: bytes) -> Extracted:
    """The text of a PDF, its lines joined to paragraphs, without page numbers and running heads.

    Its creation date is a file's time and not used. Raises UnreadableError if it is encrypted, damaged or has no text.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("it is encrypted; save a copy without a password")
        if len(reader.pages) > MAX_PAGES:
            raise UnreadableError(f"it has more than {MAX_PAGES:,} pages")
        with _unpacking_errors() as errors:
            pages = _pages(reader)
        title = _title(reader)
    except UnreadableError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise UnreadableError(f"it is damaged ({type(error).__name__})") from None
    except (ImportError, NotImplementedError) as error:
        raise UnreadableError(f"it needs something that is not there: {error}") from None
    if errors:  # pypdf goes on with what it could unpack, so pages would be missing without a word
        raise UnreadableError("it is damaged: a part of its text can't be unpacked")
    text = _paragraphs(_without_running_heads(pages))
    if not any(map(str.isalnum, text)):
        raise UnreadableError("it holds no text (a scan? then it needs character recognition first)")
    return Extracted(text, title)


@contextlib.contextmanager
def _unpacking_errors() -> Iterator[list[str]]:
    """What pypdf's decoders complain of meanwhile."""
    found: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("pypdf.filters")
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)


def _pages(reader: Any) -> list[list[str]]:
    pages: list[list[str]] = []
    total = 0
    for page in reader.pages:
        text = page.extract_text()
        total += len(text)
        if total > _MAX_TEXT:
            raise UnreadableError(f"its text is longer than {_MAX_TEXT:,} characters")
        pages.append([" ".join(line.split()) for line in text.splitlines()])
    return pages


def _title(reader: Any) -> str | None:
    title = reader.metadata.title if reader.metadata else None
    title = " ".join(title.split()) if isinstance(title, str) else ""
    return title if len(title) >= 5 and not _PROGRAM_TITLE.match(title) else None


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Pages without page numbers and without the short lines at their edges that most pages share, numbers aside."""
    edges = [_edge(page) for page in pages]
    counts = Counter(key for page, edge in zip(pages, edges, strict=True) for key in {_edge_key(page[i]) for i in edge})
    running = {key for key, count in counts.items() if len(pages) >= 3 and 2 * count > len(pages)}
    return [
        [
            line
            for index, line in enumerate(page)
            if not (index in edge and (line.isdigit() or _edge_key(line) in running))
        ]
        for page, edge in zip(pages, edges, strict=True)
    ]


def _edge(page: list[str]) -> set[int]:
    """The numbers of the short lines among the first two and the last two of a page."""
    filled = [index for index, line in enumerate(page) if line]
    return {index for index in filled[:2] + filled[-2:] if len(page[index]) <= _MAX_HEAD}


def _edge_key(line: str) -> str:
    return re.sub(r"\d+", "0", line.lower())


def _paragraphs(pages: list[list[str]]) -> str:
    """Lines joined to paragraphs: a line goes on in the next unless it is short or ends a sentence well before the
    margin."""
    whole = "\n".join(line for page in pages for line in page)
    paragraphs: list[str] = []
    current = ""
    for page in pages:
        widths = sorted(len(line) for line in page if line)
        margin = widths[len(widths) * 3 // 4] if widths else 0
        last = ""
        for line in page:
            if current and (not line or BULLET.match(line) or (last and _ends(last, line, margin))):
                paragraphs.append(current)
                current = ""
            current = _glued(current, line, whole) if line else current
            last = line
        if current and _END.search(current):
            paragraphs.append(current)
            current = ""
    return "\n".join([*paragraphs, current]).strip()


def _ends(line: str, following: str, margin: int) -> bool:
    if _END.search(line):
        return len(line) < 0.85 * margin
    return len(line) < 0.6 * margin and not following[0].islower()


def _glued(head: str, line: str, whole: str) -> str:
    """Two lines as one, a word that was divided at the line's end whole again."""
    if not head:
        return line
    divided = re.search(r"(\w{2,})-$", head)
    rest = re.match(r"[^\W\d_]+", line)
    if divided and rest and rest.group()[0].islower():
        hyphenated = f"{divided.group(1)}-{rest.group()}"
        return head + line if hyphenated in whole else head[:-1] + line
    return f"{head} {line}"
