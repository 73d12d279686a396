"""Digital addresses as an actor may see and change them: this decides, the database repeats it.

Ward officers see and keep their ward's doors, administrators all, hosts those of their facilities.
Nobody else sees any: a household's door is nobody else's business.
"""

from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, false, true

from asm.accounts.access import Scope
from asm.accounts.actor import Actor, require_role
from asm.accounts.roles import ADMINISTRATOR, HOST_ROLES, WARD_OFFICER
from asm.accounts.typed.typed_line import is_readable
from asm.audit.trail import record
from asm.errors import Conflict, Invalid, invalid_field
from asm.facilities.register import agreed_ward
from asm.facilities.registration import accuracy_errors
from asm.geo.addresses import address_changes, find_addresses
from asm.geo.addresses.address_changes import AddressAlias, AliasToEnd, Description, PointCorrection
from asm.geo.addresses.address_terms import (
    MOST_TEXT,
    BuildingKind,
    NewAddress,
    PointSource,
)
from asm.geo.addresses.find_addresses import AddressRecord, FoundAddress
from asm.geo.addresses.issue_address import DigitalAddress, issue_address
from asm.geo.model import digital_address
from asm.geo.points import Point, fields_with_point
from asm.identity.pasted_text import clean_number

AT_M: Final = 50


class AddressToIssue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A door without a facility; degrees for `lat`, `lon`, metres for `accuracy_m`."""

    lat: float
    lon: float
    address_text: str
    source: PointSource
    accuracy_m: float | None = None
    old_unit: str | None = None
    floor_unit: str | None = None
    building_kind: BuildingKind | None = None


class PointToCorrect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the door really is, and how that is known."""

    lat: float
    lon: float
    source: PointSource
    accuracy_m: float | None = None


def addresses_in_scope(actor: Actor) -> ColumnElement[bool]:
    """The condition on `digital_address` that every look into the register carries."""
    if actor.role in HOST_ROLES:
        return digital_address.c.facility_id.in_(actor.facility_ids)
    if actor.role == WARD_OFFICER:
        return digital_address.c.ward_code == actor.ward_code
    return true() if actor.role == ADMINISTRATOR else false()


async def search_addresses(scope: Scope, q: str, limit: int = 20) -> list[FoundAddress]:
    """See `asm.geo.addresses.find_addresses.find_addresses`."""
    return await find_addresses.find_addresses(
        scope.session,
        addresses_in_scope(scope.actor),
        clean_number(q),
        everywhere=scope.actor.role == ADMINISTRATOR,
        limit=limit,
    )


async def addresses_around(
    scope: Scope, point: Point, *, within_m: float, limit: int
) -> list[FoundAddress]:
    """See `asm.geo.addresses.find_addresses.nearest_addresses`."""
    return await find_addresses.nearest_addresses(
        scope.session, addresses_in_scope(scope.actor), point, within_m=within_m, limit=limit
    )


async def read_address(scope: Scope, code: str) -> AddressRecord:
    """One door with its aliases and history; out of scope looks like absent."""
    return await find_addresses.read_record(scope.session, addresses_in_scope(scope.actor), code)


async def issue_new(scope: Scope, wanted: AddressToIssue) -> DigitalAddress:
    """Give a door its code. Officers within their ward, administrators anywhere.

    Raises NotAllowed, Invalid, or Conflict `other_ward` for a point in another's ward.
    """
    _require_keeper(scope.actor)
    check_description(wanted.address_text, wanted.accuracy_m)
    ward_code = await _own_ward(scope, Point.of(wanted))
    values = fields_with_point(wanted) | {"address_text": wanted.address_text.strip()}
    issued = await issue_address(scope.session, NewAddress(**values, ward_code=ward_code))
    await _deed(scope, "address.issued", issued.code, ward_code)
    return issued


async def correct_point(scope: Scope, code: str, wanted: PointToCorrect) -> AddressRecord:
    """Move a door's point; the code stays. Raises like `read_address` and `issue_new`."""
    held = (await _kept(scope, code)).address
    _require_accuracy(wanted.accuracy_m)
    ward_code = await _own_ward(scope, Point.of(wanted))
    if held.facility_id is not None and ward_code != held.ward_code:
        raise Conflict("ward_would_change")
    correction = PointCorrection(**fields_with_point(wanted), ward_code=ward_code)
    await address_changes.correct_point(scope.session, held.code, correction)
    await _deed(scope, "address.point_corrected", held.code, ward_code)
    return await read_address(scope, code)


async def describe(scope: Scope, code: str, said: Description) -> AddressRecord:
    """Change what is said of a door in words. Raises like `correct_point`."""
    held = (await _kept(scope, code)).address
    check_description(said.address_text, None)
    await address_changes.describe(scope.session, held.code, said)
    await _deed(scope, "address.described", held.code, held.ward_code)
    return await read_address(scope, code)


async def verify(scope: Scope, code: str) -> AddressRecord:
    """Write down that the actor found the door where the register says it is."""
    held = (await _kept(scope, code)).address
    await address_changes.verify_address(scope.session, held.code)
    await _deed(scope, "address.verified", held.code, held.ward_code)
    return await read_address(scope, code)


async def add_alias(scope: Scope, code: str, alias: AddressAlias) -> AddressRecord:
    """Write down another's code for a door. Raises like `correct_point`."""
    held = (await _kept(scope, code)).address
    if not is_readable(alias.value):
        raise _wrong("/value", "text_unreadable")
    if not 1 <= len(alias.value.strip()) <= MOST_TEXT:
        raise _wrong("/value", "alias_empty")
    if alias.valid_to is not None and alias.valid_to <= alias.valid_from:
        raise _dates_reversed("/valid_to")
    await address_changes.add_alias(scope.session, held.code, alias)
    await _deed(scope, "address.alias_added", held.code, held.ward_code)
    return await read_address(scope, code)


async def end_alias(scope: Scope, code: str, ending: AliasToEnd) -> AddressRecord:
    """Say from which day on another's code no longer holds. Raises like `correct_point`, or
    `address_alias_not_found`.
    """
    held = (await _kept(scope, code)).address
    if ending.on <= ending.valid_from:
        raise _dates_reversed("/on")
    await address_changes.end_alias(scope.session, held.code, ending)
    await _deed(scope, "address.alias_ended", held.code, held.ward_code)
    return await read_address(scope, code)


def check_description(address_text: str, accuracy_m: float | None) -> None:
    """Raise Invalid for a text that is empty or too long, or an accuracy that is none."""
    if not is_readable(address_text):
        raise _wrong("/address_text", "text_unreadable")
    if not 1 <= len(address_text.strip()) <= MOST_TEXT:
        raise _wrong("/address_text", "address_text_length", most=MOST_TEXT)
    _require_accuracy(accuracy_m)


def _require_accuracy(accuracy_m: float | None) -> None:
    for error in accuracy_errors(accuracy_m):
        said = (error["message"], error["message_en"])
        raise Invalid(error["code"], said=said, errors=[error])


def _require_keeper(actor: Actor) -> None:
    require_role(actor, WARD_OFFICER, ADMINISTRATOR)


async def _kept(scope: Scope, code: str) -> AddressRecord:
    """The record, for those who keep it: absent comes before not allowed."""
    address_record = await read_address(scope, code)
    _require_keeper(scope.actor)
    return address_record


async def _own_ward(scope: Scope, point: Point) -> str:
    hit = await agreed_ward(scope.session, point, None)
    if scope.actor.role == WARD_OFFICER and hit.code != scope.actor.ward_code:
        raise Conflict("other_ward", ward=hit.name)
    return hit.code


async def _deed(scope: Scope, action: str, code: str, ward_code: str) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        ward_code=ward_code,
        details={"address": code},
    )


def _dates_reversed(pointer: str) -> Invalid:
    return _wrong(pointer, "dates_reversed")


def _wrong(pointer: str, code: str, **facts: Any) -> Invalid:
    return invalid_field(pointer, code, **facts)
