"""`asm import`: the guests of an official workbook, declared from the command line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from asm.imports.mark_import import marked_import
from asm.imports.sheet_answers import sheet_answers
from asm.install.belonging.own_keys import read_own_keys
from asm.intake.sheets.workbook import OrderAnswer
from asm.settings import Settings, read_settings
from asm.stays.declaration import Declaration, Outcome
from asm.stays.declare import declare_stays
from asm.stays.intake.group_commit import Declare
from asm.stays.open_vault import open_vault

import_app = typer.Typer()

_Order = Annotated[
    OrderAnswer | None,
    typer.Option(help="How the file writes these dates, where it does not show it."),
]


@import_app.command("import")
def import_file(  # noqa: PLR0913 -- each is an option of the command
    file: Path,
    facility: Annotated[UUID, typer.Option(help="The facility's id.")],
    login: Annotated[str, typer.Option("--as", help="The account that declares.")],
    key: Annotated[
        str | None, typer.Option(help="Idempotency key. A resend is harmless without one, too.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Check everything, store nothing.")] = False,
    accept_fixes: Annotated[
        str | None, typer.Option(help="Cells whose suggested value is accepted (H5,H7), or all.")
    ] = None,
    birth_order: _Order = None,
    stay_order: _Order = None,
    marked: Annotated[
        Path | None,
        typer.Option(help="Write the workbook here, with what is wrong in a column of its own."),
    ] = None,
) -> None:
    """Declare the guests of an official workbook. Exit 0: all taken, 1: some, 2: none."""
    settings = read_settings()
    request = WorkbookImport(
        facility_id=facility,
        data=file.read_bytes(),
        via="command_line",
        key=key,
        dry_run=dry_run,
        answers=sheet_answers(accept_fixes, birth_order, stay_order),
    )
    if marked is not None:
        # First: a file of which nothing can be taken ends the command.
        marked.write_bytes(run(_marked(settings, login, request)))
    outcome = run(_import(settings, login, request))
    say(outcome)
    raise typer.Exit(1 if outcome.rejected else 0)


async def _import(settings: Settings, login: str, request: WorkbookImport) -> ImportOutcome:
    async with _door(settings, login) as (scope, declare):
        return await declare_workbook(scope, declare, request)


async def _marked(settings: Settings, login: str, request: WorkbookImport) -> bytes:
    async with _door(settings, login) as (scope, declare):
        return await marked_import(scope, declare, request)


@asynccontextmanager
async def _door(settings: Settings, login: str) -> AsyncIterator[tuple[Scope, Declare]]:
    async with engine_at(API, name="asm-import") as engine:
        await require_durable(engine)
        await read_own_keys(engine, settings.secrets_dir)
        keys = await open_vault(settings.secrets_dir, engine).current()
        async with one_transaction(engine) as session:

            async def declare(actor: Actor, declaration: Declaration) -> Outcome:
                await enter_again(Scope(session, actor))
                return await declare_stays(Access(session, actor, keys), declaration)

            actor = await actor_of_login(session, login)
            yield Scope(session, actor), declare
