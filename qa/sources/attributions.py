"""Who says what inside one sentence: "…," said X; X said that …; according to X. Rules for English news prose.

A name is taken only if every word of it is a capitalised one or stands in the lists below, so that a whole clause can't
pass for a speaker; what is attributed ends at a turn such as ", but" and at the next speaker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from corpus.dates import WEEKDAYS
from qa.mentions import is_person

Range = tuple[int, int]

ROLES = (
    "academics accused activist activists administration administrator adviser advisers advisor advisors agency agent "
    "agents aide aides airline airport airports ambassador analyst analysts army artist association astronomers "
    "attorney attorneys author authorities authority authors bank banks biologist board boss brother bureau campaign "
    "campaigners captain chair chairman chairperson chairwoman chief chiefs city coach co-author co-founder "
    "colleague colleagues commander commission commissioner committee companies company congressman congresswoman "
    "consultant coroner correspondent council councillor county court critic critics daughter department deputies "
    "deputy designer detectives developer diplomat diplomats director doctor doctors economist economists editor "
    "employee employees engineer engineers epidemiologist executive executives expert experts family farmer father "
    "federation filing firefighters firm founder founders friend friends general geologist governor government group "
    "groups head historian historians hospital husband inspector institute insurer investigator investigators "
    "investor investors journalist judge king lawmaker lawmakers lawyer lawyers leader leaders lieutenant maker "
    "man manager manufacturer master mayor mayors member members meteorologist meteorologists military minister "
    "ministers ministry mother museum navy neighbor neighbors neighbour neighbours network officer officers official "
    "officials operator opposition organisation organiser organisers organization organizer organizers owner owners "
    "owner palace parent parents parliament partner party people person physician pilot player police politician "
    "pope premier president press priest producer professor prosecutor prosecutors protesters publisher queen "
    "regulator regulators report reporter representative representatives rescuers researcher researchers resident "
    "residents retailer school scientist scientists secretary senator senators sergeant sheriff singer sister "
    "soldier son source sources speaker specialist spokesman spokespeople spokesperson spokespersons spokeswoman "
    "staff statement station strategist student students study supplier supporters surgeon survey survivor "
    "survivors suspect teacher teachers team teams tribunal union unions university victim victims watchdog widow "
    "wife witness witnesses woman workers writer agency's office offices operator's"
).split()
_MODIFIERS = (
    "acting assistant associate chief communications county current defence defense deputy district economic election "
    "emergency environmental ex-wife executive federal financial fire first foreign former fellow government harbour "
    "health high human independent industry intelligence interim international junior justice labour law leading "
    "local long-time longtime managing marketing media medical meteorological national new news opposition other "
    "parliamentary party planning police political presidential press prime principal private public regional "
    "relations retired rights rival science security senior several some space sports state statistics team top trade "
    "transport two three four many most unnamed vice weather one company familiar matter knowledge situation port "
    "fourth second third interior finance education climate global co research works football"
).split()
_LINKS = "a an the of for at from with in and to on by".split()
_PARTICLES = "de van von der den al bin el la le du da di dos del".split()

_CAP = (
    r"(?:(?:[A-Z]\.)+|(?:Dr|Mr|Mrs|Ms|Prof|Rep|Sen|Gov|Gen|Lt|Col|Sgt|Capt|Maj|Adm|Rev|Det|Supt|St|Jr|Sr)\.|"
    r"[A-Z][\w’'&-]*)"
)
_LOWER = "|".join(
    re.escape(word) for word in sorted({*ROLES, *_MODIFIERS, *_LINKS, *_PARTICLES}, key=lambda w: (-len(w), w))
)
TOKEN = rf"(?:{_CAP}|(?:{_LOWER})(?:[’']s?)?(?![\w’'-]))"
_NAME = rf"(?P<name>{TOKEN}(?: {TOKEN}){{0,11}})"
_ASIDE = r"(?:, (?P<aside>[^,“”\"]{2,120}),)?"
_ADVERB = r"(?: (?:also|later|then|previously|earlier|repeatedly|once|both|has|have|had|\w+ly))?"
_SAY = r"(?:said|says|say)"
_VERBS = (
    r"said|says|say|added|adds|explained|explains|wrote|writes|noted|notes|stated|insisted|insists|argued|argues|"
    r"warned|warns|claimed|claims|announced|confirmed|acknowledged|admitted|recalled|recalls|replied|testified|"
    r"predicted|concluded|stressed|emphasi[sz]ed|declared|tweeted|joked|continued|remarked"
)
_REPORT = (
    rf"(?:{_VERBS}|"
    r"told [^,.;:“”\"]{2,50}?(?= that\b|[,.;:“”\"]|$| (?:on|in|at|during|after|last|yesterday|via|by)\b))"
)
_BOUND = r"(?:^[“\"]?|[,;:—–] |[”\"] |\b(?:but|and|while|though|although|But|And|While|Though|Although) )"
_WHEN = (
    r"(?: (?:on|in|at|during|after|before|last|this|yesterday|today|to|via|from|earlier|later|as|when|late|"
    rf"{'|'.join(WEEKDAYS)})\b[^,;“”\"]{{0,80}})?"
)
_BEFORE_VERB = rf"{_BOUND}{_NAME}{_ASIDE}{_ADVERB} (?P<verb>{_REPORT}(?P<that> that\b)?)(?![\w-])"
_AFTER_VERB = rf"[,”\"] (?P<verb>{_REPORT}) {_NAME}(?=[,.;:—–]|{_WHEN}[,.;]|$)"
_ACCORDING = rf"\b[Aa]ccording to {_NAME}(?P<end>[,.;)—–]|$)"
_REPORTS = re.compile(rf"{_VERBS}|told|ccording to")  # without one of these no attribution is found
_PRONOUN = re.compile(r"(?:^|[”\"] |, )(?P<name>[Hh]e|[Ss]he) (?:also |later |then )?(?P<verb>said|says|added|adds)\b")
_TRAILS = re.compile(rf"{_WHEN}[.!?]?[”\"]?$")
SPEECH = re.compile(r"“[^“”]*”|\"[^\"]*\"")
_TURN = re.compile(r"[,;] (?:but|while|although|though|whereas|even as|yet)\b|(?: even)? though\b")
_GOES_ON = re.compile(r"[,;]? ?(?:and|but|while|although|though|or|so)\b")
SAYING = re.compile(rf"\b(?:{_SAY}|told|added|claimed|according to)\b")
_NOT_SAID = re.compile(r"\b(?:not|never|n[’']t|refused to|declined to|if|whether|who|which|whom)$")
FULL_NAME = re.compile(rf"{_CAP}(?: (?:(?:{'|'.join(_PARTICLES)}) )?{_CAP})+")
_NOBODY = frozenset(
    "he she it they we i you who that this these those there what which when where why how nobody none others easier "
    "here also still yet not if his her their its my our your something nothing everything".split()
)
_NOT_FIRST = frozenset(
    "but and or so yet as if when while after before since though although because for of with in on at by to from "
    "about during under over until like despite meanwhile however then now later earlier once".split()
)
_LEADING = frozenset("the a an some most many few all in on at".split())


@dataclass(frozen=True, slots=True)
class Attribution:
    """Somebody, and the stretches of the text that are attributed to them; all in characters of the same text."""

    name: Range
    verb: Range
    said: tuple[Range, ...]
    pronoun: bool = False


def in_sentence(text: str, sentence: Range) -> list[Attribution]:
    """The attributions of a sentence, without those that are denied or asked."""
    start, end = sentence
    own = text[start:end]
    if not _REPORTS.search(own):
        return []
    found = [*_before_verb(own), *_after_verb(own), *_according(own)]
    found += [_spread(own, m.span("name"), m.span("verb"), m.end(), True) for m in _PRONOUN.finditer(own)]
    kept = _apart([one for one in found if not _NOT_SAID.search(own[: one.verb[0]].rstrip())])
    return [
        Attribution(
            (one.name[0] + start, one.name[1] + start),
            (one.verb[0] + start, one.verb[1] + start),
            tuple((s + start, e + start) for s, e in one.said),
            one.pronoun,
        )
        for one in kept
    ]


def _apart(found: list[Attribution]) -> list[Attribution]:
    """What follows one speaker's verb ends where the next speaker is named."""
    names = sorted(one.name[0] for one in found)
    return [
        replace(
            one,
            said=tuple(
                (s, min([e, *(name for name in names if name > s)])) if s == one.verb[1] else (s, e)
                for s, e in one.said
            ),
        )
        for one in found
    ]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when a sentence first needs it: the lists of words above make that take 25 milliseconds."""
    return re.compile(pattern)


def _before_verb(own: str) -> Iterator[Attribution]:
    position = 0
    while match := _compiled(_BEFORE_VERB).search(own, position):
        position = match.start("name") + 1
        name, verb = match.span("name"), match["verb"]
        aside = match["aside"]
        if aside and is_person(aside) and FULL_NAME.fullmatch(aside):
            name = match.span("aside")
        direct = own[: match.start("name")].rstrip().endswith(("”", '"'))
        says = re.fullmatch(_SAY, verb) or match["that"] or direct or _TRAILS.match(own, match.end("verb"))
        if says and _somebody(own[name[0] : name[1]]):
            position = match.end("name")
            yield _spread(own, name, match.span("verb"), match.start("name"), False)


def _after_verb(own: str) -> Iterator[Attribution]:
    for match in _compiled(_AFTER_VERB).finditer(own):
        if _somebody(match["name"]):
            yield Attribution(match.span("name"), match.span("verb"), ((0, match.start() + 1),))


def _according(own: str) -> Iterator[Attribution]:
    for match in _compiled(_ACCORDING).finditer(own):
        if _somebody(match["name"]):
            verb = (match.start(), match.start("name"))
            left, right = _turns(own, match.start(), match.end())
            yield Attribution(match.span("name"), verb, ((left, match.start()), (match.end(), right)))


def _spread(own: str, name: Range, verb: Range, begins: int, pronoun: bool) -> Attribution:
    """What `name said` governs: what follows, or what came before where nothing but a time follows."""
    left, right = _turns(own, begins, verb[1])
    before = own[:begins].rstrip()
    if before.endswith((",", "”", '"')) and _TRAILS.match(own, verb[1]):
        return Attribution(name, verb, ((left, begins),), pronoun)
    if before.endswith(",") and own.startswith(",", verb[1]):  # The tax, she said, will fall
        after = () if _GOES_ON.match(own, verb[1] + 1) or own[verb[1] + 2 :].startswith("and") else ((verb[1], right),)
        return Attribution(name, verb, ((left, begins), *after), pronoun)
    return Attribution(name, verb, ((verb[1], right),), pronoun)


def _turns(own: str, start: int, end: int) -> Range:
    """As far as one goes to both sides without a turn such as ", but"."""
    before = [match.end() for match in _TURN.finditer(own, 0, start)]
    after = _TURN.search(own, end)
    return (before[-1] if before else 0), (after.start() if after else len(own))


def _somebody(name: str) -> bool:
    words = name.split()
    small = [word.lower() for word in words if not (word.isupper() and len(word) > 1)]
    if any(word in _NOBODY for word in small) or words[-1] in _LINKS or words[0].lower() in _NOT_FIRST:
        return False
    has_role = any(word.lower().split("’")[0].split("'")[0] in ROLES for word in words)
    named = [word for word in words if word[0].isupper() and word.lower() not in _LEADING]
    return has_role or any(word.lower() not in _MODIFIERS for word in named)


def may_begin_a_name(word: str) -> bool:
    """Whether the word is none that only begins a sentence: "But Bragg" is no name."""
    return word.lower() not in _NOT_FIRST | _LEADING | _NOBODY
