"""What happens in the evaluation when something is pressed.

A run is of the articles that all visitors share, so one of these serves all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import gradio as gr  # noqa: TID253 - Gradio hands over its event by type; only ui.py imports this module

from corpus.errors import OnrecordError
from qa.assistant import Assistant
from qa.chat.evaluation_panel import comparison_html, fault_html, from_chat_html, report_html, runs_html, state_html
from qa.chat.evaluations import Evaluations
from qa.evaluation.compare import compare
from qa.keeping.feedback import Feedback

Update = Any  # what Gradio takes for "leave this component as it is", or a value
Parts = tuple[Update, Update, Update, Update]  # questions from the chat, state, list of runs, result


class Measuring:
    """The evaluation's handlers."""

    def __init__(self, assistant: Assistant, evaluations: Evaluations, feedback: Feedback) -> None:
        self._assistant = assistant
        self._evaluations = evaluations
        self._feedback = feedback

    def opened(self) -> Iterator[Parts]:
        """What a visitor finds, and how the evaluation under way goes on; → all parts."""
        yield (
            from_chat_html(self._feedback.counts().all),
            state_html(self._evaluations.progress),
            self._runs(),
            gr.skip(),
        )
        yield from self._followed(show=False)

    def start(self, event: gr.EventData) -> Iterator[Parts]:
        """Begin with the file that was uploaded, or with the questions from the chat."""
        wanted = _data(event)
        uploaded = "path" in wanted
        questions = Path(str(wanted["path"])) if uploaded else self._feedback.path
        try:
            self._evaluations.start(self._assistant, questions, datetime.now(), uploaded=uploaded)
        except OnrecordError as error:
            yield gr.skip(), fault_html(str(error)), gr.skip(), gr.skip()
            return
        yield from self._followed()

    def press(self, event: gr.EventData) -> Iterator[Parts]:
        """Show a run, go on with it, or compare it with another."""
        wanted = _data(event)
        try:
            if "compare" in wanted:
                yield *(gr.skip(),) * 3, self._compared(str(wanted["compare"]), str(wanted.get("run", "")))
            elif wanted.get("what") == "show":
                yield *(gr.skip(),) * 3, self._report(str(wanted.get("run", "")))
            elif wanted.get("what") == "resume":
                self._evaluations.resume(self._assistant, str(wanted.get("run", "")))
                yield from self._followed()
        except OnrecordError as error:
            yield gr.skip(), fault_html(str(error)), self._runs(), gr.skip()

    def remove(self, event: gr.EventData) -> Parts:
        """Delete a run."""
        try:
            self._evaluations.remove(str(_data(event).get("remove", "")))
        except OnrecordError as error:
            return gr.skip(), fault_html(str(error)), self._runs(), gr.skip()
        return gr.skip(), gr.skip(), self._runs(), ""

    def stop(self) -> None:
        """Stop the evaluation under way."""
        self._evaluations.stop()

    def _followed(self, *, show: bool = True) -> Iterator[Parts]:
        """The state each time it changes; at the end the list of runs and, if the run is finished, its report."""
        progress = None
        for progress in self._evaluations.follow():
            yield gr.skip(), state_html(progress), gr.skip(), gr.skip()
        if progress and show:
            finished = any(one.name == progress.name and one.finished for one in self._evaluations.runs())
            yield gr.skip(), gr.skip(), self._runs(), self._report(progress.name) if finished else gr.skip()
        elif progress:
            yield gr.skip(), gr.skip(), self._runs(), gr.skip()

    def _runs(self) -> str:
        return runs_html(self._evaluations.runs())

    def _report(self, name: str) -> str:
        return report_html(name, self._evaluations.report(name), self._evaluations.runs())

    def _compared(self, before: str, after: str) -> str:
        runs = self._evaluations
        return comparison_html(before, after, compare(runs.read(before), runs.read(after)))


def _data(event: gr.EventData) -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}
