"""Comparing runs: nothing is called by chance, a real loss is found, and few questions call no winner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from corpus.errors import UsageError
from qa.evaluation.compare import PRIMARIES, Verdict, compare, comparison_to_json
from qa.evaluation.compare_text import format_comparison
from qa.evaluation.run_folder import Item, Run
from tests.qa.evaluation.parts import item


def run_of(items: Sequence[Item]) -> Run:
    configuration = {"index": "i", "questions": {"count": len(items), "sha256": "q"}}
    return Run(tuple(items), {"metrics": {}, "timing": {"metrics": {}}, "configuration": configuration})


def scored(count: int, seed: int = 0, per_cluster: int = 1) -> list[Item]:
    """Questions whose token F1 is as spread as real ones': many 0, many 1, some between."""
    world = np.random.default_rng(seed)
    f1 = np.where(world.random(count) < 0.35, 0.0, np.where(world.random(count) < 0.5, 1.0, world.random(count)))
    return [
        item(n, {"answer_f1": float(f1[n]), "accuracy": int(f1[n] >= 0.5), "abstention_accuracy": int(n % 4 > 0),
                 "over_refusal": int(n % 4 == 0)}, cluster=f"article {n // per_cluster}")
        for n in range(count)
    ]  # fmt: skip


def with_loss(items: Sequence[Item], share: float, noise: float = 0.2, seed: int = 1) -> list[Item]:
    """The same questions with `share` of the F1 points lost on average, and as much noise both ways."""
    world = np.random.default_rng(seed)
    moved = []
    for one in items:
        f1 = one.scores["answer_f1"]
        if world.random() < noise:
            f1 = float(world.random() if world.random() < 0.5 else 1 - f1)
        moved.append(f1)
    shift = np.mean([one.scores["answer_f1"] for one in items]) - share - np.mean(moved)
    after = np.array(moved)
    # Take the loss from random questions until the mean is where it should be.
    for n in world.permutation(len(after)):
        if after.mean() <= np.mean(moved) + shift:
            break
        after[n] = 0.0
    return [replace(one, scores={**one.scores, "answer_f1": float(f1)}) for one, f1 in zip(items, after, strict=True)]


def test_a_run_against_itself_calls_nothing() -> None:
    run = run_of(scored(300))
    comparison = compare(run, run)
    assert [change.metric for change in comparison.primaries] == ["answer_f1", "abstention_accuracy"]
    for change in comparison.primaries:
        assert (change.difference, change.p, change.adjusted_p, change.verdict) == (0, 1.0, 1.0, Verdict.CHANCE)
        assert (change.low, change.high, change.better, change.worse) == (0.0, 0.0, 0, 0)
    assert comparison.items == ()
    assert all(change.verdict is None for change in comparison.others)
    assert "No change is more than chance could bring." in format_comparison(comparison, 5)


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_loss_of_ten_points_on_300_questions_is_found(seed: int) -> None:
    before = scored(300, seed, per_cluster=3)
    after = with_loss(before, 0.10, seed=seed + 50)
    comparison = compare(run_of(before), run_of(after))
    change = comparison.primaries[0]
    assert change.metric == "answer_f1"
    assert change.difference == pytest.approx(-0.10, abs=0.006)
    assert change.verdict is Verdict.WORSE
    assert change.adjusted_p is not None and change.adjusted_p < 0.01
    assert change.high is not None and change.high < 0
    assert "The second run is worse in answer_f1 by 0.1" in format_comparison(comparison, 5)
    assert compare(run_of(after), run_of(before)).primaries[0].verdict is Verdict.BETTER


def test_noise_without_loss_is_seldom_called() -> None:
    called = 0
    for seed in range(60):
        before = scored(150, seed)
        world = np.random.default_rng(900 + seed)
        after = [
            replace(one, scores={**one.scores, "answer_f1": float(np.clip(one.scores["answer_f1"] + d, -1, 2))})
            for one, d in zip(before, world.normal(0, 0.3, 150), strict=True)
        ]
        called += (
            compare(run_of(before), run_of(after), primaries=["answer_f1"]).primaries[0].verdict is not Verdict.CHANCE
        )
    assert called <= 8  # 5 % of 60 are 3


def test_under_a_hundred_questions_no_winner_is_called() -> None:
    before = [item(n, {"answer_f1": 1.0}) for n in range(99)]
    after = [item(n, {"answer_f1": 0.0}) for n in range(99)]
    comparison = compare(run_of(before), run_of(after))
    assert comparison.primaries[0].verdict is Verdict.TOO_FEW
    assert comparison.primaries[0].p is not None and comparison.primaries[0].p < 0.001
    assert "That is under 100, so no winner is called" in format_comparison(comparison, 5)
    more = (item(99, {"answer_f1": 1.0}), item(99, {"answer_f1": 0.0}))
    assert compare(run_of([*before, more[0]]), run_of([*after, more[1]])).primaries[0].verdict is Verdict.WORSE


def test_a_rate_is_tested_by_mcnemar_and_corrected_by_holm() -> None:
    before = [item(n, {"accuracy": int(n < 60), "answered": 1, "over_refusal": int(n < 50)}) for n in range(120)]
    after = [item(n, {"accuracy": int(n < 66), "answered": 1, "over_refusal": int(n < 30)}) for n in range(120)]
    comparison = compare(run_of(before), run_of(after), primaries=["accuracy", "answered", "over_refusal"])
    accuracy, answered, refusing = comparison.primaries
    assert accuracy.p == pytest.approx(2 / 2**6)  # six pairs differ, all one way
    assert accuracy.adjusted_p == pytest.approx(2 * 2 / 2**6)
    assert accuracy.verdict is Verdict.CHANCE
    assert answered.p == 1.0
    assert refusing.adjusted_p == pytest.approx(3 * 2 / 2**20)
    assert refusing.verdict is Verdict.BETTER  # it refused less, and lower is better
    assert (refusing.better, refusing.worse) == (20, 0)


def test_a_change_within_few_articles_is_not_called_though_mcnemar_would() -> None:
    """Two hundred questions about eight articles; all the change comes from one of them."""
    before = [item(n, {"accuracy": 0}, cluster=f"article {n // 25}") for n in range(200)]
    after = [item(n, {"accuracy": int(n < 25)}, cluster=f"article {n // 25}") for n in range(200)]
    change = compare(run_of(before), run_of(after), primaries=["accuracy"]).primaries[0]
    assert change.p is not None and change.p < 1e-6
    assert change.low is not None and change.low <= 0
    assert change.verdict is Verdict.CHANCE


def test_items_are_listed_by_their_loss() -> None:
    before = [item(n, {"answer_f1": score}) for n, score in enumerate([1.0, 0.5, 0.5, 0.2])]
    after = [item(n, {"answer_f1": score}) for n, score in enumerate([0.9, 0.5, 0.0, 1.0])]
    comparison = compare(run_of(before), run_of(after))
    assert [change.id for change in comparison.items] == ["q0002", "q0000", "q0003"]
    text = format_comparison(comparison, 1)
    assert "Worse by answer_f1 (2)" in text and "Better by answer_f1 (1)" in text
    assert "q0002: Question 2?" in text and "q0000" not in text and "q0003: Question 3?" in text


def test_questions_are_paired_by_id_and_text() -> None:
    before = [item(n, {"answer_f1": 1.0}) for n in range(4)]
    after = [
        item(0, {"answer_f1": 1.0}),
        item(1, {"answer_f1": 1.0}, question="Other words?"),
        item(9, {"answer_f1": 0.0}),
    ]
    comparison = compare(run_of(before), run_of(after))
    assert comparison.paired == 1
    assert comparison.only_before == ("q0001", "q0002", "q0003")
    assert comparison.only_after == ("q0001", "q0009")
    assert "Left out: 5 questions" in format_comparison(comparison, 0)
    with pytest.raises(UsageError, match="no question in common"):
        compare(run_of(before[:1]), run_of(after[2:]))


def test_what_may_be_declared() -> None:
    run = run_of(scored(10))
    with pytest.raises(UsageError, match="At most 3"):
        compare(run, run, primaries=["answer_f1", "accuracy", "over_refusal", "abstention_accuracy"])
    with pytest.raises(UsageError, match="can't be tested question by question"):
        compare(run, run, primaries=["ece"])
    with pytest.raises(UsageError, match="No question has a score for 'hit@10'"):
        compare(run, run, primaries=["hit@10"])
    assert len(PRIMARIES) <= 3


def test_the_comparison_as_json() -> None:
    run = run_of(scored(20))
    fields = comparison_to_json(compare(run, run))
    assert fields["primaries"][0]["difference"] == 0
    assert fields["primaries"][0]["verdict"] == "too few questions"


def test_terminals_get_no_control_characters() -> None:
    before = [item(0, {"answer_f1": 1.0}, question="\x1b[31mred\u202e?")]
    after = [item(0, {"answer_f1": 0.0}, question="\x1b[31mred\u202e?")]
    text = format_comparison(compare(run_of(before), run_of(after)), 5)
    assert "\x1b" not in text and "\u202e" not in text
