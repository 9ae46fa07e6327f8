"""Planted prose: faithful sentences about onestop's articles, and the same with one thing swapped.

Faithful are the articles' own sentences as they stand and the paraphrases in paraphrases.jsonl, which were written by
hand before the check was. Swapped are both with another number, another name, a negation more or less, or two actors
exchanged. Quotes are as the chat has them: the sentence that holds it, and two more of the same article.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Article
from corpus.sentences import sentences
from qa.prose.claims import Context, Kind, Word, context_of, counts, same_name, same_number, slots, words_of

PARAPHRASES = Path(__file__).parent / "paraphrases.jsonl"
MAX_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Planted:
    """A sentence of which it is known whether its quotes hold it up."""

    article: str
    text: str
    quotes: tuple[str, ...]  # the first is the one that the sentence came from
    swapped: str | None  # what was swapped; None in a faithful sentence
    verbatim: bool  # the article's own sentence, or made from one


def planted(articles: Sequence[Article], seed: int = 0) -> list[Planted]:
    """All faithful and swapped sentences, in the articles' order; the same seed gives the same."""
    by_id = {article.id: article for article in articles}
    found: list[Planted] = []
    for article, text, start, end, verbatim in [*_own_sentences(articles), *_paraphrases(by_id)]:
        quotes = quotes_for(article.text, start, end, text)
        found.append(Planted(article.id, text, quotes, None, verbatim))
        for what, swap in SWAPS.items():
            other = swap(text, quotes, article.text, random.Random(f"{seed} {what} {text}"))
            if other is not None and other != text:
                found.append(Planted(article.id, other, quotes, what, verbatim))
    return found


def _paraphrases(articles: dict[str, Article]) -> Iterator[tuple[Article, str, int, int, bool]]:
    for line in PARAPHRASES.read_text("utf-8").splitlines():
        fields = json.loads(line)
        yield articles[fields["article"]], fields["text"], fields["start"], fields["end"], False


def _own_sentences(articles: Sequence[Article]) -> Iterator[tuple[Article, str, int, int, bool]]:
    """Whole sentences of some length, outside quotation marks, that hold a number or a name."""
    for article in articles:
        for start, end in sentences(article.text):
            text = article.text[start:end]
            words = words_of(text, context_of(article.text))
            plain = not set(text) & set('“”"') and text.endswith(".")
            if plain and 8 <= len(words) <= 45 and any(True for _ in slots(words)):
                yield article, text, start, end, True


def quotes_for(text: str, start: int, end: int, sentence: str) -> tuple[str, ...]:
    """The stretch itself and two more sentences: the nearest before it with a name that it lacks, then like ones."""
    own = text[start:end]
    known = context_of(text)
    said = words_of(sentence, known)
    held = words_of(own, known)
    lacking = [w for w in said if w.kind is Kind.NAME and not any(same_name(w, o) for o in held)]
    chosen = [(start, end)]
    spans = [span for span in sentences(text) if span[1] <= start or span[0] >= end]
    for name in lacking:
        before = [span for span in spans if span not in chosen and _names(text[slice(*span)], name, known)]
        before.sort(key=lambda span: (span[0] > start, abs(span[0] - start)))
        if before and not any(_names(text[slice(*span)], name, known) for span in chosen):
            chosen.append(before[0])
    content = {word.stem for word in said if word.kind is not Kind.FUNCTION}
    like = sorted(
        (span for span in spans if span not in chosen),
        key=lambda span: (-len(content & {word.stem for word in words_of(text[slice(*span)], known)}), span),
    )
    chosen += like[: max(0, MAX_QUOTES - len(chosen))]
    return tuple(text[slice(*span)] for span in chosen[:MAX_QUOTES])


def _names(text: str, name: Word, known: Context) -> bool:
    return any(word.kind is Kind.NAME and same_name(word, name) for word in words_of(text, known))


def swap_number(text: str, quotes: Sequence[str], article: str, chance: random.Random) -> str | None:
    """Another number: of the quotes in half of the cases where they have one, else one that is not far away."""
    own = [word for word in words_of(text) if counts(word)]
    if not own:
        return None
    word = chance.choice(own)
    spelt = re.sub(r"^[$£]", "", word.text)
    others = [w.text for quote in quotes for w in words_of(quote) if counts(w) and not same_number(w, word)
              and w.text[0].isdigit() == spelt[0].isdigit() and w.text not in text]  # fmt: skip
    if others and chance.random() < 0.5:
        return text[: word.start] + chance.choice(others) + text[word.end :]
    if spelt[0].isdigit():
        other = str((int(re.findall(r"\d", word.text)[-1]) + chance.randint(1, 8)) % 10)
        changed = re.sub(r"\d(?=[^\d]*$)", other, word.text, count=1)
        if changed.startswith("0") or changed == word.text:
            changed = re.sub(r"\d", lambda m: str(int(m.group()) % 9 + 1), word.text, count=1)
    else:
        changed = chance.choice([n for n in "two three four five six seven eight nine eleven twelve".split()
                                 if n != word.text.lower()])  # fmt: skip
    return text[: word.start] + changed + text[word.end :]


def swap_name(text: str, quotes: Sequence[str], article: str, chance: random.Random) -> str | None:
    """Another name of the article, of the quotes in half of the cases where they have one."""
    known = context_of(article)
    own = list(_spelt(text, known))
    if not own:
        return None
    start, end = chance.choice(own)
    there = _other_names(" ".join(quotes), text, known)
    anywhere = _other_names(article, text, known)
    pool = there if there and chance.random() < 0.5 else anywhere
    return text[:start] + chance.choice(pool) + text[end:] if pool else None


def _spelt(text: str, known: Context) -> Iterator[tuple[int, int]]:
    words = words_of(text, known)
    for first, last in slots(words):
        if words[first].kind is Kind.NAME:
            yield words[first].start, words[last - 1].end


def _other_names(text: str, sentence: str, context: Context) -> list[str]:
    """Names of the text of which no word is meant by the sentence: "Japanese" is no other name than "Japan"."""
    said = [word for word in words_of(sentence, context) if word.kind is Kind.NAME]
    found = []
    for start, end in _spelt(text, context):
        parts = words_of(f"so {text[start:end]}")
        if not any(same_name(one, part) for one in said for part in parts if part.kind is Kind.NAME):
            found.append(text[start:end])
    return sorted(set(found))


_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|can|could|will|would|may|might|should|must|do|does|did)\b(?! not\b)(?!n[’']t)"
)
_NEGATION = re.compile(r"\b(?:(?<=can)not|not|never|no longer)\b ?|n[’']t\b")


def swap_negation(text: str, quotes: Sequence[str], article: str, chance: random.Random) -> str | None:
    """A negation taken away where there is one, else put in after the first auxiliary."""
    if match := _NEGATION.search(text):
        return (text[: match.start()] + text[match.end() :]).replace("  ", " ").replace("ca ", "can ")
    match = _AUXILIARY.search(text)
    return f"{text[: match.end()]} not{text[match.end() :]}" if match else None


def swap_actor(text: str, quotes: Sequence[str], article: str, chance: random.Random) -> str | None:
    """Two names of the sentence exchanged; with one alone, another name of the quotes in its place."""
    known = context_of(article)
    own = list(_spelt(text, known))
    for (a, b), (c, d) in zip(own, own[1:], strict=False):
        if text[b:c].strip(" ,") not in {"", "and", "or", ", and"}:
            return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]
    others = _other_names(" ".join(quotes), text, known)
    if not own or not others:
        return None
    start, end = own[0]
    return text[:start] + chance.choice(others) + text[end:]


SWAPS: dict[str, Callable[[str, Sequence[str], str, random.Random], str | None]] = {
    "number": swap_number,
    "name": swap_name,
    "negation": swap_negation,
    "actor": swap_actor,
}
