"""A web address that points inside: refused before anything is connected to, directly, by redirect and by rebinding."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import httpcore
import httpx

from corpus.errors import FetchError
from corpus.fetch import fetch
from tests.torture.conftest import Record

PUBLIC = "93.184.216.34"
NAMES = {  # what a name server that means no good could answer
    "localhost": "127.0.0.1",
    "localhost.": "127.0.0.1",
    "LOCALHOST": "127.0.0.1",
    "ip6-localhost": "::1",
    "printer.local": "192.168.1.20",
    "router.lan": "192.168.0.1",
    "metadata.google.internal": "169.254.169.254",
    "127.0.0.1.example.org": "127.0.0.1",
    "inside.example": "10.0.0.7",
    "carrier.example": "100.64.0.9",
    "six.example": "fd12:3456:789a::1",
    "mapped.example": "::ffff:192.168.1.1",
    "nat64.example": "64:ff9b::a9fe:a9fe",
}
HOSTS = (
    # loopback, as one may spell it
    *"127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 017700000001 0177.0.0.01 0".split(),
    "0.0.0.0",
    *"127.0.0.1. 127.000.000.001 ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 %31%32%37.0.0.1".split(),
    # private, link-local, shared, benchmark, documentation, multicast, reserved
    *"10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 3232235777 169.254.169.254 0xa9fea9fe 100.64.0.1".split(),
    *"192.0.0.8 198.18.0.1 203.0.113.5 224.0.0.1 240.0.0.1 255.255.255.255 192.88.99.1".split(),
    # IPv6, bare and wrapped around an IPv4 address
    *"[::1] [::] [0:0:0:0:0:0:0:1] [fe80::1] [fe80::1%25lo] [fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1]".split(),
    *"[::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:a9fe:a9fe] [::ffff:0:127.0.0.1]".split(),
    *"[::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b:1::7f00:1] [2002:7f00:1::]".split(),
    "[2002:c0a8:101::1]",
    *"[2001:0:7f00:1::1] [2001:db8::1] [2606:2800:220:1:0:5efe:7f00:1] [100::1] [3fff::1] [5f00::1]".split(),
    *NAMES,
)


class Wire(httpcore.NetworkBackend):
    """The network as httpcore sees it: one public server, and a note of whoever else is called."""

    def __init__(self, answers: Iterable[bytes]) -> None:
        self.connected: list[str] = []
        self._answers = iter(answers)

    def connect_tcp(self, host: str, port: int, *args: object, **more: object) -> httpcore.NetworkStream:
        self.connected.append(host)
        return httpcore.MockStream([next(self._answers)])


class Transport(httpx.BaseTransport):
    """httpx's own way to httpcore, over that wire."""

    def __init__(self, wire: Wire) -> None:
        self._pool = httpcore.ConnectionPool(network_backend=wire)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        sent = httpcore.Request(request.method, url, headers=request.headers.raw, extensions=request.extensions)
        answer = self._pool.handle_request(sent)
        body = b"".join(answer.stream)  # type: ignore[arg-type]
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(body))


def resolve(host: str, port: int) -> Sequence[str]:
    """As the system's resolver would, without asking a name server."""
    if host.rstrip(".").lower() == "public.example":
        return [PUBLIC]
    if host in NAMES or host.upper() in NAMES:
        return [NAMES.get(host, "127.0.0.1")]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


def moved(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def outcome(url: str, wire: Wire, resolver: object = resolve) -> str:
    try:
        fetch(url, resolver=resolver, transport=Transport(wire))  # type: ignore[arg-type]
    except FetchError as error:
        return str(error)
    return "fetched"


def test_no_form_of_an_inner_address_is_connected_to(record: Record) -> None:
    assert len(HOSTS) >= 60
    reached, odd = 0, {}
    for host in HOSTS:
        for scheme in ("http", "https"):
            url = f"{scheme}://{host}/latest"
            direct, redirect = Wire(()), Wire([moved(url)])
            told = {outcome(url, direct), outcome("http://public.example/", redirect)}
            reached += len(direct.connected) + len([to for to in redirect.connected if to != PUBLIC])
            if not all(sentence.startswith("address not allowed") for sentence in told):
                odd[host] = sorted(told)
    # What is no address by any resolver's lights may say that instead; it is refused all the same.
    others = ("was not found", "Invalid IPv4 address", "Invalid IDNA hostname", "address not allowed")
    assert all(any(other in sentence for other in others) for told in odd.values() for sentence in told), odd
    record("addresses", forms=len(HOSTS), connections=reached, said_otherwise=len(odd))
    assert reached == 0
    assert len(odd) <= 8, odd


def test_a_name_that_changes_its_answer_gains_nothing(record: Record) -> None:
    """First public, then inside: the connection goes to the address that was checked, each hop is checked again."""
    reached = tried = 0
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n\r\nhi."
    for host in HOSTS:
        try:
            (inner, *_) = resolve(host.strip("[]").replace("%25", "%"), 80)
        except (OSError, UnicodeError):
            continue
        tried += 1
        answers = iter([[PUBLIC], [inner], [inner]])
        wire = Wire([page])
        assert outcome("http://public.example/", wire, lambda host, port, answers=answers: next(answers)) == "fetched"
        assert next(answers) == [inner]  # it was asked once, and what it says later doesn't matter
        answers = iter([[PUBLIC], [inner]])
        twice = Wire([moved("http://public.example/again")])
        told = outcome("http://public.example/", twice, lambda host, port, answers=answers: next(answers))
        assert told.startswith("address not allowed"), (host, told)
        both = outcome("http://public.example/", Wire(()), lambda host, port, inner=inner: [PUBLIC, inner])
        assert both.startswith("address not allowed"), (host, both)
        reached += len([to for to in wire.connected + twice.connected if to != PUBLIC])
    record("addresses", rebound=tried, rebound_connections=reached)
    assert tried >= 55
    assert reached == 0


def test_the_command_connects_to_nothing(tmp_path: Path, record: Record) -> None:
    """`onrecord add` itself, with a server that waits for it on this machine."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stopped = threading.Event()

        def listen() -> None:
            while not stopped.is_set():
                try:
                    calls.append(server.accept())
                except TimeoutError:
                    continue

        listener = threading.Thread(target=listen)
        listener.start()
        port = server.getsockname()[1]
        spelt = ["127.0.0.1", "127.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"]
        urls = [f"http://{host}:{port}/" for host in spelt]
        environment = {**os.environ, "ONRECORD_ENCODER": "hash-32", "HTTP_PROXY": f"http://127.0.0.1:{port}"}
        command = [sys.executable, "-m", "qa.cli", "add", "--data", str(tmp_path), *urls]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        stopped.set()
        listener.join()
    record("addresses", commands_connections=len(calls))
    assert calls == []
    assert done.returncode == 2, done.stderr  # nothing was left to add
    assert done.stderr.count("address not allowed") == len(urls)
    assert "Traceback" not in done.stderr
