"""`asm import`: the guests of an official workbook, declared from the command line."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from asm.accounts.access import Access, Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login, enter_again
from asm.cli.connect import API, engine_at
from asm.cli.console import run, say
from asm.db.durable import require_durable
from asm.db.session import one_transaction
from asm.imports.declare_workbook import ImportOutcome, WorkbookImport, declare_workbook
from asm.settings import Settings, read_settings
from asm.stays.declaration import Declaration, Outcome
from asm.stays.declare import declare_stays
from asm.stays.open_vault import open_vault

import_app = typer.Typer()


@import_app.command("import")
def import_file(
    file: Path,
    facility: Annotated[UUID, typer.Option(help="The facility's id.")],
    login: Annotated[str, typer.Option("--as", help="The account that declares.")],
    key: Annotated[
        str | None, typer.Option(help="Idempotency key; default: the file's hash.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Check everything, store nothing.")] = False,
) -> None:
    """Declare the guests of an official workbook. Exit 0: all taken, 1: some, 2: none."""
    settings = read_settings()
    request = WorkbookImport(
        facility_id=facility,
        data=file.read_bytes(),
        via="command_line",
        key=key,
        dry_run=dry_run,
    )
    outcome = run(_import(settings, login, request))
    say(outcome)
    raise typer.Exit(1 if outcome.rejected else 0)


async def _import(settings: Settings, login: str, request: WorkbookImport) -> ImportOutcome:
    async with engine_at(API, name="asm-import") as engine:
        await require_durable(engine)
        keys = await open_vault(settings.secrets_dir, engine).current()
        async with one_transaction(engine) as session:

            async def declare(actor: Actor, declaration: Declaration) -> Outcome:
                await enter_again(Scope(session, actor))
                return await declare_stays(Access(session, actor, keys), declaration)

            actor = await actor_of_login(session, login)
            return await declare_workbook(Scope(session, actor), declare, request)
