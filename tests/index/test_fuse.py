from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fuse import WORDS, combine, fused

keys = st.lists(st.integers(0, 30), unique=True, min_size=1, max_size=15)


@st.composite
def rankings(draw: st.DrawFn, least: float, most: float) -> list[tuple[int, float]]:
    found = draw(keys)
    scores = draw(st.lists(st.floats(least, most), min_size=len(found), max_size=len(found)))
    return list(zip(found, sorted(scores, reverse=True), strict=True))


by_words, by_meaning = rankings(0.1, 60), rankings(-0.2, 1)


def test_worked_by_hand() -> None:
    assert WORDS == 0.4
    found = fused([(1, 20.0), (2, 15.0), (3, 5.0)], [(3, 0.8), (4, 0.5), (1, 0.3)])
    # 1: .4 + .6 × .3; 2: .4 × .75 + .6 × .3, as the last cosine is .3; 3: .4 × .25 + .6 × .8; 4: .4 × .25 + .6 × .5
    assert [key for key, _ in found] == [1, 3, 2, 4]
    assert [score for _, score in found] == pytest.approx([0.58, 0.58, 0.48, 0.4])


def test_equal_scores_are_ordered_by_key() -> None:
    assert [key for key, _ in fused([(7, 2.0), (3, 2.0)], [(3, 0.5), (7, 0.5)])] == [3, 7]


def test_a_first_place_by_far_outdoes_two_by_a_hair() -> None:
    hair = [(n, 10.0 - n / 1000) for n in range(5)]
    assert fused(hair, [(4, 0.9), (0, 0.4), (1, 0.4)])[0][0] == 4


@given(by_words, by_meaning)
def test_holds_every_key_once_best_first(words: list[tuple[int, float]], meaning: list[tuple[int, float]]) -> None:
    found = fused(words, meaning)
    assert sorted(key for key, _ in found) == sorted(dict(words) | dict(meaning))
    assert found == sorted(found, key=lambda item: (-item[1], item[0]))


@given(by_words, by_meaning)
def test_ahead_in_both_is_ahead(words: list[tuple[int, float]], meaning: list[tuple[int, float]]) -> None:
    places = {key: place for place, (key, _) in enumerate(fused(words, meaning))}
    scores = [dict(words), dict(meaning)]
    for one in scores[0].keys() & scores[1].keys():
        for other in scores[0].keys() & scores[1].keys():
            if all(score[one] > score[other] + 1e-6 for score in scores):
                assert places[one] < places[other]


@given(by_words)
def test_one_ranking_stays_as_it_is(ranking: list[tuple[int, float]]) -> None:
    order = [key for key, _ in sorted(ranking, key=lambda item: (-item[1], item[0]))]
    best = ranking[0][1]
    assert fused(ranking, []) == [(key, WORDS * dict(ranking)[key] / best) for key in order]
    assert fused([], ranking) == [(key, (1 - WORDS) * dict(ranking)[key]) for key in order]
    assert combine({"bm25": ranking}, 3) == [(key, score, ("bm25",)) for key, score in ranking[:3]]


def test_names_who_found_it() -> None:
    found = combine({"bm25": [(1, 3.0), (2, 2.0)], "dense": [(2, 0.9), (5, 0.1)]}, 9)
    assert {key: via for key, _, via in found} == {1: ("bm25",), 2: ("bm25", "dense"), 5: ("dense",)}
