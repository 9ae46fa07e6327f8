"""The command `models`: which language models are known and here, and the only download that Onrecord makes."""

from __future__ import annotations

import click

from qa.options import settings_from


@click.group("models")
def models_command() -> None:
    """Language models that can write prose; none is needed, and none is fetched unless you say so here."""


@models_command.command("list")
def list_models() -> None:
    """Show which models are offered, their size, and which of them are here; contacts nothing."""
    from qa.prose.models import KNOWN, downloaded

    folder = settings_from(None).models
    here = downloaded(folder)
    for known in KNOWN:
        state = "here" if known.repository in here else "not fetched"
        click.echo(f"{known.alias:<8}{known.repository:<40}about {known.size:<8}{known.licence:<12}{state}")
        click.echo(f"        {known.suits}")
    for repository in here:
        if repository not in [known.repository for known in KNOWN]:
            click.echo(f"        {repository:<40}{'':<26}here")
    click.echo(f"\nUse one with --answerer hf:NAME. They are kept in {folder}.")


@models_command.command("get")
@click.argument("name")
@click.option("--revision", metavar="COMMIT", help="Take this revision instead of the newest one.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def get_model_command(name: str, revision: str | None, yes: bool) -> None:
    """Fetch a model once: tiny, small, medium, or a repository of huggingface.co. Its size is said first."""
    from qa.prose.models import HuggingFaceHub, Offer, get_model, gigabytes

    def agree(offer: Offer) -> bool:
        click.echo(f"{offer.repository} at revision {offer.revision[:12]}: {gigabytes(offer.size)} to fetch.")
        return yes or click.confirm("Fetch it from huggingface.co?")

    folder = get_model(name, settings_from(None).models, HuggingFaceHub(), agree, revision)
    click.echo(f"It is in {folder}. Use it with --answerer hf:{name}")
