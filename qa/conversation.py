"""A follow-up question becomes one that stands alone, by rules over the last exchanges; no model.

A question that was understood wrongly is worse than one that was not understood, so in doubt it stays as it was asked:
with two people in the last question, "he" is nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.ellipsis import Exchange, asked_on, counted_otherwise, inside, instead, quoted, said_by
from qa.mentions import (
    PREPOSITIONS,
    counted_things,
    governed,
    is_person,
    is_place,
    is_plural,
    is_role,
    names,
    things,
    times,
)

__all__ = ["Exchange", "Understood", "stand_alone"]

LOOK_BACK = 3  # exchanges in which a pronoun may find what it stands for


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is asked of the articles."""

    question: str
    changed: bool  # whether it differs from what was typed, apart from white space


_HE = frozenset("he him his she her".split())
_IT = frozenset("it its".split())
_THEY = frozenset("they them their".split())
_OWN = frozenset("his its their".split())
_PRONOUN = re.compile(r"\b(?:he|him|his|she|her|it|its|they|them|their|there|then)\b", re.I)
_ONLY_PRONOUN = re.compile(r"(?:(?:and|but|what|how) )*(?:about |many of )?\w+", re.I)
_SAID_IT = re.compile(r"\b(say|said|says) (?:that|this|it|so)$", re.I)
_EMPTY_IT = re.compile(
    r"\bit(?= (?:true|possible|likely|legal|safe|important|necessary|known|clear|worth|rain|snow|take|takes|took|mean"
    r"|that|turn|seem|be)\b)|\b(?:make|makes|made|call|rains|how is) it\b",
    re.I,
)
_HERE = re.compile(r"\bthere$|\bthere(?= (?:in \d|last|now|today|every|each|before|after)\b)", re.I)
_IS_THERE = re.compile(r"\b(?:is|are|was|were|be|been) there\b|\bthere (?:is|are|was|were|be|has|have|will)\b", re.I)


def stand_alone(question: str, turns: Sequence[Exchange]) -> Understood:
    """The question with what it leaves out or points at, taken from `turns`, the oldest first.

    Unchanged, apart from its white space, where nothing is missing or what is missing isn't clear.
    """
    asked = " ".join(question.split())
    core = asked.rstrip(" ?.!")
    if not turns or not core:
        return Understood(asked, changed=False)
    rules: tuple[Callable[[str, Exchange], str | None], ...] = (said_by, asked_on, counted_otherwise, instead)
    for rule in rules:
        if found := rule(core, turns[-1]):
            return Understood(found, found != asked)
    found = _pronouns(core, list(turns)[-LOOK_BACK:])
    return Understood(f"{found}?", changed=True) if found else Understood(asked, changed=False)


def _pronouns(core: str, turns: Sequence[Exchange]) -> str | None:
    """The question with each pronoun replaced; None if there is none, or one whose meaning isn't clear."""
    if _ONLY_PRONOUN.fullmatch(core):
        return None
    if match := _SAID_IT.search(core):
        if not turns[-1].quote:
            return None
        stem = core[: match.start()]
        if not _PRONOUN.search(stem):
            return None if _mentioned_before(stem, "they") else f"{core[: match.end(1)]} {quoted(turns[-1])}"
        found = _pronouns(f"{core[: match.end(1)]}", turns)
        return f"{found} {quoted(turns[-1])}" if found else None
    parts, reached = [], 0
    for match in _PRONOUN.finditer(core):
        if _points_nowhere(core, match):
            continue
        meant = _meant(core, match, turns)
        if meant is None:
            return None
        parts += [core[reached : match.start()], meant]
        reached = match.end()
    if not parts:
        return None
    whole = re.sub(r"^(?:and|but|so) (?=\w+ )", "", "".join([*parts, core[reached:]]), flags=re.I)
    return whole[0].upper() + whole[1:]


def _points_nowhere(core: str, match: re.Match[str]) -> bool:
    """Whether the word is no pronoun here: "Are there …", "Is it true …", "then" inside a sentence."""
    word, end = match.group().lower(), core[match.start() :]
    if word == "there":
        return not _HERE.match(end) or any(found.end() >= match.end() > found.start() for found in _around(core, match))
    if word == "then":
        return match.end() != len(core)
    return word == "it" and any(found.start() <= match.start() < found.end() for found in _EMPTY_IT.finditer(core))


def _around(core: str, match: re.Match[str]) -> list[re.Match[str]]:
    return [found for found in _IS_THERE.finditer(core) if found.start() <= match.start() < found.end()]


def _meant(core: str, match: re.Match[str], turns: Sequence[Exchange]) -> str | None:
    """What the pronoun stands for, as the newest exchange with a candidate has it; None if it has several."""
    word = match.group().lower()
    if _mentioned_before(core[: match.start()], word):
        return None
    for turn in reversed(turns):
        found = _candidates(word, turn)
        if found:
            owner = word in _OWN or (word == "her" and _owns(core[match.end() :]))
            return None if len(found) > 1 else _owned(found[0]) if owner else found[0]
    return None


def _mentioned_before(before: str, word: str) -> bool:
    """Whether the question itself names, before the pronoun, what it may stand for."""
    named = [name.text for name in names(before)]
    told = [thing.text for thing in things(f"{before} so")]
    if word in _HE:
        return any(not is_place(name) for name in named) or any(is_role(thing) for thing in told)
    if word in _IT:
        return any(not is_person(name) for name in named) or any(not is_role(thing) for thing in told)
    if word in _THEY:
        people = [name for name in named if not is_person(name)]
        return bool(people) or any(not is_role(thing) for thing in told) or counted_things(before) is not None
    return any(is_place(name) for name in named) or bool(times(before))


def _candidates(word: str, turn: Exchange) -> list[str]:
    find = _people if word in _HE else _matters if word in _IT else _groups if word in _THEY else _places
    found = _moments(turn) if word == "then" else find(turn)
    return list(dict.fromkeys(found))


def _people(turn: Exchange) -> list[str]:
    question = turn.question
    found = [inside(turn.short)] if turn.short and _asks(question, "who") and _is_name(turn.short) else []
    free = [name.text for name in names(question) if not governed(question, name) or is_person(name.text)]
    found += [name for name in free if not is_place(name) and not name.isupper() and not name.startswith("the ")]
    return found + [inside(thing.text) for thing in things(question) if is_role(thing.text)]


def _matters(turn: Exchange) -> list[str]:
    question = turn.question
    free = [name for name in names(question) if not governed(question, name)]
    found = [inside(thing.text) for thing in things(question) if not is_plural(thing.text) and not is_role(thing.text)]
    found += [name.text for name in free if not is_person(name.text)]
    if turn.short and _asks(question, "what", "which") and not found and _is_thing(turn.short):
        return [re.sub(r"^an? ", "the ", inside(turn.short))]
    return found


def _groups(turn: Exchange) -> list[str]:
    question = turn.question
    counted = counted_things(question)
    found = [f"the {counted.text}"] if counted else []
    found += [inside(thing.text) for thing in things(question) if is_plural(thing.text)]
    if turn.short and _asks(question, "who", "which") and " and " in turn.short and len(turn.short) <= 60:
        found.append(inside(turn.short))
    return found or [inside(thing.text) for thing in things(question) if not is_role(thing.text)]


def _places(turn: Exchange) -> list[str]:
    question = turn.question
    if turn.short and _asks(question, "where") and len(turn.short) <= 60:
        place = inside(turn.short)
        return [place if place.split()[0] in PREPOSITIONS else f"in {place}"]
    told = [name for name in names(question) if re.search(r"\b(?:in|at|to|from|of) $", question[: name.start], re.I)]
    told = told or [name for name in names(question) if is_place(name.text)]
    found = [f"in {name.text}" for name in told if not is_person(name.text)]
    if turn.short and _asks(question, "what", "which", "in which") and is_place(turn.short):
        found.append(f"in {inside(turn.short)}")
    return found


def _moments(turn: Exchange) -> list[str]:
    if turn.short and _asks(turn.question, "when") and times(turn.short):
        moment = inside(turn.short)
        return [moment if moment.split()[0] in PREPOSITIONS else f"in {moment}"]
    return [time.text for time in times(turn.question)]


def _asks(question: str, *words: str) -> bool:
    return question.lower().startswith(words)


def _is_name(short: str) -> bool:
    words = short.strip().rstrip(".").split()
    return 1 <= len(words) <= 4 and all(word[0].isupper() for word in words) and not is_place(" ".join(words))


def _is_thing(short: str) -> bool:
    return len(short) <= 60 and (short.startswith(("the ", "The ", "a ", "A ")) or _is_name(short))


def _owns(after: str) -> bool:
    following = after.split()
    return bool(following) and following[0].lower() not in PREPOSITIONS and following[0].islower()


def _owned(name: str) -> str:
    return f"{name}’" if name.endswith("s") and not name[0].isupper() else f"{name}’s"
