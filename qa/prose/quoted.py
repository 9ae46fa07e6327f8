"""A model's text becomes sentences that may be shown: quotation marks only around words that stand in a quote exactly.

Marks such as [1] are taken out and kept as numbers; what a model writes for itself (thoughts, headings, lists, code
fences) is taken off. What is left is text, of which nothing is known yet but its quotations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.sentences import sentences
from corpus.unseen import without_unseen

MOST_CHARACTERS = 6_000  # of a model's text that are looked at

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.S | re.I)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|<\|[^<>\n]{0,40}\|>")
_LINE_MARKUP = re.compile(r"^[ \t]*(?:#{1,6}\s|>+\s?|[-*•]\s+|\d{1,2}[.)]\s+(?=\S))", re.M)
_INLINE_MARKUP = re.compile(r"\*{1,3}|_{2,3}|`+|~~")
_MARK = re.compile(
    r"\s*[\[【［〔]\s*(?:quotes?\s*|sources?\s*|\^)?(\d+(?:\s*(?:,|;|–|-|and)\s*\d+)*)\s*[\]】］〕]", re.I
)
_OPEN_MARK = re.compile(r"[\[【［〔]\s*\d*\s*$")
_STRAY_BRACKETS = re.compile(r"[\[\]【】［］〔〕]")
_LEAD = re.compile(
    r"^(?:according to|based on|as (?:stated|said) in) (?:the )?(?:quotes?|articles?|texts?|passages?)"
    r"(?: (?:\d+|provided|given|above))*,?\s+|^(?:the )?(?:quote|article|text|passage)(?: \d+)? "
    r"(?:says|states|mentions|explains|tells)(?: us)? that\s+",
    re.I,
)
_DOUBLE = '"“”„‟«»″〝〞＂「」『』《》❝❞'
_SINGLE = "'‘’‚‛‹›`´′"
_QUOTE_CHARACTER = re.compile(f"[{_DOUBLE}]")
_SINGLE_QUOTED = re.compile(rf"(?<!\w)[{_SINGLE}](?=\w)([^{_DOUBLE}\n]{{1,400}}?)(?<=[\w.,!?…])[{_SINGLE}](?!\w)")
_LOOSE_SINGLE = re.compile(rf"(?<![\w])[{_SINGLE}]|(?<![\ws.])[{_SINGLE}](?!\w)|(?<=\w)[`´′‹›‚‛]|[‹›‚‛]")
_FOLDED = str.maketrans({**dict.fromkeys("‘’‚‛`´′", "'"), **dict.fromkeys("“”„‟″", '"'), "–": "-", "—": "-"})
_LOOSE_END = " ,.;:!?…"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a model's text as it may be shown; whether quotes hold it up isn't known yet."""

    text: str  # “…” stands only around an exact stretch of a quote
    cited: tuple[int, ...]  # the numbers that it carried, those that exist
    verbatim: tuple[int, str] | None = None  # the quote and its exact words that the whole sentence is, if it is


def sentences_of(prose: str, quotes: Sequence[str]) -> list[Sentence]:
    """The sentences of a model's text about these quotes, in order, each once."""
    found: list[Sentence] = []
    seen: set[str] = set()
    for line in plain_text(prose).splitlines():
        for start, end in sentences(line):
            sentence = _sentence(line[start:end], quotes)
            key = sentence.text.casefold() if sentence else ""
            if sentence and key not in seen:
                seen.add(key)
                found.append(sentence)
    return found


def plain_text(prose: str) -> str:
    """The text without thoughts, markup and unseen characters; marks stand right behind the word before them."""
    text = _THOUGHT.sub(" ", without_unseen(prose[:MOST_CHARACTERS]))
    text = _INLINE_MARKUP.sub("", _LINE_MARKUP.sub("", _TAG.sub(" ", text)))
    text = _OPEN_MARK.sub("", text)
    text = _MARK.sub(_glued, text)
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def unquoted(text: str) -> str:
    """The text without any quotation marks and marks: what may be shown of a sentence that isn't finished."""
    text = _STRAY_BRACKETS.sub("", _MARK.sub("", plain_text(text)))
    return " ".join(_LOOSE_SINGLE.sub("", _QUOTE_CHARACTER.sub("", text)).split())


def _glued(match: re.Match[str]) -> str:
    """ " [1, 2]" → "[1][2]", so that a mark stays with the sentence before it."""
    return "".join(f"[{number}]" for number in re.findall(r"\d+", match.group(1))[:9])


def _sentence(text: str, quotes: Sequence[str]) -> Sentence | None:
    numbers = [int(number) for number in re.findall(r"\[(\d{1,4})\]", text)]
    bare = _STRAY_BRACKETS.sub("", re.sub(r"\[\d+\]", "", text)).strip()
    bare = _LEAD.sub("", bare)
    shown, whole = exact_quotes(bare[:1].upper() + bare[1:], quotes)
    if not any(char.isalnum() for char in shown):
        return None
    cited = tuple(dict.fromkeys(number for number in numbers if 1 <= number <= len(quotes)))
    return Sentence(shown, cited, whole)


def exact_quotes(text: str, quotes: Sequence[str]) -> tuple[str, tuple[int, str] | None]:
    """Keep quotation marks around exact stretches of quotes, as “…”, and take all others off.

    Also, if one pair of marks spans the whole text, the number of the quote and its exact words.
    """
    parts: list[str] = []
    spans: list[tuple[str, int]] = []
    reached = 0
    places = [match.start() for match in _QUOTE_CHARACTER.finditer(text)]
    while places:
        begin = places.pop(0)
        parts.append(_singles(text[reached:begin], quotes, spans))
        reached = begin + 1
        if not places:
            break
        inner = text[begin + 1 : places[0]]
        found = find_exact(inner, quotes)
        if found is None:
            continue
        exact, number, left_over = found
        parts.append(f"“{exact}”{left_over}")
        spans.append((exact, number))
        reached = places.pop(0) + 1
    parts.append(_singles(text[reached:], quotes, spans))
    shown = " ".join("".join(parts).split())
    return shown, _whole(shown, spans)


def _whole(shown: str, spans: Sequence[tuple[str, int]]) -> tuple[int, str] | None:
    if len(spans) != 1:
        return None
    exact, number = spans[0]
    alone = " ".join(f"“{exact}”".split())
    return (number, exact) if shown.strip(_LOOSE_END) == alone.strip(_LOOSE_END) else None


def find_exact(inner: str, quotes: Sequence[str]) -> tuple[str, int, str] | None:
    """The stretch of a quote that reads like `inner`, the quote's number, and punctuation that was not the quote's.

    Only the form of apostrophes, dashes and white space may differ; what comes back is the quote's own spelling.
    """
    core = inner.strip()
    for cut in (core, core.rstrip(_LOOSE_END)):
        wanted = re.escape(" ".join(cut.translate(_FOLDED).split())).replace(r"\ ", r"\s+")
        if not any(char.isalnum() for char in cut):
            return None
        pattern = re.compile(rf"(?<!\w){wanted}(?!\w)")
        for number, quote in enumerate(quotes, 1):
            if match := pattern.search(quote.translate(_FOLDED)):
                return quote[slice(*match.span())], number, core[len(cut) :]
    return None


def _singles(text: str, quotes: Sequence[str], spans: list[tuple[str, int]]) -> str:
    """The same for single quotation marks, outside double ones; apostrophes stay."""
    parts, reached = [], 0
    for match in _SINGLE_QUOTED.finditer(text):
        found = find_exact(match.group(1), quotes)
        parts.append(_LOOSE_SINGLE.sub("", text[reached : match.start()]))
        if found:
            parts.append(f"“{found[0]}”{found[2]}")
            spans.append((found[0], found[1]))
        else:
            parts.append(match.group(1))
        reached = match.end()
    parts.append(_LOOSE_SINGLE.sub("", text[reached:]))
    return "".join(parts)
