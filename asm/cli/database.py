"""`asm migrate` and `asm seed`: the schema, and what the demo is filled with."""

import os
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from asm.cli.areas import fill_where_none
from asm.cli.connect import ADMIN, address_in, engine_at, explained, reach
from asm.cli.console import SetUpError, run, say
from asm.db.logins import LOGINS
from asm.db.migrate import NotReady, PasswordNotSet, closed_logins
from asm.db.migrate import migrate as migrate_database
from asm.db.revisions import known_revisions
from asm.demo.cast import seed_demo
from asm.install.belonging.demo_guard import INTO, claim_for_demo
from asm.install.belonging.installation import has_belonging, note_installation
from asm.install.belonging.key_marks import check_keys, note_keys
from asm.install.belonging.own_keys import read_own_keys
from asm.install.belonging.public_passwords import open_to_everybody
from asm.install.belonging.require_own import refuse_keys
from asm.locales.texts import both
from asm.notify.install_rules import install_rules
from asm.settings import read_settings
from asm.stays.open_vault import open_vault
from asm.variables.given import given_text

migrate_app = typer.Typer()
seed_app = typer.Typer()


@migrate_app.command("migrate")
def migrate(
    revision: str = "head",
    *,
    new_passwords: Annotated[
        bool,
        typer.Option(
            "--new-passwords", help="Replace a password by which a login signs in already."
        ),
    ] = False,
) -> None:
    """Bring the database to the newest schema and let the two logins in. Today's provinces and
    wards come in too, where there are none yet.
    """
    passwords = {role: given_text(name, os.environ) for role, name in LOGINS.items()}
    given = {role: password for role, password in passwords.items() if password}
    address = address_in(ADMIN)
    run(_refuse_other_keys())
    with explained(ADMIN):
        try:
            migrate_database(
                address,
                fill=install_rules,
                revision=revision,
                passwords=given,
                new_passwords=new_passwords,
            )
        except OperationalError:
            # While connecting, this driver has no SQLSTATE to tell by; the other one has.
            run(reach(ADMIN))
            raise
        except NotReady as error:
            said = both("refusals", error.code, {"statements": error.statements})
            raise SetUpError(error.code, said=said) from error
        except PasswordNotSet as error:
            variable = LOGINS[error.role]
            raise SetUpError("database_password", role=error.role, variable=variable) from error
        closed = closed_logins(address)
    # An older schema is not ours to fill.
    areas = run(fill_where_none()) if revision in {"head", max(known_revisions())} else None
    answer = {"ok": True, "revision": revision, "logins": sorted(given), "closed_logins": closed}
    filled = {"areas": areas} if areas else {}
    say(answer | filled | run(_note_whose()) | _how_to_open(closed))


async def _refuse_other_keys() -> None:
    """Two installations cannot have one database: the second one's keys open nothing in it. A
    machine that only migrates need not have any.
    """
    async with engine_at(ADMIN, pool_size=1, name="asm-migrate") as engine:
        states = await check_keys(engine, read_settings().secrets_dir)
    refuse_keys({file: state for file, state in states.items() if state != "missing"})


async def _note_whose() -> dict[str, object]:
    """Which installation it is, and what to mend before the new code starts."""
    async with engine_at(ADMIN, pool_size=1, name="asm-migrate") as engine:
        if not await has_belonging(engine):
            return {}  # an older schema was asked for
        noted = await note_installation(engine)
        await note_keys(engine, read_settings().secrets_dir)
        logins = await open_to_everybody(engine)
    answer: dict[str, object] = {"installation": noted.kind}
    return answer | ({"public_passwords": logins} if logins else {})


def _how_to_open(closed: list[str]) -> dict[str, str]:
    """What to set so that the logins may sign in, in both languages; nothing where they may."""
    if not closed:
        return {}
    variables = ", ".join(LOGINS[role] for role in closed)
    hint = SetUpError("logins_closed", roles=", ".join(closed), variables=variables)
    return {"message": hint.message, "message_en": hint.message_en}


@seed_app.command("seed")
def seed() -> None:
    """Fill areas and the demo's accounts, facilities and stays; print the accounts as JSON. Into
    the demo's own database, or an empty one that ASM_DEMO_INTO names.
    """
    settings = read_settings()

    async def work() -> list[dict[str, str]]:
        async with engine_at(ADMIN, name="asm-seed") as engine:
            await read_own_keys(engine, settings.secrets_dir)
            if not await has_belonging(engine):
                raise SetUpError("database_behind", variable=ADMIN)
            await claim_for_demo(engine, os.environ.get(INTO, ""))
            return await seed_demo(engine, open_vault(settings.secrets_dir, engine))

    say(run(work()))
