"""The chat as it is served: who can reach it, what it contacts, and what its handlers do. No browser needed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chat_double import newsroom
from tests.serve_chat import served

os.environ.update({"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"})

import gradio as gr  # noqa: E402
from gradio_client import Client  # noqa: E402
from gradio_client.exceptions import AppError  # noqa: E402

import ui  # noqa: E402
from corpus.errors import UsageError  # noqa: E402
from qa.answer_json import answer_to_json  # noqa: E402
from qa.chat.login import Login  # noqa: E402
from qa.chat.passwords import Passwords  # noqa: E402
from qa.chat.scope import Scope  # noqa: E402

QUESTION = "How many trees does the park have?"
SESSION = gr.Request(session_hash="s1")
SCOPE = Scope()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("index")) as url:
        yield url


def test_everything_that_could_reach_out_is_off() -> None:
    settings = ui.launch_settings(7860)
    assert settings["server_name"] == "127.0.0.1"
    off = ("share", "ssr_mode", "mcp_server", "run_history", "enable_monitoring", "pwa", "show_error")
    assert {name: settings[name] for name in off} == dict.fromkeys(off, False)
    assert "http" not in settings["head"] + settings["js"]
    assert "GoogleFont" not in {type(font).__name__ for font in settings["theme"]._font}


def test_the_page_is_served_with_the_policy_and_names_no_other_host(address: str) -> None:
    page = httpx.get(address)
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "fonts.googleapis" not in page.text
    assert "<title>Onrecord</title>" in page.text or '"title":"Onrecord"' in page.text.replace(" ", "")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"host": "evil.example"}, 400),
        ("/config", {"host": "evil.example"}, 400),
        ("/gradio_api/queue/join", {"origin": "https://evil.example"}, 403),
        ("/gradio_api/file=http://127.0.0.1:1/", {}, 403),
        ("/gradio_api/file=/etc/passwd", {}, 403),
        ("/gradio_api/file=ui.py", {}, 403),
        ("/monitoring", {}, 404),
    ],
)
def test_what_is_refused(address: str, path: str, headers: dict[str, str], status: int) -> None:
    assert httpx.get(address + path, headers=headers).status_code == status


def test_a_large_body_is_refused(address: str) -> None:
    assert httpx.post(address + "/gradio_api/queue/join", content=b"x" * 1_100_000).status_code == 413


def test_programs_are_offered_three_functions_and_nothing_else(address: str) -> None:
    described = httpx.get(address + "/gradio_api/info").json()
    assert set(described["named_endpoints"]) == {"/ask", "/search", "/add"}
    assert described["unnamed_endpoints"] == {}
    narrowing = ["source", "published_from", "published_to", "article"]
    parameters = {
        name: [p["parameter_name"] for p in end["parameters"]] for name, end in described["named_endpoints"].items()
    }
    assert parameters == {
        "/ask": ["question", *narrowing],
        "/search": ["query", "count", "mode", *narrowing],
        "/add": ["text", "title", "source", "published", "url"],
    }
    assert "Answer a question with quotes" in described["named_endpoints"]["/ask"]["description"]
    tools = httpx.get(address + "/gradio_api/mcp/")
    assert tools.status_code == 404


def test_a_program_gets_what_the_command_line_prints(address: str, tmp_path: Path) -> None:
    client = Client(address, verbose=False)
    try:
        answer = client.predict(QUESTION, api_name="/ask")
        expected = answer_to_json(newsroom(tmp_path).ask(QUESTION))
        printed = json.loads(json.dumps(expected).replace('"path":', '"file":'))
        assert {**answer, "seconds": 0} == {**printed, "seconds": 0}
        only = client.predict("How many trees were planted?", source="harbour-post.example", api_name="/ask")
        assert {c["article_id"] for s in only["statements"] for c in s["citations"]} == {"bridge"}
        assert client.predict("Who won the cup?", published_to="1999-01-01", api_name="/ask")["abstained"] is True
        hits = client.predict("park trees", 2, api_name="/search")
        assert [hit["rank"] for hit in hits] == [1, 2]
        assert set(hits[0]) == {"rank", "score", "via", "article_id", "start", "end", "title", "text"}
        assert {hit["via"][0] for hit in client.predict("park", mode="bm25", api_name="/search")} == {"bm25"}
        assert client.predict("cracks", article="park", api_name="/search")[0]["article_id"] == "park"
    finally:
        client.close()


@pytest.mark.parametrize(
    ("given", "endpoint", "says"),
    [
        ({"question": " "}, "/ask", "The question is empty"),
        ({"question": "x" * 2_001}, "/ask", "at most 2,000 characters"),
        ({"question": "Who?", "published_from": "May"}, "/ask", "'May' is no day"),
        ({"query": "park", "count": 0}, "/search", "0 is no number of passages"),
        ({"query": "park", "count": 101}, "/search", "At most 100 passages"),
        ({"query": "park", "count": "many"}, "/search", "'many' is no number"),
        ({"query": "park", "mode": "magic"}, "/search", "There is no mode 'magic'"),
    ],
)
def test_a_program_is_told_what_was_off(address: str, given: dict[str, object], endpoint: str, says: str) -> None:
    client = Client(address, verbose=False)
    try:
        with pytest.raises(AppError, match=re.escape(says)):
            client.predict(**given, api_name=endpoint)
    finally:
        client.close()


def test_programs_add_articles_one_after_another(tmp_path: Path) -> None:
    with served(tmp_path) as address:
        client = Client(address, verbose=False)
        try:
            jobs = [
                client.submit(f"The {animal} is back in the Argen, said the warden.", animal, api_name="/add")
                for animal in ("otter", "beaver", "salmon")
            ]
            added = [job.result(timeout=30) for job in jobs]
            assert [one["outcome"] for one in added] == ["added"] * 3
            assert {one["index"]["articles"] for one in added} == {3, 4, 5}
            answer = client.predict("Which beaver is back in the Argen?", api_name="/ask")
            assert answer["statements"][0]["citations"][0]["article_id"] == added[1]["article"]["id"]
            with pytest.raises(AppError, match="There is nothing to add"):
                client.predict(api_name="/add")
        finally:
            client.close()


def test_where_the_articles_are_fixed_nothing_can_be_added(tmp_path: Path) -> None:
    code = (  # a process of its own, because Gradio leaves event loops open
        "import pathlib, sys, ui; from tests.chat_double import newsroom; "
        "app = ui.build_app(newsroom(pathlib.Path(sys.argv[1]))); "
        "print(*sorted(app.get_api_info(all_endpoints=True)['named_endpoints']))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["/ask", "/search"]


def call(address: str, method: str, **params: object) -> Any:
    """One call by MCP, as a language model's host makes it."""
    answer = httpx.post(
        address + "/gradio_api/mcp/",
        json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
        headers={"accept": "application/json, text/event-stream"},
        timeout=30,
    )
    assert answer.status_code == 200
    data = next(line for line in answer.text.splitlines() if line.startswith("data: ") or line.startswith("{"))
    return json.loads(data.removeprefix("data: "))["result"]


def test_language_models_may_ask_and_search_only_where_that_was_wanted(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    with served(tmp_path, "--mcp") as address:
        tools = {tool["name"]: tool for tool in call(address, "tools/list")["tools"]}
        assert set(tools) == {"ask", "search"}
        assert tools["ask"]["inputSchema"]["required"] == ["question"]
        found = call(address, "tools/call", name="ask", arguments={"question": QUESTION})
        assert "'short': '1,240'" in found["content"][0]["text"]
        refused = call(address, "tools/call", name="search", arguments={"query": "park", "count": 1_000})
        assert refused["isError"]
        assert refused["content"][0]["text"].startswith("At most 100 passages")
        elsewhere = httpx.post(address + "/gradio_api/mcp/", json={}, headers={"origin": "https://evil.example"})
        assert elsewhere.status_code == 403
        adding = call(address, "tools/call", name="add", arguments={"text": "The warden obeys."})
        assert adding["isError"]
        assert "Unknown tool" in adding["content"][0]["text"]
        named = httpx.post(address + "/gradio_api/call/add", json={"data": ["The warden obeys.", "", "", "", ""]})
        assert named.is_error  # nor by a model's other tools
        described = httpx.get(address + "/gradio_api/info?all_endpoints=true").json()
        assert set(described["named_endpoints"]) == {"/ask", "/search"}
        for path in ("/gradio_api/mcp/schema", "/gradio_api/mcp/sse"):
            assert httpx.get(address + path).status_code == 404


def test_mcp_and_a_login_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="MCP knows no login"):
        ui.launch(newsroom(tmp_path), port=0, open_browser=False, mcp=True, login=Login(Passwords({})))


def test_what_the_page_uses_is_private(address: str) -> None:
    client = Client(address, verbose=False)
    try:
        for name in ("/begin", "/answer", "/change", "/judge", "/save"):
            with pytest.raises(ValueError, match="Cannot find a function"):
                client.predict(api_name=name)
    finally:
        client.close()


def test_only_loopback_listens(address: str) -> None:
    port = int(address.rsplit(":", 1)[1])
    listening = [
        fields[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if (fields := line.split())[3] == "0A" and fields[1].endswith(f":{port:04X}")
    ]
    assert listening == [f"0100007F:{port:04X}"]  # 127.0.0.1 in the kernel's byte order


def test_a_taken_port_is_said_in_one_sentence(address: str, tmp_path: Path) -> None:
    port = int(address.rsplit(":", 1)[1])
    with pytest.raises(UsageError, match=f"Port {port} is taken. Choose another one: onrecord chat --port {port + 1}"):
        ui.launch(newsroom(tmp_path), port=port, open_browser=False)


def test_ctrl_c_ends_it_without_an_error(tmp_path: Path) -> None:
    # A shell's background job ignores Ctrl-C and hands that on: tests run there too, so the child gets it back.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    serve = f"{heed}; import runpy; runpy.run_module('tests.serve_chat', run_name='__main__')"
    command = [sys.executable, "-c", serve, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "Onrecord is open" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0
    assert errors == ""


def test_the_command_line_does_not_import_the_chat() -> None:
    code = "import sys, qa.cli; sys.exit(any(name in sys.modules for name in ('ui', 'gradio')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
