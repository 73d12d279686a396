"""`asm` and `python -m asm`: one list of commands. The file of a command is imported when the
command is asked for, so that none waits for what another needs; `asm.cli.console` tells how they
answer and what their exit statuses mean.
"""

import sys
import traceback
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from asm.cli.console import PROGRAM_ERROR, answering
from asm.cli.installation.env_file import load_env_file

#: Name → where it is, and its line in the list. A test holds that both say what the command says.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "install": (
        "asm.cli.installation.install:install_app",
        "Set up a real installation, or go on with one: by questions, or by a file of answers.",
    ),
    "migrate": (
        "asm.cli.database:migrate_app",
        "Bring the database to the newest schema and let the two logins in.",
    ),
    "seed": (
        "asm.cli.database:seed_app",
        "Fill areas and the demo's accounts, facilities and stays; print the accounts as JSON.",
    ),
    "backup": (
        "asm.cli.installation.backup:backup_app",
        "Write the whole database into a folder, with what it needs to come back; the keys apart.",
    ),
    "restore": (
        "asm.cli.installation.backup:restore_app",
        "Bring a backup into a database that is empty or not there; roles first, all or nothing.",
    ),
    "web": (
        "asm.cli.installation.web:web_app",
        "Serve the pages and the interface until told to stop.",
    ),
    "worker": ("asm.cli.worker:worker_app", "Run the background worker until it is told to stop."),
    "redis": (
        "asm.cli.installation.redis:redis_app",
        "Run this installation's own Redis-compatible server until told to stop.",
    ),
    "smoke": (
        "asm.cli.smoke:smoke_app",
        "Walk through the main job at a running installation and say OK or FAILED.",
    ),
    "simulator": (
        "asm.cli.simulator:simulator_app",
        "Answer for a population database of invented people, until told to stop.",
    ),
    "doctor": (
        "asm.cli.installation.doctor:doctor_app",
        "Look at this installation and say what is wrong, and what mends it.",
    ),
    "import": ("asm.cli.imports:import_app", "Declare the guests of an official workbook."),
    "receipt": ("asm.cli.receipts:receipt_app", "Signed receipts."),
    "keys": ("asm.cli.keys:keys_app", "Key files."),
    "outbox": ("asm.cli.outbox:outbox_app", "What the worker has still to do, and what failed."),
    "totals": (
        "asm.cli.figures.totals:totals_app",
        "Counts by night: fill, compare with stays, mend.",
    ),
    "incident": (
        "asm.cli.incidents:incident_app",
        "Degraded intake: late declarations because of it are excused.",
    ),
    "announce": (
        "asm.cli.announce:announce_app",
        "Tell every account, in its language, on the channels it chose.",
    ),
    "account": (
        "asm.cli.accounts:account_app",
        "Accounts: the first administrator, officers, hosts.",
    ),
    "watchlist": (
        "asm.cli.watchlists:watchlist_app",
        "Documents that the provincial police watch for, as keyed hashes.",
    ),
    "figures": (
        "asm.cli.figures.published:figures_app",
        "Published figures: publish a week, list the releases, withdraw one.",
    ),
    "gates": (
        "asm.cli.figures.gates:gates_app",
        "Gates that count heads: register one, give it a new secret, end it.",
    ),
    "areas": ("asm.cli.areas:areas_app", "Provinces, wards and their boundaries."),
    "area": ("asm.cli.area:area_app", "The ward of a point; old and new units."),
    "addresses": ("asm.cli.addresses:addresses_app", "The register of digital addresses."),
    "plates": (
        "asm.cli.addresses:plates_app",
        "Make door plates to print: sheets as PDF, or one plate as SVG.",
    ),
    "code": ("asm.cli.codes:codes_app", "Digital addresses: a point's code and back."),
    "read": ("asm.cli.read:read_app", "Read a card, an MRZ or a photograph."),
    "due": (
        "asm.cli.read:due_app",
        "Say when a stay must be declared, and whether it was in time.",
    ),
}
EXITS: Final = (
    "Exit status: 0 done; 1 the answer is no, or not for all; 2 nothing was done (one JSON object "
    "on standard error says why and what to look at); 3 proof of an attempt (receipt verify); "
    "70 a fault in the program."
)


class LazyGroup(TyperGroup):
    """Lists COMMANDS from the table, and imports the one that is to be run."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, (_, line) in COMMANDS.items():
            self.add_command(TyperCommand(name, help=line))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command itself in the place of its line."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else load(name), rest

    def invoke(self, ctx: Any) -> Any:
        """Run it so that what it refuses or lacks is answered in the one way."""
        with answering():
            load_env_file()
            return super().invoke(ctx)


def load(name: str) -> Any:
    """Import the command or group called `name`."""
    module, _, app_name = COMMANDS[name][0].partition(":")
    holder = typer.Typer()
    holder.add_typer(getattr(import_module(module), app_name))
    return get_group(holder).commands[name]


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=EXITS,
)


@app.callback()
def _asm() -> None:
    """ASM from the command line: what an operator does, and what needs no server."""


def main() -> None:
    """Entry point of the installed command."""
    try:
        app()
    except Exception:  # noqa: BLE001 -- 1 means "no": a fault of ours must not look like an answer
        traceback.print_exc()
        sys.exit(PROGRAM_ERROR)


if __name__ == "__main__":
    main()
