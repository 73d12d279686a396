"""`asm outbox`: what whoever runs ASM looks at and sets right, on the server itself."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login
from asm.cli.connect import ADMIN, engine_at
from asm.cli.console import run, say, say_table
from asm.db.base import vietnam_time
from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.outbox.operator import OutboxView, retry_outbox, view_outbox

T = TypeVar("T")
outbox_app = typer.Typer(
    name="outbox", no_args_is_help=True, help="What the worker has still to do, and what failed."
)
Table = Annotated[bool, typer.Option("--table", help="A table for people instead of JSON.")]
#: Whoever may run commands here may do it unnamed; the trail then says "operator".
As = Annotated[
    str | None, typer.Option("--as", help="The administrator who does it, for the audit trail.")
]


@outbox_app.command("status")
def outbox_status(*, table: Table = False) -> None:
    """Depth, age, failures and dead letters. Exit 1 when some were given up."""
    view = run(as_worker(view_outbox))
    if table:
        _say_outbox(view)
    else:
        say(view)
    raise typer.Exit(1 if view.depth.dead else 0)


@outbox_app.command("retry")
def outbox_retry(
    row: Annotated[UUID | None, typer.Argument(help="The row's id.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    login: As = None,
) -> None:
    """Let one row, or with --all every one that failed, be tried again now."""
    if (row is None) is not every:
        raise typer.BadParameter("give the id of one row, or --all")

    say(run(as_worker(lambda session, actor: retry_outbox(session, actor, row), login)))


async def as_worker(
    work: Callable[[AsyncSession, Actor | None], Awaitable[T]], login: str | None = None
) -> T:
    """`work` in one transaction with the worker's rights, which sees every facility, for the
    account `login` or for nobody by name. Raises Unauthenticated for an unknown login.
    """
    async with (
        engine_at(ADMIN, pool_size=2, name="asm-operate") as engine,
        one_transaction(engine) as session,
    ):
        actor = None if login is None else await actor_of_login(session, login)
        await act_as(session, DatabaseRole.WORKER)
        return await work(session, actor)


def _say_outbox(view: OutboxView) -> None:
    depth = view.depth
    say_table(
        ["waiting", "due", "leased", "failing", "dead", "oldest, s"],
        [
            [
                depth.waiting,
                depth.due,
                depth.leased,
                depth.failing,
                depth.dead,
                round(depth.oldest_s),
            ]
        ],
    )
    say_table(
        ["topic", "waiting", "failing", "dead", "oldest"],
        [[t.topic, t.waiting, t.failing, t.dead, _when(t.oldest_at)] for t in view.topics],
    )
    say_table(
        ["row that failed", "topic", "attempts", "error", "next attempt"],
        [
            [
                r.id,
                r.topic,
                r.attempts,
                r.last_error,
                "dead" if r.dead_at else _when(r.next_attempt_at),
            ]
            for r in view.troubled
        ],
    )


def _when(moment: datetime) -> str:
    return f"{vietnam_time(moment):%H:%M %d/%m/%Y}"
