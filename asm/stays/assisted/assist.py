"""The ward's officer declares for a house that cannot: the same rules, and marked as such for good.

The house stays the one that lodges, the officer is who declared. No door of the hosts is opened: an
officer works for no facility (`asm.facilities.scope.may_declare_for`). For this one declaration the
database itself opens the one facility, if it lies in the officer's ward now; and what an officer
writes it takes only as `assisted`, under the own name, in the own ward. Late stays late.
"""

from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import text

from asm.accounts.access import Access, Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.sessions import enter_again
from asm.db.durable import refuse_loose
from asm.db.locks import Lock, hold_of
from asm.db.statements import read_statements
from asm.errors import Refusal, TooMany, field_error, not_found
from asm.facilities.facility import Facility
from asm.facilities.scope import facility_in_scope, require_ward
from asm.stays.declaration import Declaration, Outcome, Via
from asm.stays.declare import AdmittedDeclaration, declare_admitted
from asm.stays.intake.idempotency import answered_at

ASSISTED: Final[Via] = "assisted"
_SQL = read_statements(__name__)
_ENTER = text(_SQL["enter"])
_LEFT: Final = text("SELECT assisted_left()")
#: Guests within 24 hours, by one officer and in one ward; the database holds them.
OFFICER_ASSISTS: Final = 100
WARD_ASSISTS: Final = 300


async def assist(access: Access, declaration: Declaration) -> Outcome:
    """Declare for a facility of the officer's ward, in the caller's transaction.

    Raises NotAllowed for who is no ward officer, not_found for a facility of another ward, TooMany
    beyond the guests of 24 hours, and otherwise as `declare_stays` does.
    """
    facility = await house_of_ward(access, declaration.facility_id)
    await open_house(access, facility)
    admitted = AdmittedDeclaration(
        keys=access.keys,
        actor=access.actor,
        facility=facility,
        declaration=msgspec.structs.replace(declaration, via=ASSISTED),
    )
    try:
        await _require_left(access, declaration)
        outcome = await declare_admitted(access.session, admitted)
    except Refusal:
        await enter_again(access)
        raise
    await enter_again(access)
    return outcome


async def house_of_ward(scope: Scope, facility_id: UUID) -> Facility:
    """A facility of the ward that the officer works in now. Raises NotAllowed, not_found."""
    require_role(scope.actor, WARD_OFFICER)
    facility = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, facility.ward_code)
    return facility


async def _require_left(scope: Scope, declaration: Declaration) -> None:
    """The database counts each stay that it takes, and takes none beyond (migration 0034). What is
    sent again was counted: it gets its receipt.
    """
    await hold_of(scope.session, Lock.ASSIST, scope.actor.ward_code or "")
    if await answered_at(scope.session, declaration.facility_id, declaration.key):
        return
    left = (await scope.session.execute(_LEFT)).scalar_one()
    if len(declaration.entries) > left:
        raise TooMany(
            "assisted_too_many",
            errors=[
                field_error("", "assisted_too_many", officer=OFFICER_ASSISTS, ward=WARD_ASSISTS)
            ],
            retry_after_s=3600,
            officer=OFFICER_ASSISTS,
            ward=WARD_ASSISTS,
        )


async def open_house(scope: Scope, facility: Facility) -> None:
    """Have the database open the facility to its ward's officer, until `enter_again`. Raises
    not_found where it finds that it is not theirs.
    """
    entered = (await scope.session.execute(_ENTER, {"facility": facility.id})).one()
    if not entered.is_allowed:
        raise not_found("facility")
    refuse_loose(entered.loose)
