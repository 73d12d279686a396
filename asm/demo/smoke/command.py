"""The command: it starts what is not running, walks, and leaves everything as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import typer

from asm.demo.smoke.http import SmokeFailure
from asm.demo.smoke.walk import walk
from asm.errors import ConfigurationError
from asm.local import up as installation
from asm.local.fill import read_accounts
from asm.local.interrupts import stop_on_signals
from asm.local.layout import read_layout
from asm.local.progress import Progress
from asm.local.state import load_state

smoke_app = typer.Typer(no_args_is_help=True)


@smoke_app.command()
def smoke() -> None:
    """Walk through the main job and say OK or FAILED; starts what is not running, and stops it."""
    progress = Progress()
    try:
        with stop_on_signals(), _running(progress) as address:
            accounts = read_accounts(read_layout())
            walk(address, {a["login"]: a["password"] for a in accounts}, progress)
    except (SmokeFailure, ConfigurationError, httpx.HTTPError) as error:
        progress.say(f"\nFAILED: {error}")
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        progress.say("\nFAILED: interrupted")
        raise typer.Exit(1) from None
    progress.say("\nOK")


@contextmanager
def _running(progress: Progress) -> Iterator[str]:
    """The address of the local installation, started for the walk if it was not running."""
    layout = read_layout()
    was_up = load_state(layout).is_up()
    if not was_up:
        installation.up(detach=True)
    state = load_state(layout)
    if not state.is_up():
        raise SmokeFailure("the platform did not start")
    progress.say(f"Walking through {state.url}")
    try:
        yield state.url
    finally:
        if not was_up:
            installation.down()
