"""`asm migrate` and `asm seed`: the schema, and what the demo is filled with."""

import os
from typing import Final

import typer
from sqlalchemy.exc import DBAPIError, OperationalError

from asm.cli.connect import ADMIN, address_in, engine_at, explained, reach
from asm.cli.console import SetUpError, run, say
from asm.db.error_kinds import sqlstate
from asm.db.migrate import LOGINS, closed_logins, lacking
from asm.db.migrate import migrate as migrate_database
from asm.demo.cast import seed_demo
from asm.notify.install_rules import install_rules
from asm.settings import read_settings
from asm.stays.open_vault import open_vault

#: Not allowed; no such feature, no such file: an extension whose package is not installed.
_RIGHT_OR_EXTENSION: Final = frozenset({"42501", "0A000", "58P01"})
migrate_app = typer.Typer()
seed_app = typer.Typer()


@migrate_app.command("migrate")
def migrate(revision: str = "head") -> None:
    """Bring the database to the newest schema and let the two logins in."""
    given = {role: os.environ[name] for role, name in LOGINS.items() if name in os.environ}
    address = address_in(ADMIN)
    with explained(ADMIN):
        try:
            migrate_database(address, fill=install_rules, revision=revision, passwords=given)
        except OperationalError as error:
            # While connecting, this driver has no SQLSTATE to tell by; the other one has.
            run(reach(ADMIN))
            _explain_lacking_right(address, error)
            raise
        except DBAPIError as error:
            _explain_lacking_right(address, error)
            raise
        closed = closed_logins(address)
    answer = {"ok": True, "revision": revision, "logins": sorted(given), "closed_logins": closed}
    say(answer | _how_to_open(closed))


def _explain_lacking_right(address: str, error: DBAPIError) -> None:
    """Say which right it was, and how it is given, where the database said no for want of one."""
    if sqlstate(error) not in _RIGHT_OR_EXTENSION:
        return
    what, login = lacking(address)
    if what == "postgis_missing":
        raise SetUpError("database_postgis_missing", variable=ADMIN) from error
    if what == "postgis_absent":
        raise SetUpError("database_postgis_absent", variable=ADMIN) from error
    if what == "roles_missing":
        raise SetUpError("database_roles_missing", variable=ADMIN, login=login) from error


def _how_to_open(closed: list[str]) -> dict[str, str]:
    """What to set so that the logins may sign in, in both languages; nothing where they may."""
    if not closed:
        return {}
    variables = ", ".join(LOGINS[role] for role in closed)
    hint = SetUpError("logins_closed", roles=", ".join(closed), variables=variables)
    return {"message": hint.message, "message_en": hint.message_en}


@seed_app.command("seed")
def seed() -> None:
    """Fill areas and the demo's accounts, facilities and stays; print the accounts as JSON."""
    settings = read_settings()

    async def work() -> list[dict[str, str]]:
        async with engine_at(ADMIN, name="asm-seed") as engine:
            return await seed_demo(engine, open_vault(settings.secrets_dir, engine))

    say(run(work()))
