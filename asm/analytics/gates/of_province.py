"""The gates of a province, kept by its own officer: registered, given a new secret, ended, and when
each last sent. Row-level security says again whose they are.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.own.step_up import require_step_up
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.analytics.gates.register import FreshGate, NewGate, add_gate_once, end_gate, renew_gate
from asm.db.base import vietnam_time
from asm.db.statements import read_statements
from asm.errors import not_found
from asm.geo.areas_to_choose import wards_of_province

_SQL: Final = read_statements(__name__)
_GATES: Final = text(_SQL["gates"])
#: An interval is a day at most, and one more passes before anybody need ask.
SILENT_AFTER: Final = timedelta(hours=48)


class GateShown(msgspec.Struct, frozen=True, kw_only=True):
    """A gate, with the newest interval that it sent; `ends_at` None: it sent none yet."""

    id: UUID
    ward_name: str
    label: str
    kind: str
    created_at: datetime
    ended_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    came_in: int | None
    went_out: int | None
    silent: bool


async def gates_of_province(scope: Scope) -> list[GateShown]:
    """Those that count first, by ward and label. Raises NotAllowed."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    rows = await scope.session.execute(_GATES, {"province": scope.actor.province_code})
    return [_shown(dict(row), scope.actor.now) for row in rows.mappings()]


async def wards_for_gates(scope: Scope) -> list[tuple[str, str]]:
    """Code and name of each ward of the province."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    return await wards_of_province(scope.session, scope.actor.province_code or "")


async def register_gate(scope: Scope, new: NewGate) -> FreshGate | None:
    """Register a gate in a ward of the own province; None when it is there already. Raises
    NotAllowed, StepUpRequired, Invalid for the kind or the label, not_found for the ward.
    """
    session = _session(scope)
    if new.ward_code not in dict(await wards_for_gates(scope)):
        raise not_found("ward")
    return await add_gate_once(session, scope.actor, new)


async def replace_secret(scope: Scope, gate_id: UUID) -> FreshGate:
    """The secret before is worth nothing from now on. Raises as `register_gate`."""
    return await renew_gate(_session(scope), scope.actor, gate_id)


async def stop_gate(scope: Scope, gate_id: UUID) -> None:
    """Take no more counts. Raises as `register_gate`."""
    await end_gate(_session(scope), scope.actor, gate_id)


def _session(scope: Scope) -> AsyncSession:
    require_role(scope.actor, PROVINCIAL_OFFICER)
    require_step_up(scope.actor)
    return scope.session


def _shown(row: dict[str, object], now: datetime) -> GateShown:
    moments = {name: value for name, value in row.items() if isinstance(value, datetime)}
    shown = row | {name: vietnam_time(value) for name, value in moments.items()}
    last = moments.get("ends_at") or moments["created_at"]
    return msgspec.convert({**shown, "silent": now - last > SILENT_AFTER}, GateShown)
