"""The evaluation in the browser as HTML: what to give, how far it is, which runs there are, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as quoted

from qa.chat.evaluations import MAX_MB, MAX_QUESTIONS, Kept, Progress
from qa.chat.markup import escape, one_line
from qa.evaluation.compare import Change, Comparison, ItemChange
from qa.evaluation.compare_text import verdict_of, warnings_of
from qa.evaluation.metrics import METRIC
from qa.formatting import counted

MOST_RUNS = 50  # in the list
MOST_NOTES = 20  # lines of the questions that are named
MOST_CHANGES = 20  # questions whose answer changed, in each direction

# Gradio puts values through two template languages.
_TEMPLATE_MARKS = {ord(mark): f"&#{ord(mark)};" for mark in "@${}`\\"}


def form_html() -> str:
    """How to start one. It never changes, so that nobody loses the focus in it."""
    return (
        '<section class="measuring" aria-label="Start an evaluation"><h2 tabindex="-1">Evaluation</h2>'
        "<p>How good are the answers on these articles? Give questions with the answers that you expect, and Onrecord "
        'answers all of them and says how often it was right, and how sure that is.</p><div class="drop">'
        '<label for="eval-file">Questions</label><input id="eval-file" type="file" data-questions="" '
        'accept=".jsonl,.ndjson,.csv,.tsv">'
        '<p class="small">JSON lines or CSV with <code>question</code> and, as far as known, <code>answers</code>, '
        "<code>answerable</code>, <code>evidence</code>, <code>tags</code>; at most "
        f'{MAX_QUESTIONS:,} questions, {MAX_MB} MB.</p><p class="small uploading" role="status" hidden>'
        "Copying the file …</p></div></section>"
    )


def from_chat_html(count: int) -> str:
    """The questions that people's words on answers have brought."""
    if not count:
        return '<p class="small">In the chat, each answer can be called good or wrong; those become questions too.</p>'
    return (
        f'<p><button type="button" class="quiet put" data-start="chat">Ask the {counted(count, "question")} '
        'from this chat</button></p><p class="small">They come from what was said of answers: good, wrong, should '
        "have said no.</p>"
    )


def state_html(progress: Progress | None) -> str:
    """How far the evaluation under way is, or how the last one ended."""
    if progress is None:
        return ""
    name = escape(one_line(progress.name))
    if not progress.running:
        role = "alert" if progress.failed else "status"
        told = f"<strong>{name}</strong>: {escape(one_line(progress.ended or ''))}"
        return f'<div class="progress" role="{role}"><p dir="auto">{told}</p>{_notes(progress)}</div>'
    share = progress.done / progress.total if progress.total else 0
    words = f"{progress.done:,} of {counted(progress.total, 'question')}"
    if progress.stopping:
        words += ". Stopping after the questions that are being asked …"
    elif progress.left is not None:
        words += f", about {_minutes(progress.left)} left"
    return (
        f'<div class="progress" aria-busy="true"><p dir="auto"><strong>{name}</strong></p>'
        f'<progress max="1" value="{share:.3f}" aria-label="Progress of the evaluation"></progress>'
        f'<p class="small">{escape(words)}. The chat goes on meanwhile.</p>{_notes(progress)}</div>'
    )


def fault_html(sentence: str) -> str:
    """Why something can't be done."""
    return f'<div class="progress" role="alert"><p dir="auto">{escape(one_line(sentence))}</p></div>'


def runs_html(kept: Sequence[Kept]) -> str:
    """The runs that are kept, each to be shown, gone on with or removed."""
    if not kept:
        return ""
    rows = "".join(_run(one) for one in kept[:MOST_RUNS])
    rest = f'<p class="small">And {len(kept) - MOST_RUNS:,} older ones.</p>' if len(kept) > MOST_RUNS else ""
    return f'<section class="runs" aria-label="Evaluations"><h3>Evaluations</h3><ul>{rows}</ul>{rest}</section>'


def report_html(name: str, report: str, others: Sequence[Kept]) -> str:
    """A finished run: its report in a frame in which nothing can run, to be downloaded or compared.

    The report is a whole page that escapes what it shows; here it is the value of an attribute.
    """
    options = "".join(
        f'<option value="{escape(one.name)}">{escape(one_line(one.name))}</option>'
        for one in others
        if one.finished and one.name != name
    )
    compare = (
        f'<label>Compare with <select data-compare="{escape(name)}"><option value="">an earlier one …</option>{options}'
        "</select></label>"
        if options
        else ""
    )
    return (
        '<section class="result" aria-label="Report"><header>'
        f'<h3 tabindex="-1" dir="auto">{escape(one_line(name))}</h3>{compare}'
        f'<button type="button" class="quiet put" data-report="{escape(_file_name(name))}">Download the report</button>'
        '</header><iframe sandbox="" title="Report of the evaluation" '
        f'srcdoc="{_as_attribute(report)}"></iframe></section>'
    )


def comparison_html(before: str, after: str, comparison: Comparison) -> str:
    """Two runs side by side, the verdict first."""
    warned = "".join(f'<p class="small">{escape(warning)}</p>' for warning in warnings_of(comparison))
    tables = ""
    if comparison.primaries:
        tables += _table("Tested (p-values corrected after Holm)", comparison.primaries, tested=True)
    if comparison.others:
        title = "Estimated only: look, but don’t call a winner by these"
        tables += _table(title, comparison.others, tested=False)
    return (
        '<section class="result" aria-label="Comparison"><header><h3 tabindex="-1">Comparison</h3></header>'
        f'<p class="small" dir="auto">Before: {escape(one_line(before))}<br>After: {escape(one_line(after))}</p>'
        f"<p>{escape(verdict_of(comparison))}</p>{warned}{tables}{_questions(comparison.items)}</section>"
    )


def _as_attribute(page: str) -> str:
    return quoted(page).translate(_TEMPLATE_MARKS)


def _run(one: Kept) -> str:
    name, shown = escape(one.name), escape(one_line(one.name))
    asked = "" if one.questions is None else f" · {counted(one.questions, 'question')}"
    state = "" if one.finished else " asked, not finished"
    what, label = ("show", "Show") if one.finished else ("resume", "Go on with")
    return (
        f'<li><span class="name" dir="auto">{shown}<span class="small">{escape(asked)}{state}</span></span>'
        f'<button type="button" class="quiet" data-run="{name}" data-what="{what}" aria-label="{label} {shown}">'
        f'{label.removesuffix(" with")}</button><button type="button" class="quiet remove" data-remove="{name}" '
        f'aria-label="Remove {shown}">Remove</button></li>'
    )


def _table(title: str, changes: Sequence[Change], *, tested: bool) -> str:
    rows = "".join(_change(change, tested=tested) for change in changes)
    verdict = '<th scope="col">Verdict</th>' if tested else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}"><table><caption>{escape(title)}'
        '</caption><thead><tr><th scope="col">Metric</th><th scope="col">Before</th><th scope="col">After</th>'
        f'<th scope="col">Change</th><th scope="col">95 % interval</th>{verdict}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _change(change: Change, *, tested: bool) -> str:
    metric = METRIC[change.metric]
    interval = "" if change.low is None or change.high is None else f"{change.low:+.3f} to {change.high:+.3f}"
    cells = [f"{change.before:.3f}", f"{change.after:.3f}", f"{change.difference:+.3f}", interval]
    if tested:
        sure = "" if change.adjusted_p is None else f" (p {change.adjusted_p:.2g})"
        cells.append(f"{change.verdict.value if change.verdict else ''}{sure}")
    lower = "" if metric.higher_is_better else " (lower is better)"
    data = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row" title="{escape(metric.meaning)}">{escape(metric.title)}{lower}</th>{data}</tr>'


def _questions(items: Sequence[ItemChange]) -> str:
    if not items:
        return ""
    sign = 1 if METRIC[items[0].metric].higher_is_better else -1
    worse = [item for item in items if sign * (item.after - item.before) < 0][:MOST_CHANGES]
    better = [item for item in reversed(items) if sign * (item.after - item.before) > 0][:MOST_CHANGES]
    parts = ""
    for title, chosen in (("Got worse", worse), ("Got better", better)):
        if chosen:
            lines = "".join(_question(item) for item in chosen)
            parts += (
                f"<details><summary>{title}: {counted(len(chosen), 'question')}</summary><ul>{lines}</ul></details>"
            )
    return parts


def _question(item: ItemChange) -> str:
    return (
        f'<li><p dir="auto"><strong>{escape(one_line(item.question))}</strong></p>'
        f'<p class="small" dir="auto">{item.before:.2f}: {escape(one_line(item.answer_before))}</p>'
        f'<p class="small" dir="auto">{item.after:.2f}: {escape(one_line(item.answer_after))}</p></li>'
    )


def _notes(progress: Progress) -> str:
    shown = progress.notes[:MOST_NOTES]
    items = "".join(f'<li dir="auto">{escape(one_line(note))}</li>' for note in shown)
    more = len(progress.notes) - len(shown)
    rest = f'<p class="small">And {more:,} more.</p>' if more else ""
    return f'<ul class="skipped">{items}</ul>{rest}' if items else ""


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return counted(max(round(seconds), 1), "second")
    return counted(round(seconds / 60), "minute")


def _file_name(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-._" else "-" for char in name) + ".html"
