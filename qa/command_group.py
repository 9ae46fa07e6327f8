"""What becomes of a command: it is loaded once it is asked for, and its errors become one sentence and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from corpus.errors import OnrecordError

EXIT_SKIPPED = 3  # done, but some inputs were skipped


def tell(notice: str | None) -> None:
    """Say what a person should know beside the answer, on standard error; nothing if there is nothing."""
    if notice:
        click.echo(f"onrecord: {notice}", err=True)


class OnrecordGroup(click.Group):
    """Turns every error into one clear sentence and its exit code, and loads some commands only when asked for."""

    def __init__(self, *args: Any, later: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        """`later` says for the name of a command which module it is loaded from, and what it is called there."""
        super().__init__(*args, **kwargs)
        self._later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of use."""
        return [*self.commands, *self._later]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Some commands live in modules of their own, imported only when one of them is asked for."""
        if cmd_name in self._later:
            module, name = self._later[cmd_name]
            command: click.Command = getattr(importlib.import_module(module), name)
            return command
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what each exit code means stands in README.md."""
        try:
            return super().invoke(ctx)
        except OnrecordError as error:
            click.echo(f"onrecord: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("\nonrecord: Stopped. What was committed before is kept.", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            # The reader of our output has gone (`| head`): that is no fault, and there is nobody left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if os.environ.get("ONRECORD_TRACEBACK"):
                raise
            click.echo(
                f"onrecord: An unexpected fault, {type(error).__name__}: {error}. The index is as last committed. "
                "Run it again with ONRECORD_TRACEBACK=1 to see where it happened.",
                err=True,
            )
            ctx.exit(1)
