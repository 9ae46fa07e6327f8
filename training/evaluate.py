"""Measures a reader: `python -m training.evaluate WEIGHTS`.

Prints the held-out figures, those on xquad_en (never trained on, never chosen by), the calibration and the
speed, and writes calibration.json and figures.json beside the weights.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

from rich.console import Console
from rich.table import Table

from qa.reader import Reader
from training.data import load
from training.figures import judge, judge_news, judged_auc, span_figures, speed, xquad
from training.reader_calibration import calibrate, write
from training.split import split


def evaluate(folder: Path, data: Path, threads: int | None) -> dict[str, float]:
    """Every figure by its name; writes the two files."""
    reader = Reader(folder, threads)
    parts = split(load(data))
    judged = judge(reader, parts)
    dev, found = span_figures(judged), calibrate(judged)
    spans, auc = xquad(reader, data)
    on_news = judge_news(reader, parts.dev)
    news = span_figures(on_news)
    figures = {
        "xquad_en F1": 100 * spans.f1,
        "xquad_en exact match": 100 * spans.exact,
        "xquad_en AUC, own against neighbouring paragraph": auc,
        "held-out F1": 100 * dev.f1,
        "held-out exact match": 100 * dev.exact,
        "held-out AUC, own against BM25's negatives": judged_auc(judged),
        "held-out invented news F1": 100 * news.f1,
        "held-out invented news exact match": 100 * news.exact,
        "held-out invented news AUC, answered against not, of the same article": judged_auc(on_news),
        "held-out ECE, passage answers": found["passage_answers"].ece,
        "held-out ECE, span right": found["span_right"].ece,
        "20 passages of 200 word pieces, median ms (machine as it was)": speed(reader, data),
    }
    write(found, folder, reader.weights_hash)
    figures = {name: round(value, 4) for name, value in figures.items()}
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    return figures


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure a reader.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reading"))
    parser.add_argument("--threads", type=int, default=None)
    options = parser.parse_args()
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    table = Table("figure", "value")
    for name, value in evaluate(options.weights, options.data, options.threads).items():
        table.add_row(name, f"{value:.4g}")
    Console().print(table)


if __name__ == "__main__":
    main()
