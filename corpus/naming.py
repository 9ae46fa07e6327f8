"""Names of articles and of the sites that they come from."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

_MAX_SLUG = 40  # characters


def make_id(stem: str, key: str) -> str:
    """A readable name that stays the same: a slug of `stem`, and ten hex digits of the hash of `key`."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:10]
    return f"{slug(stem)}-{digest}"


def slug(text: str) -> str:
    """`text` in small ASCII letters, digits and hyphens, at most 40; "article" if nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_SLUG].strip("-") or "article"


def web_address(url: str | None) -> str | None:
    """`url` if it is an http or https address, so that nothing else ever becomes a link."""
    address = (url or "").strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    good = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"[\s\x00-\x1f\x7f]", address)
    return address if good else None


def site_of(url: str | None) -> str | None:
    """The domain of an address, without "www."; None if it has none."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None
