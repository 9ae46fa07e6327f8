"""Where sentences begin and end, as exact offsets.

Rules of our own, because pysbd needs minutes for a year of news and breaks sentences after "U.S." and "a.m." in ways
that would show in quotes; `tests/corpus/test_sentences.py` holds the hand-made cases on which both were measured.
The rules err on the side of joining: a quote of two sentences reads well, half a sentence doesn't.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSERS = "\"'”’»)\\]」』】》）］"
_CJK_ENDERS = "。！？｡．"  # the full-width forms end a sentence without a space behind them
_CANDIDATE = re.compile(rf"[{_CJK_ENDERS}]+[{_CLOSERS}]*|[.!?…]+[{_CLOSERS}]*(?:\[\d+\])*")
_OPENERS = re.compile(r"[\s\"'“‘«(\[—–&-]*")
_WORD = re.compile(r"[^\W_][\w’'.-]*")
_LAST_TOKEN = re.compile(r"[\w.&’'-]+$")


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Never the end of a sentence, whatever follows.
_TITLES = _word_set(
    "mr mrs ms mx dr drs prof profs gen gens sen sens rep reps gov govs lt col maj sgt cpl pvt capt cmdr adm rev "
    "hon fr st ste mt ft pres supt v messrs mme mlle vs eg ie cf approx ca viz al e.g i.e"
)
# The end of a sentence unless a number follows: "No. 5", "Fig. 2", "Jan. 6".
_BEFORE_NUMBERS = _word_set("no nos fig figs vol pp p art sec ch eq jan feb mar apr jun jul aug sep sept oct nov dec")
# May end a sentence: the next word decides.
_MAY_END = _word_set("inc corp co ltd llc plc jr sr etc bros dept univ assn est ave blvd rd ph.d m.d b.a m.a d.c a.k.a")
_STATES = _word_set(
    "ala ariz ark calif colo conn del fla ga ill ind kan ky la mass md mich minn miss mo mont neb nev okla ore pa "
    "penn tenn tex va vt wash wis wyo w.va"
)
# Words that begin sentences and seldom go on after an abbreviation.
_STARTERS = _word_set(
    "the a an this that these those he she it they we you i his her its their our my your there here in on at for "
    "from with by as to of and but or so yet if when while where after before since although though because however "
    "meanwhile moreover still also then now once until unless despite what who why how which some many most more "
    "all no not one two both each every another such other others nobody everyone someone nothing everything "
    "according earlier later last next during among under over about between into is are was were do does did has "
    "have had can could will would should may might let officials police scientists researchers experts critics "
    "people"
)
# Go on after a time of day: "9 a.m. Tuesday", "5 p.m. ET".
_AFTER_TIME = _word_set(
    "monday tuesday wednesday thursday friday saturday sunday jan feb march april may june july aug sept oct nov "
    "dec january february august september october november december et est edt pt pst pdt ct cst cdt mt mst mdt "
    "gmt utc bst cet cest ist jst aest eastern pacific central mountain local greenwich"
)
_SPEECH = re.compile(
    r"(?:[A-Z][\w.’'-]*\s+){1,4}(?:said|says|asked|asks|added|adds|wrote|writes|told|tweeted|shouted|replied|exclaimed)\b"
)
_BULLET = re.compile(r"(?:[•◦▪‣·*–—-]|\d{1,3}[.)]|[a-z][.)])\s")
_SENTENCE_END = re.compile(rf"[.!?…:;{_CJK_ENDERS}][{_CLOSERS}]*$")
_LIST_NUMBER = re.compile(r"\d{1,3}|[A-Za-z]|[ivxIVX]{1,4}")
_LOOK_AHEAD = 120  # characters; without a bound, one endless word would be read again at each of its full stops
_MIN_WRAP, _MAX_WRAP = 50, 100  # characters; the widths at which people and mailers wrap lines


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of `text` as (start, end) in characters, half open, in order and without overlap.

    Every character that isn't white space lies in exactly one of them; none begins or ends with white space.
    Line ends are borders (headings and bullets stand alone), except those of hard-wrapped text.
    """
    spans: list[tuple[int, int]] = []
    for start, end in paragraphs(text):
        begin = start
        for border in _borders(text, start, end):
            spans.append((begin, border))
            begin = border
            while begin < end and text[begin].isspace():
                begin += 1
        if begin < end:
            spans.append((begin, end))
    return spans


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """The paragraphs of `text` as (start, end), without white space at their ends; hard-wrapped lines are one."""
    block: list[tuple[int, int]] = []
    position = 0
    for line in text.splitlines(keepends=True):
        start, end = position + len(line) - len(line.lstrip()), position + len(line.rstrip())
        position += len(line)
        if start < end:
            block.append((start, end))
        else:
            yield from _joined(text, block)
            block = []
    yield from _joined(text, block)


def _joined(text: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Lines between two blank lines, with those joined that were only wrapped."""
    if not lines:
        return
    wrapped = _is_wrapped(text, lines)
    start, end = lines[0]
    for next_start, next_end in lines[1:]:
        if _BULLET.match(text, next_start) or not (wrapped or _runs_on(text, end, (next_start, next_end))):
            yield start, end
            start = next_start
        end = next_end
    yield start, end


def _is_wrapped(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether a block looks like one paragraph broken at a fixed width."""
    widths = [end - start for start, end in lines[:-1]]
    if len(widths) < 2 or not all(_MIN_WRAP <= width <= _MAX_WRAP for width in widths):
        return False
    open_ends = sum(1 for start, end in lines[:-1] if not _SENTENCE_END.search(text, max(start, end - 8), end))
    continued = sum(1 for start, _ in lines[1:] if text[start].islower())  # a list of headlines isn't
    return max(widths) - min(widths) <= 20 and open_ends * 2 >= len(widths) and continued * 5 >= len(widths) * 2


def _runs_on(text: str, end: int, following: tuple[int, int]) -> bool:
    """Whether the line up to `end`, long and without an end, is continued by the following in lower case."""
    begin = text.rfind("\n", 0, end) + 1
    next_start, next_end = following
    return (
        end - begin >= _MIN_WRAP
        and text[next_start].islower()
        and not _SENTENCE_END.search(text, max(begin, end - 8), end)
        and (next_end - next_start >= _MIN_WRAP or bool(_SENTENCE_END.search(text, next_start, next_end)))
    )


def _borders(text: str, start: int, end: int) -> Iterator[int]:
    for match in _CANDIDATE.finditer(text, start, end):
        if match.end() < end and _is_border(text, start, end, match):
            yield match.end()


def _is_border(text: str, start: int, end: int, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark[0] in _CJK_ENDERS:
        return True
    near = min(end, match.end() + _LOOK_AHEAD)
    opened = _OPENERS.match(text, match.end(), near)
    word = _WORD.match(text, opened.end() if opened else match.end(), near)
    following = word.group() if word else ""
    if not text[match.end()].isspace():
        return _is_glued_border(text, match, following)
    if following[:1].islower() and not following[1:2].isupper():  # "iPhone" begins a sentence, "said" doesn't
        return False
    if mark[0] == "." and not mark.startswith(".."):
        return _full_stop_ends(text, start, match, following)
    # "Why?" Smith asked.
    return not (
        len(mark) > 1 and mark[-1] in "\"'”’»" and mark[0] in "!?" and _SPEECH.match(text, match.end() + 1, near)
    )


def _is_glued_border(text: str, match: re.Match[str], following: str) -> bool:
    """A border whose space was lost: `he said.The`, `“We won.”The`; not `amazon.Com`, `3.5` or `U.S.-based`."""
    if match.start() < 2 or not text[match.start() - 2 : match.start()].islower():
        return False
    follows_at_once = text.startswith(following, match.end()) or text[match.end()] in '“‘"'
    return bool(following) and follows_at_once and following[0].isupper() and following.lower() in _STARTERS


def _full_stop_ends(text: str, start: int, match: re.Match[str], following: str) -> bool:
    """Whether the full stop at `match` ends a sentence, given the word that follows."""
    before = _LAST_TOKEN.search(text, max(start, match.start() - 24), match.start())
    token = before.group() if before else ""
    if len(match.group().rstrip()) > 1 and match.group()[1:2] not in "'’":
        token = token if "." in token else ""  # `of Jan.”` ends; only dotted forms stay in doubt behind a quote
    name = token.lstrip("'’-.").lower()
    starter = following.lower().split("’")[0].split("'")[0] in _STARTERS
    if name in _TITLES:
        return False
    if name in _BEFORE_NUMBERS:
        return not following[:1].isdigit()
    if before and before.start() == start and _LIST_NUMBER.fullmatch(token):
        return False  # "1. The first point"
    if name in ("a.m", "p.m"):
        return bool(following) and following.rstrip(".").lower() not in _AFTER_TIME
    doubtful = (
        name in _MAY_END
        or name in _STATES
        or (len(name) == 1 and name.isalpha() and token.isupper())
        or _is_dotted(name)
    )
    return starter or not doubtful or not following


def _is_dotted(name: str) -> bool:
    """Whether a token reads "u.s", "u.k", "p.m": single letters with full stops between."""
    parts = name.split(".")
    return len(parts) > 1 and all(len(part) == 1 for part in parts)
