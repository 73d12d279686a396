"""Register facilities, correct them, decide on them, and let people into them."""

from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from asm.accounts.access import Scope
from asm.api.again.answered_again import answered_again
from asm.api.again.if_match import IfMatch, etag_of, require_match
from asm.api.file_operation import SVG, SvgOperation
from asm.api.problems import documented
from asm.errors import not_found
from asm.facilities.correct import Correction, correct_facility, facility_to_correct
from asm.facilities.decide import (
    activate_facility,
    close_facility,
    reopen_facility,
    return_facility,
)
from asm.facilities.facility import Facility
from asm.facilities.people.invitations import invite_by_login
from asm.facilities.register import register_facility
from asm.facilities.registration import Registration
from asm.facilities.scope import facilities_of, facility_in_scope
from asm.geo.addresses.plates import address_url, plate_svg
from asm.headers import Header
from asm.settings import Settings


class ReturnNote(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the host has to correct."""

    note: str


class Member(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A host account by its login."""

    login: str


@post("/facilities", operation_id="registerFacility", responses=documented(401, 403, 409, 422))
@answered_again
async def register(data: JSONBody[Registration], in_scope: NamedDependency[Scope]) -> Facility:
    """Register a place; its point decides the ward, whose officer then activates it."""
    return await register_facility(in_scope, data)


@get("/facilities", operation_id="listFacilities", responses=documented(401))
async def list_mine(in_scope: NamedDependency[Scope]) -> list[Facility]:
    """The facilities in the asker's scope."""
    return await facilities_of(in_scope)


@get("/facilities/{facility_id:uuid}", operation_id="getFacility", responses=documented(401, 404))
async def read(facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Response[Facility]:
    """One facility. Its `ETag` goes with a correction as `If-Match`."""
    return _tagged(await facility_in_scope(in_scope, facility_id))


def _tagged(facility: Facility) -> Response[Facility]:
    return Response(facility, status_code=200, headers={Header.ETAG: etag_of(facility)})


@put(
    "/facilities/{facility_id:uuid}",
    operation_id="correctFacility",
    responses=documented(401, 403, 404, 409, 412, 422, 428),
)
async def correct(
    facility_id: FromPath[UUID],
    data: JSONBody[Correction],
    in_scope: NamedDependency[Scope],
    if_match: IfMatch = None,
) -> Response[Facility]:
    """Correct name, phone, address or point; a returned facility goes back to the officer. It says
    all of them: without `If-Match` it would undo what somebody else corrected meanwhile.
    """
    require_match(if_match, await facility_to_correct(in_scope, facility_id))
    return _tagged(await correct_facility(in_scope, facility_id, data))


@post(
    "/facilities/{facility_id:uuid}/activation",
    operation_id="activateFacility",
    status_code=200,
    responses=documented(401, 403, 404, 409),
)
@answered_again
async def activate(facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Facility:
    """The ward's officer lets the facility declare."""
    return await activate_facility(in_scope, facility_id)


@post(
    "/facilities/{facility_id:uuid}/return",
    operation_id="returnFacility",
    status_code=200,
    responses=documented(401, 403, 404, 409, 422),
)
@answered_again
async def send_back(
    facility_id: FromPath[UUID], data: JSONBody[ReturnNote], in_scope: NamedDependency[Scope]
) -> Facility:
    """The ward's officer returns a registration with what to correct."""
    return await return_facility(in_scope, facility_id, data.note)


@post(
    "/facilities/{facility_id:uuid}/close",
    operation_id="closeFacility",
    status_code=200,
    responses=documented(401, 403, 404, 409),
)
@answered_again
async def close(facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Facility:
    """The ward's officer closes a facility that lodges nobody any more, from today."""
    return await close_facility(in_scope, facility_id)


@post(
    "/facilities/{facility_id:uuid}/reopen",
    operation_id="reopenFacility",
    status_code=200,
    responses=documented(401, 403, 404, 409),
)
@answered_again
async def reopen(facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Facility:
    """The ward's officer undoes a closing."""
    return await reopen_facility(in_scope, facility_id)


@post(
    "/facilities/{facility_id:uuid}/members",
    operation_id="addMember",
    status_code=204,
    responses=documented(401, 403, 404, 409, 422),
)
@answered_again
async def join(
    facility_id: FromPath[UUID], data: JSONBody[Member], in_scope: NamedDependency[Scope]
) -> None:
    """Invite an account by its login: it accepts with `acceptInvitation`. The answer is the same
    whether or not anybody has the login.
    """
    await invite_by_login(in_scope, facility_id, data.login)


@get(
    "/facilities/{facility_id:uuid}/address.svg",
    operation_id="getAddressPlate",
    operation_class=SvgOperation,
    media_type=SVG,
    responses=documented(401, 404),
)
async def plate(
    facility_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    settings: NamedDependency[Settings],
) -> bytes:
    """The digital address as a QR with its printed code."""
    facility = await facility_in_scope(in_scope, facility_id)
    if facility.digital_address is None:
        raise not_found("facility")
    url = address_url(settings.public_url, facility.digital_address)
    return plate_svg(facility.digital_address, url).encode()


HANDLERS = [register, list_mine, read, correct, activate, send_back, close, reopen, join, plate]
