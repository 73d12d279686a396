"""Who looked at whom, for supervisors: when, why, under which case number, and what came of it.

Nobody is named: a person stands as a short code, the first eight digits of the keyed hash, the same
for the same person, so that who is looked up again and again shows. The number itself is opened one
at a time, after the password was typed again, and that is written down too.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text

from asm.accounts.access import Access, Scope
from asm.accounts.actor import require_role
from asm.accounts.own.step_up import require_step_up
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.audit.trail import record
from asm.db.base import NO_FACILITY, vietnam_time
from asm.db.statements import read_statements
from asm.errors import not_found
from asm.identity.typed_number import DocumentNumber
from asm.identity.vault.sealing import Sealed, open_sealed

_SQL = read_statements(__name__)
_SEEN: Final = text(_SQL["seen"])
_OFFICERS: Final = text(_SQL["officers"])
_ALARMS: Final = text(_SQL["alarms"])
_SEALED: Final = text("SELECT id, key_id, sealed FROM look_up WHERE id = :id")
PAGE_SIZE: Final = 50


class SeenFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What of the list is shown; empty is all. Days are Vietnam's, both included."""

    officer: UUID | None = None
    reason: str = ""
    person: str = ""
    first: date | None = None
    last: date | None = None
    glass: bool = False
    page: int = 1


class SeenLookUp(msgspec.Struct, frozen=True, kw_only=True):
    """One look-up. `shown` None: it was broken off before an answer."""

    id: UUID
    at: datetime
    officer: str
    login: str
    ward_name: str | None
    reason: str
    note: str
    case_number: str
    person_code: str
    shown: int | None
    by_glass: bool


class SeenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of them, the newest first."""

    look_ups: list[SeenLookUp]
    total: int
    page: int
    pages: int


class LookUpAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """What the supervisor was written a message of. `cause`: many_people, budget or
    first_proof.
    """

    account_id: UUID
    officer: str
    login: str
    cause: str
    at: datetime
    look_ups: int
    people: int


async def seen_look_ups(scope: Scope, wanted: SeenFilter) -> SeenPage:
    """The look-ups of the province's officers. It is written down that they were read."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    rows = (
        await scope.session.execute(
            _SEEN,
            {
                "officer": wanted.officer,
                "reason": wanted.reason or None,
                "person": wanted.person or None,
                "first": wanted.first,
                "last": wanted.last,
                "glass": wanted.glass,
                "size": PAGE_SIZE,
                "skipped": (wanted.page - 1) * PAGE_SIZE,
            },
        )
    ).all()
    await _record(scope, "look_ups.read", details={"look_ups": len(rows)})
    total = rows[0].in_all if rows else 0
    return SeenPage(
        look_ups=[_seen(row) for row in rows],
        total=total,
        page=wanted.page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


class LookingOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who looked people up. Lists are narrowed by `id`: no address holds a login."""

    id: UUID
    display_name: str
    login: str


async def looking_officers(scope: Scope) -> list[LookingOfficer]:
    """All of the supervisor's province, by name."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    rows = await scope.session.execute(_OFFICERS)
    return [LookingOfficer(**row) for row in rows.mappings()]


async def look_up_alarms(scope: Scope) -> list[LookUpAlarm]:
    """The alarms of thirty days, the newest first."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    rows = await scope.session.execute(_ALARMS)
    return [LookUpAlarm(**{**row, "at": vietnam_time(row["at"])}) for row in rows.mappings()]


async def open_looked_up_number(access: Access, look_up_id: UUID) -> DocumentNumber:
    """The number that an officer typed. Raises StepUpRequired, not_found."""
    require_role(access.actor, PROVINCIAL_OFFICER)
    require_step_up(access.actor)
    row = (await access.session.execute(_SEALED, {"id": look_up_id})).one_or_none()
    if row is None:
        raise not_found("look_up")
    look_up = await access.keys.write_look_up(
        {row.id},
        actor_id=access.actor.id,
        actor_role=access.actor.role,
        action="person.number_opened",
        subject_id=row.id,
    )
    sealed = Sealed(facility_id=NO_FACILITY, id=row.id, key_id=row.key_id, sealed=bytes(row.sealed))
    return open_sealed(access.keys, look_up, sealed, DocumentNumber)


def _seen(row: Any) -> SeenLookUp:
    return SeenLookUp(
        id=row.id,
        at=vietnam_time(row.at),
        officer=row.officer,
        login=row.login,
        ward_name=row.ward_name,
        reason=row.reason,
        note=row.note,
        case_number=row.case_number,
        person_code=row.person_code,
        shown=row.shown if row.answered else None,
        by_glass=row.by_glass,
    )


async def _record(scope: Scope, action: str, details: dict[str, Any]) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        details=details,
    )
