"""`asm gates`: gates that send counts."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.analytics.gates.register import (
    FreshGate,
    Gate,
    add_gate,
    end_gate,
    list_gates,
    renew_gate,
)
from asm.cli.console import run, say
from asm.cli.outbox import As, as_worker

gates_app = typer.Typer(
    name="gates",
    no_args_is_help=True,
    help="Gates that count heads: register one, give it a new secret, end it.",
)
_Gate = Annotated[UUID, typer.Argument(help="The gate's id.")]


@gates_app.command("add")
def add(
    ward: Annotated[str, typer.Option(help="Code of the ward it stands in.")],
    label: Annotated[str, typer.Option(help="What the figures call it.")],
    kind: Annotated[str, typer.Option(help="ticket_gate, camera or other.")] = "ticket_gate",
    *,
    login: As = None,
) -> None:
    """Register a gate. Its secret is in the answer, and nowhere else."""

    async def work(session: AsyncSession, actor: Actor | None) -> FreshGate:
        return await add_gate(session, actor, ward, label, kind)

    say(run(as_worker(work, login)))


@gates_app.command("list")
def gates() -> None:
    """All gates, ended ones too."""

    async def work(session: AsyncSession, _: Actor | None) -> list[Gate]:
        return await list_gates(session)

    say(run(as_worker(work)))


@gates_app.command("renew")
def renew(gate: _Gate, *, login: As = None) -> None:
    """Give a gate a new secret; the one before ends now."""

    async def work(session: AsyncSession, actor: Actor | None) -> FreshGate:
        return await renew_gate(session, actor, gate)

    say(run(as_worker(work, login)))


@gates_app.command("end")
def end(gate: _Gate, *, login: As = None) -> None:
    """Take no more counts from a gate; those that came stay."""

    async def work(session: AsyncSession, actor: Actor | None) -> list[Gate]:
        await end_gate(session, actor, gate)
        return await list_gates(session)

    say(run(as_worker(work, login)))
