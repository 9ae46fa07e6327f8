from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import UsageError
from corpus.split import sentences
from index.bert import Runtime, has_int8
from index.encoder import (
    MANY,
    TITLE_TOKENS,
    Encoder,
    HashEncoder,
    MiniLMEncoder,
    encoder_by_name,
    text_budget,
)

ROOT = Path(__file__).parents[2]
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@pytest.fixture(scope="module")
def minilm() -> MiniLMEncoder:
    return MiniLMEncoder(threads=1)


@pytest.fixture(params=[HashEncoder(), pytest.param("minilm", marks=pytest.mark.slow)], ids=["hash", "minilm"])
def encoder(request: pytest.FixtureRequest, minilm: MiniLMEncoder) -> Encoder:
    return minilm if request.param == "minilm" else request.param


def test_vectors_are_unit_float32_and_the_same_every_time(encoder: Encoder) -> None:
    texts = [("A title", "The ferry to Bergen was late."), ("", "x"), ("Only a title", "")]
    vectors = encoder.encode_passages(texts)
    assert vectors.shape == (3, encoder.dim) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert encoder.encode_passages(texts).tolist() == vectors.tolist()
    assert encoder.encode_queries([]).shape == (0, encoder.dim)


def test_parts_hold_every_text_once_with_the_vector_that_it_has_alone(encoder: Encoder) -> None:
    texts = [(f"Title {n % 3}", "The ferry was late. " * (1 + n * 7 % 5)) for n in range(11)]
    parts = list(encoder.encode_in_parts(texts, 4))
    assert [len(rows) for rows, _ in parts] == [4, 4, 3]
    assert sorted(row for rows, _ in parts for row in rows) == list(range(11))
    for rows, vectors in parts:
        assert vectors.tolist() == encoder.encode_passages([texts[row] for row in rows]).tolist()
    assert list(encoder.encode_in_parts([], 4)) == []


def test_nothing_to_encode_opens_no_model() -> None:
    idle = MiniLMEncoder()
    assert list(idle.encode_in_parts([], 4)) == []
    assert "_bert" not in vars(idle)


def test_the_passage_with_the_answer_is_nearest(encoder: Encoder) -> None:
    passages = [
        ("Shipping", "The ferry to Bergen was late because of a storm."),
        ("Baking", "A bakery in Tunis won a prize for its bread."),
        ("Stars", "The observatory of Quito found a new comet."),
    ]
    questions = ["Which bakery won a prize?", "Who found the comet?", "Why did the ferry come late?"]
    scores = encoder.encode_queries(questions) @ encoder.encode_passages(passages).T
    assert scores.argmax(axis=1).tolist() == [1, 2, 0]


def test_the_title_is_part_of_what_is_encoded(encoder: Encoder) -> None:
    with_title, without = encoder.encode_passages([("Bergen", "It was late."), ("", "It was late.")])
    asked = encoder.encode_queries(["Bergen"])[0]
    assert asked @ with_title > asked @ without


def test_minilm_is_pinned_to_its_weights(minilm: MiniLMEncoder) -> None:
    assert minilm.fingerprint == WEIGHTS
    assert hashlib.sha256((minilm.folder / "model.safetensors").read_bytes()).hexdigest() == WEIGHTS


def test_minilm_counts_word_pieces(minilm: MiniLMEncoder) -> None:
    # BERT's uncased vocabulary: un ##aff ##able; each sign is a piece; nothing is cut at 128 or 256.
    assert minilm.count_tokens(["unaffable", "U.S.!", "", "word " * 1000]) == [3, 5, 0, 1000]


@pytest.mark.parametrize(
    "title",
    ["", "Short", "unaffable " * 40, "naïve — «çé» " * 20, "日本語の新聞" * 10, "x" * 300, "?!" * 40, "a" * 101],
)
def test_title_and_text_never_exceed_the_window(minilm: MiniLMEncoder, title: str) -> None:
    text = " ".join(["word"] * text_budget(minilm))
    assert minilm.count_tokens([text]) == [text_budget(minilm)]
    head = minilm._cut_titles([title])[title]
    assert minilm.count_tokens([head + text])[0] + 2 <= minilm.max_tokens
    assert minilm.count_tokens([head])[0] <= TITLE_TOKENS + 1
    if minilm.count_tokens([title])[0] <= TITLE_TOKENS and title:
        assert head == f"{title}. "


def test_counting_tokens_loads_no_model() -> None:
    code = (
        "import sys; from index.encoder import MiniLMEncoder; e = MiniLMEncoder();"
        "assert e.count_tokens(['a b']) == [2]; assert len(e.fingerprint) == 64;"
        "assert not {'torch', 'transformers', 'sentence_transformers', 'faiss'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT)


def test_importing_the_room_loads_nothing_heavy() -> None:
    code = (
        "import sys; import index.passage_index;"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'faiss', 'tantivy', 'tokenizers', 'scipy'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_encoders_are_found_by_name() -> None:
    assert isinstance(encoder_by_name("all-MiniLM-L6-v2"), MiniLMEncoder)
    assert encoder_by_name("hash-64").dim == 64
    with pytest.raises(UsageError, match="no encoder called 'gpt'"):
        encoder_by_name("gpt")


def test_hash_encoders_of_different_size_have_different_fingerprints() -> None:
    assert HashEncoder(64).fingerprint != HashEncoder(65).fingerprint


@pytest.fixture(scope="module")
def varied() -> list[tuple[str, str]]:
    """Titles and texts from nothing to far beyond the window."""
    words = "the ferry to Bergen was late because of a storm , said captain Zoë 日本 [SEP] 1,000".split()
    return [("Title", " ".join((words * 30)[: length * length])) for length in range(20)]


@pytest.fixture(scope="module")
def on_torch() -> MiniLMEncoder:
    return MiniLMEncoder(threads=1, runtime=Runtime.TORCH)


@pytest.mark.slow
def test_the_short_way_is_sentence_transformers(on_torch: MiniLMEncoder, varied: list[tuple[str, str]]) -> None:
    texts = [text for _, text in varied]
    few, many = on_torch.encode_queries(texts), on_torch.encode_many(texts)
    assert (few * many).sum(axis=1).min() > 0.9999
    alone = np.concatenate([on_torch.encode_queries([text]) for text in texts])
    assert (alone * np.concatenate([on_torch.encode_many([text]) for text in texts])).sum(axis=1).min() > 0.9999


@pytest.mark.slow
def test_on_torch_many_passages_go_through_sentence_transformers(
    on_torch: MiniLMEncoder, varied: list[tuple[str, str]]
) -> None:
    many = on_torch.encode_passages([varied[n % len(varied)] for n in range(MANY)])
    assert "_sentence_transformer" in vars(on_torch)
    few = on_torch.encode_passages(varied)
    assert (few * many[: len(varied)]).sum(axis=1).min() > 0.9999


@pytest.mark.slow
def test_every_way_is_the_model_in_float32_up_to_rounding(minilm: MiniLMEncoder, on_torch: MiniLMEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["Title. The ferry to Bergen was late because of a storm.", "Title. A bakery in Tunis won a prize."]
    reference = SentenceTransformer(str(minilm.folder), device="cpu", local_files_only=True).encode(texts)
    for ours in (minilm.encode_queries(texts), on_torch.encode_queries(texts), on_torch.encode_many(texts)):
        assert (ours * reference).sum(axis=1) == pytest.approx(1, abs=1e-3)


@pytest.fixture(scope="module")
def in_int8() -> MiniLMEncoder:
    if not has_int8():
        pytest.skip("this processor has no fast 8-bit products")
    return MiniLMEncoder(runtime=Runtime.INT8)


@pytest.mark.slow
def test_openvino_finds_the_neighbours_that_torch_finds_in_float32(
    minilm: MiniLMEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the sentences of this project's own pages. torch in bfloat16 itself: cosine .99987, nearest ten .992."""
    cosine, shared = likeness(minilm, monkeypatch)
    assert cosine > 0.9999 and shared >= 0.98


@pytest.mark.slow
def test_int8_finds_nearly_the_same_neighbours(in_int8: MiniLMEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    cosine, shared = likeness(in_int8, monkeypatch)
    assert "int8" in in_int8.runtime
    assert 0.98 < cosine < 0.9999 and shared >= 0.93


def likeness(encoder: MiniLMEncoder, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """The least cosine to torch in float32, and the share of ten nearest that are the same."""
    pages = [path.read_text("utf-8") for path in sorted(ROOT.glob("*.md"))]
    texts = list(dict.fromkeys(page[start:end] for page in pages for start, end in sentences(page)))
    monkeypatch.setattr("index.bert_torch.has_bfloat16", lambda: False)
    exact = MiniLMEncoder(runtime=Runtime.TORCH).encode_queries(texts)
    found = encoder.encode_queries(texts)
    assert len(texts) > 200 and encoder.runtime.startswith("openvino")
    nearest = [np.argsort(-(vectors @ vectors.T), axis=1)[:, 1:11] for vectors in (exact, found)]
    shared = [len(set(a) & set(b)) / 10 for a, b in zip(*nearest, strict=True)]
    return float((exact * found).sum(axis=1).min()), float(np.mean(shared))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["minilm", "in_int8"])
def test_on_openvino_vectors_do_not_depend_on_their_batch(
    request: pytest.FixtureRequest, name: str, varied: list[tuple[str, str]]
) -> None:
    encoder: MiniLMEncoder = request.getfixturevalue(name)
    together = encoder.encode_passages(varied * 2)
    alone = np.concatenate([encoder.encode_passages([pair]) for pair in varied * 2])
    assert encoder.runtime.startswith("openvino")
    assert (together == alone).all()


def test_int8_is_refused_where_it_would_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.bert.has_int8", lambda: False)
    with pytest.raises(UsageError, match="Leave ONRECORD_RUNTIME out"):
        MiniLMEncoder(runtime=Runtime.INT8).encode_queries(["Who?"])
