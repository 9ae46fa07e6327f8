"""Serves the chat over the small newsroom in a process of its own: `python -m tests.serve_chat FOLDER [--empty]`.

A process of its own, because Gradio leaves event loops open, which the tests' own process counts as errors, and
because that is how people run it. A question with the word "slowly" is read slowly after its first quotes.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.encoder import HashEncoder
from index.hits import Hit
from index.passage_index import create
from qa.assistant import FIRST_LOOK
from qa.evidence import Evidence
from qa.prose.endpoint import EndpointWriter
from qa.prose.support import SupportCheck
from qa.prose.telling import ProseAnswerer
from qa.settings import GRADIO_ENVIRONMENT
from tests.chat_double import BRIDGE, PARK, WordSelector, newsroom
from tests.chat_figures import ARTICLES, figure_selector

SLOWLY = 4.0  # seconds; longer than a test waits for a stop


class SlowSelector(WordSelector):
    """Takes its time over the whole of a question that asks for it."""

    def select(self, questions: Sequence[str], hits: Sequence[Sequence[Hit]], searched: int) -> list[Evidence]:
        """Wait if the question says so and this is more than the first look."""
        if "slowly" in questions[0] and len(hits[0]) > FIRST_LOOK:
            time.sleep(SLOWLY)
        return super().select(questions, hits, searched)


@contextlib.contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """The address of a chat that runs until the block ends; with "--empty" it begins without articles."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.serve_chat", str(folder), *options], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "Onrecord is open at http://127.0.0.1:" in line, line
        yield line.split()[4].rstrip("/")
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


def main() -> None:
    """Serve until terminated."""
    import socket

    os.environ.update(GRADIO_ENVIRONMENT)
    import ui

    folder = Path(sys.argv[1])
    create(folder, HashEncoder())
    figures = "--figures" in sys.argv
    assistant = newsroom(folder, () if "--empty" in sys.argv else ARTICLES if figures else (PARK, BRIDGE))
    assistant.selector = figure_selector() if figures else SlowSelector()
    if "--model" in sys.argv:
        writer = EndpointWriter("tiny", sys.argv[sys.argv.index("--model") + 1])
        teller = ProseAnswerer(writer, SupportCheck())
        assistant.answerers[teller.name] = teller
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ui.launch(assistant, data=folder, port=port, open_browser=False, mcp="--mcp" in sys.argv)


if __name__ == "__main__":
    main()
