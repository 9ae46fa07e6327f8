"""Quotes are whole sentences around the words that matter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.quoting import MAX_QUOTE, quote_range

TEXT = "The U.S. leads. China made 15 models in 2024, the report said. Europe waits."


def test_the_sentence_around_the_words() -> None:
    start = TEXT.index("15")
    begin, end = quote_range(TEXT, start, start + 2)
    assert TEXT[begin:end] == "China made 15 models in 2024, the report said."


def test_words_over_a_border_take_both_sentences() -> None:
    start, end = TEXT.index("2024"), TEXT.index("waits")
    begin, stop = quote_range(TEXT, start, end)
    assert TEXT[begin:stop] == "China made 15 models in 2024, the report said. Europe waits."


def test_a_wall_of_text_is_cut_at_words_around_the_answer() -> None:
    text = "word " * 400 + "Kuaishou " + "word " * 400
    start = text.index("Kuaishou")
    begin, end = quote_range(text, start, start + 8)
    quote = text[begin:end]
    assert "Kuaishou" in quote
    assert len(quote) <= MAX_QUOTE
    assert set(quote.split()) == {"word", "Kuaishou"}


def test_a_bullet_is_no_part_of_a_quote() -> None:
    text = "• Kuaishou released Kling. It is out."
    begin, end = quote_range(text, 11, 19)
    assert text[begin:end] == "Kuaishou released Kling."
    assert quote_range("– 5", 0, 3) == (0, 3), "the words that answer are never cut"


@given(st.text(min_size=1, max_size=1500), st.data())
def test_the_range_holds_the_words_and_stays_inside(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    begin, stop = quote_range(text, start, end)
    assert 0 <= begin <= start < end <= stop <= len(text)
    assert stop - begin <= max(MAX_QUOTE, end - start)
