"""Names and passwords of a team: read, hashed at once, and compared so that neither time nor a log tells anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import UsageError

ENVIRONMENT = "ONRECORD_AUTH"  # "name:password", one a line
_N, _R, _P = 2**14, 8, 1  # scrypt's cost: 16 MB and about 50 ms (RFC 7914; OWASP's second choice has N = 2**16)
_MAX_PASSWORD = 1_000  # characters
_SCHEME = "scrypt"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A password as it is kept: salted and hashed."""

    salt: bytes
    digest: bytes

    def __repr__(self) -> str:
        return "Secret(…)"

    def line(self, name: str) -> str:
        """As a line of a password file."""
        parts = (base64.b64encode(part).decode("ascii") for part in (self.salt, self.digest))
        return ":".join((name, _SCHEME, *parts))


class Passwords:
    """Who may log in."""

    def __init__(self, secrets_of: Mapping[str, Secret]) -> None:
        self._secrets = dict(secrets_of)
        self._nobody = hashed(secrets.token_hex(16))  # compared with for names that aren't there

    def right(self, name: str, password: str) -> bool:
        """Whether this is the name's password; takes as long for a name that nobody has."""
        secret = self._secrets.get(name, self._nobody)
        same = hmac.compare_digest(_digest(password, secret.salt), secret.digest)
        return same and name in self._secrets


def hashed(password: str) -> Secret:
    """A password with a fresh salt."""
    salt = secrets.token_bytes(16)
    return Secret(salt, _digest(password, salt))


def read_passwords(file: Path | None, environment: Mapping[str, str]) -> Passwords | None:
    """Those of a file, else of the environment; None if neither names any.

    A line is "name:password", or what `onrecord password NAME` prints. Raises UsageError, which never repeats a line.
    """
    if file is None:
        text = environment.get(ENVIRONMENT, "")
        return _parsed(text, ENVIRONMENT) if text.strip() else None
    try:
        text, mode = file.read_text(encoding="utf-8"), os.stat(file).st_mode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(f"The password file {file} can't be read: {reason}.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"Others on this machine may read {file}. Keep it for yourself: chmod 600 {file}")
    return _parsed(text, str(file))


def _parsed(text: str, where: str) -> Passwords:
    found: dict[str, Secret] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, password = line.partition(":")
        if not colon or not name.strip() or not password or len(password) > _MAX_PASSWORD:
            raise UsageError(f"{where}, line {number}, is no name and password with a colon between them.")
        found[name.strip()] = _secret(password, where, number)
    if not found:
        raise UsageError(f"{where} names nobody. Write a line for each person: name:password")
    return Passwords(found)


def _secret(password: str, where: str, number: int) -> Secret:
    scheme, *parts = password.split(":")
    if scheme != _SCHEME or len(parts) != 2:
        return hashed(password)
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts)
    except ValueError:
        raise UsageError(
            f"{where}, line {number}, holds a damaged hash. Make a new one: onrecord password NAME"
        ) from None
    return Secret(salt, digest)


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password[:_MAX_PASSWORD].encode("utf-8", "surrogatepass"), salt=salt, n=_N, r=_R, p=_P)
