"""What the reader is shown: for each question its passage, often with one or two that don't answer it.

The passage is varied (cropped, joined with its neighbour, with or without title) so that the reader
learns nothing from an answer's place or a passage's length.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa.reader_input import PassageQuestion
from training.contrast import Contraster
from training.data import Asked, Paragraph, Reading
from training.negatives import Candidates, Swapper, answer_words, normal
from training.planted import Planter

SENTENCE_END = re.compile(r"(?<=[.!?][\"”’)\]\s])\s*(?=\S)|(?<=[.!?])\s+(?=\S)|\n+(?=\S)")
LONGEST = 1500  # characters; a joined passage stays inside the reader's window


@dataclass(frozen=True, slots=True)
class Shown:
    """A pair and the right spans in its text (start, end, weight), none where the passage doesn't answer."""

    pair: PassageQuestion
    spans: tuple[tuple[int, int, float], ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """How often what is shown; shares of 1."""

    negative: float = 0.55  # of questions that get a passage without answer beside their own
    second: float = 0.1  # of those, a second one
    swapped: float = 0.15  # of negatives: another name or number in the question
    removed: float = 0.15  # of negatives: the passage without the sentences of the answer
    near: float = 0.6  # of the others, where both exist: same article, not another
    cropped: float = 0.5
    joined: float = 0.12
    untitled: float = 0.3
    unmarked: float = 0.15  # questions without their question mark
    qamr: int = 6000  # questions an epoch of that set, which has 30 for every sentence
    news: int = 1  # times that each question on the invented news comes in an epoch
    others: float = 1.0  # of the questions of the other sets that come in an epoch
    hard: float = 0.0  # questions with passages that a reader fell for (training/hard.py) that get some as well
    hard_passages: int = 2  # how many of them
    contrast: float = 0.0  # questions that are also asked beside their like (training/contrast.py), where they can be
    planted: float = 0.0  # questions that also get a text that was planted for them (training/planted.py)


def sentences(text: str) -> list[tuple[int, int]]:
    """Rough sentences, covering the whole text."""
    cuts = [0, *(m.end() for m in SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if a < b]


class Shower:
    """Builds an epoch of groups; the same seed gives the same epoch."""

    def __init__(
        self,
        reading: Reading,
        candidates: Sequence[Candidates],
        mix: Mix | None = None,
        hard: Mapping[int, Sequence[tuple[str, str]]] | None = None,
    ) -> None:
        """`hard` gives passages (title, text) by the question's place, the most deceptive first."""
        self._reading, self._candidates, self._mix, self._hard = reading, candidates, mix or Mix(), hard or {}
        self._swapper = Swapper(reading.questions)
        self._contraster = Contraster(reading) if self._mix.contrast else None
        self._planter = Planter(reading)
        self._places = {(p.source, p.document, p.number): p.key for p in reading.paragraphs}

    def epoch(self, seed: int) -> Iterator[tuple[Shown, ...]]:
        """Groups of one question each in random order, the answered passage first."""
        dice = random.Random(seed)
        kinds: dict[str, list[int]] = defaultdict(list)
        for index, question in enumerate(self._reading.questions):
            kinds[question.source if question.source in ("qamr", "news") else ""].append(index)
        chosen = dice.sample(kinds[""], round(self._mix.others * len(kinds[""])))
        chosen += dice.sample(kinds["qamr"], min(self._mix.qamr, len(kinds["qamr"])))
        chosen += self._mix.news * kinds["news"]
        order: list[int | Asked] = [*chosen, *(self._mix.news * self._reading.unanswered)]
        dice.shuffle(order)
        for one in order:
            if isinstance(one, Asked):
                yield self._declined(one, dice)
                continue
            yield self.group(one, dice)
            if self._contraster and dice.random() < self._mix.contrast:
                yield from self._contrasted(self._contraster, one, dice)

    def group(self, index: int, dice: random.Random) -> tuple[Shown, ...]:
        """One question's passages."""
        question, mix = self._reading.questions[index], self._mix
        home = self._reading.paragraphs[question.paragraph]
        titled = dice.random() >= mix.untitled
        asked = question.text
        if dice.random() < mix.unmarked:
            asked = asked.rstrip("? ") or asked
        shown = [self._positive(question, asked, home, titled, dice)]
        if dice.random() < mix.negative:
            for _ in range(1 + (dice.random() < mix.second)):
                negative = self._negative(index, asked, home, titled, dice)
                if negative is not None:
                    shown.append(negative)
        if index in self._hard and dice.random() < mix.hard:
            for title, text in dice.sample(self._hard[index], min(mix.hard_passages, len(self._hard[index]))):
                pair = PassageQuestion(asked, title if titled else "", self._short(text, dice))
                shown.append(Shown(pair, ()))
        if mix.planted and dice.random() < mix.planted:  # no die where none are wanted: other recipes' epochs stay
            title, text = self._planter.plant(question, asked, dice)
            shown.append(Shown(PassageQuestion(asked, title if titled else "", text[:LONGEST]), ()))
        return tuple(shown)

    def _declined(self, question: Asked, dice: random.Random) -> tuple[Shown, ...]:
        """The passage that a question was written for and doesn't answer it."""
        home = self._reading.paragraphs[question.paragraph]
        title = self._title(home, dice.random() >= self._mix.untitled)
        return (Shown(PassageQuestion(question.text, title, self._short(home.text, dice)), ()),)

    def _contrasted(self, contraster: Contraster, index: int, dice: random.Random) -> Iterator[tuple[Shown, ...]]:
        """Groups of one pair each: the question, and the same about something else, both of one passage."""
        question = self._reading.questions[index]
        home = self._reading.paragraphs[question.paragraph]
        made = contraster.contrast(question, home, dice)
        if made is None:
            return
        title = self._title(home, dice.random() >= self._mix.untitled)
        low, high = 0, len(made.text)
        if dice.random() < self._mix.cropped or high > LONGEST:
            low, high = crop(made.text, min(made.spans)[0], max(made.spans)[1], dice)
        for asked, (start, end) in zip(made.questions, made.spans, strict=True):
            pair = PassageQuestion(asked, title, made.text[low:high])
            yield (Shown(pair, ((start - low, end - low, 1.0),)),)

    def _title(self, paragraph: Paragraph, titled: bool) -> str:
        return paragraph.title if titled else ""

    def _positive(self, question: Asked, asked: str, home: Paragraph, titled: bool, dice: random.Random) -> Shown:
        text, shift, roll = home.text, 0, dice.random()
        first, last = min(a for a, _, _ in question.answers), max(b for _, b, _ in question.answers)
        joined = self._mix.joined * (4 if home.source == "qamr" else 1)
        if roll < joined:
            text, shift = self._join(home, dice)
        elif roll < joined + self._mix.cropped or len(text) > LONGEST:
            start, end = crop(text, first, last, dice)
            text, shift = text[start:end], -start
        spans = tuple((a + shift, b + shift, w) for a, b, w in question.answers)
        return Shown(PassageQuestion(asked, self._title(home, titled), text), spans)

    def _join(self, paragraph: Paragraph, dice: random.Random) -> tuple[str, int]:
        """The paragraph with the one before or after it in its document, and how far it moved."""
        step = dice.choice((-1, 1))
        key = self._places.get((paragraph.source, paragraph.document, paragraph.number + step))
        if key is None or len(paragraph.text) + len(self._reading.paragraphs[key].text) > LONGEST:
            return paragraph.text, 0
        other = self._reading.paragraphs[key].text.strip()
        if step > 0:
            return f"{paragraph.text.rstrip()} {other}", 0
        return f"{other} {paragraph.text}", len(other) + 1

    def _negative(self, index: int, asked: str, home: Paragraph, titled: bool, dice: random.Random) -> Shown | None:
        question, found, mix = self._reading.questions[index], self._candidates[index], self._mix
        roll = dice.random()
        if roll < mix.swapped:
            other = self._swapper.swap(question, home.text, dice)
            if other is not None:
                return Shown(PassageQuestion(other, self._title(home, titled), self._short(home.text, dice)), ())
        elif roll < mix.swapped + mix.removed and home.source != "qamr":
            rest = self._removed(question, home.text)
            if rest:
                return Shown(PassageQuestion(asked, self._title(home, titled), rest), ())
        keys = found.near if found.near and (not found.far or dice.random() < mix.near) else found.far
        if not keys:
            return None
        # squaring a uniform draw leans to the front of the list, where the hard ones are
        other_home = self._reading.paragraphs[keys[int(len(keys) * dice.random() ** 2)]]
        text = self._short(other_home.text, dice)
        return Shown(PassageQuestion(asked, self._title(other_home, titled), text), ())

    def _short(self, text: str, dice: random.Random) -> str:
        """A negative is cropped as often as a positive, or its length would give it away."""
        if dice.random() < self._mix.cropped or len(text) > LONGEST:
            spot = dice.randrange(max(len(text), 1))
            start, end = crop(text, spot, spot + 1, dice)
            return text[start:end]
        return text

    def _removed(self, question: Asked, text: str) -> str:
        """The text without any sentence that holds an answer's words; "" where too little is left."""
        answers = answer_words(question, text)
        spans = [(a, b) for a, b, _ in question.answers]
        kept = [
            text[a:b]
            for a, b in sentences(text)
            if not any(a < e and s < b for s, e in spans) and not any(w in normal(text[a:b]) for w in answers)
        ]
        rest = "".join(kept).strip()
        return rest if len(rest) > 120 else ""


def crop(text: str, first: int, last: int, dice: random.Random) -> tuple[int, int]:
    """A stretch of whole sentences around characters first … last, of random extent on either side."""
    found = sentences(text)
    low = max(i for i, (a, _) in enumerate(found) if a <= first)
    high = min((i for i, (_, b) in enumerate(found) if b >= last), default=len(found) - 1)
    before, after = low, len(found) - 1 - high
    low -= dice.randint(min(1, before), before) if before else 0
    high += dice.randint(min(1, after), after) if after else 0
    start, end = found[low][0], found[high][1]
    return (start, end) if last - start <= LONGEST else (max(0, first - 200), min(len(text), last + 600))
