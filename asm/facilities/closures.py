"""Nights on which a whole facility is closed: they leave the capacity and the coverage."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select

from asm.accounts.access import Scope
from asm.accounts.typed.typed_line import typed_errors
from asm.db.base import new_id
from asm.errors import Conflict, field_error, not_found
from asm.facilities.facility import Facility
from asm.facilities.facility_trail import record_deed
from asm.facilities.model import closure
from asm.facilities.registration import refuse_fields
from asm.facilities.scope import facility_in_scope, require_member


class ClosureInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Closed on the nights from `starts_on` up to, not including, `ends_on`."""

    starts_on: date
    ends_on: date
    reason: str


class Closure(ClosureInput, frozen=True, kw_only=True):
    id: UUID


async def closures_of(scope: Scope, facility_id: UUID) -> list[Closure]:
    """All closures, newest first. Raises not_found."""
    facility = await facility_in_scope(scope, facility_id)
    rows = await scope.session.execute(
        select(closure.c.id, closure.c.starts_on, closure.c.ends_on, closure.c.reason)
        .where(closure.c.facility_id == facility.id)
        .order_by(closure.c.starts_on.desc(), closure.c.id)
    )
    return [Closure(**row) for row in rows.mappings()]


async def add_closure(scope: Scope, facility_id: UUID, given: ClosureInput) -> Closure:
    """Close a facility for some nights. Raises not_found, NotAllowed, Invalid `closure_invalid`
    or Conflict `closure_overlaps`.
    """
    facility = await _mine(scope, facility_id)
    refuse_fields("closure_invalid", _errors(given))
    # What the ward ordered holds beside what the house says itself.
    overlapping = await scope.session.execute(
        select(closure.c.id).where(
            closure.c.facility_id == facility.id,
            closure.c.ordered_by.is_(None),
            closure.c.starts_on < given.ends_on,
            closure.c.ends_on > given.starts_on,
        )
    )
    if overlapping.first() is not None:
        raise _overlaps()
    new = Closure(id=new_id(), **msgspec.structs.asdict(given))
    await scope.session.execute(
        insert(closure).values(facility_id=facility.id, **msgspec.structs.asdict(new))
    )
    await record_deed(
        scope, "closure.added", facility, subject_id=new.id, capacity_since=new.starts_on
    )
    return new


async def remove_closure(scope: Scope, facility_id: UUID, closure_id: UUID) -> None:
    """Take a closure back; one that the ward ordered stands. Raises not_found or NotAllowed."""
    facility = await _mine(scope, facility_id)
    done = await scope.session.execute(
        delete(closure)
        .where(
            closure.c.facility_id == facility.id,
            closure.c.id == closure_id,
            closure.c.ordered_by.is_(None),
        )
        .returning(closure.c.starts_on)
    )
    starts_on = done.scalar_one_or_none()
    if starts_on is None:
        raise not_found("closure")
    await record_deed(
        scope, "closure.removed", facility, subject_id=closure_id, capacity_since=starts_on
    )


async def _mine(scope: Scope, facility_id: UUID) -> Facility:
    facility = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, facility)
    return facility


def _errors(given: ClosureInput) -> list[dict[str, Any]]:
    errors: list[dict[str, Any]] = []
    if given.ends_on <= given.starts_on:
        errors.append(field_error("/ends_on", "closure_order"))
    errors += typed_errors("/reason", given.reason, "reason_length", least=1, most=300, lines=True)
    return errors


def _overlaps() -> Conflict:
    return Conflict("closure_overlaps", errors=[field_error("/starts_on", "closure_overlaps")])
