"""Example questions for the first page, drafted by rule from whatever articles are loaded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, zip_longest

OPENING = 3_000  # characters of an article that are looked at

_CAPITAL = r"(?:[A-Z][a-z]+(?:-[A-Z]?[a-z]+)*|[A-Z]{2,6})"
_PERSON = r"[A-Z][a-z]+(?: [A-Z]\.)?(?: [A-Z][a-z]+(?:-[A-Z][a-z]+)?){1,2}"
_VERBS = "said|says|told|noted|warned|argued|added|explained|stated|emphasized|emphasised|wrote"
_ROLES = (
    r"(?:an? |the )?(?:[\w-]+ ){0,4}?(?:activist|ambassador|analyst|architect|artist|author|chair|chairman|chairwoman|"
    r"chief|coach|curator|director|doctor|economist|editor|engineer|expert|farmer|founder|governor|head|historian|"
    r"journalist|judge|laureate|lawyer|leader|manager|mayor|minister|nurse|officer|owner|partner|president|professor|"
    r"researcher|scientist|secretary|senator|spokesman|spokesperson|spokeswoman|student|teacher|writer)\b"
)
_INTRODUCED = re.compile(rf"\b({_PERSON}), (?i:{_ROLES})")
_QUOTED = re.compile(rf"\b(?:({_PERSON}) (?:{_VERBS})|(?:{_VERBS}) ({_PERSON}))\b")
_NAMED = re.compile(rf"(?<=[a-z] )(?:(the )(?:[a-z]+ )?)?({_CAPITAL}(?: {_CAPITAL}){{1,3}})\b(?![’'-])")
_TITLES = frozenset(
    "Analyst Ambassador Chairman Chancellor Chief Coach Congressman Director Doctor Economist Executive General "
    "Governor Judge King Lord Mayor Minister Officer Premier President Prime Prince Princess Professor Queen "
    "Secretary Senator Sir Vice".split()
)
_NOT_NAMES = frozenset(
    "The A An This That These Those It He She We They I You In On At For But And Or If When While After Before "
    "Last Next According Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April "
    "May June July August September October November December Mr Mrs Ms Dr Photo Image Read More Meanwhile "
    "However Former".split()
)


def draft_examples(openings: Sequence[str], most: int = 8) -> list[str]:
    """Draft questions from the first characters of each article, the most promising first; at most `most`.

    Three rules: somebody introduced with a role gives "Who is X?", somebody quoted "What did X say?", and another name
    inside a sentence "What do the articles say about X?". What several articles mention comes first, then the order of
    the articles. No name, no question: none is better than one that doesn't read like one.
    """
    introduced = _ranked(openings, _introduced)
    quoted = [name for name in _ranked(openings, _quoted) if name not in introduced]
    people = [*introduced, *quoted]
    named = [name for name in _once(_ranked(openings, _named)) if not any(_related(name, person) for person in people)]
    drafts = (
        [f"Who is {name}?" for name in introduced],
        [f"What do the articles say about {name}?" for name in named],
        [f"What did {name} say?" for name in quoted],
    )
    return [question for question in chain.from_iterable(zip_longest(*drafts)) if question][:most]


def _ranked(openings: Sequence[str], find: Callable[[str], Iterator[str]]) -> list[str]:
    counts: Counter[str] = Counter()
    for opening in openings:
        counts.update(list(dict.fromkeys(find(_prose(opening[:OPENING])))))
    # A stable sort: among equals the order of first mention stays.
    return sorted(counts, key=lambda name: -counts[name])


def _prose(text: str) -> str:
    # Headlines, menus and author boxes have capitals everywhere; only lines that end like a sentence are read.
    return "\n".join(line for line in text.splitlines() if len(line) > 60 and line.rstrip(" ”\"’'")[-1:] in ".!?")


def _introduced(text: str) -> Iterator[str]:
    return _people(match.group(1) for match in _INTRODUCED.finditer(text))


def _quoted(text: str) -> Iterator[str]:
    return _people(match.group(1) or match.group(2) for match in _QUOTED.finditer(text))


def _people(found: Iterator[str]) -> Iterator[str]:
    for name in found:
        words = name.split()
        while words and words[0] in _TITLES:
            words.pop(0)
        if len(words) > 1 and _is_name(" ".join(words)):
            yield " ".join(words)


def _named(text: str) -> Iterator[str]:
    return (f"{match[1] or ''}{match[2]}" for match in _NAMED.finditer(text) if _is_name(match[2]))


def _once(names: Sequence[str]) -> list[str]:
    # "the World AI Conference" and "World AI Conference" are one; the commoner spelling, which comes first, stays.
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.removeprefix("the "), name)
    return list(first.values())


def _is_name(name: str) -> bool:
    return re.fullmatch(rf"(?:{_PERSON}|{_CAPITAL}(?: {_CAPITAL})+)", name) is not None and not any(
        word in _NOT_NAMES for word in name.split()
    )


def _related(name: str, person: str) -> bool:
    return bool(set(name.split()) & set(person.split()))
