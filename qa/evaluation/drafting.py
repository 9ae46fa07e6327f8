"""Drafts of questions from one's own articles, for a person to correct: a start, never a reference.

Rules, not a model: a sentence that stands on its own loses one thing that can be asked for, and the rest becomes the
question. Each draft is tagged `draft`, and a report says so for as long as the tag is there.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.article import Article
from corpus.dates import MONTHS
from corpus.sentences import sentences
from qa.english import MULTIPLES
from qa.evaluation.questions import GoldEvidence, Question

TAG = "draft"
_MIN_SENTENCE, _MAX_SENTENCE = 45, 260  # characters; shorter ones say little, longer ones ask for much
_NAME = r"(?:[A-Z][\w’'&-]+|[A-Z]\.)(?:\s(?:(?:of|the|de|van|von|al|bin)\s)?(?:[A-Z][\w’'&-]+|[A-Z]\.))*"
_MONTH = rf"(?:{'|'.join(MONTHS)})"
_SAID = r"(?:said|announced|warned|told|won|founded|wrote|became|led|signed|died|discovered|bought|launched|resigned)"
# A sentence that leans on the one before it makes no question that stands alone.
_LEANS = re.compile(
    r"^[\W_]*(?:he|she|it|they|we|i|you|his|her|its|their|our|my|this|that|these|those|but|and|or|so|however|also|then|"
    r"yet|meanwhile|still|instead|such|another|others?|both|there|here|if|when|while|what|why|how|who)\b",
    re.IGNORECASE,
)
_WHO = re.compile(rf"^(?P<answer>{_NAME})\s(?P<rest>{_SAID}\s.+)$")
_QUANTITY = re.compile(
    r"(?<![\w.,$£€-])(?!(?:1[5-9]|20)\d\d\b)(?P<answer>(?:[$£€]\s?)?\d[\d,]*(?:\.\d+)?"
    rf"(?:\s(?:{'|'.join(MULTIPLES)}))?"
    r"(?:\s?%|\sper\scent|\spercent)?)(?![\w-]|[.,]\d)"
)
_DATE = re.compile(
    rf"(?P<answer>\d{{1,2}}(?:st|nd|rd|th)?\s{_MONTH}(?:,?\s\d{{4}})?|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?|"
    rf"{_MONTH}\s\d{{4}}|(?<=[Ii]n\s)(?:1[5-9]|20)\d\d)(?!\d)"
)
_PLACE = re.compile(rf"\b(?:in|at|from|near|to)\s(?!{_MONTH})(?P<answer>{_NAME})(?=[\s,.;])(?<![’']s)")
_GAP = "____"


@dataclass(frozen=True, slots=True)
class _Draft:
    start: int  # of the sentence, characters into the article's text
    end: int  # half open
    question: str
    answer: str
    form: str  # what is asked for: who, date, quantity, place


def draft_questions(articles: Iterable[Article], wanted: int, seed: int = 0) -> list[Question]:
    """Up to `wanted` drafts, spread over the articles and over what is asked for; fewer if the articles give fewer.

    The same articles, number and seed give the same drafts. Each has one answer and the sentence it came from.
    """
    chooser = random.Random(seed)
    piles = [(article, _shuffled(article, chooser)) for article in sorted(articles, key=lambda article: article.id)]
    chooser.shuffle(piles)
    drafts: list[Question] = []
    while piles and len(drafts) < wanted:
        for article, pile in piles[: wanted - len(drafts)]:
            if pile:
                drafts.append(_question(article, pile.pop(0), len(drafts) + 1))
        piles = [(article, pile) for article, pile in piles if pile]
    return drafts


def _shuffled(article: Article, chooser: random.Random) -> list[_Draft]:
    """The article's drafts in random order, but with every form once before any comes twice."""
    drafts = list(_drafts(article.text))
    chooser.shuffle(drafts)
    seen: dict[str, int] = {}
    turns = []
    for draft in drafts:
        seen[draft.form] = seen.get(draft.form, 0) + 1
        turns.append((seen[draft.form], draft))
    return [draft for _, draft in sorted(turns, key=lambda turn: turn[0])]


def _drafts(text: str) -> Iterator[_Draft]:
    """At most one draft a sentence: the first form that fits."""
    for start, end in sentences(text):
        sentence = text[start:end]
        if not _stands_alone(sentence):
            continue
        for form, make in (("who", _who), ("date", _date), ("quantity", _quantity), ("place", _place)):
            made = make(sentence)
            if made:
                yield _Draft(start, end, made[0], made[1], form)
                break


def _stands_alone(sentence: str) -> bool:
    return (
        _MIN_SENTENCE <= len(sentence) <= _MAX_SENTENCE
        and sentence[-1] in ".!"
        and sentence[0].isupper()
        and not _LEANS.match(sentence)
        and not set(sentence) & set('“”"«»‘\n')  # half a quotation is no sentence of its own
    )


def _who(sentence: str) -> tuple[str, str] | None:
    match = _WHO.match(sentence)
    return (f"Who {match['rest'].rstrip('.!')}?", match["answer"]) if match else None


def _date(sentence: str) -> tuple[str, str] | None:
    return _gapped(_DATE, sentence, "Which date is missing")


def _quantity(sentence: str) -> tuple[str, str] | None:
    return _gapped(_QUANTITY, sentence, "Which number is missing")


def _place(sentence: str) -> tuple[str, str] | None:
    return _gapped(_PLACE, sentence, "Which name is missing")


def _gapped(pattern: re.Pattern[str], sentence: str, what: str) -> tuple[str, str] | None:
    """Leave a gap where the pattern first fits, unless the answer stands elsewhere in the sentence too."""
    match = pattern.search(sentence)
    if match is None or sentence.count(match["answer"]) > 1:
        return None
    start, end = match.span("answer")
    return f"{what}? {sentence[:start]}{_GAP}{sentence[end:]}", match["answer"]


def _question(article: Article, draft: _Draft, number: int) -> Question:
    quote = article.text[draft.start : draft.end]
    return Question(
        id=f"draft-{number:04}",
        text=" ".join(draft.question.split()),
        answers=(draft.answer,),
        answerable=True,
        evidence=(GoldEvidence(article.id, quote, draft.start, draft.end),),
        tags=(TAG, draft.form),
    )
