"""Whether quotes hold a sentence up: hand-made cases of ways in which prose goes wrong, and of saying it rightly."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qa.prose.claims import Kind, context_of, slots, words_of
from qa.prose.support import SupportCheck
from qa.reader import PassageQuestion, Reading, Span

OPENING = "Mayor Ines Falk opened the park in Lindau on Saturday, and 1,240 trees were planted there in 2023."
MEETING = "Richard Platz met Angela Erdmann in Kiel before the museum bought the letter for $3.5 million."
BAN = "The council did not ban cars, and the bridge is not yet open to cyclists."
RATES = "A boy can run 10% faster, jump 12% higher and is 15% more powerful than a child of the same age."
SECRET = "Most of the postcard was indecipherable, and its writer remained unknown."
QUOTES = (OPENING, MEETING, BAN, RATES, SECRET)

KLING = "Kuaishou released Kling, a tool similar to Sora by OpenAI; anyone may use Kling, which Kuaishou keeps open."
RIGHT = [
    ("Ines Falk opened a park in Lindau on Saturday.", (1,)),
    ("1,240 trees were planted there in 2023.", (1,)),
    ("The park in Lindau was opened by Mayor Ines Falk.", (1,)),
    ("Before the museum bought the letter, Richard Platz met Angela Erdmann in Kiel.", (2,)),
    ("The museum paid 3.5 million for the letter it bought.", (2,)),
    ("The council did not ban cars.", (3,)),
    ("The bridge isn't open to cyclists yet.", (3,)),
    ("A boy can jump 12% higher than a child of the same age.", (4,)),
    ("Most of the postcard could not be deciphered.", (5,)),
    ("Falk opened the park, and the council did not ban cars.", (1, 3)),
]
WRONG = {
    "number": [
        "In Lindau, 1,340 trees were planted in 2023.",
        "A boy can jump 15% higher than a child of the same age.",
        "The museum bought the letter for £3.5 million.",
        "The museum bought the letter for $35 million.",
        "Two boys can jump 12% higher.",
    ],
    "name": [
        "Ines Platz opened the park in Lindau on Saturday.",
        "Ines Falk opened the park in Kiel on Saturday.",
        "Platz opened the park in Lindau on Saturday.",
        "Bregenz opened the park in Lindau on Saturday.",
        "Ines Falk opened the park in Lindau on Sunday.",
    ],
    "negation": [
        "Ines Falk did not open the park in Lindau.",
        "The council banned cars.",
        "The council did ban cars.",
        "The bridge is open to cyclists.",
        "Most of the postcard could be deciphered.",
        "The museum never bought the letter.",
    ],
    "actor": [
        "Angela Erdmann met Richard Platz in Kiel, the museum said.",
        "Lindau opened the park in Ines Falk on Saturday.",
    ],
    "other": [
        "The weather was lovely and everyone went home happy.",
        "It is.",
        "Falk thinks that parks make cities much more attractive to young families.",
    ],
}


@pytest.mark.parametrize(("sentence", "numbers"), RIGHT)
def test_what_quotes_say_in_other_words_is_supported_by_them(sentence: str, numbers: tuple[int, ...]) -> None:
    assert SupportCheck().holds(sentence, QUOTES) == numbers


@pytest.mark.parametrize("sentence", [sentence for many in WRONG.values() for sentence in many])
def test_what_quotes_do_not_say_is_not(sentence: str) -> None:
    assert SupportCheck().holds(sentence, QUOTES) == ()


def test_every_quote_supports_itself_and_marks_come_first() -> None:
    for number, quote in enumerate(QUOTES, 1):
        assert SupportCheck().holds(quote, QUOTES) == (number,)
    twice = (OPENING, OPENING)
    assert SupportCheck().holds("Ines Falk opened the park.", twice) == (1,)
    assert SupportCheck().holds("Ines Falk opened the park.", twice, marked=(2,)) == (2,)


class Answering:
    """A reader that finds the given words in a passage, for questions that begin as told."""

    def __init__(self, **found: str) -> None:
        self._found = found
        self.asked: list[str] = []

    def read(self, pairs: Sequence[PassageQuestion]) -> list[Reading]:
        self.asked += [pair.question for pair in pairs]
        return [self._reading(pair) for pair in pairs]

    def _reading(self, pair: PassageQuestion) -> Reading:
        words = next((words for begin, words in self._found.items() if pair.question.startswith(begin)), "")
        start = pair.text.find(words) if words else -1
        return Reading((Span(start, start + len(words), 9.0),) if start >= 0 else (), 0.0)


def test_a_name_that_stands_twice_is_exchanged_only_if_it_is_everywhere() -> None:
    assert SupportCheck().holds("Kuaishou released Kling.", [KLING]) == (1,)
    assert SupportCheck().holds("Kling released Kuaishou.", [KLING]) == ()


def test_the_reader_must_find_the_subject_where_the_sentence_has_it() -> None:
    sentence = "Falk opened the park in Lindau on Saturday."
    agrees, differs = Answering(Who="Ines Falk"), Answering(Who="Lindau")
    assert SupportCheck(agrees).holds(sentence, [OPENING]) == (1,)
    assert SupportCheck(differs).holds(sentence, [OPENING]) == ()
    assert agrees.asked == ["Who opened the park in Lindau on Saturday?"]


def test_a_sentence_that_answers_the_question_must_answer_it_as_the_quotes_do() -> None:
    sentence, question = "Ines Falk opened the park in Lindau.", "Where was the park opened?"
    assert SupportCheck(Answering(Who="Ines Falk", Where="Lindau")).holds(sentence, [OPENING], question=question) == (
        1,
    )

    class Torn(Answering):
        def _reading(self, pair: PassageQuestion) -> Reading:
            words = "Ines Falk" if pair.question.startswith("Who") else "Lindau"
            words = words if pair.text == sentence or words == "Ines Falk" else "Saturday"
            start = pair.text.find(words)
            return Reading((Span(start, start + len(words), 9.0),), 0.0)

    assert SupportCheck(Torn()).holds(sentence, [OPENING], question=question) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fischer found 32 million e-bikes for $1,500.", ["Fischer", "32 million", "$1,500"]),
        ("Visitors came from New York in May 2014.", ["New York", "May", "2014"]),
        ("One of the reasons was Konrad Fischer's boat.", ["Konrad Fischer"]),
        ("Twenty-five people and nine dogs ran 30km at 6.30am.", ["Twenty-five", "nine", "30km", "6.30am"]),
    ],
)
def test_names_and_numbers_are_found_as_they_are_spelt(text: str, expected: list[str]) -> None:
    words = words_of(text)
    assert [text[words[first].start : words[last - 1].end] for first, last in slots(words)] == expected


def test_a_sentences_first_word_is_read_as_the_quotes_spell_it() -> None:
    context = context_of("He said that wolves live in Poland.")
    kinds = [words_of(text, context)[0].kind for text in ("Wolves live there.", "Poland has wolves.", "Bears live.")]
    assert kinds == [Kind.CONTENT, Kind.NAME, Kind.CONTENT]
