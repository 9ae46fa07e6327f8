import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fuse import reciprocal_rank_fusion

rankings = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=15), max_size=4)


def test_worked_by_hand() -> None:
    fused = reciprocal_rank_fusion([["a", "b", "c"], ["c", "a"]])
    # a: 1/61 + 1/62, c: 1/63 + 1/61, b: 1/62
    assert [key for key, _ in fused] == ["a", "c", "b"]
    assert [score for _, score in fused] == pytest.approx([0.0325224748810, 0.0322664585, 0.0161290322581])


def test_equal_scores_are_ordered_by_key() -> None:
    assert [key for key, _ in reciprocal_rank_fusion([[7, 3], [3, 7]])] == [3, 7]


def test_a_key_twice_in_a_ranking_counts_once_at_its_better_place() -> None:
    assert reciprocal_rank_fusion([[5, 5, 6]]) == [(5, 1 / 61), (6, 1 / 62)]


@given(rankings)
def test_holds_every_key_once_best_first(lists: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion(lists)
    assert sorted(key for key, _ in fused) == sorted({key for ranking in lists for key in ranking})
    assert fused == sorted(fused, key=lambda item: (-item[1], item[0]))


@given(rankings, st.integers(0, 30))
def test_first_everywhere_is_first(lists: list[list[int]], key: int) -> None:
    moved = [[key, *(other for other in ranking if other != key)] for ranking in lists]
    if moved:
        assert reciprocal_rank_fusion(moved)[0][0] == key


@given(st.lists(st.integers(0, 30), unique=True))
def test_one_ranking_stays_as_it_is(ranking: list[int]) -> None:
    assert [key for key, _ in reciprocal_rank_fusion([ranking])] == ranking
