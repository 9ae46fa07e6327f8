"""The commands `eval` and `compare`. What is heavy is imported inside them, once it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpus.errors import StorageError, UsageError
from qa.command_group import EXIT_SKIPPED, tell
from qa.narrowing_options import Asked, narrowing_options, read_narrowing, searched_json
from qa.options import ANSWERERS_OPTION, BASE_URL_OPTION, DATA_OPTION, SELECTOR_OPTION, settings_from

if TYPE_CHECKING:
    from qa.evaluation.gates import Bound
    from qa.evaluation.questions import Question, QuestionFile
    from qa.evaluation.run_folder import Run
    from qa.settings import Settings

_FOLDER = click.Path(path_type=Path)


@click.command("eval")
@click.argument("questions", type=click.Path(path_type=Path), required=False)
@DATA_OPTION
@SELECTOR_OPTION
@ANSWERERS_OPTION
@BASE_URL_OPTION
@click.option("--out", type=_FOLDER, help="Folder for the run; one that was interrupted goes on where it stopped.")
@click.option("--limit", type=click.IntRange(1), help="Ask the first so many questions only.")
@click.option("--tag", "tags", multiple=True, help="Ask only questions with this tag; may be given again.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="For intervals and drafts.")
@click.option(
    "--cluster-by",
    default="article",
    show_default=True,
    metavar="FIELD",
    help="Questions with the same value of this field are not independent.",
)
@click.option("--fail-under", multiple=True, metavar="METRIC=VALUE", help="Exit with 1 if the metric is worse.")
@click.option("--baseline", type=_FOLDER, metavar="RUN", help="A finished run to hold this one against.")
@click.option(
    "--max-drop",
    multiple=True,
    metavar="METRIC=VALUE",
    help="Exit with 1 if the metric is worse than the baseline's by more.",
)
@click.option("--overwrite", is_flag=True, help="Begin anew in --out.")
@click.option(
    "--make-questions",
    type=click.IntRange(1),
    metavar="N",
    help="Instead, draft N questions from the articles for you to correct; --out names their file.",
)
@narrowing_options
def evaluate_command(
    questions: Path | None,
    data: str | None,
    selector: str | None,
    answerers: tuple[str, ...],
    base_url: str | None,
    out: Path | None,
    limit: int | None,
    tags: tuple[str, ...],
    seed: int,
    cluster_by: str,
    fail_under: tuple[str, ...],
    baseline: Path | None,
    max_drop: tuple[str, ...],
    overwrite: bool,
    make_questions: int | None,
    asked: Asked,
) -> None:  # fmt: skip
    """Learn how good the answers to a list of QUESTIONS (JSON lines or CSV) are, with honest uncertainty.

    A line holds question and, as far as known, id, answers, answerable, evidence (article with quote, or start and
    end) and tags. In CSV, answers and tags are separated by |, and evidence is JSON or the columns evidence_article
    and evidence_quote. No other model judges, and the same run gives the same figures.
    """
    first, *others = dict.fromkeys(answerers or ("extractive",))
    settings = settings_from(data, selector=selector, answerer=first, base_url=base_url)
    if make_questions is not None:
        _draft(settings, make_questions, seed, out, overwrite)
        return
    if questions is None or out is None:
        raise UsageError("Say which questions to ask and where to keep the run: onrecord eval QUESTIONS --out FOLDER")
    check = _gates(fail_under, baseline, max_drop)
    source, chosen = _chosen(questions, tags, limit)
    for bad in (*source.bad, *source.notes):
        click.echo(f"  {questions.name}, line {bad.line}: {bad.reason}", err=True)
    ask = partial(_evaluate, source=source, chosen=chosen, asked=asked, seed=seed, cluster_by=cluster_by,
                  overwrite=overwrite)  # fmt: skip
    if others:
        _side_by_side([replace(settings, answerer=name) for name in (first, *others)], out, ask, check)
    else:
        run = ask(settings, out=out)
        click.echo(_told(run, out))
        check(run.summary)
    if source.bad:
        click.get_current_context().exit(EXIT_SKIPPED)


@click.command("compare")
@click.argument("before", type=_FOLDER)
@click.argument("after", type=_FOLDER)
@click.option(
    "--primary",
    "primaries",
    multiple=True,
    metavar="METRIC",
    help="A metric to test, at most three; everything else is estimated only. Default: answer_f1, "
    "citation_f1 and abstention_accuracy.",
)
@click.option(
    "--items",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    help="How many questions that got worse, and better, to show.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
def compare_command(
    before: Path, after: Path, primaries: tuple[str, ...], items: int, seed: int, as_json: bool
) -> None:  # fmt: skip
    """Say what changed from the run BEFORE to the run AFTER, and whether it is more than chance."""
    from qa.evaluation.compare import compare, comparison_to_json
    from qa.evaluation.compare_text import format_comparison
    from qa.evaluation.run_folder import read_run

    comparison = compare(read_run(before), read_run(after), primaries=primaries, seed=seed)
    if as_json:
        import json

        click.echo(json.dumps(comparison_to_json(comparison), ensure_ascii=False))
    else:
        click.echo(format_comparison(comparison, items))


def _gates(
    fail_under: Sequence[str], baseline: Path | None, max_drop: Sequence[str]
) -> Callable[[dict[str, Any]], None]:
    """Check the bounds as far as that is possible before an hour of answering, and return what checks the rest."""
    from qa.evaluation.gates import check_gates, parse_bound
    from qa.evaluation.run_folder import read_run

    least: list[Bound] = [parse_bound(text) for text in fail_under]
    drops: list[Bound] = [parse_bound(text) for text in max_drop]
    before = read_run(baseline).summary if baseline else None
    if drops and before is None:
        raise UsageError("--max-drop needs --baseline RUN to compare with.")
    return lambda summary: check_gates(summary, least, before, drops)


def _chosen(path: Path, tags: Sequence[str], limit: int | None) -> tuple[QuestionFile, list[Question]]:
    from qa.evaluation.questions import read_questions

    source = read_questions(path)
    chosen = [question for question in source.questions if not tags or set(tags) & set(question.tags)]
    if not chosen:
        known = sorted({tag for question in source.questions for tag in question.tags})
        raise UsageError(f"No question has that tag. There are: {', '.join(known) or 'none'}.")
    return source, chosen[:limit]


def _side_by_side(
    answering: Sequence[Settings], out: Path, ask: Callable[..., Run], check: Callable[[dict[str, Any]], None]
) -> None:
    """The same questions for each answerer, each in a folder of its own, and what changes from the first one."""
    from qa.evaluation.compare import compare
    from qa.evaluation.compare_text import format_comparison
    from qa.evaluation.side_by_side import folder_name, side_by_side

    runs = {}
    for settings in answering:
        click.echo(f"{settings.answerer} …", err=True)
        runs[settings.answerer] = ask(settings, out=out / folder_name(settings.answerer))
    click.echo(side_by_side(runs))
    (first, before), *others = runs.items()
    for name, after in others:
        click.echo(f"\n{first} → {name}\n\n{format_comparison(compare(before, after), 0)}")
    for settings in answering:
        click.echo(f"The report of {settings.answerer}: {out / folder_name(settings.answerer) / 'report.html'}")
    for run in runs.values():
        check(run.summary)


def _evaluate(
    settings: Settings,
    *,
    source: QuestionFile,
    chosen: Sequence[Question],
    out: Path,
    asked: Asked,
    seed: int,
    cluster_by: str,
    overwrite: bool,
) -> Run:
    from qa.evaluate import evaluate
    from qa.evaluation.progress import progress
    from qa.wiring import open_assistant

    assistant = open_assistant(settings)
    tell(assistant.index.notice)
    narrowing = read_narrowing(assistant.index, asked)
    searched = {} if narrowing is None else {"searched": searched_json(assistant.index, narrowing)}
    with progress() as on_progress:
        return evaluate(
            assistant if narrowing is None else assistant.narrowed(narrowing),
            chosen,
            out,
            seed=seed,
            cluster_by=cluster_by,
            settings={
                "encoder": settings.encoder,
                "selector": settings.selector.value,
                "answerer": settings.answerer,
                **searched,
            },
            source=source,
            overwrite=overwrite,
            on_progress=on_progress,
        )


def _told(run: Run, out: Path) -> str:
    from qa.evaluation.headline import cautions, headline
    from qa.evaluation.run_folder import REPORT

    lines = [*headline(run.summary), *(f"Note: {caution}" for caution in cautions(run.summary)), ""]
    for name, figure in run.summary["metrics"].items():
        interval = "" if figure["low"] is None else f"  [{figure['low']:.3f}, {figure['high']:.3f}]"
        lines.append(f"  {name:<28} {figure['value']:.3f}{interval}  n {figure['n']:,}")
    for name, figure in run.summary["timing"]["metrics"].items():
        lines.append(f"  {name:<28} {figure['value']:.3f}")
    lines += [f"  failed: {failure['id']}: {failure['why']}" for failure in run.summary["failures"][:10]]
    return "\n".join([*lines, "", f"The report: {out / REPORT}"])


def _draft(settings: Settings, wanted: int, seed: int, out: Path | None, overwrite: bool) -> None:
    import json

    from qa.evaluation.drafting import draft_questions
    from qa.evaluation.questions import question_to_json
    from qa.evaluation.run_folder import write_whole
    from qa.wiring import open_encoder, open_index

    if out is not None and out.exists() and not overwrite:
        raise UsageError(f"{out} is there already, and may hold your corrections. Name another file, or --overwrite.")
    index = open_index(settings, open_encoder(settings))
    drafts = draft_questions((index.article(summary.id) for summary in index.articles()), wanted, seed)
    if not drafts:
        raise UsageError("The articles hold no sentence that the rules can make a question of. Add more articles.")
    text = "".join(json.dumps(question_to_json(draft), ensure_ascii=False) + "\n" for draft in drafts)
    if out is None:
        click.echo(text, nl=False)
    else:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{out.parent} can't be made: {error.strerror or error}.") from error
        write_whole(out, text)
    click.echo(
        f"{len(drafts)} drafts, made by rules. Correct each question and answer, and take its tag 'draft' away.",
        err=True,
    )
