"""The web chat: Gradio components wired to the assistant. What they show is made in qa/, by pure functions."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import gradio as gr
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from corpus.errors import OnrecordError, UsageError
from index.encoder import encoder_by_name
from qa.assistant import MAX_QUESTION, Assistant, check_question
from qa.chat.adding_panel import adding_html, result_html, step_html
from qa.chat.intake import MAX_FILE_MB, Intake, Step
from qa.chat.library_panel import masthead_html
from qa.chat.live import Stops, follow, searched_now
from qa.chat.pages import Pages
from qa.chat.render import conversation_html, notice_html, turn_html
from qa.chat.scope import Scope
from qa.chat.server_guard import LOOPBACK_HOSTS, ServerGuard
from qa.chat.turn import Phase, Turn
from qa.conversation import stand_alone

QUEUE = 64  # questions that may wait
AT_ONCE = 2  # questions that are answered at the same time
KEPT_TURNS = 50  # exchanges of a conversation that stay on its page

_TEMPLATES = Path(__file__).with_name("qa") / "chat" / "templates"
_PRESS = "element.addEventListener('click', (event) => window.onrecord?.pressed(event, trigger));"
_PANEL = f"{_PRESS} watch('value', () => window.onrecord?.opened());"
_SCOPE = f"{_PRESS} element.addEventListener('change', (event) => window.onrecord?.chose(event, trigger));"
_REPORT = "watch('value', () => element.scrollIntoView({ block: 'nearest' }));"
_FORM = f"{_PRESS} (function take() {{ window.onrecord?.takes(element, trigger) ?? setTimeout(take, 50); }})();"
_ASKED = "() => window.onrecord?.asked()"

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_AT_ONCE: dict[str, Any] = {**_QUIET, "queue": False}
_EXAMPLES: dict[str, Any] = {**_QUIET, "concurrency_id": "examples", "concurrency_limit": 1}

Turns = tuple[Turn, ...]
Update = Any  # what Gradio takes for "leave this component as it is", or a value


class Chat:
    """What happens when something is pressed. One for all conversations: each one's turns live in Gradio's state."""

    def __init__(self, assistant: Assistant, intake: Intake | None = None) -> None:
        """Without an `intake` the articles can't be changed from the page."""
        self._assistant = assistant
        self._intake = intake
        self._stops = Stops()
        self.pages = Pages(assistant, changeable=intake is not None)

    def begin(
        self, question: str, turns: Turns, scope: Scope, request: gr.Request
    ) -> tuple[Update, Update, Update, Update]:
        """Put the question on the page; → text box, turns, past and live HTML."""
        session = request.session_hash or ""
        if turns and turns[-1].running and not self._stops.of(session).is_set():
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()  # what was typed meanwhile stays in the box
        try:
            asked, searched = check_question(question), self.pages.searched(scope)
            if searched.narrowed and not searched.articles:
                raise UsageError("No article fits what you chose. Widen the dates or remove a choice, and ask again.")
        except UsageError as error:
            past = self._settled(turns)
            return gr.skip(), past, conversation_html(past), notice_html(str(error))
        self._stops.begin(session)
        past = self._settled(turns)[-KEPT_TURNS:]
        follows = stand_alone(asked, [turn.exchange for turn in past])
        understood = follows.question if follows.changed and len(follows.question) <= MAX_QUESTION else None
        turn = Turn(asked, Phase.SEARCHING, searched, scope.narrowing, understood=understood)
        return "", (*past, turn), conversation_html(past), turn_html(turn, len(past))

    def answer(self, turns: Turns, request: gr.Request) -> Iterator[tuple[Update, Update]]:
        """Follow the answer to the last turn; → turns and live HTML, each time it grows."""
        if not turns or not turns[-1].running:
            yield gr.skip(), gr.skip()
            return
        session, past = request.session_hash or "", turns[:-1]
        shown = None
        try:
            for turn in follow(self._assistant, turns[-1], self._stops.of(session)):
                if turn != shown:
                    shown = turn
                    yield (*past, turn), turn_html(turn, len(past))
        finally:
            self._stops.end(session)

    def give_up(self, turns: Turns, request: gr.Request) -> tuple[Update, Update]:
        """Say that the queue is full; → turns and live HTML."""
        self._stops.end(request.session_hash or "")
        if not turns or not turns[-1].running:
            return gr.skip(), gr.skip()
        turn = turns[-1].failed("Too many questions are waiting. Ask again in a moment.")
        return (*turns[:-1], turn), turn_html(turn, len(turns) - 1)

    def stop(self, request: gr.Request) -> None:
        """Stop the answer under way in this conversation."""
        self._stops.stop(request.session_hash or "")

    def press(self, turns: Turns, event: gr.EventData) -> tuple[Update, Update, Update]:
        """Open what was pressed, or serve the newest index; → masthead, first page, side panel."""
        wanted = _data(event)
        if "scope" in wanted:
            return gr.skip(), gr.skip(), gr.skip()
        if "reload" not in wanted:
            return gr.skip(), gr.skip(), self.pages.side(turns, wanted)
        try:
            self._assistant.reload()
        except OnrecordError as error:
            return masthead_html(searched_now(self._assistant), str(error)), gr.skip(), gr.skip()
        return self.pages.masthead(), self.pages.welcome(), self.pages.library()

    def change(self, scope: Scope, event: gr.EventData) -> Iterator[tuple[Update, ...]]:
        """Add or remove articles; → masthead, first page, side panel, scope's HTML and report, as it goes on."""
        wanted = _data(event)
        for step in self._intake.changes(wanted) if self._intake else ():
            if isinstance(step, Step):
                yield *(gr.skip(),) * 4, step_html(step)
                continue
            in_list = "remove" in wanted  # what came of it stands where it was pressed
            library = self.pages.library(step.sentence if in_list else None)
            told = "" if in_list else result_html(step)
            yield self.pages.masthead(), self.pages.welcome(), library, self.pages.scope(scope), told

    def try_examples(self) -> Iterator[str]:
        """Find example questions while nobody asks; → first page, each time there is one more."""
        yield self.pages.welcome()  # a generator that ends without a value would empty the page
        yield from self.pages.try_examples(self._stops.busy)

    def narrow(self, scope: Scope, event: gr.EventData) -> tuple[Update, Update]:
        """Choose what is searched from now on; → scope and its HTML."""
        wanted = _data(event)
        if "scope" in wanted:
            chosen = scope.chosen(str(wanted["scope"]), str(wanted.get("value", "")))
            return chosen, self.pages.scope(chosen, open_fields="field" in wanted)
        return gr.skip(), self.pages.scope(scope) if "reload" in wanted else gr.skip()

    @staticmethod
    def _settled(turns: Turns) -> Turns:
        return tuple(turn.stopped() if turn.running else turn for turn in turns)


def _data(event: gr.EventData) -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}


def build_app(assistant: Assistant, data: Path | None = None) -> gr.Blocks:
    """Build the chat over one assistant; nothing is served until `launch`.

    `data` is the assistant's data folder; without it the articles can't be changed from the page.
    """
    chat = Chat(assistant, _intake(data, assistant) if data else None)
    with gr.Blocks(title="Onrecord", analytics_enabled=False, fill_width=True, fill_height=True) as app:
        turns, scope = gr.State(()), gr.State(Scope())
        masthead = _part("masthead")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                with gr.Column(elem_id="scroll"):
                    welcome, past, live = _part("welcome"), _part("past"), _part("live")
                chosen = _part("scope", _SCOPE)
                with gr.Row(elem_id="composer"):
                    box = _question_box()
                    ask = gr.Button("Ask", elem_id="ask", variant="primary", min_width=0)
                    halt = gr.Button("Stop", elem_id="stop", variant="stop", min_width=0)
            with gr.Column(elem_id="side"):
                panel = _part("panel", _PANEL)
                with gr.Column(elem_id="adding"):
                    form = gr.HTML(
                        adding_html() if data else "", elem_id="form", js_on_load=_FORM, apply_default_css=False
                    )
                    report = _part("report", _REPORT)
        _wire_opening(app, chat, [masthead, welcome, panel, chosen])
        asked = gr.on([box.submit, ask.click], chat.begin, [box, turns, scope], [box, turns, past, live], **_AT_ONCE)
        asked.then(None, None, None, js=_ASKED, **_AT_ONCE)
        answered = asked.then(chat.answer, turns, [turns, live], concurrency_limit=AT_ONCE, **_QUIET)
        answered.failure(chat.give_up, turns, [turns, live], **_AT_ONCE)
        halt.click(chat.stop, None, None, **_AT_ONCE)
        presses = [part.click for part in (masthead, welcome, past, live, panel, chosen)]
        gr.on(presses[2:], chat.press, turns, [masthead, welcome, panel], **_AT_ONCE)
        reloaded = gr.on(presses[:2], chat.press, turns, [masthead, welcome, panel], **_AT_ONCE)
        reloaded.then(chat.try_examples, None, welcome, **_EXAMPLES)
        changing: dict[str, Any] = {**_QUIET, "concurrency_id": "change", "concurrency_limit": 1}
        parts = [masthead, welcome, panel, chosen, report]
        changed = gr.on([form.submit, panel.submit], chat.change, scope, parts, **changing)
        changed.then(chat.try_examples, None, welcome, **_EXAMPLES)
        gr.on(presses, chat.narrow, scope, [scope, chosen], **_AT_ONCE)
    app.queue(max_size=QUEUE, default_concurrency_limit=1, api_open=False)
    return app


def _intake(data: Path, assistant: Assistant) -> Intake:
    own_encoder = encoder_by_name(assistant.index.encoder.name)  # loaded when something is added
    return Intake(data, assistant, Path(get_upload_folder()), own_encoder)


def _part(name: str, on_load: str = _PRESS) -> gr.HTML:
    return gr.HTML(elem_id=name, js_on_load=on_load, apply_default_css=False)


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="question",
        label="Your question",
        placeholder="Ask the articles",
        show_label=False,
        container=False,
        lines=1,
        max_lines=8,
        autofocus=True,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
    )


def _wire_opening(app: gr.Blocks, chat: Chat, parts: list[gr.HTML]) -> None:
    opened = app.load(chat.pages.opening, None, parts, **_AT_ONCE)
    opened.then(chat.try_examples, None, parts[1], **_EXAMPLES)


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def launch_settings(port: int) -> dict[str, Any]:
    """Everything that decides who can reach the chat and what it may contact, each said outright."""
    plain = [gr.themes.Font(name) for name in ("system-ui", "-apple-system", "Segoe UI", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("ui-monospace", "Menlo", "Consolas", "monospace")]
    return {
        "server_name": "127.0.0.1",
        "server_port": port,
        "share": False,
        "ssr_mode": False,
        "mcp_server": False,
        "run_history": False,
        "enable_monitoring": False,
        "pwa": False,
        "strict_cors": True,
        "show_error": False,
        "quiet": True,
        "footer_links": [],
        "max_file_size": f"{MAX_FILE_MB}mb",
        "state_session_capacity": 1_000,
        "num_workers": 0,
        "prevent_thread_lock": True,
        "theme": gr.themes.Base(primary_hue="stone", neutral_hue="stone", font=plain, font_mono=mono),
        # In the head, since what is given as `css` gets prefixed with Gradio's container and can't reach the page.
        "head": f"<style>{_template('chat.css')}</style>",
        "js": _template("chat.js"),
        "app_kwargs": {"middleware": [Middleware(ServerGuard, hosts=LOOPBACK_HOSTS)]},
    }


def launch(assistant: Assistant, *, data: Path | None = None, port: int = 7860, open_browser: bool = True) -> None:
    """Serve the chat on 127.0.0.1 until Ctrl-C; raises UsageError if the port is taken."""
    _check_free(port)
    app = build_app(assistant, data)
    _, address, _ = app.launch(inbrowser=open_browser, **launch_settings(port))
    try:
        click.echo(f"Onrecord is open at {address}  (Ctrl-C ends it)")
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo()  # the usual way to end a chat, and no error
    finally:
        app.close(verbose=False)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: a port just left is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            hint = f"onrecord chat --port {port + 1}"
            raise UsageError(f"Port {port} is taken. Choose another one: {hint}") from error
