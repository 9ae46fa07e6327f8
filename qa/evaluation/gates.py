"""Bounds that a run must keep, for scripts and continuous integration: exit code 1, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from corpus.errors import OnrecordError, UsageError
from qa.evaluation.metrics import METRIC


class GateError(OnrecordError):
    """A run does not keep the bounds that were set for it."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Bound:
    """A metric and the value that it is held against."""

    metric: str
    value: float


def parse_bound(text: str) -> Bound:
    """Read "metric=value"; raises UsageError with what is wrong with it."""
    name, equals, number = text.partition("=")
    name = name.strip()
    if name not in METRIC:
        raise UsageError(f"There is no metric {name!r}. There are: {', '.join(METRIC)}.")
    try:
        value = float(number)
    except ValueError:
        equals = ""
    if not equals or value != value or value < 0:
        raise UsageError(f"{text!r} sets no bound. Write it like {name}=0.6.")
    return Bound(name, value)


def figure(summary: Mapping[str, Any], name: str) -> float | None:
    """The value of a metric in a run's summary, None if it could not be computed."""
    found = summary["metrics"].get(name) or summary["timing"]["metrics"].get(name)
    return float(found["value"]) if found else None


def check_gates(
    summary: Mapping[str, Any],
    fail_under: Sequence[Bound],
    baseline: Mapping[str, Any] | None = None,
    max_drop: Sequence[Bound] = (),
) -> None:
    """Raise GateError naming every bound that isn't kept.

    `fail_under` is the worst value allowed: the least where higher is better, the most where lower is. `max_drop` is
    how much worse than the baseline a value may be. A metric that could not be computed keeps no bound. Raises
    UsageError if the baseline is missing or asked other questions.
    """
    if max_drop and baseline is None:
        raise UsageError("--max-drop needs --baseline RUN to compare with.")
    broken = [reason for bound in fail_under if (reason := _under(summary, bound))]
    if baseline is not None and max_drop:
        ours, theirs = (run["configuration"]["questions"]["sha256"] for run in (summary, baseline))
        if ours != theirs:
            raise UsageError("The baseline was asked other questions, so a drop means nothing. Run the baseline again.")
        broken += [reason for bound in max_drop if (reason := _dropped(summary, baseline, bound))]
    if broken:
        raise GateError("The run does not keep its bounds: " + "; ".join(broken) + ".")


def _under(summary: Mapping[str, Any], bound: Bound) -> str | None:
    value = figure(summary, bound.metric)
    if value is None:
        return f"{bound.metric} could not be computed from these questions"
    if METRIC[bound.metric].higher_is_better:
        return f"{bound.metric} is {value:.4g}, below {bound.value:g}" if value < bound.value else None
    return f"{bound.metric} is {value:.4g}, above {bound.value:g} (lower is better)" if value > bound.value else None


def _dropped(summary: Mapping[str, Any], baseline: Mapping[str, Any], bound: Bound) -> str | None:
    value, before = figure(summary, bound.metric), figure(baseline, bound.metric)
    if value is None or before is None:
        return f"{bound.metric} could not be computed in {'this run' if value is None else 'the baseline'}"
    worse = before - value if METRIC[bound.metric].higher_is_better else value - before
    if worse <= bound.value + 1e-12:
        return None
    return (
        f"{bound.metric} went from {before:.4g} to {value:.4g}, worse by {worse:.4g} where {bound.value:g} is allowed"
    )
