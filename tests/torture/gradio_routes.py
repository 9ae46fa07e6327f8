"""Prints the paths of all routes that Gradio has, their parameters filled in, as a JSON list.

A process of its own, because Gradio leaves event loops open, which the tests' own process counts as errors.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator

from qa.settings import GRADIO_ENVIRONMENT


def main() -> None:
    """Print them, sorted."""
    os.environ.update(GRADIO_ENVIRONMENT)
    import gradio as gr
    from gradio.routes import App

    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Textbox()
    routes = _all(App.create_app(blocks).routes)
    paths = {re.sub(r"\{[^}]*\}", "x", path) for route in routes if (path := getattr(route, "path", ""))}
    sys.stdout.write(json.dumps(sorted(paths)))


def _all(routes: Iterable[object]) -> Iterator[object]:
    for route in routes:
        yield route
        included = getattr(route, "original_router", route)  # FastAPI keeps a router that was included as it is
        yield from _all(getattr(included, "routes", None) or ())


if __name__ == "__main__":
    main()
