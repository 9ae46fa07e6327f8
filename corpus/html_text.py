"""HTML becomes text with its metadata. Runs in the worker: what a page can do to a parser, it does there."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.article import DateOrigin
from corpus.dates import date_in_url, parse_date
from corpus.decode import decode
from corpus.errors import UnreadableError
from corpus.extracted import Extracted
from corpus.naming import site_of, web_address

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://[^\s>]{1,2000})", re.IGNORECASE)
_UNSEEN_TAGS = ("script", "style", "template", "svg", "noscript", "head", "iframe", "select")
_UNSEEN = re.compile(rf"<({'|'.join(_UNSEEN_TAGS)})\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|td|th|tr|table|section|article|aside|header|footer|nav|main|blockquote|figure|"
    r"figcaption|form|dd|dt|dl|pre|body|html)\b[^>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^>]*>")
_PUBLISHED = frozenset(
    "article:published_time og:published_time og:article:published_time datepublished date dc.date dc.date.issued "
    "dcterms.created dcterms.date dcterms.issued parsely-pub-date sailthru.date pubdate publishdate publish_date "
    "publish-date publication_date cxenseparse:recs:publishtime article.published datecreated citation_date "
    "citation_publication_date bt:pubdate".split(" ")
)
_MIN_PROSE = 600  # characters; below that a page may well be nothing but links
_MIN_SHARE = 0.15  # of the page's prose must be in the article; pages with hundreds of comments stay above it
_MIN_PARSED = 0.6  # of the visible characters must be in the parsed tree


def extract_html(data: bytes, url: str | None) -> Extracted:
    """The article of a page. `url` is where it was fetched from, if it was.

    Raises UnreadableError if there is no article in it or if most of its text was lost on the way.
    """
    text = decode(data, declared=_declared(data))
    prose, visible = _measure(text)
    tree = _parse(text)
    _check_parsed(tree, visible)
    published, origin = _published(tree, url)
    document = _run_trafilatura(tree, url, recall=False)
    if _letters(document.text if document else "") < _MIN_SHARE * prose and prose >= _MIN_PROSE:
        document = _run_trafilatura(_parse(text), url, recall=True)
    body = _tidy(document.text or "") if document else ""
    if not body.strip():
        raise UnreadableError("no article was found in this page" if visible else "it holds no text")
    if prose >= _MIN_PROSE and _letters(body) < _MIN_SHARE * prose:
        raise UnreadableError(f"only {_letters(body):,} of about {prose:,} letters of its text could be taken out")
    address = web_address(document.url) or url or _saved_from(text)
    if published is None and (published := date_in_url(address)):
        origin = DateOrigin.URL
    return Extracted(body, _title(document), document.sitename or site_of(address), address, published, origin)


def _declared(data: bytes) -> str | None:
    match = _CHARSET.search(data[:4096])
    return match.group(1).decode("ascii") if match else None


def _parse(text: str) -> Any:
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8")
    try:
        return document_fromstring(text.encode("utf-8", "ignore"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        raise UnreadableError("it holds no page that can be parsed") from None


def _measure(text: str) -> tuple[int, int]:
    """Letters of the page's prose, and of all that a reader sees, counted without a parser that could lose any."""
    seen = _UNSEEN.sub(" ", text)
    prose = visible = 0
    for block in _BLOCK.split(seen):
        plain = html.unescape(_TAG.sub("", block))
        letters = _letters(plain)
        visible += letters
        if letters >= 60 and re.search(r"[.!?…。！？][\"'”’»)\]]*\s*$", plain[-200:]):
            prose += letters
    return prose, visible


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _check_parsed(tree: Any, visible: int) -> None:
    """The parser drops what is nested too deeply, without a word: notice it."""
    from lxml import etree

    parsed = 0
    body = tree.find("body")
    for event, element in etree.iterwalk(tree if body is None else body, events=("start", "end")):
        part = element.text if event == "start" and element.tag not in _UNSEEN_TAGS else None
        parsed += _letters(part or "") if event == "start" else _letters(element.tail or "")
    if visible > _MIN_PROSE and parsed < _MIN_PARSED * visible:
        raise UnreadableError(f"only {parsed:,} of about {visible:,} letters survived parsing (nested too deeply?)")


def _run_trafilatura(tree: Any, url: str | None, *, recall: bool) -> Any:
    import trafilatura

    return trafilatura.bare_extraction(
        tree,
        url=url,
        favor_recall=recall,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        # Its date is not used, since it doesn't say where it was found (see _published): it shall not look for long.
        date_extraction_params={"extensive_search": False, "original_date": True, "max_date": "2000-01-01"},
    )


def _tidy(text: str) -> str:
    """Bullets as people write them, and table rows without their frame."""
    lines = []
    for line in text.split("\n"):
        if line.startswith("- "):
            line = "• " + line[2:]
        elif line.startswith("|") and line.rstrip().endswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            line = "" if all(set(cell) <= {"-", ":"} for cell in cells) else " | ".join(filter(None, cells))
        lines.append(line)
    return "\n".join(lines)


def _title(document: Any) -> str | None:
    """The page's title without the name of its site."""
    title = " ".join((document.title or "").split())
    names = [name for name in (document.sitename, document.hostname) if name]
    for name in names:
        for separator in (" | ", " - ", " – ", " — ", " · ", " :: "):
            if title.lower().endswith((separator + name).lower()):
                title = title[: -len(separator + name)].rstrip()
    return title or None


def _saved_from(text: str) -> str | None:
    """The address that browsers write into a page that they save."""
    match = _SAVED_FROM.search(text[:4096])
    return web_address(match.group(1)) if match else None


def _published(tree: Any, url: str | None) -> tuple[date | None, DateOrigin | None]:
    """The day that a page's JSON-LD, meta tags or time element give, else the one in its address."""
    for value in (*_json_ld_dates(tree), *_meta_dates(tree)):
        if day := parse_date(value):
            return day, DateOrigin.METADATA
    day = date_in_url(url)
    return day, DateOrigin.URL if day else None


def _json_ld_dates(tree: Any) -> Iterator[str]:
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            queue = deque([json.loads(script.text or "", strict=False)])
        except (ValueError, RecursionError):
            continue
        while queue:
            item = queue.popleft()
            if isinstance(item, dict):
                if isinstance(item.get("datePublished"), str):
                    yield item["datePublished"]
                queue.extend(value for value in item.values() if isinstance(value, dict | list))
            elif isinstance(item, list):
                queue.extend(item)


def _meta_dates(tree: Any) -> Iterator[str]:
    for element in tree.iterfind(".//meta[@content]"):
        names = (element.get("property"), element.get("name"), element.get("itemprop"))
        if any(name and name.strip().lower() in _PUBLISHED for name in names):
            yield element.get("content")
    for element in tree.iterfind(".//time[@datetime]"):
        marked = element.get("pubdate") is not None or element.get("itemprop", "").lower() == "datepublished"
        if marked or "entry-date" in element.get("class", ""):
            yield element.get("datetime")
