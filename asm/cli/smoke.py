"""`asm smoke`: the main job once, at an installation that runs. `python -m local smoke`, in a
checkout, starts and stops one around it.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from asm.demo.smoke.verdict import last_word
from asm.demo.smoke.walk import walk
from asm.settings import read_settings

smoke_app = typer.Typer()
#: Where a local installation keeps what `asm seed` printed, among its secrets.
ACCOUNTS_FILE = "demo-accounts.json"


class Account(msgspec.Struct):
    """One account as `asm seed` prints it."""

    login: str
    password: str


class Lines:
    """Progress in plain lines, each step with its duration."""

    def say(self, text: str = "") -> None:
        """Print `text` as it is."""
        typer.echo(text)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Say `title`, then the outcome that the body notes."""
        outcomes = [title]
        began = time.monotonic()
        self.say(f"... {title}")
        try:
            yield outcomes.append
        except BaseException:
            self.say(f"NOT DONE: {title}")
            raise
        self.say(f"ok  {outcomes[-1]} ({time.monotonic() - began:.1f} s)")


@smoke_app.command("smoke")
def smoke(
    url: Annotated[
        str | None, typer.Option(help="Where the installation is; default: ASM_PUBLIC_URL.")
    ] = None,
    accounts: Annotated[
        Path | None,
        typer.Option(help=f"What `asm seed` printed; default: {ACCOUNTS_FILE} among the secrets."),
    ] = None,
) -> None:
    """Walk through the main job at a running installation and say OK or FAILED."""
    settings = read_settings()
    address = (url or settings.public_url).rstrip("/")
    passwords = read_passwords(accounts or settings.secrets_dir / ACCOUNTS_FILE)
    progress = Lines()
    # What is asked to stop takes back what it has declared, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with last_word(progress.say):
        progress.say(f"Walking through {address}")
        walk(address, passwords, progress)


def read_passwords(file: Path) -> dict[str, str]:
    """The demo's passwords by login; none when there is no such file."""
    if not file.exists():
        return {}
    try:
        accounts = msgspec.json.decode(file.read_bytes(), type=list[Account])
    except msgspec.MsgspecError as error:
        raise typer.BadParameter(f"{file.name} is not what `asm seed` prints") from error
    return {account.login: account.password for account in accounts}
