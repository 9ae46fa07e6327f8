"""Runs a command of Onrecord and notes what it must not do: `python -m tests.torture.witness NOTES COMMAND …`.

Python's audit hooks hear of every connection, every name that is looked up, every object that a pickle makes and every
program that is started, in our code and in every library's Python, whatever it does to hide it. What is heard goes into
the file NOTES, a line each; connections beyond this machine are refused as well.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

LOOPBACK = ("127.0.0.1", "::1", "localhost", "")
_NETWORK = ("socket.connect", "socket.sendto", "socket.sendmsg")
_NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")


def watch(notes: Path) -> None:
    """Note from now on, until the process ends."""
    out = notes.open("a", encoding="utf-8", buffering=1)
    busy = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal busy
        if busy or "." not in event:
            return
        busy = True
        try:
            line = _note(event, arguments)
            if line:
                out.write(line + "\n")
        finally:
            busy = False
        if line and line.startswith("network"):
            raise PermissionError(f"a test refuses {line}")

    sys.addaudithook(hook)


def _note(event: str, arguments: tuple[Any, ...]) -> str | None:
    if event in _NETWORK:
        address = arguments[1] if len(arguments) > 1 else None
        host = address[0] if isinstance(address, tuple) else "a local socket"
        return None if host in LOOPBACK or host == "a local socket" else f"network {event} {host}"
    if event in _NAMES:
        host = str(arguments[0] if arguments[0] is not None else "")
        return None if host in LOOPBACK else f"network {event} {host}"
    if event == "pickle.find_class":
        return f"pickle {arguments[0]}.{arguments[1]}"
    if event in _PROGRAMS:
        return f"program {event} {arguments[0]}"
    return None


def main() -> None:
    """Watch, then be `onrecord`."""
    watch(Path(sys.argv[1]))
    sys.argv = ["onrecord", *sys.argv[2:]]
    from qa.cli import main as onrecord

    onrecord()


if __name__ == "__main__":
    main()
