"""What stands between the network and Gradio: who may talk to the chat, how much, and what its page may load.

Gradio checks no Host, so a page anywhere could reach it by DNS rebinding, and with a foreign Host it lets any Origin
in. Its file route fetches web addresses for whoever asks, and several routes answer about any session that is named.
This guard is plain ASGI and sits outside of it.
"""

from __future__ import annotations

import re
import secrets
import time
from urllib.parse import unquote, urlsplit

from qa.chat import login as door
from qa.chat.asgi import (
    Answering,
    App,
    Receive,
    Reply,
    Scope,
    Send,
    TooLargeError,
    TooSlowError,
    again,
    cookies_of,
    limited,
    whole,
)
from qa.chat.conversations import Conversations, named_sessions
from qa.chat.login import Login

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
MAX_BODY = 1_000_000  # bytes; a question is at most 2,000 characters, a pasted text 200,000
MAX_UPLOAD = 52_000_000  # bytes of the one route that takes files, one at a time: 50 MB and what is around it
UPLOAD_ROUTE = "/gradio_api/upload"
AT_ONCE = 400  # requests; an open page holds one or two
VISITOR = "onrecord_visitor"  # the cookie that tells visitors apart where nobody logs in
PERSON = "onrecord_person"  # in the request's scope: the name that somebody logged in with
_SAME_VISIT = 5.0  # seconds in which two pages that a browser opens get the same cookie

# Whatever else Gradio serves, now or in a later version, isn't there.
ROUTES = re.compile(
    r"/|/(?:assets|static|svelte)/.*|/(?:theme\.css|favicon\.ico|robots\.txt|manifest\.json|config|login|logout)/?"
    r"|/gradio_api/(?:startup-events|info|queue/(?:join|data)|(?:run|api|call)/.*|cancel|reset|heartbeat/[^/]+"
    r"|upload|upload_progress|file=.*)/?"
)
MCP_ROUTES = r"/gradio_api/mcp/?"
_STARTUP = "/gradio_api/startup-events"  # Gradio asks itself this before it opens, without a login

# Gradio's page carries its configuration in inline scripts and compiles its templates, hence 'unsafe-inline' and
# 'unsafe-eval'. `script-src-attr 'none'` still keeps every onclick= in inserted HTML from running, and nothing can be
# loaded from or sent to another host.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_BUSY = Reply(503, "Busy: too many requests at once. Try again in a moment.", headers=(("retry-after", "2"),))
_SLOW = Reply(408, "The request took too long to come. Try again.")
_ELSEWHERE = Reply(403, "This conversation was begun by someone else.")
_LOG_IN = Reply(401, "Log in first, at /login.")
_TO_LOGIN = Reply(303, "", headers=(("location", door.PATH),))


class ServerGuard:
    """ASGI middleware: 400 for a foreign Host, 403 for a foreign Origin, a foreign conversation or a fetch of a web
    address, 401 without a login where there is one, 404 for routes that the chat doesn't use, 413 over size, 503 busy.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: tuple[str, ...] = LOOPBACK_HOSTS,
        login: Login | None = None,
        mcp: bool = False,
        max_body: int = MAX_BODY,
        max_upload: int = MAX_UPLOAD,
        at_once: int = AT_ONCE,
    ) -> None:
        """`hosts` are names without a port; any port is let through, since the one we serve on is ours.

        `mcp` lets its routes through, which are closed otherwise.
        """
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._login = login
        self._routes = re.compile(f"{ROUTES.pattern}|{MCP_ROUTES}") if mcp else ROUTES
        self._max_body = max_body
        self._max_upload = max_upload
        self._at_once = at_once
        self._under_way = 0
        self._conversations = Conversations()
        self._last_visit = ("", "", 0.0)  # who, the cookie that was given, when
        self._opened = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or hand it on with limits and headers."""
        if scope["type"] == "websocket":
            # The chat uses none; a refused one is closed before it is accepted.
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        cookies = cookies_of(headers.get(b"cookie", ""))
        fresh = scope["path"] == "/" and VISITOR not in cookies
        given = [(b"set-cookie", self._visitor_cookie(scope, headers))] if fresh else []
        answering = Answering(send, [*_HEADERS, *given])
        refused = self._refusal(scope, headers)
        if refused or self._under_way >= self._at_once:
            await answering.reply(refused or _BUSY)
            return
        self._under_way += 1
        try:
            refused = await self._admit(scope, headers, cookies, receive, answering)
        except TooLargeError:
            refused = Reply(413, f"The request is larger than {self._most(scope):,} bytes.")
        except TooSlowError:
            refused = _SLOW
        finally:
            self._under_way -= 1
        if refused:
            await answering.reply(refused)

    def _refusal(self, scope: Scope, headers: dict[bytes, str]) -> Reply | None:
        host = headers.get(b"host", "").lower()
        if _name(host) not in self._hosts:
            return Reply(400, "This host name is not served here. Open the address that the terminal shows.")
        origin = headers.get(b"origin")
        foreign = origin is not None and urlsplit(origin.lower()).netloc != host
        if foreign or (headers.get(b"sec-fetch-site", "none") == "cross-site" and scope["method"] != "GET"):
            return Reply(403, "Requests from other sites are not answered.")
        if _fetches_elsewhere(scope["path"]):
            return Reply(403, "Onrecord fetches nothing for a page.")
        if not self._routes.fullmatch(scope["path"]):
            return Reply(404, "There is nothing here.")
        length, most = headers.get(b"content-length", "0"), self._most(scope)
        if not length.isdigit() or int(length) > most:
            return Reply(413, f"The request is larger than {most:,} bytes.")
        return None

    def _most(self, scope: Scope) -> int:
        if scope["path"].rstrip("/") == door.PATH:
            return door.MAX_BODY
        return self._max_upload if scope["path"] == UPLOAD_ROUTE else self._max_body

    async def _admit(
        self, scope: Scope, headers: dict[bytes, str], cookies: dict[str, str], receive: Receive, answering: Answering
    ) -> Reply | None:
        """Hand the request on; → a refusal instead if there is a reason for one."""
        path, visitor = scope["path"].rstrip("/"), cookies.get(VISITOR, "")
        if path in (door.PATH, door.LEAVE):
            return await self._at_the_door(scope, headers, cookies, receive)
        if self._login is not None and not self._opens(scope):
            name = self._login.who(cookies.get(door.COOKIE))
            if name is None:
                wants_page = scope["method"] == "GET" and "text/html" in headers.get(b"accept", "")
                return _TO_LOGIN if wants_page else _LOG_IN
            visitor = f"name {name}"
            scope[PERSON] = name
        body = None
        if scope["method"] == "POST" and scope["path"] != UPLOAD_ROUTE:
            body = await whole(receive, self._most(scope))
        sessions = named_sessions(scope["path"], scope.get("query_string", b""), body)
        if not all([self._conversations.belongs(session, visitor) for session in sessions]):
            return _ELSEWHERE
        source = limited(receive, self._most(scope)) if body is None else again(body, receive)
        await self._app(scope, source, answering)
        return None

    def _opens(self, scope: Scope) -> bool:
        """Whether this is Gradio's own question to itself, once, before it opens."""
        if scope["path"] != _STARTUP or self._opened:
            return False
        self._opened = True
        return True

    async def _at_the_door(
        self, scope: Scope, headers: dict[bytes, str], cookies: dict[str, str], receive: Receive
    ) -> Reply:
        if self._login is None:
            return Reply(404, "There is nothing here.")
        if scope["path"].startswith(door.LEAVE):
            self._login.leave(cookies.get(door.COOKIE))
            return _TO_LOGIN
        if scope["method"] != "POST":
            return self._login.page()
        body = await whole(receive, door.MAX_BODY)
        browser = "text/html" in headers.get(b"accept", "")
        client = str((scope.get("client") or ("",))[0])
        return await self._login.attempt(body, client, browser=browser, secure=_secure(scope))

    def _visitor_cookie(self, scope: Scope, headers: dict[bytes, str]) -> bytes:
        """A cookie for a browser that has none. Two pages that it opens at once get the same one."""
        who = f"{(scope.get('client') or ('',))[0]} {headers.get(b'user-agent', '')}"
        last, token, at = self._last_visit
        if last != who or time.monotonic() - at > _SAME_VISIT:
            token = secrets.token_urlsafe(24)
        self._last_visit = (who, token, time.monotonic())
        return f"{VISITOR}={token}; Path=/; HttpOnly; SameSite=Strict{'; Secure' if _secure(scope) else ''}".encode()


def _secure(scope: Scope) -> bool:
    return bool(scope.get("scheme") == "https")


def _name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _fetches_elsewhere(path: str) -> bool:
    # Gradio's `file=` route downloads web addresses, its `proxy=` route forwards to them.
    plain = unquote(unquote(path)).lower().replace("\\", "/")
    return any(f"{route}={start}" in plain for route in ("file", "proxy") for start in ("http", "//", "ftp"))
