"""The command line, and the composition root: settings are read for it alone, and it alone may import the chat."""

from __future__ import annotations

import os
from pathlib import Path

import click

from corpus.errors import UsageError
from qa.command_group import EXIT_SKIPPED, OnrecordGroup, tell
from qa.narrowing_options import Asked, narrowing_options, read_narrowing, searched_json, searched_line
from qa.options import ANSWERER_OPTION, ANSWERERS_OPTION, BASE_URL_OPTION, DATA_OPTION, SELECTOR_OPTION, settings_from
from qa.settings import GRADIO_ENVIRONMENT

_LATER = {  # a command's name → its module, and its name there
    "eval": ("qa.evaluation.commands", "evaluate_command"),
    "compare": ("qa.evaluation.commands", "compare_command"),
    "verify": ("qa.keeping.commands", "verify_command"),
    "refused": ("qa.keeping.commands", "refused_command"),
    "feedback": ("qa.keeping.commands", "feedback_command"),
    "models": ("qa.prose.commands", "models_command"),
}


@click.group(
    cls=OnrecordGroup, later=_LATER, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="onrecord")
def main() -> None:
    """Ask your news articles, and get answers with quotes that can be checked.

    Everything stays on this machine: nothing is downloaded and nothing is contacted.
    """


@main.command()
@click.argument("sources", nargs=-1)
@DATA_OPTION
@click.option(
    "--rebuild", is_flag=True, help="Build the index anew from its articles and these, e.g. after an upgrade."
)
@click.option(
    "--vectors",
    type=click.Choice(["auto", "exact", "ivf"]),
    help="How vectors are searched in a new or rebuilt index: auto by size, exact, or ivf (fast, nearly all found).",
)
def add(sources: tuple[str, ...], data: str | None, rebuild: bool, vectors: str | None) -> None:
    """Add articles: files, folders or URLs (html, txt, md, pdf, csv, jsonl)."""
    from index.passage_index import VectorChoice
    from qa.adding import add_sources

    if not sources and not rebuild:
        raise click.UsageError("Name what to add: files, folders or URLs.")
    choice = VectorChoice(vectors) if vectors else None
    outcome = add_sources(settings_from(data), sources, rebuild=rebuild, vectors=choice)
    tell(outcome.report.notice)
    click.echo(outcome.summary())
    for skipped in outcome.report.skipped:
        click.echo(f"  skipped {skipped.path}: {skipped.reason}", err=True)
    if outcome.report.skipped:
        click.get_current_context().exit(EXIT_SKIPPED)


@main.command()
@DATA_OPTION
def sample(data: str | None) -> None:
    """Index the bundled sample of three briefs, if there is no index yet."""
    from qa.adding import add_sample

    outcome = add_sample(settings_from(data))
    click.echo(outcome.summary() if outcome else "There is an index already; the sample was not added.")


@main.command()
@click.argument("question")
@DATA_OPTION
@SELECTOR_OPTION
@ANSWERER_OPTION
@BASE_URL_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@narrowing_options
def ask(
    question: str,
    data: str | None,
    selector: str | None,
    answerer: str | None,
    base_url: str | None,
    as_json: bool,
    asked: Asked,
) -> None:
    """Answer a question with quotes from the articles, or say that they don't say."""
    from qa.wiring import open_assistant

    assistant = open_assistant(settings_from(data, selector=selector, answerer=answerer, base_url=base_url))
    tell(assistant.index.notice)
    narrowing = read_narrowing(assistant.index, asked)
    answer = assistant.ask_whatever_holds(question, narrowing=narrowing)
    if as_json:
        import json

        from qa.answer_json import answer_to_json

        told = {**answer_to_json(answer), "searched": searched_json(assistant.index, narrowing)}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        from qa.terminal import format_answer

        click.echo(format_answer(answer))
        if narrowing is not None:
            click.echo(f"\n{searched_line(assistant.index, narrowing)}")
    if answer.notice:  # the quotes are there, but not the prose that was asked for
        tell(answer.notice)
        click.get_current_context().exit(1)


@main.command()
@click.argument("query")
@DATA_OPTION
@click.option("-k", "count", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many passages.")
@click.option("--mode", type=click.Choice(["fused", "bm25", "dense"]), default="fused", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a passage.")
@narrowing_options
def search(query: str, data: str | None, count: int, mode: str, as_json: bool, asked: Asked) -> None:
    """Show the ranked passages for a query, without an answer."""
    from qa.wiring import open_encoder, open_index

    settings = settings_from(data)
    index = open_index(settings, open_encoder(settings), to_search=mode != "bm25")
    from index.passage_index import RetrievalMode
    from qa.question_check import check_question
    from qa.terminal import format_hits

    tell(index.notice)
    narrowing = read_narrowing(index, asked)
    hits = index.search([check_question(query)], k=count, mode=RetrievalMode(mode), narrowing=narrowing)[0]
    if as_json:
        from qa.answer_json import hit_to_json_line

        for hit in hits:
            click.echo(hit_to_json_line(hit))
    else:
        click.echo(format_hits(hits))
        if narrowing is not None:
            click.echo(f"\n{searched_line(index, narrowing)}")


@main.command("list")
@DATA_OPTION
def list_articles(data: str | None) -> None:
    """List the articles in the index."""
    from qa.terminal import format_articles
    from qa.wiring import open_encoder, open_index

    settings = settings_from(data)
    index = open_index(settings, open_encoder(settings))
    tell(index.notice)
    click.echo(format_articles(index.articles()))


@main.command()
@click.argument("articles", nargs=-1, required=True)
@DATA_OPTION
def remove(articles: tuple[str, ...], data: str | None) -> None:
    """Remove articles, named by id or file name (see `onrecord list`)."""
    from qa.adding import remove_articles

    click.echo(remove_articles(settings_from(data), articles).summary())


@main.command()
@DATA_OPTION
@SELECTOR_OPTION
@ANSWERERS_OPTION
@BASE_URL_OPTION
@click.option(
    "--rewrite-follow-ups", is_flag=True, help="Let the model write a follow-up question out in full, instead of rules."
)
@click.option("--port", type=click.IntRange(1, 65535), default=7860, show_default=True)
@click.option("--no-browser", is_flag=True, help="Don't open a browser window.")
@click.option(
    "--auth",
    type=click.Path(path_type=Path),
    help="Let in only who is named in this file: lines that `onrecord password NAME` prints, or name:password. "
    "Without it, $ONRECORD_AUTH holds such lines.",
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="A further name that a proxy serves the chat under.")
@click.option("--mcp", is_flag=True, help="Let language models ask and search too, by MCP. It can change nothing.")
def chat(
    data: str | None,
    selector: str | None,
    answerers: tuple[str, ...],
    base_url: str | None,
    rewrite_follow_ups: bool,
    port: int,
    no_browser: bool,
    auth: Path | None,
    allow_host: tuple[str, ...],
    mcp: bool,
) -> None:
    """Open the web chat on 127.0.0.1."""
    from index import passage_index
    from qa.chat.login import Login
    from qa.chat.memory import share_heaps
    from qa.chat.passwords import ENVIRONMENT, read_passwords
    from qa.prose.models import downloaded
    from qa.wiring import open_assistant, open_encoder

    share_heaps()
    passwords = read_passwords(auth, os.environ)
    os.environ.pop(ENVIRONMENT, None)  # nothing that is started from here shall inherit it
    first, *others = answerers or ("extractive",)
    settings = settings_from(data, selector=selector, answerer=first, base_url=base_url)
    os.environ.pop("ONRECORD_API_KEY", None)
    passage_index.create(settings.data, open_encoder(settings))  # without articles the chat says how to add some
    here = [f"hf:{name}" for name in downloaded(settings.models)]
    offered = dict.fromkeys([*others, "extractive", *here])  # quotes alone can always be chosen
    assistant = open_assistant(settings, [name for name in offered if name != first])
    if rewrite_follow_ups:
        assistant.rewrites = True
    tell(assistant.index.notice)
    os.environ.update(GRADIO_ENVIRONMENT)
    import ui

    ui.launch(
        assistant,
        data=settings.data,
        port=port,
        open_browser=not no_browser,
        login=Login(passwords) if passwords else None,
        hosts=allow_host,
        mcp=mcp,
    )


@main.command()
@click.argument("name")
def password(name: str) -> None:
    """Ask for a password, and print the line of a password file that lets NAME log in with it."""
    from qa.chat.passwords import hashed

    if ":" in name or not name.strip():
        raise UsageError("A name has at least one letter and no colon.")
    typed = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    click.echo(hashed(typed).line(name.strip()))


@main.command()
@DATA_OPTION
def doctor(data: str | None) -> None:
    """Say what is installed, what the index holds, and what to do about whatever is wrong."""
    from qa.doctor import examine

    findings = examine(settings_from(data))
    for finding in findings:
        click.echo(finding.line())
    if not all(finding.ok for finding in findings):
        click.get_current_context().exit(1)


if __name__ == "__main__":
    main()
