"""What a run found, in plain words: the first thing that a person reads, in the report and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa.evaluation.compare import ENOUGH
from qa.formatting import counted

FEW_CLUSTERS = 15  # under so many independent groups an interval is rough


def headline(summary: Mapping[str, Any]) -> list[str]:
    """Sentences, the most important first."""
    return [sentence for sentence in (_asked(summary), *_quality(summary)) if sentence]


def cautions(summary: Mapping[str, Any]) -> list[str]:
    """Sentences about what makes the figures weaker than they look."""
    questions = summary["questions"]
    found = []
    if questions["asked"] < ENOUGH:
        found.append(
            f"{counted(questions['asked'], 'question')} can show large faults but hardly compare two versions: "
            f"under {ENOUGH} no winner is called."
        )
    elif questions["clusters"] < FEW_CLUSTERS:
        found.append(
            f"They belong to only {counted(questions['clusters'], 'independent group')}, so intervals are rough."
        )
    if questions["drafts"]:
        found.append(
            f"{counted(questions['drafts'], 'question')} still tagged as a draft: made by rules and not yet corrected "
            "by a person, so these figures say little."
        )
    if questions.get("to_correct"):  # runs of earlier versions lack it
        found.append(
            f"{counted(questions['to_correct'], 'question')} came from answers that a person called wrong and nobody "
            "has corrected yet: they are asked, but nothing in these figures says whether they are answered rightly."
        )
    if questions["with_answers"] == 0 and not summary["abstention"]["unanswerable"]["refused"]:
        found.append("No question came with an answer to compare with, so nothing here says whether answers are right.")
    if summary["bad_lines"]:
        found.append(f"{counted(len(summary['bad_lines']), 'line')} of the questions could not be used; see below.")
    if summary["problems"]:
        found.append(f"The evidence of some questions does not fit the index ({len(summary['problems'])}); see below.")
    return found


def percent(value: float) -> str:
    """A share as a whole percentage, with a decimal where it is close to none or all."""
    rounded = f"{value * 100:.0f} %"
    return rounded if rounded not in ("0 %", "100 %") or value in (0, 1) else f"{value * 100:.1f} %"


def _asked(summary: Mapping[str, Any]) -> str:
    questions = summary["questions"]
    parts = [f"answered {questions['answered']:,} of {counted(questions['asked'], 'question')}"]
    if questions["refused"]:
        parts.append(f"said of {questions['refused']:,} that the articles don't say")
    if questions["failed"]:
        parts.append(f"failed on {questions['failed']:,}")
    return f"Onrecord {', '.join(parts[:-1])}{' and ' if parts[1:] else ''}{parts[-1]}."


def _quality(summary: Mapping[str, Any]) -> list[str]:
    say = _Words(summary["metrics"])
    quotes = summary["metrics"].get("quote_exact")
    exact = ""
    if quotes:
        whose = "the articles' own characters"
        exact = (
            f"All {counted(quotes['n'], 'quote')} are {whose}."
            if quotes["value"] == 1
            else f"Of {counted(quotes['n'], 'quote')} not all are {whose}: that is a fault of Onrecord."
        )
    return [
        say("accuracy", "Held against the expected words, {} are right"),
        say("over_refusal", "It refused {} of the questions that have an answer"),
        say("unanswerable_accuracy", "Where the articles hold no answer it said so in {}"),
        say("hit@10", "Retrieval had the evidence among its first ten passages for {}"),
        say("citation_recall", "The quotes show {} of the evidence"),
        exact,
    ]


class _Words:
    """Puts a figure with its interval into a sentence."""

    def __init__(self, metrics: Mapping[str, Any]) -> None:
        self._metrics = metrics

    def __call__(self, name: str, sentence: str) -> str:
        figure = self._metrics.get(name)
        if figure is None:
            return ""
        interval = ""
        if figure["low"] is not None:
            interval = f" (95 % interval {figure['low'] * 100:.0f} to {figure['high'] * 100:.0f} %)"
        return sentence.format(percent(figure["value"])) + interval + "."
