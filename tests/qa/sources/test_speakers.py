"""Who said it: right where it is plain, nobody where it isn't, and always a slice of the article."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qa.sources.speakers import find_speaker

MARKED = [json.loads(line) for line in Path(__file__).with_name("speakers.jsonl").read_text("utf-8").splitlines()]


def named(mark: dict[str, object]) -> str | None:
    text, quote, answer = str(mark["text"]), mark["quote"], mark["answer"]
    found = find_speaker(text, *quote, tuple(answer) if answer else None)  # type: ignore[misc, arg-type]
    assert found is None or text[found.start : found.end] == found.name
    return found.name if found else None


def test_precision_and_recall_on_the_marked_sentences() -> None:
    found = [(named(mark), mark["speaker"]) for mark in MARKED]
    spoken = [pair for pair in found if pair[1] is not None]
    assert len(MARKED) >= 100
    assert [pair for pair in found if pair[0] is not None and pair[0] != pair[1]] == []  # precision first
    assert sum(given == wanted for given, wanted in spoken) / len(spoken) >= 0.95


def test_the_speaker_of_a_long_quotation_is_found_from_any_sentence_of_it() -> None:
    text = (
        "The plant closes in June.\n\n“We fought for it. We asked for two more years. Nobody listened,” "
        "said Mara Lind, who leads the union. “So we leave.”\n\nThe ministry was silent."
    )
    for words in ("We fought for it.", "We asked for two more years.", "Nobody listened", "So we leave."):
        start = text.index(words)
        found = find_speaker(text, start, start + len(words), (start, start + len(words)))
        assert found is not None, words
        assert found.name == "Mara Lind"
    start = text.index("The ministry")
    assert find_speaker(text, start, len(text)) is None


def test_a_surname_is_followed_to_the_full_name_unless_two_people_share_it() -> None:
    one = "Lena Abebe runs Norair. Bookings rose. “They will rise [again],” Abebe said."
    two = f"Tom Abebe sold it. {one}"
    for text, name in ((one, "Lena Abebe"), (two, "Abebe")):
        start = text.index("“They")
        found = find_speaker(text, start, len(text))
        assert found is not None
        assert found.name == name


def test_two_speakers_in_one_quote_are_nobody() -> None:
    text = "Police said two men had fled. Ines Falk said it was three."
    assert find_speaker(text, 0, len(text)) is None


@given(st.text(max_size=300), st.data())
def test_any_text_gives_a_slice_of_itself_or_nothing(text: str, data: st.DataObject) -> None:
    text = f"{text} said Tom Reyl. “{text}”, he said"
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = find_speaker(text, start, end, data.draw(st.sampled_from([None, (start, end)])))
    assert found is None or text[found.start : found.end] == found.name


def test_a_page_of_names_takes_no_time() -> None:
    import time

    text = "Anna Berg and " * 4_000 + "Tom Reyl said it."
    began = time.perf_counter()
    find_speaker(text, len(text) - 17, len(text))
    find_speaker(text, 0, len(text))
    assert time.perf_counter() - began < 3.0  # 0.1 s where nothing else runs
