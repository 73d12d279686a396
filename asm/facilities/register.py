"""Register a facility: the point decides the ward, and the ward's officer then activates it."""

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.model import membership
from asm.accounts.roles import HOSTS, HOTEL_SYSTEM
from asm.accounts.typed.typed_line import tidy
from asm.db.base import new_id
from asm.db.rls import enter_scope
from asm.errors import Conflict, invalid_field
from asm.facilities.facility import Facility, select_facilities
from asm.facilities.facility_trail import record_deed
from asm.facilities.model import facility, room
from asm.facilities.nights import current_night
from asm.facilities.registration import Registration, check_registration
from asm.facilities.software.people_only import refuse_software
from asm.facilities.waiting import refuse_too_many_waiting
from asm.geo.addresses.address_terms import NewAddress
from asm.geo.addresses.issue_address import issue_address
from asm.geo.areas.wards import WardHit, ward_at, ward_by_code
from asm.geo.folding import fold
from asm.geo.model import point_value
from asm.geo.points import Point
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic


async def register_facility(scope: Scope, registration: Registration) -> Facility:
    """Add a facility with its rooms, the actor as member and a digital address; status `pending`.

    `scope.actor` stays as it was: the new facility belongs to the next request's actor (and
    of this transaction in the database). Raises NotAllowed for those who host nobody, Invalid
    `registration_invalid`, `ward_mismatch`, `ward_unknown` or as `ward_at` does, Conflict
    `software_as_owner`, `too_many_waiting`, `too_many_registered`.
    """
    require_role(scope.actor, *HOSTS)
    await refuse_software(scope)
    # Whoever registers owns: a system that signs in with a password is software as well.
    if scope.actor.role == HOTEL_SYSTEM:
        raise Conflict("software_as_owner")
    check_registration(registration)
    await refuse_too_many_waiting(scope)
    hit = await agreed_ward(scope.session, Point.of(registration), registration.ward_code)
    new = new_id()
    # Row-level security lets a host see only their own: the new id joins them before the insert.
    await enter_scope(
        scope.session,
        actor=scope.actor.id,
        role=scope.actor.role,
        ward=None,
        facilities=scope.actor.facility_ids | {new},
    )
    await insert_facility(scope, new, registration, hit)
    await scope.session.execute(
        insert(membership).values(
            facility_id=new,
            account_id=scope.actor.id,
            created_at=scope.actor.now,
            owner=True,
        )
    )
    await issue_address(scope.session, _door(registration, hit), facility_id=new)
    rows = await scope.session.execute(select_facilities().where(facility.c.id == new))
    registered = Facility(**rows.mappings().one())
    details = {"kind": registered.kind, "rooms": len(registration.rooms)}
    await record_deed(scope, "facility.registered", registered, details=details)
    await enqueue(scope.session, Topic.FACILITY_WAITING, [(new, {})])
    return registered


def _door(registration: Registration, hit: WardHit) -> NewAddress:
    return NewAddress(
        point=Point.of(registration),
        address_text=tidy(registration.address_text),
        ward_code=hit.code,
        source=registration.point_source or "registration",
        accuracy_m=registration.accuracy_m,
    )


async def agreed_ward(session: AsyncSession, point: Point, ward_code: str | None) -> WardHit:
    """The ward of the point. Raises Invalid `ward_mismatch`, naming both wards, when another was
    told: the host then moves the point or chooses the ward the point is in.
    """
    hit = await ward_at(session, point)
    if ward_code is None or ward_code == hit.code:
        return hit
    stated_ward = await ward_by_code(session, ward_code)
    raise invalid_field(
        "/ward_code",
        "ward_mismatch",
        ward=hit.name,
        province=hit.province_name,
        ward_given=stated_ward.name,
    )


async def insert_facility(
    scope: Scope, new: UUID, registration: Registration, hit: WardHit
) -> None:
    """Add the facility `new` with its rooms, pending; who works there is for the caller."""
    name = tidy(registration.name)
    await scope.session.execute(
        insert(facility).values(
            id=new,
            kind=registration.kind,
            name=name,
            folded_name=fold(name),
            phone=(registration.phone or "").strip() or None,
            address_text=tidy(registration.address_text),
            ward_code=hit.code,
            point=point_value(Point.of(registration)),
            remote=registration.remote,
            registered_by=scope.actor.id,
            registered_at=scope.actor.now,
        )
    )
    rooms = [
        {"facility_id": new, "id": new_id(), "name": tidy(each.name), "beds": each.beds}
        for each in registration.rooms
    ]
    if rooms:
        await scope.session.execute(
            insert(room).values(opened_on=current_night(scope.actor.now)), rooms
        )
