"""A host corrects what was registered; a returned facility goes back to the officer."""

from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.codes.withdraw import withdraw_codes_of_ward
from asm.accounts.typed.typed_line import tidy
from asm.errors import Conflict
from asm.facilities.facility import Facility
from asm.facilities.facility_trail import record_deed
from asm.facilities.model import facility
from asm.facilities.register import agreed_ward
from asm.facilities.registration import (
    accuracy_errors,
    clean_facility_texts,
    refuse_fields,
    text_errors,
)
from asm.facilities.scope import facility_in_scope, require_member
from asm.facilities.software.people_only import refuse_software
from asm.geo.addresses.address_changes import PointCorrection, reword
from asm.geo.addresses.address_terms import HostPointSource
from asm.geo.addresses.issue_address import move_point
from asm.geo.folding import fold
from asm.geo.model import point_value
from asm.geo.points import Point
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic


class Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that may change, complete: what stays is sent as it is. Degrees for `lat`, `lon`;
    `point_source` and `accuracy_m` as at registration, of a point that moved.
    """

    name: str
    phone: str | None
    address_text: str
    lat: float
    lon: float
    point_source: HostPointSource | None = None
    accuracy_m: float | None = None

    def __post_init__(self) -> None:
        clean_facility_texts(self)


async def facility_to_correct(scope: Scope, facility_id: UUID) -> Facility:
    """The facility as it stands, held until the transaction ends: what is compared with it stays
    so. Raises not_found, NotAllowed for who may not correct it.
    """
    require_member(scope.actor, await facility_in_scope(scope, facility_id))
    await refuse_software(scope)
    held = select(facility.c.id).where(facility.c.id == facility_id).with_for_update()
    await scope.session.execute(held)
    return await facility_in_scope(scope, facility_id)


async def correct_facility(scope: Scope, facility_id: UUID, correction: Correction) -> Facility:
    """Change name, phone, address text or point; the digital address keeps its code.

    An active facility may not move to another ward: its stays belong to the one it is in. What
    moves leaves the codes behind that the former ward handed out.

    Raises NotAllowed, not_found, Invalid, or Conflict `ward_would_change`.
    """
    earlier = await facility_in_scope(scope, facility_id)
    require_member(scope.actor, earlier)
    await refuse_software(scope)
    check_correction(correction)
    hit = await agreed_ward(scope.session, Point.of(correction), None)
    if earlier.status in {"active", "closed"} and hit.code != earlier.ward_code:
        raise Conflict("ward_would_change", text="ward_would_change.active", ward=hit.name)
    if hit.code != earlier.ward_code:
        await withdraw_codes_of_ward(scope, earlier.id)
    await _store(scope.session, earlier, correction, hit.code)
    corrected = await facility_in_scope(scope, facility_id)
    await record_deed(scope, "facility.corrected", corrected)
    if corrected.status == "pending":
        await enqueue(scope.session, Topic.FACILITY_WAITING, [(facility_id, {})])
    return corrected


def check_correction(correction: Correction) -> None:
    """Raise Invalid `correction_invalid` naming every field that is wrong."""
    refuse_fields(
        "correction_invalid", [*text_errors(correction), *accuracy_errors(correction.accuracy_m)]
    )


async def _store(
    session: AsyncSession, earlier: Facility, correction: Correction, ward_code: str
) -> None:
    name, point = tidy(correction.name), Point.of(correction)
    await session.execute(
        update(facility)
        .where(facility.c.id == earlier.id)
        .values(
            name=name,
            folded_name=fold(name),
            phone=(correction.phone or "").strip() or None,
            address_text=tidy(correction.address_text),
            point=point_value(point),
            ward_code=ward_code,
            status="pending" if earlier.status == "returned" else earlier.status,
        )
    )
    if earlier.digital_address is not None:
        await reword(session, earlier.digital_address, tidy(correction.address_text))
    if point != Point.of(earlier):
        moved = PointCorrection(
            point=point,
            ward_code=ward_code,
            source=correction.point_source or "correction",
            accuracy_m=correction.accuracy_m,
        )
        await move_point(session, facility_id=earlier.id, correction=moved)
