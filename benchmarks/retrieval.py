"""How well passages are found: BM25, dense and fused, on real news and quiz questions.

    python -m benchmarks.retrieval --data ../shared/data/news-2023 --max-tokens 160 221

Larger passages hit more often at any k merely because they are larger, so the fair figure is the share of questions
whose answer's words stand within the first 1,000 words of the ranking. Words also stand somewhere by chance: the
same is counted for the wrong choices, and the distance between the two is what retrieval brings.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from benchmarks.sets import SetQuestion, read_articles, read_questions
from corpus.article import Article
from index.build import DEFAULT_MAX_TOKENS
from index.encoder import Encoder, encoder_by_name
from index.passage_index import PassageIndex, RetrievalMode, add
from qa.normalise import padded

WORDS = 1_000
CUTS = (1, 5, 10)
DEPTH = 100  # passages fetched a question: more than WORDS words, whatever the length


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question with the words to look for."""

    question: str
    right: tuple[str, ...]  # normalised answers
    wrong: tuple[str, ...]  # normalised choices that are none of the answers
    answerable: bool  # some article holds an answer's words


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of questions, 0 to 1."""

    questions: int
    within_words: float  # an answer's words stand within the first 1,000 words of the ranking
    within_words_error: float  # standard error
    hit: dict[int, float]  # an answer's words stand in one of the first k passages
    wrong_within_words: float  # the same for the wrong choices, averaged over a question's choices
    wrong_hit: dict[int, float]
    words_in_ten: float  # words of the first ten passages, mean


def quiz_of(question: SetQuestion) -> Quiz:
    """What to look for in a ranking."""
    right = tuple(padded(answer) for answer in question.answers)
    wrong = tuple(form for choice in question.choices if (form := padded(choice)) not in right)
    return Quiz(question.question, right, wrong, bool(question.articles_with_answer))


def first_words(texts: Sequence[str], words: int) -> Iterator[str]:
    """The texts until `words` words have been read, the last one cut there."""
    for text in texts:
        found = [match.end() for match in re.finditer(r"\S+", text)]
        yield text if len(found) <= words else text[: found[words - 1]]
        words -= len(found)
        if words <= 0:
            return


def measure(rankings: Sequence[Sequence[str]], quizzes: Sequence[Quiz]) -> Figures:
    """Figures of rankings, each the texts of a question's passages, best first."""
    count = len(quizzes)
    within, wrong_within = 0.0, 0.0
    hit, wrong_hit = dict.fromkeys(CUTS, 0.0), dict.fromkeys(CUTS, 0.0)
    for texts, quiz in zip(rankings, quizzes, strict=True):
        read = [padded(text) for text in first_words(texts, WORDS)]
        within += _any(read, quiz.right)
        wrong_within += _mean(read, quiz.wrong)
        passages = [padded(text) for text in texts[: max(CUTS)]]
        for k in CUTS:
            hit[k] += _any(passages[:k], quiz.right)
            wrong_hit[k] += _mean(passages[:k], quiz.wrong)
    share = within / count
    return Figures(
        questions=count,
        within_words=share,
        within_words_error=math.sqrt(share * (1 - share) / count),
        hit={k: value / count for k, value in hit.items()},
        wrong_within_words=wrong_within / count,
        wrong_hit={k: value / count for k, value in wrong_hit.items()},
        words_in_ten=sum(len(text.split()) for texts in rankings for text in texts[:10]) / count,
    )


def _any(texts: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(form in text for text in texts for form in wanted)


def _mean(texts: Sequence[str], wanted: Sequence[str]) -> float:
    return sum(_any(texts, [form]) for form in wanted) / len(wanted) if wanted else 0.0


def indexed(folder: Path, articles: Sequence[Article], encoder: Encoder, max_tokens: int) -> PassageIndex:
    """The index in `folder`, made if it isn't there; what is there already is left alone."""
    with Bar(console=Console(stderr=True)) as bar:
        task = bar.add_task(f"{max_tokens} tokens a passage", total=len(articles))

        def progress(stage: str, done: int, total: int | None) -> None:
            if stage == "read":
                bar.update(task, completed=done)

        add(folder, articles, encoder, progress=progress, max_tokens=max_tokens)
    return PassageIndex.open(folder, encoder)


def evaluate(index: PassageIndex, quizzes: Sequence[Quiz]) -> dict[str, dict[str, Figures]]:
    """Figures by mode, over all questions and over those that some article answers."""
    answerable = [n for n, quiz in enumerate(quizzes) if quiz.answerable]
    figures = {}
    for mode in RetrievalMode:
        found = index.search([quiz.question for quiz in quizzes], DEPTH, mode=mode)
        texts = [[hit.passage.text for hit in hits] for hits in found]
        figures[mode.value] = {
            "all": measure(texts, quizzes),
            "answerable": measure([texts[n] for n in answerable], [quizzes[n] for n in answerable]),
        }
    return figures


def table(results: dict[str, dict[str, dict[str, Figures]]], group: str) -> Table:
    title = f"Questions whose answer's words were found, % ({group}; in brackets a wrong choice's)"
    shown = Table("tokens", "ranking", "first 1,000 words", "hit@1", "hit@5", "hit@10", "words in ten", title=title)
    for max_tokens, modes in results.items():
        for mode, groups in modes.items():
            f = groups[group]
            hits = [f"{100 * f.hit[k]:.1f} ({100 * f.wrong_hit[k]:.1f})" for k in CUTS]
            within = f"{100 * f.within_words:.1f} ± {100 * f.within_words_error:.1f} ({100 * f.wrong_within_words:.1f})"
            shown.add_row(max_tokens, mode, within, *hits, f"{f.words_in_ten:.0f}")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/news-2023"))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "onrecord-news")
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--max-tokens", type=int, nargs="+", default=[DEFAULT_MAX_TOKENS])
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/retrieval-news-2023.json"))
    options = parser.parse_args()
    encoder = encoder_by_name(options.encoder, threads=options.threads)
    articles = read_articles(options.data / "articles.jsonl.xz")
    quizzes = [quiz_of(question) for question in read_questions(options.data / "questions.jsonl")]
    prefix = "data" if encoder.name == parser.get_default("encoder") else f"data-{encoder.name}"
    results = {}
    written: dict[str, object] = {"data": options.data.name, "encoder": encoder.name, "questions": len(quizzes)}
    for max_tokens in options.max_tokens:
        name = prefix if max_tokens == DEFAULT_MAX_TOKENS else f"{prefix}-{max_tokens}"
        with indexed(options.cache / name, articles, encoder, max_tokens) as index:
            results[str(max_tokens)] = evaluate(index, quizzes)
            written[str(max_tokens)] = {
                "counts": asdict(index.manifest.counts),
                "rankings": {
                    mode: {group: asdict(figures) for group, figures in groups.items()}
                    for mode, groups in results[str(max_tokens)].items()
                },
            }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    console = Console()
    for group in ("all", "answerable"):
        console.print(table(results, group))


if __name__ == "__main__":
    main()
