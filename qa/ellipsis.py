"""Questions that leave out most of themselves: "When?", "And in China?", "What about Europe?".

Each function takes such a question and the exchange before it and returns the whole question, or None when in doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.mentions import (
    AUXILIARIES,
    PREPOSITIONS,
    Mention,
    counted_things,
    is_place,
    is_plural,
    names,
    things,
    times,
)

MAX_QUOTE = 160  # characters of a quote that a question repeats
_MOST_WORDS = 6  # of a fragment; a longer one says by itself what it asks

_ASK_WORD = re.compile(
    r"(when|where|why|how|since when|until when|for how long|how long)"
    r"(?: (?:is|was|did|does|has) (?:that|this)(?: (?:be|happen|happened|so))?)?",
    re.I,
)
_SAID_BY = re.compile(
    r"(?:and |but )?(?:who (?:said|says|claims|claimed|stated|wrote|told (?:you|them|us)) (?:that|this|so|it)"
    r"|says who|according to whom?|who is saying (?:that|this|so))",
    re.I,
)
_AUX = "|".join(sorted(AUXILIARIES))
_ADVERB = re.compile(
    rf"(?:when|where|why|how|how (?:long|often|soon|far)|since when|until when|for how long|"
    rf"(?:in|on) (?:which|what) \w+) (?P<aux>{_AUX}) (?P<rest>.+)",
    re.I,
)
_YES_NO = re.compile(rf"(?P<aux>{_AUX}) (?P<rest>.+)", re.I)
_ASKED_FOR = (
    r"(?P<asked>who|whom|what|(?:which|what|whose) [a-z-]+|how many [a-z-]+(?: [a-z-]+)??|how much(?: [a-z-]+)??)"
)
_OBJECT = re.compile(rf"{_ASKED_FOR} (?P<aux>do|does|did) (?P<rest>.+)", re.I)
_SUBJECT = re.compile(rf"{_ASKED_FOR} (?P<aux>{_AUX}) (?P<rest>.+)", re.I)
_PLAIN = re.compile(rf"{_ASKED_FOR} (?P<rest>(?!(?:{_AUX})\b)[a-z]+\b.*)", re.I)
_SAYING = re.compile(r"\b(?:say|think|claim|announce|promise|warn|argue|tell|believe|mean)\b")
_FRAGMENT = re.compile(r"(?:and |but )?(?:what|how) about (.+)|(?:and|but) (?:what about )?(.+)", re.I)
_PREPOSITION = re.compile(rf"({'|'.join(sorted(PREPOSITIONS))}) (.+)", re.I)
_OTHER_COUNT = re.compile(r"(?:and |but )?how many ([a-z-]+(?: [a-z-]+)?)", re.I)
_OF_THEM = re.compile(r"(?:and |but )?how many of (?:them|those|these)", re.I)
# With these a fragment points at something, or asks for another manner of answering.
_NO_MATTER = re.compile(
    r"\b(?:he|him|his|she|hers?|it|its|they|them|theirs?|that|this|those|these|ones?|there|then|now|you|yours?|we|us|ours?"
    r"|me|mine|i|whom?|which|what|else|others?|rest|same|former|latter|more|details?|short|brief|general|total"
    r"|particular|fact|case|course|example|instance|sure|please|how|when|where|why|English|German|French|Spanish|Chinese|Italian|Portuguese|Russian|Japanese"
    r"|Arabic|Dutch)\b",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, as it was understood, and what answered it."""

    question: str
    short: str | None = None  # the short answer; None if there was none, or the articles didn't say
    quote: str | None = None  # the first quote; None if the articles didn't say


def said_by(core: str, last: Exchange) -> str | None:
    """ "Who said that?" asks for the speaker of the first quote."""
    return f"Who said {quoted(last)}?" if _SAID_BY.fullmatch(core) and last.quote else None


def asked_on(core: str, last: Exchange) -> str | None:
    """ "When?", "And why?", "When was that?" ask the last question's matter with another question word."""
    match = _ASK_WORD.fullmatch(re.sub(r"^(?:and|but|so) ", "", core, flags=re.I))
    if match is None:
        return None
    word, question = match.group(1).lower(), last.question.rstrip(" ?.!")
    for pattern, ask in ((_ADVERB, _inverted), (_YES_NO, _inverted), (_OBJECT, _of_object), (_SUBJECT, _of_subject)):
        if found := pattern.fullmatch(question):
            asked = ask(word, found, last)
            break
    else:
        found = _PLAIN.fullmatch(question)
        asked = _of_plain(word, found, last) if found else None
    return asked and f"{asked[0].upper()}{asked[1:]}?"


def counted_otherwise(core: str, last: Exchange) -> str | None:
    """ "And how many bushes?" counts something else; "How many of them?" a part of what was spoken of."""
    before = counted_things(last.question)
    match = _OTHER_COUNT.fullmatch(core)
    if match and before and is_plural(match.group(1)) and " of" not in core:
        return _put(last.question, before, match.group(1))
    if _OF_THEM.fullmatch(core):
        inverted = _YES_NO.fullmatch(last.question.rstrip(" ?")) or _ADVERB.fullmatch(last.question.rstrip(" ?"))
        subject = next((thing for thing in things(last.question) if is_plural(thing.text)), None)
        if inverted and subject and subject.start == inverted.start("rest"):
            rest = inverted["rest"][len(subject.text) :]
            return f"How many of {inside(subject.text)} {inverted['aux'].lower()}{rest}?"
    return None


def instead(core: str, last: Exchange) -> str | None:
    """ "And in China?", "What about Europe?", "And the bridge?": the last question with another place, time, thing."""
    match = _FRAGMENT.fullmatch(core)
    fragment = (match.group(1) or match.group(2)) if match else core
    words = fragment.lower().split()
    if not words or len(words) > _MOST_WORDS or _NO_MATTER.search(fragment):
        return None
    if set(words) & (AUXILIARIES - {"may"}) or words[0] in {"who", "what", "which", "when", "where", "why", "how"}:
        return None
    if any(time.text == fragment for time in times(fragment)):
        return _at_another_time(fragment, last.question)
    if led := _PREPOSITION.fullmatch(fragment):
        return _somewhere_else(led.group(1).lower(), led.group(2), last.question, led_in=match is not None)
    if match is None:
        return None  # a word without "and" or "what about" may be a new subject
    return _something_else(fragment, last.question)


def inside(text: str) -> str:
    """The words as they stand inside a sentence: no capital on an article, no full stop."""
    plain = text.strip().rstrip(".,;:!? ")
    return re.sub(r"^(The|A|An|In|On|At)\b", lambda found: found.group().lower(), plain)


def quoted(last: Exchange) -> str:
    """The first quote as a question can repeat it: in quotation marks, cut between words if it is long."""
    words = (last.quote or "").translate(str.maketrans('“”"\n', "‘’' ")).strip().rstrip(".")
    if len(words) > MAX_QUOTE:
        words = f"{words[:MAX_QUOTE].rsplit(' ', 1)[0]} …"
    return f"“{words}”"


def _inverted(word: str, found: re.Match[str], last: Exchange) -> str | None:
    return f"{word} {found['aux'].lower()} {found['rest']}"


def _of_object(word: str, found: re.Match[str], last: Exchange) -> str | None:
    asked, rest = found["asked"].lower(), found["rest"]
    matter = _matter(word, asked, last)
    if matter is None or (word == "how" and asked.startswith("how")):
        return None
    if _SAYING.search(rest) and not asked.startswith("how"):
        matter = f"“{matter}”"
    words = rest.split(" ")
    place = next((i for i, w in enumerate(words) if i > 1 and w in PREPOSITIONS - {"of"}), len(words))
    return " ".join([word, found["aux"].lower(), *words[:place], matter, *words[place:]])


def _of_subject(word: str, found: re.Match[str], last: Exchange) -> str | None:
    begins = found["rest"].split()[0]
    who = _matter(word, found["asked"].lower(), last)
    if begins.lower() in {"the", "a", "an"} or begins[0].isupper() or who is None:
        return None  # "Who is the mayor?" and "Who was Ines Falk?" have no matter that happens
    return f"{word} {found['aux'].lower()} {who} {found['rest']}"


def _of_plain(word: str, found: re.Match[str], last: Exchange) -> str | None:
    who = _matter(word, found["asked"].lower(), last)
    if who is None or word not in {"when", "where", "why", "how"}:
        return None
    return f"{word} {'is' if word in {'why', 'how'} else 'was'} it that {who} {found['rest']}"


def _matter(word: str, asked: str, last: Exchange) -> str | None:
    """What stands in the place of what was asked for: the short answer, or "the trees" for "how many trees"."""
    short = inside(last.short) if last.short else None
    if asked.startswith("how many "):
        noun = asked.removeprefix("how many ")
        if word == "why" and short and re.fullmatch(r"[\d.,]+", short):
            return f"{short} {noun}"
        return f"the {noun}"
    if asked == "how much":
        return short or "that much"
    return short if short and len(short) <= 80 else None


def _at_another_time(fragment: str, question: str) -> str | None:
    told = times(question)
    if len(told) > 1:
        return None
    if not told:
        return _append(question, fragment if " " in fragment or not fragment.isdecimal() else f"in {fragment}")
    preposition = told[0].text.split()[0]
    bare = fragment.isdecimal() or fragment[0].isupper()
    return _put(question, told[0], f"{preposition} {fragment}" if bare and preposition.islower() else fragment)


def _somewhere_else(preposition: str, noun: str, question: str, *, led_in: bool) -> str | None:
    same = re.compile(rf"\b{preposition} $", re.I)
    if noun.islower() and (last_word := re.search(rf"\b{preposition} ([a-z-]+)(?=\?*$)", question)):
        return _put(question, Mention(last_word.group(1), *last_word.span(1)), noun)
    alike = names if _named(noun) else things
    told = [mention for mention in alike(question) if same.search(question[: mention.start])]
    if len(told) > 1:
        told = [m for m in told if is_place(m.text) and is_place(noun)]
        if len(told) != 1:
            return None
    if told:
        return _put(question, told[0], noun)
    return _append(question, f"{preposition} {noun}") if led_in or _named(noun) else None


def _something_else(noun: str, question: str) -> str | None:
    bare = re.sub(r"[’']s$", "", noun)
    if _named(bare):
        return _another_name(noun, bare, question)
    if noun[:1].isupper():
        return None  # a name and more than that
    if noun.lower().startswith(("the ", "a ", "an ")):
        told = things(question)
        return _put(question, told[0], inside(noun)) if len(told) == 1 else None
    counted = counted_things(question)
    return _put(question, counted, noun) if counted and is_plural(noun) else None


def _another_name(noun: str, bare: str, question: str) -> str | None:
    told = names(question)
    if not told:
        return _append(question, f"in {bare}") if is_place(bare) and bare == noun else None
    if len(told) > 1:
        told = [name for name in told if is_place(name.text) is is_place(bare)]
    if len(told) != 1:
        return None
    owns = question[told[0].end :].startswith(("'s", "’s"))
    return _put(question, told[0], bare) if owns or bare == noun else None


def _named(noun: str) -> bool:
    """Whether it is one name and nothing else: "the United States", not "Trump won"."""
    return [name.text for name in names(f", {noun}")] == [noun]


def _put(question: str, old: Mention, new: str) -> str | None:
    return f"{question[: old.start]}{new}{question[old.end :]}" if old.text != new else None


def _append(question: str, words: str) -> str:
    return f"{question.rstrip(' ?.!')} {words}?"
