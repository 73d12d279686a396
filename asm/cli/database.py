"""`asm migrate` and `asm seed`: the schema, and what the demo is filled with."""

import os

import typer
from sqlalchemy.exc import OperationalError

from asm.cli.connect import ADMIN, address_in, engine_at, explained, reach
from asm.cli.console import run, say
from asm.db.migrate import LOGINS
from asm.db.migrate import migrate as migrate_database
from asm.demo.cast import seed_demo
from asm.notify.install_rules import install_rules
from asm.settings import read_settings
from asm.stays.open_vault import open_vault

migrate_app = typer.Typer()
seed_app = typer.Typer()


@migrate_app.command("migrate")
def migrate(revision: str = "head") -> None:
    """Bring the database to the newest schema and let the two logins in."""
    given = {role: os.environ[name] for role, name in LOGINS.items() if name in os.environ}
    with explained(ADMIN):
        try:
            migrate_database(
                address_in(ADMIN), fill=install_rules, revision=revision, passwords=given
            )
        except OperationalError:
            # While connecting, this driver has no SQLSTATE to tell by; the other one has.
            run(reach(ADMIN))
            raise
    say({"ok": True, "revision": revision, "logins": sorted(given)})


@seed_app.command("seed")
def seed() -> None:
    """Fill areas and the demo's accounts, facilities and stays; print the accounts as JSON."""
    settings = read_settings()

    async def work() -> list[dict[str, str]]:
        async with engine_at(ADMIN, name="asm-seed") as engine:
            return await seed_demo(engine, open_vault(settings.secrets_dir, engine))

    say(run(work()))
