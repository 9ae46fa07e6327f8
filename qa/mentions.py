"""What a question mentions: names, things, people, places and times, by their wording alone.

English question order is what makes this possible without a tagger: after "did the" or "was the" comes a noun phrase
and then exactly one verb. Whatever isn't plain is left out, since a missed mention costs less than a wrong one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.dates import MONTHS, WEEKDAYS

AUXILIARIES = frozenset(
    "do does did is are was were has have had will would can could shall should may might must".split()
)
_DO = frozenset("do does did will would can could shall should may might must".split())
PREPOSITIONS = frozenset(
    "in on at for from to with by of about during since until before after under over among between near into against "
    "within across behind through without per as than".split()
)
_STOPS = (
    AUXILIARIES
    | PREPOSITIONS
    | frozenset(
        "the a an and or but that this these those who what which when where why how if he she it they him her them "
        "his its their there be been being not so last next today yesterday tomorrow now meanwhile exactly".split()
    )
)
_PLURALS = frozenset("people men women children police students".split())
_NOT_PLURAL = ("ss", "us", "is", "news")
_ROLES = frozenset(
    "actor ambassador analyst architect artist author boss candidate captain ceo chair chairman chairwoman chancellor "
    "coach commissioner director doctor economist editor engineer founder governor head judge king lawyer leader "
    "manager mayor minister officer owner pope president professor queen scientist secretary senator singer "
    "spokesman spokesperson spokeswoman teacher winner writer".split()
)
_BODIES = frozenset(
    "Academy Agency Airlines Airport Alliance Army Assembly Association Bank Board Bridge Centre Center Chamber City "
    "Club College Commission Committee Company Conference Congress Corporation Council Court Cup Department Forum "
    "Foundation Fund Group Hospital House Inc Institute Labs League Ministry Motors Museum Office Organisation "
    "Organization Parliament Party Police Post Prize School Senate Street Summit Times Tower Treaty Union United "
    "University".split()
)
_PLACES = frozenset(
    """Afghanistan Africa Albania Algeria America Angola Argentina Armenia Asia Australia Austria Azerbaijan Bangladesh
    Belarus Belgium Bolivia Bosnia Botswana Brazil Britain Bulgaria Cambodia Cameroon Canada Chad Chile China Colombia
    Congo Croatia Cuba Cyprus Czechia Denmark Ecuador Egypt England Estonia Ethiopia Europe Finland France Georgia
    Germany Ghana Greece Greenland Guatemala Haiti Honduras Hungary Iceland India Indonesia Iran Iraq Ireland Israel
    Italy Jamaica Japan Jordan Kazakhstan Kenya Kosovo Kuwait Laos Latvia Lebanon Libya Lithuania Luxembourg Madagascar
    Malaysia Mali Malta Mexico Moldova Mongolia Montenegro Morocco Mozambique Myanmar Namibia Nepal Netherlands
    Nicaragua Niger Nigeria Norway Oman Pakistan Panama Paraguay Peru Philippines Poland Portugal Qatar Romania Russia
    Rwanda Scotland Senegal Serbia Singapore Slovakia Slovenia Somalia Spain Sudan Sweden Switzerland Syria Taiwan
    Tanzania Thailand Tunisia Turkey Uganda Ukraine Uruguay Uzbekistan Venezuela Vietnam Wales Yemen Zambia Zimbabwe
    Amsterdam Athens Bangkok Beijing Berlin Brussels Cairo Chicago Delhi Dubai Dublin Geneva Istanbul Jakarta London
    Madrid Moscow Mumbai Munich Nairobi Paris Rome Seoul Shanghai Stockholm Sydney Tokyo Toronto Vienna Warsaw
    Washington Zurich US USA UK EU U.S U.K""".split()
) | {
    "European Union", "Hong Kong", "Latin America", "Los Angeles", "Middle East", "New York", "New Zealand",
    "North America", "North Korea", "Saudi Arabia", "Silicon Valley", "South Africa", "South America", "South Korea",
    "Sri Lanka", "United Kingdom", "United Nations", "United States",
}  # fmt: skip
_CAPITAL = r"(?:[A-Z]\.(?:[A-Z]\.)*|[A-Z][\w’'&-]*[\w&]|[A-Z])"
_NAME = re.compile(rf"(?:\b[Tt]he )?(?<![\w’'-]){_CAPITAL}(?: (?:of (?:the )?|de |van |von |al-)?{_CAPITAL})*")
_MONTH, _DAY = "|".join(MONTHS), "|".join(WEEKDAYS)
_TIME = re.compile(
    rf"\b(?:(?:in|on|since|until|before|after|during|by) )?(?:(?:early |late |mid-)?(?:(?:\d{{1,2}} )?(?:{_MONTH})"
    rf"(?: \d{{1,2}},?)?(?: (?:1[5-9]|20)\d\d)?|(?:1[5-9]|20)\d\d(?:s\b)?|{_DAY})"
    r"|(?:last|this|next) (?:year|month|week|summer|winter|spring|autumn|decade)|yesterday|today|tomorrow)\b"
)
_DETERMINED = re.compile(r"\b(?:[Tt]he|[Aa]n?)\b ")
_WORD = re.compile(r"[^\s,;:?!]+")
_MANY = re.compile(r"\bhow many ((?:[a-z-]+ ){0,2}?(?:[a-z-]+s|people|men|women|children))\b", re.I)


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a question: `question[start:end] == text`."""

    text: str
    start: int
    end: int  # half open


def is_place(name: str) -> bool:
    """Whether the name is one of a well-known country, continent or city."""
    return name.removeprefix("the ").removeprefix("The ").rstrip(".") in _PLACES


def is_person(name: str) -> bool:
    """Whether it is spelt like a person's full name and not like a body's or a place's."""
    words = name.split()
    return (
        2 <= len(words) <= 4
        and all(word[0].isupper() and not word.isupper() for word in words)
        and not set(words) & _BODIES
        and not is_place(name)
    )


def is_plural(noun_phrase: str) -> bool:
    """Whether the last word before any "of" is a plural."""
    head = noun_phrase.split(" of ")[0].split(" in ")[0].split()[-1].lower()
    return head in _PLURALS or (head.endswith("s") and not head.endswith(_NOT_PLURAL))


def is_role(noun_phrase: str) -> bool:
    """Whether it is somebody named by an office: "the mayor of Lindau"."""
    return noun_phrase.split(" of ")[0].split(" in ")[0].split()[-1].lower() in _ROLES


def times(question: str) -> list[Mention]:
    """Years, dates and the like, each with its preposition."""
    return [_mention(match) for match in _TIME.finditer(question)]


def names(question: str) -> list[Mention]:
    """Names, each with its "the"; no dates, and no acronym that only qualifies a noun ("AI patents")."""
    taken = times(question)
    found = []
    for match in _NAME.finditer(question):
        mention = _mention(match) if match.start() else _without_first_word(_mention(match))
        if mention is None:
            continue
        if any(time.start < mention.end and mention.start < time.end for time in taken):
            continue
        if mention.text.isupper() and not is_place(mention.text) and _qualifies(question, mention):
            continue
        found.append(mention)
    return found


def things(question: str) -> list[Mention]:
    """Noun phrases with an article, to the end of an "of" or "in" with a name: "the mayor of Lindau"."""
    found = []
    for match in _DETERMINED.finditer(question):
        run = _run(question, match.end())
        before = question[: match.start()].split()
        if not run or run[0].text[0].isupper() or run[0].text == "articles":  # "What do the articles say about …?"
            continue
        if before and before[-1].lower() in AUXILIARIES:
            run = _without_verb(run, before, question[run[-1].end :].split())
        if run:
            end = _with_complement(question, run[-1].end)
            found.append(Mention(question[match.start() : end], match.start(), end))
    return found


def counted_things(question: str) -> Mention | None:
    """The noun of "how many …", if it is asked for."""
    match = _MANY.search(question)
    return Mention(match.group(1), match.start(1), match.end(1)) if match else None


def governed(question: str, mention: Mention) -> bool:
    """Whether it only says where something is or whose: in Lindau, of Europe; "about DeepSeek" is the matter itself."""
    before = question[: mention.start].split()
    return bool(before) and before[-1].lower() in PREPOSITIONS - {"about", "by", "with", "for", "against"}


def _mention(match: re.Match[str]) -> Mention:
    text = re.sub(r"[’']s?$", "", match.group())
    return Mention(text, match.start(), match.start() + len(text))


def _without_first_word(mention: Mention) -> Mention | None:
    # The first word of a question has its capital from there: it is asked with it, or it is "The" or "Did".
    first, _, rest = mention.text.partition(" ")
    if first.lower() not in _STOPS and first.lower() not in {"whose", "whom"}:
        return mention
    return Mention(rest, mention.end - len(rest), mention.end) if rest[:1].isupper() else None


def _qualifies(question: str, mention: Mention) -> bool:
    after = question[mention.end :].split()
    return bool(after) and after[0].strip("?,").islower() and after[0] not in _STOPS


def _run(question: str, start: int) -> list[Mention]:
    """The words from `start` up to one that can't be inside a noun phrase, or to a comma."""
    run: list[Mention] = []
    for match in _WORD.finditer(question, start):
        if match.group().lower() in _STOPS or (run and question[run[-1].end : match.start()].strip()):
            break
        run.append(_mention(match))
    return run


def _without_verb(run: list[Mention], before: list[str], after: list[str]) -> list[Mention]:
    # The verb is in the run, unless it stands behind it or the auxiliary is the verb itself: "Where is the old bridge?"
    if len(run) == 1 or (after and after[0] in {"of", "have", "do", "be"}):
        return run
    asks_for_place_or_name = len(before) > 1 and before[-1].lower() not in _DO
    if asks_for_place_or_name and not run[-1].text.endswith(("ed", "ing", "en", "ld", "ilt", "ught", "un")):
        return run
    return run[:-1]


def _with_complement(question: str, end: int) -> int:
    match = re.match(rf" (?:of|in) {_NAME.pattern}", question[end:])
    if match is None or _TIME.match(question[end + 1 :]):
        return end
    return end + len(re.sub(r"[’']s?$", "", match.group()))
