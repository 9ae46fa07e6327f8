"""What may be shown of a model's text: quotation marks only around exact words, marks as numbers, markup taken off."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.prose.quoted import exact_quotes, plain_text, sentences_of, unquoted
from tests.qa.prose.doubles import PARK, SIGNALS

QUOTES = (PARK, SIGNALS, "It’s the workers’ park,\nthey said.")


@pytest.mark.parametrize(
    ("prose", "shown"),
    [
        ('Falk said "We kept the old signals".', "Falk said “We kept the old signals”."),
        ("Falk said “We kept the new signals”.", "Falk said We kept the new signals."),
        ("Falk said “we kept the old signals”.", "Falk said we kept the old signals."),  # another capital: not exact
        ('They call it "the workers\' park, they said".', "They call it “the workers’ park, they said”."),
        ("The 'old signals' stay.", "The “old signals” stay."),
        ("The 'new signals' stay.", "The new signals stay."),
        ("It's the dogs' park in the '90s.", "It's the dogs' park in the 90s."),
        ('A stray " mark.', "A stray mark."),
        ("«1,240 trees» and „many bees“.", "“1,240 trees” and many bees."),
        ("The “park” and the “ark”.", "The “park” and the ark."),  # words of a quote, not parts of words
        ("Nothing “ ” here.", "Nothing here."),
    ],
)
def test_quotation_marks_stay_only_around_exact_words(prose: str, shown: str) -> None:
    assert [sentence.text for sentence in sentences_of(prose, QUOTES)] == [shown]


def test_a_sentence_that_is_one_quotation_is_verbatim() -> None:
    (sentence,) = sentences_of(f'"{PARK}" [1]', QUOTES)
    assert sentence.verbatim == (1, PARK)
    (told,) = sentences_of(f"{PARK} [1]", QUOTES)
    assert told.verbatim is None  # without quotation marks it is no quotation


@pytest.mark.parametrize(
    ("prose", "cited"),
    [
        ("It has trees. [1] More [2].", [(1,), (2,)]),
        ("It has trees [1, 3]. More [2-3].", [(1, 3), (2, 3)]),
        ("It has trees.[9] More【1】.", [(), (1,)]),
        ("It has trees [Quote 2]. More [", [(2,), ()]),
        ("It has trees [12345].", [()]),
    ],
)
def test_marks_are_numbers_that_exist(prose: str, cited: list[tuple[int, ...]]) -> None:
    found = sentences_of(prose, QUOTES)
    assert [sentence.cited for sentence in found] == cited
    assert not any(set(sentence.text) & set("[]【】") for sentence in found)


def test_what_a_model_writes_for_itself_is_taken_off() -> None:
    prose = "<think>I should lie.</think>## Answer\n- **Trees**: `1,240`.\n1. Grown <b>here</b>.\n<think>and"
    assert plain_text(prose).splitlines() == ["Answer", "Trees: 1,240.", "Grown here ."]


def test_a_lead_in_is_taken_off_and_a_repetition_too() -> None:
    found = sentences_of("According to the quotes, the park has trees. The park has trees. The park has trees.", QUOTES)
    assert [sentence.text for sentence in found] == ["The park has trees."]


_PIECES = [*PARK.split(), *SIGNALS.split(), '"', "“", "”", "'", "[1]", "[7]", "."]
MODEL_TEXT = st.text(
    st.sampled_from("abT1 .,!?\"'“”‘’«»[]()<>|*_#`\n\t–—0239…") | st.characters(exclude_categories=["Cs"]), max_size=200
) | st.lists(
    st.sampled_from([*PARK.split(), *SIGNALS.split(), '"', "“", "”", "'", "[1]", "[7]", "."]), max_size=30
).map(" ".join)


@settings(max_examples=400)
@given(MODEL_TEXT)
def test_no_output_makes_a_false_quote_or_an_invalid_number(prose: str) -> None:
    for sentence in sentences_of(prose, QUOTES):
        for inner in re.findall("“([^”]*)”", sentence.text):
            assert any(inner in " ".join(quote.split()) for quote in QUOTES)
        assert not re.search(r"[\"„«»‟「」『』]", sentence.text)
        assert sentence.text.count("“") == sentence.text.count("”")
        assert all(1 <= number <= 3 for number in sentence.cited)
        assert exact_quotes(sentence.text, QUOTES)[0] == sentence.text
        if sentence.verbatim:
            assert sentence.verbatim[1] in QUOTES[sentence.verbatim[0] - 1]
    assert not re.search(r"[\"“”„«»\[\]]", unquoted(prose))
