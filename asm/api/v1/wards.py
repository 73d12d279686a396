"""What the ward's officer sees: the night, its guests, flags and the last thirty nights."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from asm.accounts.access import Access, Scope
from asm.analytics.month import Month, ward_month
from asm.analytics.tonight import Tonight, ward_tonight
from asm.api.again.answered_again import answered_again
from asm.api.problems import documented
from asm.api.v1.paging import PageNumber
from asm.api.v1.ward.in_ward import IN_WARD
from asm.checks.flags.ward_flags import (
    FlagFilter,
    FlagView,
    State,
    dismiss_flag,
    open_flags,
    reopen_flag,
)
from asm.checks.registry import BY_ID
from asm.errors import invalid_field
from asm.facilities.nights import night_or_current
from asm.stays.queries import StayPage, Window, ward_guests

_ANSWERS = documented(401, 404)
_NIGHT_ANSWERS = documented(401, 404, 422)


class DismissalNote(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Why the flag needs nothing more."""

    note: str


@get("/wards/{ward_code:str}/tonight", operation_id="wardTonight", responses=_NIGHT_ANSWERS)
async def tonight(
    ward_code: FromPath[str], in_scope: NamedDependency[Scope], night: FromQuery[date | None] = None
) -> Tonight:
    """Guests, occupancy, and who has declared and who has not."""
    return await ward_tonight(in_scope, ward_code, night)


@get("/wards/{ward_code:str}/guests", operation_id="wardGuests", responses=_NIGHT_ANSWERS)
async def guests(
    ward_code: FromPath[str],
    access: NamedDependency[Access],
    night: FromQuery[date | None] = None,
    page: PageNumber = 1,
) -> StayPage:
    """Everyone registered for the night (default: this one). Each reading is written down."""
    ward_night = (ward_code, night_or_current(night, access.actor.now))
    return await ward_guests(access, ward_night, Window(page=page))


@get("/wards/{ward_code:str}/month", operation_id="wardMonth", responses=_ANSWERS)
async def month(ward_code: FromPath[str], in_scope: NamedDependency[Scope]) -> Month:
    """Arrivals, guest nights and top origins of the last thirty nights."""
    return await ward_month(in_scope, ward_code)


@get("/wards/{ward_code:str}/flags", operation_id="wardFlags", responses=_ANSWERS)
async def flags(
    ward_code: FromPath[str],
    in_scope: NamedDependency[Scope],
    wanted: Annotated[State, QueryParameter(name="state")] = "open",
    check: FromQuery[str | None] = None,
) -> list[FlagView]:
    """What the background checks have raised and nobody has settled.

    Newest first, at most 500. `state` asks for those that an officer dismissed or that closed
    themselves instead, `check` for the flags of one check.
    """
    if check is not None and check not in BY_ID:
        raise invalid_field("/check", "unknown_check", known=", ".join(sorted(BY_ID)))
    return await open_flags(in_scope, ward_code, FlagFilter(state=wanted, check_id=check))


@post(
    "/wards/{ward_code:str}/flags/{flag_id:uuid}/dismissal",
    operation_id="dismissFlag",
    status_code=204,
    responses=documented(401, 404, 409, 422),
    dependencies=IN_WARD,
)
@answered_again
async def dismiss(
    ward_code: FromPath[str],
    flag_id: FromPath[UUID],
    data: JSONBody[DismissalNote],
    in_ward: NamedDependency[Scope],
) -> None:
    """Settle a flag with a note."""
    await dismiss_flag(in_ward, ward_code, flag_id, data.note)


@post(
    "/wards/{ward_code:str}/flags/{flag_id:uuid}/reopening",
    operation_id="reopenFlag",
    status_code=204,
    responses=documented(401, 404, 409),
)
@answered_again
async def reopen(
    ward_code: FromPath[str], flag_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> None:
    """Undo a dismissal."""
    await reopen_flag(in_scope, ward_code, flag_id)


HANDLERS = [tonight, guests, month, flags, dismiss, reopen]
