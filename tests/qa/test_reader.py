"""The reader around its model: order, offsets, windows, damage. The model here is tiny and random."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from corpus.errors import DamagedError
from index.bert import Runtime
from qa.reader import PassageQuestion, Reader, Reading, Span, best_spans, check_files, log_sum_exp, merge
from qa.reader_input import CLS, SEP, WINDOW, encode_pairs, load_tokenizer
from training.loss import answered_scores

ROOT = Path(__file__).parents[2]
NEAR = 0.4  # logits; what bfloat16 leaves uncertain in a score of ten
TEXTS = [
    "China’s “big fund” put 344bn yuan into chips 🚀 on Monday.",
    "中国的人工智能公司深度求索位于杭州。DeepSeek was founded in 2023.",
    "Cafe\u0301 Zu\u0308rich isn't cheap.",
    "[SEP] [CLS] [PAD] is what the file said. [MASK]",
    "One.",
]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer model with the real vocabulary, exported as the real one is."""
    from tests.training.tiny import tiny_reader

    return tiny_reader(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def reader(tiny: Path) -> Reader:
    """A reader with the tiny model."""
    return Reader(tiny)


def test_nothing_to_read(reader: Reader) -> None:
    assert reader.read([]) == []


@pytest.mark.parametrize("text", TEXTS)
def test_spans_lie_in_the_text_and_do_not_overlap(reader: Reader, text: str) -> None:
    (reading,) = reader.read([PassageQuestion("Who?", "A title", text)])
    assert reading.spans
    for span in reading.spans:
        assert 0 <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == text[span.start : span.end].strip()
    places = sorted((span.start, span.end) for span in reading.spans)
    assert all(a[1] <= b[0] for a, b in zip(places, places[1:], strict=False))
    assert [span.score for span in reading.spans] == sorted((s.score for s in reading.spans), reverse=True)


def test_results_come_in_the_order_asked(reader: Reader) -> None:
    pairs = [PassageQuestion("Who?", "", text) for text in TEXTS * 3]
    together = reader.read(pairs)
    for reading, pair in zip(together, pairs, strict=True):
        (alone,) = reader.read([pair])
        assert [(s.start, s.end) for s in reading.spans[:1]] == [(s.start, s.end) for s in alone.spans[:1]]
        assert reading.answered_score == pytest.approx(alone.answered_score, abs=0.05)


def test_what_was_read_lately_is_not_read_again(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.reader.RECENT", 3)
    reader, read = Reader(tiny), list[int]()
    fresh = reader._read
    monkeypatch.setattr(reader, "_read", lambda pairs: read.append(len(pairs)) or fresh(pairs))
    pairs = [PassageQuestion("Who?", "", text) for text in TEXTS]
    first = reader.read([*pairs, pairs[0]])
    assert first[0] == first[5] and reader.read(pairs[2:]) == first[2:5]
    assert reader.read(pairs) == first[:5]
    assert read == [5, 0, 2]  # each pair once; then the three remembered ones; then those that were forgotten
    assert len(reader._recent) == 3


def test_a_passage_without_words_has_no_span(reader: Reader) -> None:
    for text in ("", "  \n", "..."):
        (reading,) = reader.read([PassageQuestion("Who?", "Title", text)])
        assert reading.spans == () and reading.answered_score == float("-inf")


def test_no_answer_runs_from_one_paragraph_into_the_next(reader: Reader) -> None:
    text = "\n\n".join(f"Paragraph number {n}\nhas two lines." for n in range(12))
    (reading,) = reader.read([PassageQuestion("Who?", "A title", text)])
    assert reading.spans and all("\n\n" not in text[span.start : span.end] for span in reading.spans)


def test_special_tokens_in_articles_are_text(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    ((window,),) = encode_pairs(tokenizer, [PassageQuestion("Is [SEP] data?", "[CLS]", "A [SEP] b [CLS] [PAD].")])
    assert window.ids.count(SEP) == 3 and window.ids.count(CLS) == 1 and 0 not in window.ids


def test_the_form_of_the_input(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    pieces = [tokenizer.token_to_id(word) for word in ("who", "title", "he", "won")]
    titled, plain = encode_pairs(
        tokenizer, [PassageQuestion("Who", "Title", "He won"), PassageQuestion("Who", "", "He won")]
    )
    assert titled[0].ids == [CLS, pieces[0], SEP, pieces[1], SEP, pieces[2], pieces[3], SEP]
    assert titled[0].types == [0, 0, 0, 1, 1, 1, 1, 1] and titled[0].first == 5
    assert titled[0].offsets == [(0, 2), (3, 6)]
    assert plain[0].ids == [CLS, pieces[0], SEP, pieces[2], pieces[3], SEP] and plain[0].types == [0, 0, 0, 1, 1, 1]


def test_a_long_passage_is_read_to_its_end(tiny: Path) -> None:
    text = " ".join(f"word{i}" for i in range(700))
    (windows,) = encode_pairs(load_tokenizer(tiny), [PassageQuestion("Who?", "Title", text)])
    assert len(windows) > 2 and all(len(window.ids) <= WINDOW for window in windows)
    assert windows[0].offsets[0] == (0, 4) and windows[-1].offsets[-1][1] == len(text)
    for one, two in zip(windows, windows[1:], strict=False):
        assert two.offsets[0][0] < one.offsets[-1][0]  # they overlap


def test_long_questions_and_titles_leave_room(tiny: Path) -> None:
    pair = PassageQuestion("why " * 500, "title " * 500, "answer " * 500)
    (windows,) = encode_pairs(load_tokenizer(tiny), [pair])
    assert all(len(window.ids) <= WINDOW and len(window.offsets) > 200 for window in windows)


def test_best_spans_by_hand() -> None:
    starts, ends = np.array([0, 5, 1], dtype=np.float32), np.array([9, 2, 4], dtype=np.float32)
    # (0,0)=9 (0,1)=2 (1,1)=7 (1,2)=9 (2,2)=5; an end before its start doesn't count, (0,2) is too long
    assert best_spans(starts, ends, 2, 4) == [(0, 0, 9.0), (1, 2, 9.0), (1, 1, 7.0), (2, 2, 5.0)]
    assert best_spans(starts, ends, 1, 99) == [(0, 0, 9.0), (1, 1, 7.0), (2, 2, 5.0)]
    assert best_spans(starts[:0], ends[:0], 30, 3) == []


def test_a_passage_counts_with_all_its_spans() -> None:
    spans = (Span(0, 4, 6.0), Span(8, 9, 5.0))
    both = Reading(spans, 2.0, 7.5)
    assert both.answered_score == 5.5 and [both.strength(span) for span in spans] == [5.5, 4.5]
    best = Reading(spans, 2.0)
    assert best.answered_score == 4.0 and [best.strength(span) for span in spans] == [4.0, 3.0]
    assert log_sum_exp(np.log(np.array([1.0, 2.0, 5.0], np.float32))) == pytest.approx(np.log(8.0))
    assert log_sum_exp(np.array([], np.float32)) == -np.inf


def test_the_total_is_that_of_the_loss(reader: Reader) -> None:
    pair = PassageQuestion("Who?", "A title", TEXTS[0])
    (reading,) = reader.read([pair])
    ((window,),) = encode_pairs(reader._tokenizer, [pair])
    ((_, logits),) = reader._bert([window.ids], [window.types])
    hidden = np.full(logits.shape, -np.inf, np.float32)
    for place in (0, *range(window.first, window.first + len(window.offsets))):
        hidden[place] = logits[place]
    (expected,) = answered_scores(*(torch.tensor(column)[None] for column in hidden.T)).tolist()
    assert reading.answered_score == pytest.approx(expected, abs=1e-4)


def test_windows_merge_on_one_scale() -> None:
    one = Reading((Span(0, 4, 6.0), Span(8, 9, 1.0)), 5.0)
    two = Reading((Span(8, 9, 4.0), Span(20, 25, 2.0)), 0.0)
    assert merge([one, two], 3) == Reading((Span(8, 9, 4.0), Span(20, 25, 2.0), Span(0, 4, 1.0)), 0.0)


def test_damaged_weights_are_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="can't be read"):
        Reader(tmp_path)
    for file in tiny.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = bytearray((tiny / "model.safetensors").read_bytes())
    weights[-3] ^= 1
    (tmp_path / "model.safetensors").write_bytes(weights)
    with pytest.raises(DamagedError, match=r"model\.safetensors is damaged"):
        Reader(tmp_path)
    assert len(check_files(tiny)) == 64


@pytest.mark.slow
def test_both_runtimes_point_at_the_same_words() -> None:
    """Every brief of the sample under questions that it answers and doesn't; only near ties may differ."""
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "corpus" / "sample").glob("*.md"))]
    questions = ["Where was it held?", "Which field does China lead in?", "How much did it cost?", "Who said so?"]
    pairs = [PassageQuestion(question, "", text) for question in questions for text in texts]
    by_torch, by_openvino = (Reader(runtime=runtime).read(pairs) for runtime in (Runtime.TORCH, Runtime.OPENVINO))
    assert len(pairs) >= 12
    for one, two in zip(by_torch, by_openvino, strict=True):
        assert two.answered_score == pytest.approx(one.answered_score, abs=NEAR)
        best, other = one.spans[0], two.spans[0]
        same = (best.start, best.end) == (other.start, other.end)
        # Each may move by NEAR. What overlaps the best isn't among a reading's spans, so its score is the other's own.
        overlaps = best.start < other.end and other.start < best.end
        assert same or best.score - (other.score if overlaps else one.spans[1].score) <= 2 * NEAR


@pytest.mark.slow
def test_the_bundled_reader_answers_and_declines() -> None:
    reader = Reader()
    text = "Nvidia said on Tuesday that it would build a research centre in Shanghai. Its staff is 2,000 people."
    asked = [
        PassageQuestion("Where will Nvidia build a research centre?", "Nvidia in China", text),
        PassageQuestion("How many people are its staff?", "Nvidia in China", text),
        PassageQuestion("Who won the 1998 World Cup?", "Nvidia in China", text),
    ]
    where, how_many, none = reader.read(asked)
    assert "Shanghai" in text[where.spans[0].start : where.spans[0].end]
    assert "2,000" in text[how_many.spans[0].start : how_many.spans[0].end]
    assert min(where.answered_score, how_many.answered_score) > none.answered_score + 3
