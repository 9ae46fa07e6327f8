"""Sentence borders on cases made by hand; "|" marks where a border belongs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import paragraphs, sentences

CASES = [
    "It rained. | The match was called off. | Nobody minded!",
    "The U.S. economy grew. | Prices in the U.S. fell by 3.5 percent.",
    "He moved to the U.S. | He never went back.",
    "She met U.S. President Joe Biden in Washington, D.C. on Monday.",
    "The talks began at 9 a.m. on Tuesday. | They ended at 5 p.m. | Nobody spoke.",
    "Dr. Timothy Pritts and Mr. Smith spoke. | Prof. Lee listened.",
    "Gen. Mark Milley met Sen. Lindsey Graham and Rep. Nancy Pelosi.",
    "George W. Bush and J. K. Rowling were there. | So was C. S. Lewis.",
    "Inflation fell to 2.4% from 3.1%. | Wages rose by $1.5 billion.",
    "Apple Inc. said it would sue. | Samsung Electronics Co. Ltd. declined to comment.",
    "The deal with Alphabet Inc. | The company said so.",
    "See Fig. 2 and No. 5 on p. 12 for details. | Then go on.",
    "They met on Jan. 6 and again on Sept. 11. | It was cold.",
    "“We won.” | The crowd cheered.",
    "“The answer is yes, Damar, you won the game of life,” Dr. Timothy Pritts said. | He smiled.",
    "“Are you sure?” she asked. | “Yes!” he said.",
    '"Who did it?" Inspector Lee asked. | Nobody knew.',
    "He said, “I am here.” | Then he left.",
    "Is it true? | Yes. | No! | Perhaps…",
    "Wait ... what did he say? | Nothing.",
    "It was over... | The lights went out.",
    "Yahoo! shares rose. | eBay fell.",
    "The iPhone sold well. | iPads did not.",
    "Visit example.com. | It is free.",
    "She earned a Ph.D. in physics. | She teaches at M.I.T. and elsewhere.",
    "St. Louis beat Ft. Worth, 3-2. | The St. Louis fans sang.",
    "The U.N. Security Council met. | The E.U. did not.",
    "Sen. Bernie Sanders, I-Vt., and others voted no. | It passed.",
    "The suspect, John Doe Jr., fled. | He was 35.",
    "Version 2.0 of the app, v. 3 to come, is out. | Get it.",
    "He was born in 1946. | 15 people came.",
    "Sales fell 5%. | $3 million was lost.",
    "(He was late.) | She was not.",
    "He was late (as ever). | She was not.",
    "The vote was 5-4.[2] | The court adjourned.",
    "They cost approx. 5 dollars, i.e. nothing, e.g. at home.",
    "“I can't,” he said. | “I won't.”",
    "It is 5 p.m. | The shop closes.",
    "Marks & Spencer plc said so. | Tesco plc. did not.",
    "1. The first point is short. | It ends here.",
    "中国在人工智能领域取得进展。 | 美国仍然领先！ | 谁会赢？",
    "彼は「行かない。」 | と言った。",
    "Why it matters. | China is rapidly catching up to the U.S. in AI development.",
    "The Chinese strategy: open source. | Many Chinese companies share their code.",
    "The case, Roe v. Wade, was overturned. | Many protested.",
    "Sens. Ed Markey and Mitt Romney agreed. | Reps. did not.",
    "He lives in Harlan, Ky. near Route 92. | EUGENE, Ore. (AP) - Marcus Mariota threw.",
    "Max Pope Jr. & Andrea Pope own it. | She is from Ill. | He is not.",
    "It happened in the U.K. | It was the first time.",
]


def marked(text: str) -> str:
    """The text with a bar at each border that was found."""
    return " | ".join(text[start:end] for start, end in sentences(text))


@pytest.mark.parametrize("case", CASES)
def test_borders(case: str) -> None:
    assert marked(case.replace(" | ", " ")) == case


def test_lost_spaces_between_sentences_are_borders() -> None:
    assert marked("It fell.The market closed.") == "It fell. | The market closed."
    assert marked("“We won.”The crowd cheered.") == "“We won.” | The crowd cheered."
    assert marked("Visit amazon.Com or the U.S.-based shop.") == "Visit amazon.Com or the U.S.-based shop."


def test_full_width_enders_need_no_space() -> None:
    assert marked("今天下雨。比赛取消了！“真的吗？”他问。") == "今天下雨。 | 比赛取消了！ | “真的吗？” | 他问。"


def test_lines_are_borders_and_wrapped_lines_are_not() -> None:
    assert marked("A heading\nThe text begins.\n• one\n• two") == "A heading | The text begins. | • one | • two"
    wrapped = (
        "The council of the small town voted on Tuesday to close the\n"
        "bridge for a year, while engineers look at the cracks that a\n"
        "fisherman had seen in the spring. The mayor said that it was\n"
        "the only way."
    )
    assert len(sentences(wrapped)) == 2
    headlines = (
        "Mayor closes the bridge for a year after cracks are found\n"
        "Council votes to raise the taxes on second homes by a third\n"
        "Fisherman is honoured for finding the cracks in the bridge\n"
        "School opens in the old town hall after years of repairs"
    )
    assert len(sentences(headlines)) == 4


def test_no_text_has_no_sentences() -> None:
    assert sentences("") == []
    assert sentences(" \n\t ") == []


texts = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="ab .!?\n\"”)'1U.S。？AI-…", max_size=300),
    st.lists(st.sampled_from(["Dr. ", "U.S. ", "He ", "said.", " The", "\n", "\n\n", "“Hi!” ", "…", "。", "3.5 "])).map(
        "".join
    ),
)


@given(texts)
def test_every_visible_character_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)
    covered = [index for start, end in spans for index in range(start, end)]
    assert covered == sorted(set(covered))
    assert {index for index, character in enumerate(text) if not character.isspace()} <= set(covered)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip() != ""


@given(texts)
def test_sentences_lie_in_paragraphs(text: str) -> None:
    blocks = list(paragraphs(text))
    assert all(any(start >= first and end <= last for first, last in blocks) for start, end in sentences(text))


@pytest.mark.parametrize("text", ["word " * 400_000, "a" * 2_000_000, ". " * 300_000, "A.B." * 200_000, "\n" * 500_000])
def test_long_texts_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    sentences(text)
    assert time.perf_counter() - start < 8
