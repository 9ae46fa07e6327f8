"""The commands `verify`, `refused` and `feedback`. What is heavy is imported inside them, once it is needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from corpus.errors import UsageError
from qa.command_group import tell
from qa.formatting import counted
from qa.options import DATA_OPTION, SELECTOR_OPTION, settings_from

if TYPE_CHECKING:
    from qa.keeping.refused import Refused
    from qa.keeping.verify import Finding, Verification

_WORDS = 60  # characters of a quote that the table shows
_ARTICLE = 34  # characters of an article's id that it shows


@click.command("verify")
@click.argument("file", type=click.Path(allow_dash=True, path_type=Path))
@DATA_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_command(file: Path, data: str | None, as_json: bool) -> None:
    """Check every quote of FILE against the articles in the index.

    FILE is a conversation that was saved in the chat (Markdown or HTML) or what `onrecord ask --json` printed; - is
    standard input. Exit code 1 if anything is not as it was.
    """
    from qa.keeping.verify import verify
    from qa.wiring import open_encoder, open_index

    try:
        read: bytes = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror or error}. Name a saved conversation.") from error
    settings = settings_from(data)
    index = open_index(settings, open_encoder(settings))
    tell(index.notice)
    found = verify(read, index.article)
    click.echo(json.dumps(found.to_json(), ensure_ascii=False) if as_json else _table(found))
    if not found.ok:
        click.get_current_context().exit(1)


@click.command("refused")
@DATA_OPTION
@SELECTOR_OPTION
@click.option("--again", is_flag=True, help="Ask those again that these articles have not been asked yet.")
def refused_command(data: str | None, selector: str | None, again: bool) -> None:
    """List the questions of the chat that the articles did not answer."""
    from qa.keeping.refused import RefusedQuestions

    settings = settings_from(data, selector=selector)
    kept = RefusedQuestions(settings.data)
    if again and kept.all():
        from qa.wiring import open_assistant

        assistant = open_assistant(settings)
        asked = list(kept.ask_again(assistant))
        click.echo(f"Asked again: {len(asked):,}. Answered now: {sum(one.answered for one in asked):,}.\n")
    click.echo(_listed(kept.all(), kept.path))


@click.command("feedback")
@DATA_OPTION
def feedback_command(data: str | None) -> None:
    """Say what people's word on answers in the chat has brought for `onrecord eval`."""
    from qa.evaluation.questions import TO_CORRECT
    from qa.keeping.feedback import Feedback
    from qa.terminal import plain

    kept = Feedback(settings_from(data).data)
    rows = kept.rows()
    if not rows:
        click.echo("Nothing yet. In the chat, each answer can be called good, wrong, or one that should have said no.")
        return
    to_correct = [row for row in rows if TO_CORRECT in (row.get("tags") or ())]
    click.echo(f"{counted(len(rows), 'question')} in {kept.path}")
    click.echo(f"Measure with them: onrecord eval {kept.path} --out runs/today")
    if to_correct:
        click.echo(
            f"\n{counted(len(to_correct), 'question')} whose answer was called wrong. In each line put the right "
            f"answers, or answerable false,\nand take its tag {TO_CORRECT!r} away:\n"
        )
        for row in to_correct:
            click.echo(f"  {plain(str(row.get('question')))}\n      answered: {plain(str(row.get('given')))}")


def _table(found: Verification) -> str:
    if not found.findings and not found.faults:
        return "There is no quote to check: every question was refused."
    rows = [("Quote", "Verdict", "Article", "Characters", "Words"), *(_row(finding) for finding in found.findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for place, row in enumerate(rows):
        lines.append("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]))
        if place and (detail := found.findings[place - 1].detail):
            lines.append(f"{' ' * widths[0]}  → {detail}")
    return "\n".join([*lines, "", *found.faults, _verdict(found)])


def _row(finding: Finding) -> tuple[str, str, str, str, str]:
    from qa.terminal import plain

    article = plain(finding.article_id or "?")
    place = "?" if finding.start is None else f"{finding.start}–{finding.end}"
    return (
        finding.label,
        finding.status.value,
        _cut(article, _ARTICLE),
        place,
        f"“{_cut(plain(finding.words), _WORDS)}”",
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _verdict(found: Verification) -> str:
    number = len(found.findings)
    failed = sum(bool(finding.detail) for finding in found.findings)
    if failed:
        return f"{failed:,} of {counted(number, 'quote')} failed."
    held = "stands in its article" if number == 1 else "stand in their articles"
    return f"{counted(number, 'quote')} checked: {'it' if number == 1 else 'all'} {held}, word for word."


def _listed(refused: Sequence[Refused], path: Path) -> str:
    from qa.terminal import plain

    if not refused:
        return "No question was refused, or all of them were answered since."
    answered = [one for one in refused if one.answered]
    still = [one for one in refused if not one.answered]
    parts = []
    for title, ones in (("Answered by now; ask them:", answered), ("Without an answer:", still)):
        if ones:
            lines = [f"  {one.refused.isoformat()}  {plain(one.question)}" for one in ones]
            parts.append("\n".join([title, *lines]))
    return "\n\n".join([*parts, f"They lie in {path}"])
