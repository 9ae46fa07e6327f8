"""The web chat: Gradio components wired to the assistant. What they show is made in qa/, by pure functions."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import gradio as gr
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from corpus.errors import UsageError
from qa.assistant import Assistant
from qa.chat.adding_panel import adding_html
from qa.chat.endpoints import Endpoints
from qa.chat.evaluation_handlers import Measuring
from qa.chat.evaluation_panel import form_html
from qa.chat.evaluations import Evaluations
from qa.chat.handlers import Chat
from qa.chat.intake import MAX_FILE_MB, Intake
from qa.chat.keeper import Keeper
from qa.chat.login import Login
from qa.chat.scope import Scope
from qa.chat.server_guard import LOOPBACK_HOSTS, ServerGuard
from qa.keeping.feedback import Feedback

QUEUE = 64  # questions that may wait
AT_ONCE = 2  # questions that are answered at the same time

_TEMPLATES = Path(__file__).with_name("qa") / "chat" / "templates"
_PRESS = "element.addEventListener('click', (event) => window.onrecord?.pressed(event, trigger));"
_PANEL = f"{_PRESS} watch('value', () => window.onrecord?.opened());"
_SCOPE = (
    f"{_PRESS} element.addEventListener('change', (event) => window.onrecord?.chose(event, trigger));"
    " watch('value', () => window.onrecord?.chosen());"
)
_SETTLED = "(...values) => window.onrecord?.settled(...values) ?? values"
_REPORT = "watch('value', () => element.scrollIntoView({ block: 'nearest' }));"
_FORM = f"{_PRESS} (function take() {{ window.onrecord?.takes(element, trigger) ?? setTimeout(take, 50); }})();"
_TOLD = "watch('value', () => window.onrecord?.judged(element));"
_SAVED = "watch('value', () => window.onrecord?.save(element));"
_EVALUATION = (
    f"{_PRESS} (function take() {{ window.onrecord?.measures(element, trigger) ?? setTimeout(take, 50); }})();"
)
_RESULT = f"{_EVALUATION} watch('value', () => window.onrecord?.measured(element));"
_ASKED = "() => window.onrecord?.asked()"

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_AT_ONCE: dict[str, Any] = {**_QUIET, "queue": False}
_CHANGING: dict[str, Any] = {"concurrency_id": "change", "concurrency_limit": 1}  # of the articles: one after another
_EXAMPLES: dict[str, Any] = {**_QUIET, "concurrency_id": "examples", "concurrency_limit": 1}


def build_app(assistant: Assistant, data: Path | None = None, *, mcp: bool = False) -> gr.Blocks:
    """Build the chat over one assistant; nothing is served until `launch`.

    `data` is the assistant's data folder; without it the articles can't be changed, and nothing is kept. With `mcp`,
    for language models, only people can change the articles.
    """
    intake = Intake(data, assistant, _arrivals()) if data else None
    chat = Chat(assistant, intake, Keeper(data) if data else None)
    with gr.Blocks(title="Onrecord", analytics_enabled=False, fill_width=True, fill_height=True) as app:
        turns, scope, verdicts = gr.State(()), gr.State(Scope()), gr.State({})
        masthead = _part("masthead", f"{_PRESS} watch('value', () => window.onrecord?.viewed());")
        news = _part("news")
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
        told, saved = _part("told", _TOLD), _part("saved", _SAVED)
        if data:
            _evaluation(masthead, Measuring(assistant, Evaluations(data, _arrivals(), chat.busy), Feedback(data)))
        _wire_opening(app, chat, [masthead, welcome, panel, chosen], news)
        answering: dict[str, Any] = {**_QUIET, "concurrency_id": "answers", "concurrency_limit": AT_ONCE}
        begun, told_of = [box, turns, scope, verdicts], [box, turns, past, live]
        asked = gr.on([box.submit, ask.click], chat.begin, begun, told_of, js=_SETTLED, **_AT_ONCE)
        asked.then(None, None, None, js=_ASKED, **_AT_ONCE)
        answered = asked.then(chat.answer, turns, [turns, live], **answering)
        answered.failure(chat.give_up, turns, [turns, live], **_AT_ONCE)
        answered.then(chat.news, None, news, **_AT_ONCE)
        halt.click(chat.stop, None, None, **_AT_ONCE)
        presses = [part.click for part in (masthead, welcome, past, live, panel, chosen)]
        gr.on(presses[2:], chat.press, turns, [masthead, welcome, panel], **_AT_ONCE)
        reloaded = gr.on(presses[:2], chat.press, turns, [masthead, welcome, panel], **_AT_ONCE)
        parts = [masthead, welcome, panel, chosen, report]
        changed = gr.on([form.submit, panel.submit], chat.change, scope, parts, **_QUIET, **_CHANGING)
        for new in (reloaded, changed):
            new.then(chat.ask_again, None, news, **_EXAMPLES).then(chat.try_examples, None, welcome, **_EXAMPLES)
        gr.on(presses, chat.narrow, scope, [scope, chosen], **_AT_ONCE)
        gr.on([past.like, live.like], chat.judge, [turns, verdicts], [verdicts, told], **_AT_ONCE)
        masthead.download(chat.save, turns, saved, **_AT_ONCE)
        news.delete(chat.forget_news, None, news, **_AT_ONCE)
        # Gradio makes a tool of each. A model may obey an article that it reads, so it is offered no change.
        _offer(Endpoints(assistant, _refusal, intake), changeable=intake is not None and not mcp)
    app.queue(max_size=QUEUE, default_concurrency_limit=1, api_open=False)
    return app


def _evaluation(masthead: gr.HTML, measuring: Measuring) -> None:
    """The view beside the chat in which answers are measured."""
    with gr.Column(elem_id="evaluation"):
        form = gr.HTML(form_html(), elem_id="evalform", js_on_load=_EVALUATION, apply_default_css=False)
        from_chat, state = _part("evalchat"), _part("evalstate")
        halt = gr.Button("Stop the evaluation", elem_id="evalstop", variant="stop", min_width=0)
        runs = _part("evalruns", _EVALUATION)
        result = _part("evalresult", _RESULT)
    parts = [from_chat, state, runs, result]
    following: dict[str, Any] = {**_QUIET, "concurrency_id": "following", "concurrency_limit": None}
    masthead.expand(measuring.opened, None, parts, **following)
    gr.on([form.submit, from_chat.submit], measuring.start, None, parts, **following)
    gr.on([runs.click, result.click], measuring.press, None, parts, **following)
    runs.submit(measuring.remove, None, parts, **_AT_ONCE)
    halt.click(measuring.stop, None, None, **_AT_ONCE)


def _offer(endpoints: Endpoints, *, changeable: bool) -> None:
    """What programs may call; everything else is private."""
    for endpoint in (endpoints.ask, endpoints.search):
        gr.api(endpoint, api_name=endpoint.__name__, concurrency_id="answers", concurrency_limit=AT_ONCE)
    if changeable:
        gr.api(endpoints.add, api_name="add", **_CHANGING)


def _refusal(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)


def _arrivals() -> Path:
    """Where Gradio puts what the page uploads."""
    return Path(get_upload_folder())


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


def _wire_opening(app: gr.Blocks, chat: Chat, parts: list[gr.HTML], news: gr.HTML) -> None:
    opened = app.load(chat.pages.opening, None, parts, **_AT_ONCE)
    asked_again = opened.then(chat.ask_again, None, news, **_EXAMPLES)
    asked_again.then(chat.try_examples, None, parts[1], **_EXAMPLES)


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def launch_settings(
    port: int, *, login: Login | None = None, hosts: Sequence[str] = (), mcp: bool = False
) -> dict[str, Any]:
    """Everything that decides who can reach the chat and what it may contact, each said outright."""
    plain = [gr.themes.Font(name) for name in ("system-ui", "-apple-system", "Segoe UI", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("ui-monospace", "Menlo", "Consolas", "monospace")]
    guard = Middleware(ServerGuard, hosts=(*LOOPBACK_HOSTS, *hosts), login=login, mcp=mcp)
    return {
        "server_name": "127.0.0.1",
        "server_port": port,
        "share": False,
        "ssr_mode": False,
        "mcp_server": mcp,
        "run_history": False,
        "enable_monitoring": False,
        "pwa": False,
        "strict_cors": True,
        "show_error": False,
        "quiet": True,
        "footer_links": [],
        "max_file_size": f"{MAX_FILE_MB}mb",
        "state_session_capacity": 500,  # conversations, the longest unused goes; each takes about 100 KB
        "num_workers": 0,
        "prevent_thread_lock": True,
        "theme": gr.themes.Base(primary_hue="stone", neutral_hue="stone", font=plain, font_mono=mono),
        # In the head, since what is given as `css` gets prefixed with Gradio's container and can't reach the page.
        "head": f"<style>{_template('chat.css')}</style>",
        "js": _template("chat.js"),
        "app_kwargs": {"middleware": [guard]},
    }


def launch(
    assistant: Assistant,
    *,
    data: Path | None = None,
    port: int = 7860,
    open_browser: bool = True,
    login: Login | None = None,
    hosts: Sequence[str] = (),
    mcp: bool = False,
) -> None:
    """Serve the chat on 127.0.0.1 until Ctrl-C; raises UsageError if the port is taken or MCP is not possible.

    `hosts` are further names that a proxy serves it under; `mcp` offers `ask` and `search` to language models too.
    """
    _check_free(port)
    if mcp:
        _check_mcp(login)
    app = build_app(assistant, data, mcp=mcp)
    settings = launch_settings(port, login=login, hosts=hosts, mcp=mcp)
    with contextlib.redirect_stdout(io.StringIO()):  # Gradio announces MCP even where it is told to be quiet
        _, address, _ = app.launch(inbrowser=open_browser, **settings)
    try:
        click.echo(f"Onrecord is open at {address}  (Ctrl-C ends it)")
        if mcp:
            click.echo(f"MCP, with the tools ask and search: {address}gradio_api/mcp/")
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo()  # the usual way to end a chat, and no error
    finally:
        app.close(verbose=False)


def _check_mcp(login: Login | None) -> None:
    if login is not None:
        raise UsageError("MCP knows no login. Leave out --mcp, or --auth.")
    if importlib.util.find_spec("mcp") is None:
        raise UsageError("MCP needs one more package. Install it: pip install 'onrecord[mcp]'")


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: a port just left is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            hint = f"onrecord chat --port {port + 1}"
            raise UsageError(f"Port {port} is taken. Choose another one: {hint}") from error
