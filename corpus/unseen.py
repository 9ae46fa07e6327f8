"""Characters that nobody sees, in one table, for wherever text comes in or is shown.

Zero width, direction overrides, tag characters and fillers split words, so that a search misses them; they reorder what
a person reads, and they carry messages that only a machine sees. The joiners and variation selectors are spelling in
many scripts and in emoji: they stay where they follow a character that they can change, one at a time.
"""

from __future__ import annotations

import re

# Unicode 15's default ignorable code points and format characters, without Arabic's and Kaithi's visible number signs.
_NEVER = (
    "\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
    "\U000e01f0-\U000e0fff"
)
_SURROGATES = "\ud800-\udfff"
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # all but what str.isspace() counts as white space
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f"
_HAN_SELECTORS = "\U000e0100-\U000e01ef"
_HAN = "\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Hebrew to Arabic, Brahmic scripts from Devanagari on, Mongolian, and emoji with what may end one.
_JOINED = (
    "\u0590-\u0dff\u0f00-\u109f\u1700-\u1c7f\u1cd0-\u1cff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff"
    "\U0001e900-\U0001e95f\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff"
)
_UNSEEN = re.compile(f"[{_CONTROLS}{_NEVER}{_SURROGATES}]+")
_STRAY = re.compile(
    f"(?<![{_JOINED}\ufe0f])[{_JOINERS}]+"
    f"|(?<![{_JOINED}{_HAN}])[{_SELECTORS}]+(?!\u20e3)"  # but in a keycap after a digit
    f"|(?<![{_HAN}])[{_HAN_SELECTORS}]+"
)


def without_unseen(text: str) -> str:
    """`text` without control characters and without any that nobody sees; white space and all that shows is kept.

    Doing it twice changes nothing more.
    """
    if text.isascii() and text.isprintable():
        return text
    seen = _UNSEEN.sub("", text)
    while (without := _STRAY.sub("", seen)) != seen:  # what a stray one held apart may be a stray pair now
        seen = without
    return seen
