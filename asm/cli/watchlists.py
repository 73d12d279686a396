"""`asm watchlist`: lists of documents that the provincial police watch for."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.create import account_id_of
from asm.accounts.sessions import actor_of_login
from asm.checks.watchlist.load_watchlist import (
    ListDescription,
    ListLoaded,
    ListView,
    load_watchlist,
    remove_watchlist,
    watchlists,
)
from asm.cli.connect import ADMIN, engine_at
from asm.cli.console import run, say
from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.install.belonging.own_keys import read_own_keys
from asm.settings import Settings, read_settings
from asm.stays.open_vault import open_vault

watchlist_app = typer.Typer(
    name="watchlist",
    no_args_is_help=True,
    help="Documents that the provincial police watch for, as keyed hashes.",
)
T = TypeVar("T")
_As = Annotated[
    str | None, typer.Option("--as", help="The account that does it, for the audit trail.")
]


@watchlist_app.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="One document a line; see docs/operator.md.")],
    owner: Annotated[str, typer.Option(help="Login of the provincial police who own the list.")],
    name: Annotated[str, typer.Option(help="The list's name; the same name again replaces it.")],
    reason: Annotated[str, typer.Option(help="Why: the ward and the owner read it.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day.")],
    login: _As = None,
) -> None:
    """Load a list. Exit 0: every line taken, 1: some were broken, 2: nothing loaded."""
    data = file.read_bytes()
    about = (owner, name, reason, until)
    loaded = run(_load(read_settings(), data, about, login))
    say(loaded)
    raise typer.Exit(1 if loaded.broken else 0)


async def _load(
    settings: Settings, data: bytes, about: tuple[str, str, str, datetime], login: str | None
) -> ListLoaded:
    owner, name, reason, until = about
    async with engine_at(ADMIN, pool_size=3, name="asm-watchlist") as engine:
        await read_own_keys(engine, settings.secrets_dir)
        keys = await open_vault(settings.secrets_dir, engine).current()
        async with one_transaction(engine) as session:
            new_list = ListDescription(
                owner_id=await account_id_of(session, owner),
                name=name,
                reason=reason,
                valid_until=until.date(),
            )
            actor = None if login is None else await actor_of_login(session, login)
            await act_as(session, DatabaseRole.WORKER)
            return await load_watchlist(session, keys, actor, new_list, data)


@watchlist_app.command("list")
def show() -> None:
    """All lists: whose, why, until when, and how many documents; never a number."""

    async def work(session: AsyncSession) -> list[ListView]:
        await act_as(session, DatabaseRole.WORKER)
        return await watchlists(session)

    say(run(_as_admin(work)))


@watchlist_app.command("remove")
def remove(list_id: UUID, login: _As = None) -> None:
    """End a list now: its hashes are deleted and its flags close."""

    async def work(session: AsyncSession) -> ListView:
        actor = None if login is None else await actor_of_login(session, login)
        await act_as(session, DatabaseRole.WORKER)
        return await remove_watchlist(session, actor, list_id)

    say(run(_as_admin(work)))


async def _as_admin(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async with (
        engine_at(ADMIN, pool_size=2, name="asm-watchlist") as engine,
        one_transaction(engine) as session,
    ):
        return await work(session)
