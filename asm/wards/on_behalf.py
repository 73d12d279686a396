"""The ward registers a facility for who cannot: a household or landlord without a device.

The officer decides about facilities of the ward anyhow, so it is in force at once, and nobody works
for it: it has no owner and no member, least of all the officer. A code for a landlord makes one
(`asm.facilities.people.host_codes`); until then the ward declares for it, each time marked so.
"""

from sqlalchemy import update

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.sessions import enter_again
from asm.accounts.typed.typed_line import tidy
from asm.db.base import new_id
from asm.db.rls import enter_scope
from asm.errors import invalid_field, not_found
from asm.facilities.facility import Facility, select_facilities
from asm.facilities.facility_trail import record_deed
from asm.facilities.model import facility
from asm.facilities.nights import current_night
from asm.facilities.register import agreed_ward, insert_facility
from asm.facilities.registration import Registration, check_registration
from asm.geo.addresses.address_terms import NewAddress
from asm.geo.addresses.issue_address import issue_address
from asm.geo.points import Point


async def register_on_behalf(scope: Scope, registration: Registration) -> Facility:
    """Add a facility of the officer's own ward, active at once and without people. Raises
    NotAllowed for who is no ward officer, Invalid as `register_facility` does and
    `ward_other_than_own` for a point in another ward.
    """
    require_role(scope.actor, WARD_OFFICER)
    if scope.actor.ward_code is None:
        raise not_found("ward")
    check_registration(registration)
    point = Point.of(registration)
    hit = await agreed_ward(scope.session, point, registration.ward_code)
    if hit.code != scope.actor.ward_code:
        raise invalid_field("/lat", "ward_other_than_own", ward=hit.name)
    new = new_id()
    await enter_scope(
        scope.session,
        actor=scope.actor.id,
        role=scope.actor.role,
        ward=scope.actor.ward_code,
        facilities={new},
    )
    await insert_facility(scope, new, registration, hit)
    await issue_address(
        scope.session,
        NewAddress(
            point=point,
            address_text=tidy(registration.address_text),
            ward_code=hit.code,
            source=registration.point_source or "registration",
            accuracy_m=registration.accuracy_m,
        ),
        facility_id=new,
    )
    await scope.session.execute(
        update(facility)
        .where(facility.c.id == new)
        .values(status="active", decided_by=scope.actor.id, decided_at=scope.actor.now)
    )
    rows = await scope.session.execute(select_facilities().where(facility.c.id == new))
    registered = Facility(**rows.mappings().one())
    details = {"kind": registered.kind, "rooms": len(registration.rooms)}
    await record_deed(
        scope,
        "facility.registered_on_behalf",
        registered,
        details=details,
        capacity_since=current_night(scope.actor.now),
    )
    await enter_again(scope)
    return registered
