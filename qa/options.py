"""Options that several commands take, and the settings that they and the environment make: part of the command line."""

from __future__ import annotations

import os

import click

from qa.settings import SelectorName, Settings, read_settings

DATA_OPTION = click.option(
    "--data", type=click.Path(file_okay=False), help="Folder of the index. Default: your user data folder."
)
SELECTOR_OPTION = click.option(
    "--selector",
    type=click.Choice([name.value for name in SelectorName]),
    help="What finds the quotes. Default: reader.",
)
ANSWERER_OPTION = click.option(
    "--answerer",
    metavar="NAME",
    help="Who answers: extractive (quotes alone, the default), hf:FOLDER or hf:NAME (a model on this machine), "
    "openai:MODEL (one behind --base-url). Models write prose, and each sentence is checked against the quotes.",
)
ANSWERERS_OPTION = click.option(
    "--answerer",
    "answerers",
    multiple=True,
    metavar="NAME",
    help="Who answers: extractive (quotes alone), hf:FOLDER or hf:NAME (a model on this machine), openai:MODEL (one "
    "behind --base-url); may be given again.",
)
BASE_URL_OPTION = click.option(
    "--base-url", metavar="URL", help="Where openai:… is served, e.g. http://127.0.0.1:11434/v1. Nothing else is asked."
)


def settings_from(data: str | None, **given: object) -> Settings:
    """Settings from the options of a command and the environment."""
    return read_settings(os.environ, data=data, **given)
