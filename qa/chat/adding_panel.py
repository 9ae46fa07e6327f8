"""The form for adding articles, and what came of it, as HTML. What was typed and named is escaped."""

from __future__ import annotations

from qa.chat.intake import MAX_FILE_MB, MAX_FILES, Result, Step
from qa.chat.markup import escape, one_line
from qa.formatting import counted

MAX_SKIPPED = 50  # inputs whose reason is shown
_ENDINGS = ".html,.htm,.xhtml,.txt,.text,.md,.markdown,.pdf,.csv,.tsv,.jsonl,.ndjson"


def adding_html() -> str:
    """Three ways in: files, an address, a text."""
    return (
        '<section class="adding" aria-label="Add articles"><header>'
        '<button type="button" class="close" data-adding="close" aria-label="Close adding articles">Close</button>'
        '<h2 tabindex="-1">Add articles</h2></header><div class="ways">'
        '<div class="drop"><label for="add-files">Files</label>'
        f'<input id="add-files" type="file" multiple accept="{_ENDINGS}" data-files="">'
        '<p class="small">Or drop them here: HTML, text, Markdown, PDF, CSV, JSONL; '
        f"at most {MAX_FILES} files of {MAX_FILE_MB} MB. They are copied into your data folder.</p>"
        '<p class="small uploading" role="status" hidden>Copying the files …</p></div>'
        '<form data-add="address"><label for="add-address">Web address</label><div class="line">'
        '<input id="add-address" name="address" type="url" required autocomplete="off" placeholder="https://">'
        '<button type="submit" class="quiet put">Fetch and add</button></div>'
        '<p class="small">Only this page is fetched.</p></form>'
        '<form data-add="text"><label for="add-title">Title</label>'
        '<input id="add-title" name="title" autocomplete="off" placeholder="Optional">'
        '<label for="add-text">Text</label><textarea id="add-text" name="text" rows="4" required></textarea>'
        '<div class="line end"><button type="submit" class="quiet put">Add the text</button></div></form>'
        "</div></section>"
    )


def step_html(step: Step) -> str:
    """How far a change is: a bar where that is known, and words."""
    value = "" if step.share is None else f' value="{min(max(step.share, 0.0), 1.0):.2f}"'
    return (
        f'<div class="report" role="status" aria-busy="true"><progress max="1"{value} aria-label="Progress">'
        f'</progress><p class="small">{escape(step.words)} You can go on asking.</p></div>'
    )


def result_html(result: Result) -> str:
    """What came of it, and what was skipped and why."""
    role = "status" if result.done else "alert"
    shown = result.skipped[:MAX_SKIPPED]
    items = "".join(
        f'<li><span dir="auto">{escape(one_line(item.path))}</span>: {escape(one_line(item.reason))}</li>'
        for item in shown
    )
    more = len(result.skipped) - len(shown)
    rest = f'<p class="small">And {escape(counted(more, "more input"))}.</p>' if more else ""
    left_out = f'<h3>Skipped</h3><ul class="skipped">{items}</ul>{rest}' if items else ""
    return f'<div class="report" role="{role}"><p dir="auto">{escape(one_line(result.sentence))}</p>{left_out}</div>'
