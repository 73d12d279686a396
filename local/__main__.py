"""`python -m local demo | up | down | status | smoke | prepare`: one machine, all parts, for trials
and pilots. It needs the checkout, and is not part of what is installed.

A fault in how things are set up is said in words, and ends a command with 1; `status` ends with 3
unless everything runs.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from asm.errors import ConfigurationError
from local import up as installation
from local.prepare import Thing
from local.prepare import prepare as prepare_things
from local.smoke import smoke as walk_through

local_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Run the whole platform on this machine.",
)


@contextmanager
def _explained() -> Iterator[None]:
    """Show what to change instead of a stack trace when the set-up is at fault."""
    try:
        yield
    except ConfigurationError as error:
        sys.stdout.flush()
        typer.echo(f"\n{error}", err=True)
        raise typer.Exit(1) from error


@local_app.command()
def demo() -> None:
    """Start everything with demo data and print the accounts; Ctrl-C stops it."""
    with _explained():
        installation.demo()


@local_app.command()
def up(
    *,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return and leave it on.")] = False,
    seed: Annotated[bool, typer.Option(help="Fill in the demo data and accounts.")] = True,
) -> None:
    """Start PostgreSQL, the Redis-compatible server, pages, API and worker."""
    with _explained():
        installation.up(detach=detach, with_demo=seed)


@local_app.command()
def down() -> None:
    """Stop what `up` or `demo` started, and nothing else."""
    with _explained():
        installation.down()


@local_app.command()
def status() -> None:
    """Say what is running; ends with 3 unless everything is."""
    with _explained():
        whole = installation.status()
    raise typer.Exit(0 if whole else 3)


@local_app.command()
def smoke() -> None:
    """Walk through the main job and say OK or FAILED; starts what is not running, and stops it."""
    walk_through()


@local_app.command()
def prepare(
    things: Annotated[list[Thing], typer.Argument(help="What is wanted.")],
) -> None:
    """Provide what `make` needs before the tests."""
    with _explained():
        prepare_things(things)


if __name__ == "__main__":
    local_app()
