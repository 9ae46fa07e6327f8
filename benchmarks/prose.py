"""How well prose is checked: planted sentences about onestop's articles, and what random text can do.

    python -m benchmarks.prose                # limits set on one half of the articles, figures of the other, both ways
    python -m benchmarks.prose --no-reader    # the same with the words alone
    python -m benchmarks.prose nonsense       # random text on the whole way from a model to an answer
    python -m benchmarks.prose first-token    # from the quotes to the first word, beside transformers alone

The first prints the share of faithful sentences that are called supported and of swapped ones that aren't. Each writes
benchmarks/results/prose-….json.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread

from rich.console import Console
from rich.table import Table

from benchmarks.planted import Planted, planted
from benchmarks.sets import DATA, read_articles
from qa.answer import Answer, Citation, Statement, StatementKind, text_hash
from qa.prose.quoted import sentences_of
from qa.prose.signs import Signs
from qa.prose.support import Limits, ReadsPassages, SupportCheck, Unread, weigh

RESULTS = Path(__file__).parent / "results"
OPEN = Limits(coverage=0.6, misplaced=0.3, crossed=0.8, subject=1e9, number=1e9, answer=1e9)  # what is read at all
ALREADY = Limits()  # tells the two verdicts of `_decided` apart
TRIED = [
    Limits(coverage, misplaced, crossed, subject, number)
    # What is swapped keeps its coverage, so these sentences can't tell what a lower one would let in.
    for coverage in (0.6, 0.7)
    for misplaced in (0.0, 0.1, 0.3)
    for crossed in (0.3, 0.5, 0.6, 0.8)
    for subject in (2.0, 6.0, 12.0, 1e9)
    for number in (12.0, 24.0, 1e9)
]


QUOTES = (
    "The park has 1,240 trees, and 85 percent of them were grown in the region.",
    "“We kept the old signals,” said Ines Falk.",
)
ANSWER = Answer(
    question="How many trees does the park have?",
    short=None,
    statements=tuple(Statement(quote, StatementKind.VERBATIM, (n,)) for n, quote in enumerate(QUOTES, 1)),
    citations=tuple(
        Citation(n, "park", 0, len(quote), quote, "Park", None, None, None, None, None, text_hash(quote))
        for n, quote in enumerate(QUOTES, 1)
    ),
    confidence=0.9,
    abstained=False,
    considered=(),
    seconds=0.0,
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A planted sentence and what the check sees in each choice of quotes."""

    planted: Planted
    choices: tuple[tuple[Signs, Unread], ...]

    def held(self, limits: Limits) -> bool:
        """Whether some choice of quotes holds the sentence up."""
        return any(limits.allow(signs) and limits.allow_reading(unread) for signs, unread in self.choices)


def weigh_all(sentences: Sequence[Planted], reader: ReadsPassages | None) -> list[Weighed]:
    """Weigh each sentence once; limits are tried on the result."""
    return [
        Weighed(one, tuple((signs, unread) for _, signs, unread in weigh(one.text, one.quotes, reader, worth=OPEN)))
        for one in sentences
    ]


def rates(sentences: Sequence[Weighed], limits: Limits) -> dict[str, float]:
    """Shares by kind: faithful sentences that are held, swapped ones that are not; and how many there were."""
    found: dict[str, float] = {}
    groups: dict[str, list[bool]] = {}
    for one in sentences:
        right = one.held(limits) if one.planted.swapped is None else not one.held(limits)
        whose = "the articles' own" if one.planted.verbatim else "paraphrased"
        kind = "faithful" if one.planted.swapped is None else one.planted.swapped
        for name in (f"{kind}, {whose}", kind if kind == "faithful" else "swapped, all"):
            groups.setdefault(name, []).append(right)
    for name, rights in sorted(groups.items()):
        found[name] = sum(rights) / len(rights)
        found[f"{name}: sentences"] = len(rights)
    return found


def best_limits(sentences: Sequence[Weighed], least: float = 0.95) -> Limits:
    """The limits that hold most paraphrases among those under which `least` of the swapped sentences are not held."""

    def worth(limits: Limits) -> tuple[bool, float, float]:
        found = rates(sentences, limits)
        return found["swapped, all"] >= least, found["faithful, paraphrased"], found["swapped, all"]

    return max(TRIED, key=worth)


def sampled(sentences: Sequence[Planted], most: int) -> list[Planted]:
    """All paraphrases, and at most so many of each other kind, spread evenly over the articles."""
    groups: dict[tuple[str | None, bool], list[Planted]] = {}
    for one in sentences:
        groups.setdefault((one.swapped, one.verbatim), []).append(one)
    kept: list[Planted] = []
    for (swapped, verbatim), group in groups.items():
        wanted = len(group) if (swapped is None and not verbatim) or not most else min(most, len(group))
        kept += [group[place * len(group) // wanted] for place in range(wanted)]
    return kept


def halves(sentences: Sequence[Weighed]) -> tuple[list[Weighed], list[Weighed]]:
    """The sentences of every other article."""
    articles = sorted({one.planted.article for one in sentences})
    even = set(articles[::2])
    return [o for o in sentences if o.planted.article in even], [o for o in sentences if o.planted.article not in even]


def nonsense(outputs: int, check: SupportCheck, seed: int = 0) -> dict[str, float]:
    """Random text from words of quotes, quotation marks and marks, on the whole way from a model to an answer."""
    from qa.citations import with_prose
    from qa.prose.telling import state_of

    chance, quotes = random.Random(seed), [citation.quote for citation in ANSWER.citations]
    marks = """ " “ ” ' ‘ ’ « » „ [1] [2] [7] [ ] <think> ** . ? """.split() + ["\n", "\u202e", "\u200b"]
    words = [*" ".join(quotes).split(), *marks, "not", "Paris", "1,500"]
    false_quotes = invalid = tracebacks = sentences = 0
    for _ in range(outputs):
        text = " ".join(chance.choices(words, k=chance.randint(1, 60)))
        try:
            told = [state_of(one, ANSWER.question, quotes, check) for one in sentences_of(text, quotes)]
            shown = with_prose(ANSWER, told, "nonsense").statements
        except Exception:
            tracebacks += 1
            continue
        sentences += len(told)
        for statement in shown:
            folded = " ".join(" ".join(quotes).split())
            false_quotes += any(inner not in folded for inner in re.findall("“([^”]*)”", statement.text))
            invalid += any(not 1 <= number <= len(quotes) for number in statement.citations)
    return {"outputs": outputs, "sentences": sentences, "false quotes": false_quotes, "invalid citations": invalid,
            "tracebacks": tracebacks}  # fmt: skip


def _decided(sentences: Sequence[Weighed], limits: Limits) -> list[Weighed]:
    """The sentences with nothing but the verdict under some limits left to weigh."""
    fine, wrong = Signs(1.0, (), False, False, 0.0, 0.0), Signs(0.0, (), False, False, 0.0, 0.0)
    return [Weighed(one.planted, ((fine if one.held(limits) else wrong, Unread()),)) for one in sentences]


def checked(reader: ReadsPassages | None, most: int) -> dict[str, object]:
    """Limits set on each half and measured on the other, and the limits that are shipped on everything."""
    began = time.process_time()
    everything = weigh_all(sampled(planted(read_articles(DATA / "onestop" / "articles.jsonl")), most), reader)
    first, second = halves(everything)
    return {
        "each half with the limits of the other": rates(
            [*_decided(second, best_limits(first)), *_decided(first, best_limits(second))], ALREADY
        ),
        "set on the first half, measured on the second": rates(second, best_limits(first)),
        "set on the second half, measured on the first": rates(first, best_limits(second)),
        "as shipped, all articles": rates(everything, Limits()),
        "limits set on the first half": asdict(best_limits(first)),
        "limits set on the second half": asdict(best_limits(second)),
        "limits set on all": asdict(best_limits(everything)),
        "processor milliseconds a sentence, every choice of quotes read": round(
            1e3 * (time.process_time() - began) / len(everything), 1
        ),
    }


def first_token(threads: int | None, rounds: int = 9) -> dict[str, float]:
    """Seconds from the quotes to the first piece of prose, and of `generate` alone with the same prompt, in turn.

    The model has random weights and the shape of a small one (12 layers of 512), since none can be fetched here.
    """
    from transformers import TextIteratorStreamer

    from qa.prose.prompts import answer_prompt
    from qa.prose.telling import MOST_TOKENS
    from qa.prose.transformers_writer import TransformersWriter
    from tests.qa.prose.tiny_models import tiny_model

    with tempfile.TemporaryDirectory() as folder:
        writer = TransformersWriter(
            tiny_model(Path(folder) / "m", "qwen3", width=512, layers=12), "hf:m", threads=threads
        )
        loaded = writer.loaded()
        quotes = [QUOTES[0] * 4, QUOTES[1] * 4, QUOTES[0] * 2]
        ours, bare = [], []
        for _ in range(rounds):
            began = time.perf_counter()
            prompt = answer_prompt(ANSWER.question, quotes, writer.count, writer.window - MOST_TOKENS)
            assert prompt is not None
            pieces = writer.write(prompt.text, most=24, numbers=3)
            next(pieces)
            ours.append(time.perf_counter() - began)
            pieces.close()  # type: ignore[attr-defined]
            began = time.perf_counter()
            streamer = TextIteratorStreamer(loaded.tokenizer, skip_prompt=True)
            ids = loaded.tensor(prompt.text)
            worker = Thread(
                target=loaded.model.generate,
                kwargs={
                    "inputs": ids,
                    "max_new_tokens": 24,
                    "do_sample": False,
                    "streamer": streamer,
                    "pad_token_id": 0,
                },
            )
            worker.start()
            next(piece for piece in streamer if piece)
            bare.append(time.perf_counter() - began)
            worker.join()
            tokens = ids.shape[1]
    return {
        "seconds, median": statistics.median(ours),
        "seconds of transformers alone, median": statistics.median(bare),
        "ratio of medians": statistics.median(ours) / statistics.median(bare),
        "median of the rounds' ratios": statistics.median(a / b for a, b in zip(ours, bare, strict=True)),
        "prompt tokens": tokens,
    }


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["planted", "nonsense", "first-token"], default="planted")
    parser.add_argument("--no-reader", action="store_true")
    parser.add_argument("--outputs", type=int, default=10_000)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--most", type=int, default=60, help="sentences of each kind but paraphrases; 0 for all")
    given = parser.parse_args()
    reader: ReadsPassages | None = None
    if given.what == "planted" and not given.no_reader:
        from qa.reader import Reader

        reader = Reader(threads=given.threads)
    if given.what == "nonsense":
        figures: dict[str, object] = {"random text": nonsense(given.outputs, SupportCheck())}
    elif given.what == "first-token":
        figures = {"first token": first_token(given.threads)}
    else:
        figures = checked(reader, given.most)
    _show(figures)
    RESULTS.mkdir(exist_ok=True)
    name = "planted-words" if given.what == "planted" and given.no_reader else given.what
    (RESULTS / f"prose-{name}.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _show(figures: dict[str, object]) -> None:
    for title, part in figures.items():
        if isinstance(part, dict):
            table = Table("figure", "value", title=title)
            for name, value in part.items():
                table.add_row(name, f"{value:,.3f}" if value != int(value) else f"{value:,.0f}")
            Console().print(table)
        else:
            Console().print(f"{title}: {part}")


if __name__ == "__main__":
    main()
