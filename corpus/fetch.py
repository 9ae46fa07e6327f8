"""Fetches the pages that a person names, and nothing else.

Every hop is resolved first, all its addresses must be public, and the connection goes to the very address that was
checked, so that a name that changes its mind in between (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from corpus.addresses import is_public
from corpus.errors import FetchError
from corpus.kinds import Kind

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 20_000_000  # of a page, unpacked
MAX_REDIRECTS = 5
_STEP_LIMIT = 10.0  # seconds to connect, or between two pieces
_TOTAL_LIMIT = 60.0  # seconds for one address with all its redirects
_TOO_SLOW = "the page took longer than {:g} seconds to come"
_KINDS = {
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "text/plain": Kind.TEXT,
    "text/markdown": Kind.MARKDOWN,
    "application/pdf": Kind.PDF,
}

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came over the network."""

    url: str  # after redirects
    kind: Kind
    data: bytes
    charset: str | None  # as the server named it


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver. Raises OSError if there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch(url: str, *, resolver: Resolve = resolve, transport: httpx.BaseTransport | None = None) -> Fetched:
    """The page at an http or https address. Raises FetchError with a reason if there is none to be had.

    `resolver` and `transport` are there to be swapped; proxies named in the environment are not used, since the
    address behind a proxy can't be checked.
    """
    outcome: SimpleQueue[Fetched | Exception] = SimpleQueue()

    def work() -> None:
        try:
            outcome.put(_fetch(url, resolver, transport))
        except Exception as error:  # raised again below, by whoever waits
            outcome.put(error)

    # A thread of its own, since neither a resolver nor headers that drip in obey any clock. What hangs is left behind.
    threading.Thread(target=work, name="fetch", daemon=True).start()
    try:
        found = outcome.get(timeout=_TOTAL_LIMIT)
    except Empty:
        raise FetchError(_TOO_SLOW.format(_TOTAL_LIMIT)) from None
    if isinstance(found, Exception):
        raise found
    return found


def _fetch(url: str, resolver: Resolve, transport: httpx.BaseTransport | None) -> Fetched:
    """The page, however long that takes until its body begins."""
    import httpx

    deadline = time.monotonic() + _TOTAL_LIMIT
    with httpx.Client(
        transport=transport, trust_env=False, follow_redirects=False, timeout=httpx.Timeout(_STEP_LIMIT)
    ) as client:
        try:
            for _ in range(MAX_REDIRECTS + 1):
                answer = _hop(client, url, resolver, deadline)
                if isinstance(answer, Fetched):
                    return answer
                url = answer
        except httpx.TimeoutException:
            raise FetchError(f"the server took longer than {_STEP_LIMIT:g} seconds to answer") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise FetchError(f"the page could not be fetched: {error or type(error).__name__}") from None
    raise FetchError(f"the address redirects more than {MAX_REDIRECTS} times")


def _hop(client: httpx.Client, url: str, resolver: Resolve, deadline: float) -> Fetched | str:
    """The page, or the address that the server redirects to."""
    import httpx

    host, port = _host_and_port(url)
    address = _checked_address(host, port, resolver)
    target = httpx.URL(url)
    headers = {
        "Host": target.netloc.decode("ascii"),
        "User-Agent": "Onrecord/0.1",
        "Accept": "text/html,application/xhtml+xml,text/plain,application/pdf;q=0.9",
        "Accept-Encoding": "gzip",
    }
    # The certificate is checked against the name, while the connection goes to the address.
    request = client.build_request(
        "GET", target.copy_with(host=address, fragment=None), headers=headers, extensions={"sni_hostname": host}
    )
    response = client.send(request, stream=True)
    try:
        if response.has_redirect_location:
            return urljoin(url, response.headers["location"])
        if response.status_code != 200:
            raise FetchError(f"the server answered {response.status_code} {response.reason_phrase}".rstrip())
        kind = _kind(response)
        return Fetched(url, kind, _body(response, deadline), response.charset_encoding)
    finally:
        response.close()


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise FetchError("this is not a valid address") from None
    if parts.scheme not in ("http", "https"):
        raise FetchError("only http and https addresses are fetched")
    if not host:
        raise FetchError("the address names no host")
    if parts.username is not None or parts.password is not None:
        raise FetchError("an address with a user name in it is not fetched; save the page and add the file")
    return host, port or (443 if parts.scheme == "https" else 80)


def _checked_address(host: str, port: int, resolver: Resolve) -> str:
    """The first of the host's addresses, all of which must be public."""
    try:
        addresses = list(resolver(host, port))
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise FetchError(f"the host {host} was not found")
    if not all(is_public(address) for address in addresses):
        raise FetchError(
            f"address not allowed: the host {host} is not on the public internet; save the page and add the file"
        )
    return addresses[0]


def _kind(response: httpx.Response) -> Kind:
    named = response.headers.get("content-type", "text/html").split(";")[0].strip().lower()
    if named not in _KINDS:
        raise FetchError(f"it is {named or 'of no named type'}, not a page, a text or a PDF")
    return _KINDS[named]


def _body(response: httpx.Response, deadline: float) -> bytes:
    """The whole body, unpacked piece by piece so that a bomb is noticed before it goes off."""
    too_large = FetchError(f"the page is larger than {MAX_BYTES // 1_000_000} MB")
    length = response.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BYTES:
        raise too_large
    body = bytearray()
    for piece in _unpacked(response):
        body += piece
        if len(body) > MAX_BYTES:
            raise too_large
        if time.monotonic() > deadline:
            raise FetchError(_TOO_SLOW.format(_TOTAL_LIMIT))
    return bytes(body)


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        yield from response.iter_raw()
        return
    if encoding not in ("gzip", "x-gzip"):
        raise FetchError(f"the server packed the page as {encoding!r}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for piece in response.iter_raw():
            yield unpacker.decompress(piece, MAX_BYTES + 1)
        rest = unpacker.flush(1 << 16)
    except zlib.error:
        raise FetchError("the page came packed and damaged") from None
    if not unpacker.eof:
        raise FetchError("the page came incomplete")
    yield rest
