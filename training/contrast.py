"""Passages that say the same of two: "40 in America, compared with China's 15". The question names which one is meant.

A question whose answer is a number or a name, and that names something its answer's sentence names too, gets a second
sentence, or a few words, with another name and another answer. Both are then asked for.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.sentences import sentences
from qa.counterpart import NAME, kind_of
from training.data import Asked, Paragraph, Reading
from training.negatives import NUMBER, names_by_source, normal

TRIES = 12
IN_WORDS = 0.6  # of the numbers: a few words, not a whole sentence
WORDS = (
    "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundreds thousands".split()
)
COUNTS = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
DIGITS = re.compile(r"\d+")
YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
LOWERED = re.compile(r"(?:The|A|An|In|On|At|By|For|It|He|She|They|This|These|There|After|Before|During|When|As)\b")
SENTENCES = (", while {}", "; {}", ", and {}", ", but {}", ". {}", ". {}", ". {}")
# What may stand after a sentence or before it; {0} is the other name, {1} the other number.
AFTER = (
    ", compared to {0}'s {1}",
    ", compared with {1} for {0}",
    ", against {1} in {0}",
    ", as opposed to {1} for {0}",
    ", while {0} had {1}",
    ", {1} in {0}",
    ", and {1} for {0}",
    "; for {0} it was {1}",
    " ({0}: {1})",
    ", ahead of {0} with {1}",
)
BEFORE = ("While {0} had {1}, ", "Compared with {1} for {0}, ", "After {1} in {0}, ", "Unlike {0} with {1}, ")


@dataclass(frozen=True, slots=True)
class Contrast:
    """A text with two questions about it that differ in one name, and the one right span of each."""

    text: str
    questions: tuple[str, str]
    spans: tuple[tuple[int, int], tuple[int, int]]  # characters, half open


class Contraster:
    """Makes them from questions and their paragraphs."""

    def __init__(self, reading: Reading) -> None:
        answers: dict[str, list[str]] = defaultdict(list)
        for question in reading.questions:
            text = reading.paragraphs[question.paragraph].text
            for start, end, _ in question.answers:
                if kind_of(text[start:end]) == "name":
                    answers[asking_words(question.text)].append(text[start:end])
        self._names = names_by_source(reading.questions)
        self._answers = {key: sorted(set(found)) for key, found in answers.items()}

    def contrast(self, question: Asked, home: Paragraph, dice: random.Random) -> Contrast | None:
        """One for the question, or None where nothing can be changed."""
        start, end, _ = max(question.answers, key=lambda answer: answer[2])
        text = home.text
        kind = kind_of(text[start:end])
        low, high = next(((a, b) for a, b in sentences(text) if a <= start and end <= b), (0, 0))
        sentence = text[low:high]
        spots = [*NAME.finditer(question.text), *NUMBER.finditer(question.text)]
        named = [m for m in spots if _once(m.group(), sentence, start - low, end - low)]
        if not kind or not named or sentence.count(text[start:end]) != 1 or sentence[-1:] not in ".!":
            return None
        match = dice.choice(named)
        names = self._names.get(question.source, [])
        told = match.group()
        name = renumbered(told, text, dice) if NUMBER.fullmatch(told) else self._another(told, names, text, dice)
        old = text[start:end]
        pool = self._answers.get(asking_words(question.text), [])
        answer = renumbered(old, text, dice) if kind == "number" else self._another(old, pool, text, dice)
        if name is None or answer is None:
            return None
        if kind == "number" and dice.random() < IN_WORDS:
            joined, moved, place = _in_words(sentence, name, answer, dice)
        else:
            joined, moved, place = _in_sentences(sentence, (told, old), (name, answer), dice)
        start, place = start + moved, low + place
        return Contrast(
            text[:low] + joined + text[low + len(sentence) :],
            (question.text, question.text[: match.start()] + name + question.text[match.end() :]),
            ((start, start + len(old)), (place, place + len(answer))),
        )

    def _another(self, given: str, others: Sequence[str], text: str, dice: random.Random) -> str | None:
        known = normal(text)
        for other in dice.sample(others, min(TRIES, len(others))):
            if normal(other) not in known and abs(len(other.split()) - len(given.split())) <= 1:
                return other
        return None


def asking_words(question: str) -> str:
    """The asking word, or two of them ("how many"): answers to the same can stand in each other's place."""
    words = question.lower().split()
    return " ".join(words[: 2 if words[:1] in (["how"], ["what"], ["which"]) else 1])


def _once(name: str, sentence: str, start: int, end: int) -> bool:
    """Whether the sentence holds the name once, outside the answer."""
    place = sentence.find(name)
    apart = place + len(name) <= start or place >= end
    return place >= 0 and apart and sentence.count(name) == 1


def renumbered(answer: str, text: str, dice: random.Random) -> str | None:
    """The answer with other digits, such that the text doesn't hold it: "1,352 tons" → "4,091 tons"."""
    for _ in range(TRIES):
        other = DIGITS.sub(lambda found: _other_digits(found.group(), dice), answer)
        other = COUNTS.sub(lambda found: dice.choice(WORDS), other)
        if normal(other) not in normal(text):
            return other
    return None


def _other_digits(digits: str, dice: random.Random) -> str:
    """As many digits, not 0 first; of what looks like a year, the century stays."""
    kept = digits[:2] if YEAR.fullmatch(digits) else ""
    first = kept or dice.choice("123456789")
    return first + "".join(dice.choice("0123456789") for _ in digits[len(first) :])


def _in_words(sentence: str, name: str, answer: str, dice: random.Random) -> tuple[str, int, int]:
    """The sentence with a few words more, how far it moved, and where the other answer stands."""
    if dice.random() < len(BEFORE) / (len(BEFORE) + len(AFTER)):
        told = dice.choice(BEFORE)
        first = sentence[0].lower() + sentence[1:] if LOWERED.match(sentence) else sentence
        opening = told.format(name, answer)
        return opening + first, len(opening), told.format(name, "\0").index("\0")
    before, after = dice.choice(AFTER).split("{1}")
    joined = sentence[:-1] + before.format(name)
    return joined + answer + after.format(name) + sentence[-1], 0, len(joined)


def _in_sentences(
    sentence: str, old: tuple[str, str], new: tuple[str, str], dice: random.Random
) -> tuple[str, int, int]:
    """The sentence beside one with another name and answer, how far it moved, and where the other answer stands."""
    spot = sentence.find(old[1])
    place = spot + (len(new[0]) - len(old[0]) if sentence.find(old[0]) < spot else 0)
    other = sentence.replace(old[0], new[0])
    other = other[:place] + new[1] + other[place + len(old[1]) :]
    joint = dice.choice(SENTENCES)
    swapped = dice.random() < 0.5
    one, two = (other, sentence) if swapped else (sentence, other)
    if not joint.startswith(".") and LOWERED.match(two):
        two = two[0].lower() + two[1:]
    joined = one[:-1] + joint.format(two)
    shift = len(joined) - len(two)
    return (joined, shift, place) if swapped else (joined, 0, shift + place)
