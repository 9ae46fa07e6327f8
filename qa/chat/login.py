"""The door in front of a team's chat: nothing behind it answers without a name and a password.

Gradio's own login leaves some routes open and doesn't slow down whoever guesses, so this stands before all of Gradio,
in the server's guard. Wrong passwords make a name wait, from one second up to a minute.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import parse_qs

from qa.chat.asgi import Reply
from qa.chat.markup import escape
from qa.chat.passwords import Passwords

PATH, LEAVE = "/login", "/logout"
COOKIE = "onrecord_login"
MAX_BODY = 10_000  # bytes of a name and a password
_STAYS = 12 * 3600  # seconds that a login holds
_MAX_LOGINS = 1_000  # at a time; the oldest goes
_MAX_NAMES = 10_000  # whose failures are remembered
_LONGEST_WAIT = 60.0  # seconds
_PAUSE = 0.25  # seconds after each wrong password, whoever sent it: an address is easily made up

_PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Onrecord: log in</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:22rem;margin:15vh auto;"
    "padding:0 1rem}}label{{display:block;margin-top:1rem}}input,button{{font:inherit;width:100%;padding:.5rem;"
    "box-sizing:border-box}}button{{margin-top:1.5rem}}@media(prefers-color-scheme:dark){{:root{{color-scheme:dark}}}}"
    '</style></head><body><main><h1>Onrecord</h1>{told}<form method="post" action="/login">'
    '<label>Name<input name="username" autocomplete="username" required autofocus></label>'
    '<label>Password<input name="password" type="password" autocomplete="current-password" required></label>'
    "<button>Log in</button></form></main></body></html>"
)


class Login:
    """Who is in, and who has to wait before the next try. One for a server; used from its event loop alone."""

    def __init__(
        self, passwords: Passwords, *, clock: Callable[[], float] = time.monotonic, pause: float = _PAUSE
    ) -> None:
        """`clock` gives seconds, and `pause` is the least number of them between two wrong passwords."""
        self._passwords = passwords
        self._clock = clock
        self._pause = pause
        self._names: OrderedDict[str, tuple[str, float]] = OrderedDict()  # by token, with the time at which it ends
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()  # count, time of the next try
        self._one_at_a_time = asyncio.Lock()  # a flood of tries shall not take the machine's memory

    def who(self, token: str | None) -> str | None:
        """The name behind a cookie; None if it opens nothing."""
        name, ends = self._names.get(token or "", ("", 0.0))
        return name if name and self._clock() < ends else None

    def leave(self, token: str | None) -> None:
        """Forget a login."""
        self._names.pop(token or "", None)

    def page(self, told: str = "", status: int = 200, **headers: str) -> Reply:
        """The form, below a sentence about the last try if there was one."""
        sentence = f'<p role="alert">{escape(told)}</p>' if told else ""
        extra = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return Reply(status, _PAGE.format(told=sentence), "text/html; charset=utf-8", extra)

    async def attempt(self, body: bytes, client: str, *, browser: bool, secure: bool) -> Reply:
        """What comes of a sent form. `client` is the network address that it came from."""
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
        name, password = (fields.get(field, [""])[0] for field in ("username", "password"))
        async with self._one_at_a_time:
            wait = self._wait((name, client))
            if wait > 0:
                seconds = int(wait) + 1
                told = f"Wrong password before. Try again in {seconds} seconds."
                return self.page(told, 429, retry_after=str(seconds)) if browser else Reply(429, told)
            right = await asyncio.to_thread(self._passwords.right, name, password)
            self._note((name, client), right)
            await asyncio.sleep(0 if right else self._pause)
        if not right:
            told = "This name and password don't fit together."
            return self.page(told, 401) if browser else Reply(401, told)
        token = self._let_in(name)
        flags = f"Path=/; HttpOnly; SameSite=Strict; Max-Age={_STAYS}{'; Secure' if secure else ''}"
        cookie = ("set-cookie", f"{COOKIE}={token}; {flags}")
        if browser:
            return Reply(303, "", headers=(cookie, ("location", "/")))
        return Reply(200, '{"success": true}', "application/json", (cookie,))

    def _wait(self, who: tuple[str, str]) -> float:
        return self._failures.get(who, (0, 0.0))[1] - self._clock()

    def _note(self, who: tuple[str, str], right: bool) -> None:
        count = self._failures.pop(who, (0, 0.0))[0]
        if right:
            return
        self._failures[who] = (count + 1, self._clock() + min(2.0 ** min(count, 10), _LONGEST_WAIT))
        if len(self._failures) > _MAX_NAMES:
            self._failures.popitem(last=False)

    def _let_in(self, name: str) -> str:
        token = secrets.token_urlsafe(32)
        self._names[token] = (name, self._clock() + _STAYS)
        if len(self._names) > _MAX_LOGINS:
            self._names.popitem(last=False)
        return token
