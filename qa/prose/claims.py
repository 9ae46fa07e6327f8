"""What a sentence claims, as far as its words show it: content words, numbers, names and negations with their places.

No tagger and no model: English wording and capitals, as in qa/mentions.py. Whatever is in doubt counts as a claim,
since a claim that no quote holds makes a sentence unsupported, and that is the safe mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from corpus.sentences import sentences
from qa.english import MULTIPLES, NUMBERS, SHORT_MULTIPLES


class Kind(StrEnum):
    """What a word is."""

    FUNCTION = "function"  # grammar alone
    CONTENT = "content"
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Word:
    """A word at its place: `text[start:end]` is how it is spelt."""

    text: str  # without a possessive ending
    start: int  # characters
    end: int  # half open
    kind: Kind
    stem: str  # the form in which two words are compared
    values: frozenset[float] = frozenset()  # what a number may mean: "10m" is ten or ten million
    negative: bool = False  # "not", "never", "without", …
    clause: int = 0  # words of one clause have the same


_WORD = re.compile(
    r"[$£€¥]?\d[\d,]*(?:\.\d+)*(?:[^\W\d_]+)?(?:\s?%)?"  # 1,300  $1.5m  20mph  6.30am  8th  10 %
    r"|[^\W\d_]+(?:[’'.-](?=[^\W\d_])[^\W\d_]+)*",
)
_ORDINARY_ENDINGS = ("s", "ing", "ed", "ly", "ion", "ity", "ness", "ment")
_CLAUSE_END = re.compile(r"[.,;:!?“”\"()…]|\s[–—-]\s")
_POSSESSIVE = re.compile(r"(?<=\w)[’']s?$", re.I)
_NUMERAL = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SCALES = {**SHORT_MULTIPLES, "b": 1e9}
_FRACTIONS = {"half": 0.5, "third": 3.0, "quarter": 0.25, "dozen": 12.0, "twice": 2.0, "double": 2.0, "doubled": 2.0}
_LOOSE_NUMBERS = frozenset("one zero twice double doubled".split())  # said without counting: "one of the reasons"

_NEGATIVES = frozenset(
    "not no never none nobody nothing nowhere neither nor cannot without hardly barely scarcely unable denied denies "
    "deny denying refused refuses refuse fails failed fail lacks lacked lack isnt".split()
)
_FUNCTION = _NEGATIVES | frozenset(
    "a about above across after again against ago all almost along already also although always am among an and "
    "another any anyone anything approximately are around as at away be became because become been before behind "
    "being below beside besides between both but by can could did do does doing done down due during each either else "
    "even ever every everyone everything few for from further go goes going gone got had has have having he hence her "
    "here hers herself him himself his how however i if in indeed instead into is it its itself just least less let "
    "like likely mainly many may maybe me meanwhile might mine more moreover most mostly much must my myself nearly "
    "now of off often on once only onto or other others otherwise our ours ourselves out over own per perhaps put "
    "quite rather really said same say saying says several shall she should since so some someone something soon "
    "still such than that the their theirs them themselves then there therefore these they thing things this those "
    "though through thus to together too toward towards under until up upon us use used uses using usually very via "
    "was way we well went were what whatever when where whereas whether which while who whole whom whose why will "
    "with within would yet you your yours yourself".split()
)
_VERBS_AFTER_NAMES = frozenset(
    "is was are were has have had will would can could may might must should did does do said says told called found "
    "made took gave went came became began wrote led held kept left lost met paid put ran saw sent set sold spent "
    "spoke stood taught thought threw understood won built bought brought caught chose drew drove fell felt flew got "
    "grew heard knew lay lives plans hopes wants thinks believes adds argues estimates lies and or".split()
)
_ROLES = frozenset(
    "dr mr mrs ms prof professor president minister prime king queen sir lord lady pope senator governor mayor "
    "chancellor captain director curator the".split()
)


def stem(word: str) -> str:
    """A word without its commonest endings; rough, but the same for "escape", "escaped" and "escapes"."""
    bare = word.lower().translate(_APOSTROPHES).removesuffix("'s").replace("'", "")
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ies", "ied", "ers", "er", "ed",
                   "es", "ly", "al", "s", "e", "y"):  # fmt: skip
        if bare.endswith(ending) and len(bare) - len(ending) >= 3:
            bare = bare[: -len(ending)]
            break
    bare = bare.removesuffix("e") if len(bare) > 3 else bare
    return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] else bare


_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'"})


@dataclass(frozen=True, slots=True)
class Context:
    """How other texts spell their words: tells a sentence's first word, which is always a capital, from a name."""

    lower: frozenset[str] = frozenset()  # stems of words that stand there in lower case
    names: frozenset[str] = frozenset()  # words that stand there with a capital inside a sentence, in lower case


def context_of(*texts: str) -> Context:
    """How these texts spell their words."""
    lower, names = set(), set()
    for text in texts:
        for begin, end in sentences(text):
            for place, match in enumerate(_WORD.finditer(text, begin, end)):
                word = _POSSESSIVE.sub("", match.group())
                if word[0].islower():
                    lower.add(stem(word))
                elif place and word[0].isupper():
                    names.add(word.lower())
    return Context(frozenset(lower), frozenset(names))


def words_of(text: str, context: Context | None = None) -> list[Word]:
    """The words of a text in order; a sentence's first word is read as the texts of the `context` spell it."""
    found: list[Word] = []
    for begin, end in sentences(text):
        matches = list(_WORD.finditer(text, begin, end))
        found += [_word(matches, place, text, context or Context()) for place in range(len(matches))]
    return _scaled(_in_clauses(found, text))


def _in_clauses(words: Sequence[Word], text: str) -> list[Word]:
    """The words with the number of their clause: punctuation between two words begins another one."""
    clause, reached, found = 0, 0, []
    for word in words:
        clause += bool(_CLAUSE_END.search(text, reached, word.start))
        found.append(replace(word, clause=clause))
        reached = word.end
    return found


def _word(matches: Sequence[re.Match[str]], place: int, text: str, context: Context) -> Word:
    match = matches[place]
    bare = _POSSESSIVE.sub("", match.group()).translate(_APOSTROPHES)
    plain = bare.lower()
    start, end = match.start(), match.start() + len(bare)
    if values := _values(bare):
        return Word(bare, start, end, Kind.NUMBER, plain, values)
    either = place > 0 and matches[place - 1].group().lower() == "or"  # "with or without"
    if plain.endswith("n't") or (plain in _NEGATIVES and not (plain == "without" and either)):
        return Word(bare, start, end, Kind.FUNCTION, plain, negative=True)
    if (plain in _FUNCTION or plain.split("'")[0] in _FUNCTION) and not (bare == "May" and place):
        return Word(bare, start, end, Kind.FUNCTION, plain)
    named = bare[0].isupper() and not (_begins(matches, place, text) and _is_plain_start(matches, place, text, context))
    return Word(bare, start, end, Kind.NAME if named else Kind.CONTENT, stem(bare))


def _begins(matches: Sequence[re.Match[str]], place: int, text: str) -> bool:
    """Whether the word begins its sentence, or what is said in quotation marks or after a colon."""
    return place == 0 or text[: matches[place].start()].rstrip(" ")[-1:] in '“"‘:—–'


def _is_plain_start(matches: Sequence[re.Match[str]], place: int, text: str, context: Context) -> bool:
    """Whether a sentence's first word is an ordinary one. A bare word before a verb is a name: "Fischer found it"."""
    spelt = _POSSESSIVE.sub("", matches[place].group())
    if spelt.lower() in context.names:
        return False
    if spelt.lower() in _ROLES or stem(spelt) in context.lower:
        return True
    if spelt != matches[place].group() or (len(spelt) > 1 and not spelt[1:].islower()):
        return False
    if spelt.lower().endswith(_ORDINARY_ENDINGS) or place + 1 >= len(matches):
        return True
    following = matches[place + 1].group()
    if following[0].isupper():
        return following.lower() in _FUNCTION
    comma = text[matches[place].end()] == ","
    return not (comma or following in _VERBS_AFTER_NAMES or following.endswith(("ed", "s")))


def _values(spelt: str) -> frozenset[float]:
    """What a number may mean; empty for a word that is no number."""
    plain = spelt.lower()
    if plain in NUMBERS:
        return frozenset({NUMBERS[plain]})
    if plain in _FRACTIONS:
        return frozenset({_FRACTIONS[plain]})
    match = _NUMERAL.search(spelt)
    if not match:
        return _hyphened(plain)
    number = match.group().rstrip(",").replace(",", "")
    value = float(number)
    scale = _SCALES.get(plain[match.end() :].strip(" %"), 1.0)
    return frozenset({value, value * scale})


def _hyphened(plain: str) -> frozenset[float]:
    """ "twenty-five" and the first part of "two-week"."""
    parts = plain.split("-")
    if len(parts) < 2 or parts[0] not in NUMBERS:
        return frozenset()
    tens = NUMBERS[parts[0]]
    more = NUMBERS.get(parts[1])
    return frozenset({tens + more if more is not None and tens >= 20 and more < 10 else tens})


def _scaled(found: Sequence[Word]) -> list[Word]:
    """ "32 million" is one number: 32,000,000; and "three or four" two."""
    scaled: list[Word] = []
    for word in found:
        multiple = MULTIPLES.get(word.text.lower())
        if multiple and scaled and scaled[-1].kind is Kind.NUMBER:
            before = scaled.pop()
            values = frozenset({*before.values, *(value * multiple for value in before.values)})
            scaled.append(replace(before, text=f"{before.text} {word.text}", end=word.end, values=values))
        else:
            scaled.append(word)
    return scaled


def same_name(one: Word, other: Word) -> bool:
    """Whether two words name the same: equal, or a country and its people ("Morocco" and "Moroccan")."""
    first, second = sorted((one.text.lower(), other.text.lower()), key=len)
    if first == second or (len(first) >= 4 and second.startswith(first)):
        return True
    shared = next((place for place, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), 0)
    return shared >= 5 and {first[shared:], second[shared:]} <= _DEMONYMS


_DEMONYMS = frozenset(["", "o", "a", "an", "ian", "n", "ese", "y", "i", "e", "is", "ia", "ean"])


def same_number(one: Word, other: Word) -> bool:
    """Whether two numbers may mean the same, and no other currency."""
    signs = {word.text[0] for word in (one, other) if word.text[0] in "$£€¥"}
    return len(signs) < 2 and bool(one.values & other.values)


def counts(word: Word) -> bool:
    """Whether a number is a claim, and not a turn of phrase such as "one of the reasons"."""
    return word.kind is Kind.NUMBER and word.text.lower() not in _LOOSE_NUMBERS


def slots(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Ranges of words that are one name or one number, as indices, half open."""
    place = 0
    while place < len(words):
        if words[place].kind is Kind.NAME:
            end = place + 1
            while end < len(words) and words[end].kind is Kind.NAME and words[end].start - words[end - 1].end == 1:
                end += 1
            yield place, end
            place = end
        else:
            if counts(words[place]):
                yield place, place + 1
            place += 1
