"""Bytes become text, or a reason why not. A wrong guess would garble every quote, so a doubtful one is refused."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from corpus.errors import UnreadableError

# What news is saved in besides UTF-8 and UTF-16; with fewer candidates a guess goes wrong less often.
_CANDIDATES = (
    "cp1252 cp1250 cp1251 gb18030 big5 cp932 euc_jp euc_kr iso8859_2 iso8859_15 koi8_r cp1253 cp1254 cp1255 cp1256"
).split(" ")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 200_000  # bytes that the guess is made on
_MAX_ACCENTS = 0.04  # share of bytes beyond ASCII up to which a text is English or German, and its encoding Western
_WESTERN_SIGNS = frozenset("‘’“”‚„–—…•€£¥§©®™°½¼¾«»¿¡·×±²³†‰‹›\u00a0\u00ad´")
_OTHER_ALPHABETS = frozenset(("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"))
_OTHER_WORD = re.compile(r"[^\W\d_\x00-\x7f]+")
_MIN_IN_WORDS = 0.7  # of the letters of another alphabet stand in words of three and more; in Russian nine of ten
_MAX_CHAOS = 0.05  # share of improbable characters above which a guess isn't trusted


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text of `data`: by its byte order mark, as UTF-8, in the `declared` encoding, or by a guess that is sure.

    Raises UnreadableError for NULs and for bytes in no encoding that can be told.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _without_nuls(_strict(data, encoding))
    if b"\x00" in data:
        raise UnreadableError("it holds NUL bytes, so it is no text (or UTF-16 without a byte order mark)")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared and (text := _in_declared(data, declared)) is not None:
        return _without_nuls(text)
    return _without_nuls(_strict(data, _guess(data)))


def encoding_of(stream: BinaryIO) -> str:
    """The encoding of a stream that may be too large to hold, which is read to its end; all of it is valid in it.

    Decided as `decode` does. Raises UnreadableError as that does.
    """
    head = stream.read(_SAMPLE)
    marked = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)
    if marked is None and b"\x00" in head:
        raise UnreadableError("it holds NUL bytes, so it is no text (or UTF-16 without a byte order mark)")
    for encoding in (marked,) if marked else ("utf-8", None):
        name = encoding or _guess(head)
        stream.seek(0)
        try:
            if any("\x00" in piece for piece in _pieces(stream, name)):
                raise UnreadableError("it holds NUL characters, so it is no text")
            return name
        except UnicodeDecodeError:
            continue
    raise UnreadableError(f"it is not valid {name.removesuffix('-sig').upper()} text")


def _pieces(stream: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    while piece := stream.read(1 << 20):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise UnreadableError(f"it is not valid {encoding.removesuffix('-sig').upper()} text") from None


def _without_nuls(text: str) -> str:
    if "\x00" in text:
        raise UnreadableError("it holds NUL characters, so it is no text")
    return text


def _in_declared(data: bytes, declared: str) -> str | None:
    """`data` in the encoding that its page names, or None if that is unknown or wrong."""
    name = declared.strip().lower()
    # As browsers do: pages that say Latin-1 or ASCII mean Windows-1252, and GB2312 is a part of GB18030.
    name = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}.get(name, name)
    name = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949"}.get(name, name)
    try:
        return data.decode(name)  # LookupError also for a codec that gives no text, like "hex"
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _is_western(data: bytes) -> bool:
    """Whether all bytes beyond ASCII are letters, quotes, dashes or signs of Windows-1252 that texts use."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return all(character < "\x80" or character.isalpha() or character in _WESTERN_SIGNS for character in text)


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    sample = data[:_SAMPLE]
    if sum(byte > 127 for byte in sample) <= _MAX_ACCENTS * len(sample) and _is_western(sample):
        return "cp1252"
    best = from_bytes(sample, cp_isolation=list(_CANDIDATES), threshold=_MAX_CHAOS).best()
    if best is None or best.chaos > _MAX_CHAOS:
        raise UnreadableError("it is not UTF-8, and its encoding can't be told for sure; save it as UTF-8")
    if best.encoding in _OTHER_ALPHABETS and not _in_words(str(best)):
        raise UnreadableError("it is not UTF-8, and its encoding can't be told for sure; save it as UTF-8")
    return str(best.encoding)


def _in_words(text: str) -> bool:
    """Whether letters beyond ASCII come in words, as they do in another alphabet, and not here and there, as damage."""
    words = _OTHER_WORD.findall(text)
    return sum(len(word) for word in words if len(word) > 2) >= _MIN_IN_WORDS * sum(map(len, words))
