"""Who said what a quote says, where the text says so plainly: "…," said X; according to X; X told Y that …

Nothing is named unless the marked words stand inside what is attributed, so "Norvik, which employs 800 people, said
profits fell" names nobody for the 800. Pronouns are followed to a full name only where the sentence before has that
one person for its subject. What is named is a slice of the article.
"""

from __future__ import annotations

import re

from corpus.sentences import sentences
from qa.answer import Speaker
from qa.mentions import is_person
from qa.sources.attributions import (
    FULL_NAME,
    ROLES,
    SAYING,
    SPEECH,
    TOKEN,
    Attribution,
    Range,
    in_sentence,
    may_begin_a_name,
)

_REACH = 600  # characters before and after a quote in which its paragraph is looked for


def find_speaker(text: str, start: int, end: int, answer: Range | None = None) -> Speaker | None:
    """Who says what `text[start:end]` says, or the marked words in it; None where that isn't plain.

    `text` is an article's, `answer` a range in it. The answer must lie in what is attributed; without one, all of the
    quote's sentences must have the same speaker.
    """
    wanted = [answer] if answer else [(s, e) for s, e in _sentences(text, start, end) if s < end and start < e]
    found = [_of(text, place) for place in wanted]
    first = found[0] if found else None
    return first if first and all(speaker == first for speaker in found) else None


def _of(text: str, place: Range) -> Speaker | None:
    around = _sentences(text, *place)
    here = next((n for n, (s, e) in enumerate(around) if s <= place[0] < e), None)
    if here is None:
        return None
    whole = around[here][0] == place[0] and around[here][1] == place[1]
    spoken = _of_speech(text, around, here, place, whole)
    if spoken is not None:
        return spoken
    sentence = around[here]
    found = [a for a in in_sentence(text, sentence) if any(_holds(text, s, place, sentence, whole) for s in a.said)]
    if len(found) != 1 or (not whole and SAYING.search(_between(text, found[0], place))):
        return None
    return _named(text, found[0], around[here - 1] if here else None)


def _holds(text: str, said: Range, place: Range, sentence: Range, whole: bool) -> bool:
    """Whether the attributed stretch holds the marked words, or most of a sentence without any."""
    if not whole:
        return said[0] <= place[0] and place[1] <= said[1]
    return said[1] - said[0] >= 0.4 * (sentence[1] - sentence[0])


def _between(text: str, one: Attribution, place: Range) -> str:
    """The text from the verb to the marked words, whichever comes first, without what is spoken in it."""
    left, right = (one.verb[1], place[0]) if one.verb[1] <= place[0] else (place[1], min(one.name[0], one.verb[0]))
    between = text[left:right]
    return re.sub(r"\b[Aa]ccording to $", "", SPEECH.sub(" ", between))


def _of_speech(text: str, around: list[Range], here: int, place: Range, whole: bool) -> Speaker | None:
    """The speaker of the quotation marks that the place stands in: named right behind them, or for the ones before."""
    first, last = _paragraph(text, around[here][0])
    paragraph = text[first:last]
    speeches = [(first + match.start(), first + match.end()) for match in SPEECH.finditer(paragraph)]
    inside = place if not whole else _spoken(text, place)
    number = next((n for n, (s, e) in enumerate(speeches) if s <= inside[0] and inside[1] <= e), None)
    if number is None:
        return None
    for speech in (speeches[number], *speeches[max(number - 1, 0) : number]):
        sentence = next(((s, e) for s, e in around if s < speech[1] <= e), None)
        if sentence is None:
            return None
        tags = [a for a in in_sentence(text, sentence) if a.name[0] >= speech[1] and _adjoins(text, speech, a)]
        if speech != speeches[number] and not _only_tag(text, speech, speeches[number], tags):
            return None
        if len(tags) == 1:
            before = [s for s in around if s[1] <= min(speech[0], sentence[0])]
            return _named(text, tags[0], before[-1] if before else None)
    return None


def _spoken(text: str, sentence: Range) -> Range:
    """A sentence without marked words stands for the first thing that is spoken in it."""
    match = SPEECH.search(text, *sentence)
    return match.span() if match else sentence


def _adjoins(text: str, speech: Range, tag: Attribution) -> bool:
    return not text[speech[1] : min(tag.name[0], tag.verb[0])].strip(" ,")


def _only_tag(text: str, before: Range, speech: Range, tags: list[Attribution]) -> bool:
    """Whether nothing but "…," said X. stands between two stretches of speech."""
    between = text[before[1] : speech[0]]
    return len(tags) == 1 and between.count(".") == 1 and len(between) < 120


def _named(text: str, found: Attribution, before: Range | None) -> Speaker | None:
    """The speaker as a slice of the text; a pronoun or a surname as the full name that it stands for."""
    start, end = found.name
    if found.pronoun:
        place = _subject(text, before) if before else None
        return Speaker(text[place[0] : place[1]], *place) if place else None
    name = text[start:end]
    if " " not in name and not name.isupper() and name[0].isupper() and name.lower() not in ROLES:
        full = {m.group(): m.span() for m in reversed(list(FULL_NAME.finditer(text, 0, start)))}
        whole = [(words, span) for words, span in full.items() if words.split()[-1] == name and _is_full(words)]
        if len(whole) == 1:
            words, span = whole[0]
            return Speaker(words, *span)
    return Speaker(name, start, end)


def _is_full(words: str) -> bool:
    return is_person(words) and may_begin_a_name(words.split()[0])


def _subject(text: str, sentence: Range) -> Range | None:
    """The one person of a sentence by full name, where the sentence begins with it or names it as the speaker."""
    people = [m for m in FULL_NAME.finditer(text, *sentence) if _is_full(m.group())]
    if len({match.group() for match in people}) != 1:
        return None
    one = people[0].span()
    leads = re.fullmatch(rf"(?:{TOKEN} )*", text[sentence[0] : one[0]]) is not None
    speaks = any(a.name[0] <= one[0] and one[1] <= a.name[1] for a in in_sentence(text, sentence))
    return one if leads or speaks else None


def _paragraph(text: str, position: int) -> Range:
    start = max(text.rfind("\n", 0, position) + 1, position - _REACH)
    end = text.find("\n", position)
    return start, min(len(text) if end < 0 else end, position + _REACH)


def _sentences(text: str, start: int, end: int) -> list[Range]:
    """The sentences of the quote's surroundings, with those of the paragraph before."""
    first, _ = _paragraph(text, start)
    earlier = text[max(0, first - _REACH) : first].rstrip()
    first = _paragraph(text, max(0, first - _REACH) + len(earlier) - 1)[0] if earlier else first
    last = _paragraph(text, max(start, end - 1))[1]
    return [(s + first, e + first) for s, e in sentences(text[first:last])]
