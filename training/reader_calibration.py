"""Scores of one passage → probabilities, fitted on held-out questions and shipped beside the weights.

Two logistic models of the reader's own scores: that the passage answers the question, and that the best
span is right (at least half its words, F1 ≥ 0.5). The share of answered pairs among those fitted on is part
of what they say; whoever uses them for something else (a whole answer, say) fits their own on top.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from qa.evaluation.calibration_metrics import Floats, expected_calibration_error
from training.figures import Judged


@dataclass(frozen=True, slots=True)
class Logistic:
    """P = 1 / (1 + exp(-(intercept + Σ weight · feature)))."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float
    ece: float  # on articles that were left out of its fitting in turn, 15 equal-mass bins
    share: float  # of true cases among those fitted on
    cases: int


def features(judged: Sequence[Judged]) -> tuple[tuple[str, ...], Floats]:
    """The answered score, and the best span's lead over the next one (at most 10)."""
    rows = []
    for one in judged:
        spans = one.reading.spans
        lead = min(spans[0].score - spans[1].score, 10.0) if len(spans) > 1 else 10.0
        rows.append((one.reading.answered_score if spans else -20.0, lead))
    return ("answered_score", "lead"), np.array(rows)


def fit(names: Sequence[str], x: Floats, y: Floats, articles: Sequence[str]) -> Logistic:
    """A logistic model on all cases; its error is measured by leaving articles out."""
    out = np.zeros(len(y))
    for train, test in GroupKFold(5).split(x, y, articles):
        out[test] = LogisticRegression(C=100.0).fit(x[train], y[train]).predict_proba(x[test])[:, 1]
    model = LogisticRegression(C=100.0).fit(x, y)
    return Logistic(
        tuple(names),
        tuple(round(float(w), 6) for w in model.coef_[0]),
        round(float(model.intercept_[0]), 6),
        round(expected_calibration_error(out, 1 - y), 4),
        round(float(y.mean()), 4),
        len(y),
    )


def calibrate(judged: Sequence[Judged]) -> dict[str, Logistic]:
    """Both models."""
    names, x = features(judged)
    articles = [one.article for one in judged]
    answers = np.array([float(one.answers) for one in judged])
    right = np.array([float(one.f1 >= 0.5) for one in judged])
    return {
        "passage_answers": fit(names[:1], x[:, :1], answers, articles),
        "span_right": fit(names, x, right, articles),
    }


def write(found: dict[str, Logistic], folder: Path, weights_hash: str) -> None:
    """`calibration.json` beside the weights that it belongs to."""
    fields: dict[str, object] = {name: asdict(model) for name, model in found.items()}
    fields["weights_sha256"] = weights_hash
    fields["fitted_on"] = (
        "held-out paragraphs: 6 squadshifts new_wiki articles, 50 reddit and 50 amazon_reviews posts; each question "
        "with its own paragraph and up to two that BM25 finds similar and that lack its answers"
    )
    (folder / "calibration.json").write_text(json.dumps(fields, indent=2) + "\n", "utf-8")
