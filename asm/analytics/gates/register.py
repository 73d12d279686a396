"""Gates: registered, given a new secret and ended, by the officer of their province
(`asm.analytics.gates.of_province`) or by whoever runs the installation. A gate belongs to a ward;
its secret is in the answer alone.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.login import token_hash
from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.analytics.gates.model import gate
from asm.audit.trail import record
from asm.db.actor_kinds import OPERATOR
from asm.db.base import new_id
from asm.errors import Invalid, invalid_field, not_found
from asm.geo.model import ward

KINDS: Final = ("ticket_gate", "camera", "other")
LONGEST_LABEL: Final = 80
T = TypeVar("T")


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A gate, without its secret."""

    id: UUID
    ward_code: str
    label: str
    kind: str
    created_at: datetime
    ended_at: datetime | None


class FreshGate(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown once: only the hash of `secret` is stored."""

    id: UUID
    secret: str

    def __repr__(self) -> str:
        return f"FreshGate({self.id})"


class NewGate(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is made before, so that a form which is sent twice registers one gate."""

    id: UUID
    ward_code: str
    label: str
    kind: str


async def add_gate(
    session: AsyncSession, actor: Actor | None, ward_code: str, label: str, kind: str
) -> FreshGate:
    """Register a gate in a ward of today, as the worker. Raises Invalid for the kind or the label,
    not_found for the ward.
    """
    new = NewGate(id=new_id(), ward_code=ward_code, label=label, kind=kind)
    return _only([fresh for fresh in [await add_gate_once(session, actor, new)] if fresh])


async def add_gate_once(
    session: AsyncSession, actor: Actor | None, new: NewGate
) -> FreshGate | None:
    """As `add_gate`, in the role of the session; None when there is a gate with this id."""
    if new.kind not in KINDS:
        raise invalid_field("/kind", "gate_kind", kinds=", ".join(KINDS))
    errors = typed_errors("/label", new.label, "gate_label", least=2, most=LONGEST_LABEL)
    if errors:
        raise Invalid("gate_label", errors=errors, most=LONGEST_LABEL)
    wards = await session.execute(
        select(ward.c.code).where(ward.c.code == new.ward_code, ward.c.valid_to.is_(None))
    )
    if wards.one_or_none() is None:
        raise not_found("ward")
    fresh = FreshGate(id=new.id, secret=_secret())
    added = await session.execute(
        insert(gate)
        .values(
            id=fresh.id,
            ward_code=new.ward_code,
            label=tidy(new.label),
            kind=new.kind,
            secret_hash=token_hash(fresh.secret),
            created_by=actor.id if actor else None,
        )
        .on_conflict_do_nothing()
        .returning(gate.c.id)
    )
    if added.one_or_none() is None:
        return None
    await _note(session, actor, "gate.added", fresh.id, new.ward_code)
    return fresh


async def renew_gate(session: AsyncSession, actor: Actor | None, gate_id: UUID) -> FreshGate:
    """Another secret; the one before is worth nothing from now on. Raises not_found."""
    fresh = FreshGate(id=gate_id, secret=_secret())
    rows = await session.execute(
        update(gate)
        .where(gate.c.id == gate_id, gate.c.ended_at.is_(None))
        .values(secret_hash=token_hash(fresh.secret))
        .returning(gate.c.ward_code)
    )
    await _note(session, actor, "gate.secret_renewed", gate_id, _only(rows.scalars().all()))
    return fresh


async def end_gate(session: AsyncSession, actor: Actor | None, gate_id: UUID) -> None:
    """No more counts; those that came stay. Raises not_found."""
    rows = await session.execute(
        update(gate)
        .where(gate.c.id == gate_id, gate.c.ended_at.is_(None))
        .values(ended_at=func.clock_timestamp())
        .returning(gate.c.ward_code)
    )
    await _note(session, actor, "gate.ended", gate_id, _only(rows.scalars().all()))


async def list_gates(session: AsyncSession) -> list[Gate]:
    """All that the transaction may see, ended ones too."""
    columns = gate.c
    rows = await session.execute(
        select(
            columns.id,
            columns.ward_code,
            columns.label,
            columns.kind,
            columns.created_at,
            columns.ended_at,
        ).order_by(columns.ward_code, columns.label, columns.id)
    )
    return [Gate(**row) for row in rows.mappings()]


def _secret() -> str:
    return "asmg_" + secrets.token_urlsafe(32)


def _only(rows: Sequence[T]) -> T:
    if not rows:
        raise not_found("gate")
    return rows[0]


async def _note(
    session: AsyncSession, actor: Actor | None, action: str, gate_id: UUID, ward_code: str
) -> None:
    await record(
        session,
        actor_id=actor.id if actor else None,
        actor_role=actor.role if actor else OPERATOR,
        action=action,
        ward_code=ward_code,
        subject_id=gate_id,
    )
