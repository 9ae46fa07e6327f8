"""Questions in other words than their text's: "Who purchased the firm?" of a text that says "bought" and "company".

People ask in their own words, while those who wrote the training questions had the text before their eyes. So words
that a question shares with its passage give way to the nearest ones among the encoder's own word embeddings, in which
"bought" lies beside "purchased" at a cosine of .83. Opposites and siblings lie near as well, so those that are common
are kept apart by hand.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from index.lexical import STOP_WORDS
from index.vectors import Vectors
from qa.counterpart import NAME
from training.negatives import normal

NEAREST = 10  # neighbours of a word that are looked at
LIKE = 0.42  # least cosine, around the mean of all words
STEM = 4  # words that begin with as many of the same letters are forms of one word
FEWEST = 3  # times that a word stands in the texts; the vocabulary is full of words that nobody writes
CHANGED = 0.7  # of the words that have neighbours
HIDDEN = 0.2  # of those that have none
MASK = "[MASK]"
LOWER = re.compile(r"\b[a-z]{3,}\b")
WORDS = re.compile(r"[a-z]+")
# Words of one line don't stand for each other, however near they are.
APART = """
one two three four five six seven eight nine ten eleven twelve both twice trio pair dozen
first second third fourth fifth last next final former latter
hundred thousand million billion trillion half quarter hundreds thousands millions
second seconds minute minutes hour hours day days week weeks month months year years decade decades century centuries
yesterday today tomorrow morning evening night afternoon
more less most least many few fewer several some all none any every never always rarely seldom often sometimes usually
frequently occasionally regularly typically generally commonly ever
large largest larger small smallest smaller big bigger biggest tiny little huge long longest longer short shorter
high higher highest low lower lowest upper tall tallest heaviest deep deepest top bottom
good better best bad worse worst great excellent poor
increase increases increased decrease decreases decreased rise rose rising fall fell falling grow drop
before after earlier later early late since until
man men woman women boy boys girl girls male males female females ladies lady
father mother mom mum dad parents parent son sons daughter daughters brother sister husband wife wives husbands spouse
uncle aunt children child baby babies
north south east west northern southern eastern western left right front back
buy buys buying bought purchase purchased sell sells selling sold seller buyer sale sales rent
win wins won winning lose loses lost losing loss victory defeat
open closed close opened begin began begins start started starts end ended ends ending stop stopped finish
hot warm cold cool hotter colder heat dry wet
easy easier easiest difficult hard harder hardest simple
cheap cheaper expensive costly inexpensive
black white red blue green yellow brown grey gray pink purple orange
hockey basketball baseball soccer football tennis cricket golf rugby
river lake sea ocean island mountain
city town village state country county province
public private legal illegal true false
import export imports exports income expense profit profits
allow allowed allows prevent prevented prevents forbid banned
dog cat horse cow pig sheep chicken
army navy infantry
can cannot could couldn will wouldn would might may should must able
question answer asked asking answered
not cannot nothing none
noise quiet sound silent silence
"""


class Rewording:
    """Changes questions; the same dice give the same changes."""

    def __init__(self, model: Path, texts: Iterable[str]) -> None:
        """`model` is a folder with tokenizer and weights of a BERT; only words that `texts` hold are put in."""
        words, vectors = _lower_words(model, texts)
        places = {word: n for n, word in enumerate(words)}
        apart = [frozenset(line.split()) for line in APART.strip().splitlines()]
        likeness = vectors @ vectors.T
        self._near: dict[str, tuple[str, ...]] = {}
        for word, n in places.items():
            nearest = np.argsort(-likeness[n], kind="stable")[: NEAREST + 1]
            forbidden = frozenset[str]().union(*(line for line in apart if word in line))
            others = (words[m] for m in nearest if likeness[n, m] >= LIKE)
            kept = tuple(other for other in others if other[:STEM] != word[:STEM] and other not in forbidden)
            if kept:
                self._near[word] = kept

    def reworded(self, question: str, text: str, dice: random.Random) -> str:
        """The question with most of the words that it shares with the text replaced, some hidden.

        Names and numbers stay, and so do the words that ask.
        """
        known = normal(text)
        names = [match.span() for match in NAME.finditer(question)]
        parts, reached = [], 0
        for match in LOWER.finditer(question):
            word = match.group()
            near = self._near.get(word, (MASK,))
            if word in STOP_WORDS or f" {word} " not in known:
                continue
            if any(start < match.end() and match.start() < end for start, end in names):
                continue
            if dice.random() >= (HIDDEN if near == (MASK,) else CHANGED):
                continue
            parts += [question[reached : match.start()], dice.choice(near)]
            reached = match.end()
        return "".join([*parts, question[reached:]])


def _lower_words(model: Path, texts: Iterable[str]) -> tuple[list[str], Vectors]:
    """The vocabulary's whole words that the texts hold, and unit vectors (n, dim) of them."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(WORDS.findall(text.lower()))
    vocabulary = Tokenizer.from_file(str(model / "tokenizer.json")).get_vocab()
    kept = sorted((word, row) for word, row in vocabulary.items() if LOWER.fullmatch(word) and counts[word] >= FEWEST)
    weights = load_file(model / "model.safetensors")
    name = next(key for key in weights if key.endswith("embeddings.word_embeddings.weight"))
    table = weights[name].astype(np.float32)[[row for _, row in kept]]
    table -= table.mean(0)
    return [word for word, _ in kept], table / np.linalg.norm(table, axis=1, keepdims=True)
