"""What an OpenAI-style server sends, read with bounds: it may be slow, broken, endless or something else entirely."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_MOST_LINE = 1_000_000  # bytes; a piece of text is a few
_MOST_SENT = 50_000_000  # bytes of one answer, with everything around the text


class Broken(Exception):
    """What was sent isn't what such a server sends; `str(error)` is a sentence."""


def pieces_of(response: Any, most: int) -> Iterator[str]:
    """Yield the text's pieces, at most `most` characters in all; raises Broken if it ends before its end was said."""
    if "event-stream" not in response.headers.get("content-type", ""):
        yield _whole(response)[:most]
        return
    left, ended = most, False
    for line in _lines(response):
        if not line.startswith("data:"):
            continue  # comments keep a connection alive
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        piece, finished = _piece(data)
        ended = ended or finished
        if piece:
            yield piece[:left]
            left -= len(piece)
        if left <= 0:
            return
    if not ended:
        raise Broken("the text ended before the server said that it was done.")


def _lines(response: Any) -> Iterator[str]:
    waiting, sent = b"", 0
    for chunk in response.iter_bytes():
        sent += len(chunk)
        waiting += chunk
        *lines, waiting = waiting.split(b"\n")
        if len(waiting) > _MOST_LINE or sent > _MOST_SENT:
            raise Broken("it sent far more than a text.")
        for line in lines:
            yield line.decode("utf-8", "replace").rstrip("\r")
    if waiting:
        yield waiting.decode("utf-8", "replace")


def _whole(response: Any) -> str:
    """The text of a server that doesn't stream."""
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MOST_LINE:
            raise Broken("it sent far more than a text.")
    choice = _choice(_json(body.decode("utf-8", "replace")))
    text = _content(choice.get("message"))
    if text is None:
        raise Broken("it sent no text.")
    return text


def _piece(data: str) -> tuple[str, bool]:
    """The text of one event, and whether it says that the text is done."""
    event = _json(data)
    if not event.get("choices") and "error" not in event:
        return "", False  # usage figures and the like
    choice = _choice(event)
    return _content(choice.get("delta")) or "", choice.get("finish_reason") is not None


def _json(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
    except ValueError as error:
        raise Broken(f"it sent no JSON where JSON belongs: {text[:80]!r}.") from error
    if not isinstance(event, dict):
        raise Broken("it sent JSON of another form.")
    return event


def _choice(event: dict[str, Any]) -> dict[str, Any]:
    if "error" in event:
        error = event["error"]
        said = error.get("message") if isinstance(error, dict) else error
        raise Broken(f"the server says: {' '.join(str(said).split())[:200]}")
    choices = event.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Broken("it sent JSON of another form.")
    choice: dict[str, Any] = choices[0]
    return choice


def _content(message: Any) -> str | None:
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else None
