"""A comparison of two runs as text for a terminal, verdicts first."""

from __future__ import annotations

from collections.abc import Sequence

from qa.chat.markup import one_line
from qa.evaluation.compare import ENOUGH, Change, Comparison, ItemChange, Verdict
from qa.evaluation.metrics import METRIC
from qa.formatting import counted

_CUT = 90  # characters of a question or answer that are shown


def format_comparison(comparison: Comparison, items: int) -> str:
    """The whole comparison; `items` questions are shown in each direction."""
    parts = [verdict_of(comparison), *warnings_of(comparison)]
    if comparison.primaries:
        lines = [line for change in comparison.primaries for line in _tested(change)]
        parts.append(
            "Tested (primary metrics, declared before the test; p-values corrected after Holm)\n" + "\n".join(lines)
        )
    if comparison.others:
        lines = [_estimated(change) for change in comparison.others]
        parts.append("Estimated only: look, but don't call a winner by these\n" + "\n".join(lines))
    parts += _items(comparison.items, items)
    return "\n\n".join(parts)


def verdict_of(comparison: Comparison) -> str:
    """What may be said of the two runs, in a sentence or two."""
    asked = f"Compared on {counted(comparison.paired, 'question')}."
    if not comparison.primaries:
        return f"{asked} Nothing can be tested: the questions come without answers, evidence or answerability."
    if comparison.paired < ENOUGH:
        return f"{asked} That is under {ENOUGH}, so no winner is called: differences may be chance."
    called = [c for c in comparison.primaries if c.verdict in (Verdict.BETTER, Verdict.WORSE)]
    if not called:
        return f"{asked} No change is more than chance could bring."
    changes = ", ".join(f"{c.verdict} in {c.metric} by {abs(c.difference):.3f}" for c in called)
    return f"{asked} The second run is {changes}."


def warnings_of(comparison: Comparison) -> list[str]:
    """Sentences about what makes the two runs hard to compare."""
    found = []
    if not comparison.same_index:
        found.append("The two runs answered from different indexes: part of the change may come from the articles.")
    left_out = len(comparison.only_before) + len(comparison.only_after)
    if left_out:
        found.append(
            f"Left out: {counted(left_out, 'question')} that only one run has or that was asked in other words "
            f"(first run {len(comparison.only_before)}, second run {len(comparison.only_after)})."
        )
    return found


def _tested(change: Change) -> list[str]:
    verdict = change.verdict.value if change.verdict else ""
    return [
        f"  {_figures(change)}",
        f"    {verdict}: p = {change.p:.2g}, corrected {change.adjusted_p:.2g}; "
        f"{change.better:,} of {change.n:,} questions better, {change.worse:,} worse",
    ]


def _estimated(change: Change) -> str:
    return f"  {_figures(change)}"


def _figures(change: Change) -> str:
    lower = "" if METRIC[change.metric].higher_is_better else " (lower is better)"
    interval = "" if change.low is None else f"  95 % interval {change.low:+.3f} to {change.high:+.3f}"
    return f"{change.metric:<28} {change.before:.3f} → {change.after:.3f}  {change.difference:+.3f}{interval}{lower}"


def _items(items: Sequence[ItemChange], most: int) -> list[str]:
    """The list is sorted by how the score changed, the largest loss first."""
    if not items or most == 0:
        return []
    sign = 1 if METRIC[items[0].metric].higher_is_better else -1
    losses = [item for item in items if sign * (item.after - item.before) < 0]
    gains = [item for item in reversed(items) if sign * (item.after - item.before) > 0]
    return [
        f"{title} by {items[0].metric} ({len(chosen)})\n" + "\n".join(_item(item) for item in chosen[:most])
        for title, chosen in (("Worse", losses), ("Better", gains))
        if chosen
    ]


def _item(item: ItemChange) -> str:
    return (
        f"  {item.before:.2f} → {item.after:.2f}  {_cut(item.id)}: {_cut(item.question)}\n"
        f"      before: {_cut(item.answer_before)}\n      after:  {_cut(item.answer_after)}"
    )


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _CUT else f"{line[: _CUT - 1]}…"
