"""Whose conversation a request is about: the one who began it, and no one else, may go on with it or listen to it.

Gradio tells conversations apart by a session's id alone, and several of its routes answer whoever names one.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from urllib.parse import parse_qs, unquote

_API = "/gradio_api/"
_IN_PATH = ("heartbeat", "stream")  # routes that name the session in their path
_MAX_KNOWN = 20_000  # conversations; the longest unused is forgotten


class Conversations:
    """Who began which conversation."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, str] = OrderedDict()

    def belongs(self, session: str, visitor: str) -> bool:
        """Whether the visitor may use the session; the first who names it owns it."""
        owner = self._owners.setdefault(session, visitor)
        self._owners.move_to_end(session)
        if len(self._owners) > _MAX_KNOWN:
            self._owners.popitem(last=False)
        return owner == visitor


def named_sessions(path: str, query: bytes, body: bytes | None) -> tuple[str, ...]:
    """The ids of the sessions that a request names: in its path, its query or its JSON body."""
    found = list(parse_qs(query.decode("latin-1")).get("session_hash", ()))
    parts = unquote(path).removeprefix(_API).split("/")
    if path.startswith(_API) and parts[0] in _IN_PATH and len(parts) > 1:
        found.append(parts[1])
    if body:
        found += _in_json(body)
    return tuple(found)


def _in_json(body: bytes) -> list[str]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return []
    session = fields.get("session_hash") if isinstance(fields, dict) else None
    return [session] if isinstance(session, str) else []
