"""Bytes to text: what can be told is read, what can't is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.decode import decode
from corpus.errors import UnreadableError

ENGLISH = (
    "The mayor said “no” to the café’s owner – it cost £5 more than the council had thought. The bridge will be closed "
    "for a year, while engineers look at the cracks that a fisherman had seen below the deck in the spring. "
) * 4
CHINESE = "中国在人工智能领域取得了进展，美国仍然领先。专家表示，两国之间的差距正在缩小，竞争非常激烈。" * 4
CZECH = "Zastupitelstvo města v úterý hlasovalo pro uzavření mostu na jeden rok, když rybář našel trhliny. " * 4
RUSSIAN = "Совет города проголосовал за закрытие моста на год. Мэр сказал, что другого выхода не было. " * 4
JAPANESE = "町議会は火曜日に橋を一年間閉鎖することを決めた。町長は他に方法がなかったと述べた。" * 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_by_its_mark(encoding: str) -> None:
    assert decode(ENGLISH.encode(encoding)) == ENGLISH


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(ENGLISH, "cp1252"), (CHINESE, "gb18030"), (RUSSIAN, "cp1251"), (CZECH, "cp1250"), (JAPANESE, "euc_jp")],
)
def test_older_encodings_are_told_for_sure(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_the_declared_encoding_goes_before_a_guess() -> None:
    assert decode("caf\xe9".encode("latin-1"), declared="ISO-8859-1") == "café"
    assert decode("“café”".encode("cp1252"), declared="iso-8859-1") == "“café”"
    assert decode(ENGLISH.encode("cp1252"), declared="no-such-encoding") == ENGLISH
    assert decode(ENGLISH.encode("cp1252"), declared="rot13") == ENGLISH


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"text with a \x00 in it", "NUL"),
        (b"\xff\xfe\x00\xd8", "not valid UTF-16"),
        (b"\xef\xbb\xbf\xff\xff", "not valid UTF-8"),
        (bytes(range(128, 256)) * 3, "not UTF-8"),
        (b"\xff\xfea\x00\x00\x00b\x00", "NUL"),
    ],
)
def test_what_cannot_be_told_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        decode(data)


@given(st.binary(max_size=200))
def test_bytes_give_text_or_a_reason(data: bytes) -> None:
    try:
        text = decode(data)
    except UnreadableError as error:
        assert str(error)
    else:
        assert "\x00" not in text
        text.encode("utf-8")
