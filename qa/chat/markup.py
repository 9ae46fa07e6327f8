"""Foreign text becomes harmless: the one place where article text, titles, URLs, questions and errors are escaped.

Gradio sanitises in the browser only, and raw HTML components not at all, so nothing may reach it unescaped. Every
ASCII punctuation character becomes a numeric entity: what is left has no character that HTML, an attribute, Markdown,
LaTeX or a template language gives a meaning to.
"""

from __future__ import annotations

import re
import string
from urllib.parse import urlsplit

from corpus.unseen import without_unseen

_ENTITIES = {ord(char): f"&#{ord(char)};" for char in string.punctuation}
_LINE_END = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_MAX_URL = 2_000  # characters; longer ones are no article's address

_MARKDOWN_ANYWHERE = re.compile(r"([\\`*_\[\]<>&|~$])")
_MARKDOWN_AT_START = re.compile(r"^(\s*)([#+\-=:]|\d+(?=[.)]))", re.MULTILINE)


def visible(text: str) -> str:
    """Drop what nobody sees (see corpus/unseen.py), and make every line end the same."""
    return _LINE_END.sub("\n", without_unseen(text))


def one_line(text: str) -> str:
    """The visible text with every run of white space as one blank."""
    return " ".join(visible(text).split())


def escape(text: str) -> str:
    """Return the visible text as HTML that is text everywhere: between tags, in a quoted attribute, in Markdown."""
    return visible(text).translate(_ENTITIES)


def escape_markdown(text: str) -> str:
    """Return one visible line in which no character means anything to CommonMark; readable as plain text too."""
    line = _MARKDOWN_ANYWHERE.sub(r"\\\1", one_line(text))
    return _MARKDOWN_AT_START.sub(_escape_start, line)


def safe_url(url: str | None) -> str | None:
    """Return the address if it is an ordinary web address that may become a link, else None.

    Only http and https, with a host, without a user name (which makes one site look like another), and without white
    space or unseen characters.
    """
    if not url or len(url) > _MAX_URL or visible(url) != url or any(char.isspace() for char in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or "@" in parts.netloc or "\\" in url:
        return None
    return url


def host_of(url: str) -> str:
    """The host of an address that `safe_url` let through, as it is spelt there."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def _escape_start(match: re.Match[str]) -> str:
    space, mark = match.groups()
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"
