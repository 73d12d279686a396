"""Change a stay: amend, extend, change room, depart and undo that, void."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from asm.api.access import provide_changing_actor
from asm.api.again.if_match import IfMatch, etag_of_version, version_of
from asm.api.problems import documented, unavailable
from asm.api.v1.idempotency import REPLAYED, IdempotencyKey
from asm.headers import Header
from asm.stays.change import Changed, change_stay
from asm.stays.changes import (
    Amend,
    Change,
    ChangeRequest,
    Depart,
    Extend,
    MoveRoom,
    UndoDeparture,
    VoidStay,
)
from asm.stays.stay_at import StayAt


class VoidReason(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Why the declaration was a mistake."""

    reason: str


class NewDeparture(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """When the guest now plans to leave."""

    planned_departure_at: datetime


class NewRoom(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The room the guest moves to, by its name."""

    room: str


class Departure(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """When the guest left; absent: now."""

    departed_at: datetime | None = None


def change_request(
    facility_id: UUID,
    stay_id: UUID,
    change: Change,
    *,
    key: str | None = None,
    version: int | None = None,
) -> ChangeRequest:
    """A change as the interface asks for it: the same however it came in, so that a resend by
    another operation is a resend.
    """
    expected = () if version is None else (b"%d" % version,)
    ids = (facility_id.bytes, stay_id.bytes)
    body = b"\x1f".join((change.word.encode(), *ids, msgspec.json.encode(change), *expected))
    return ChangeRequest(
        facility_id=facility_id,
        stay_id=stay_id,
        change=change,
        via="api",
        expected_version=version,
        key=key,
        body=body,
    )


async def _change(
    stay_at: StayAt, change: Change, key: str | None, if_match: str | None
) -> Response[Changed]:
    version = version_of(if_match)
    changed = await change_stay(
        stay_at.access,
        change_request(stay_at.facility_id, stay_at.stay_id, change, key=key, version=version),
    )
    tag = {Header.ETAG: etag_of_version(changed.receipt.version)}
    return Response(changed, status_code=200, headers=tag | (REPLAYED if changed.replayed else {}))


_CHANGE_ANSWERS = documented(401, 403, 404, 409, 412, 422, unavailable())
_WHO_CHANGES = {"actor": Provide(provide_changing_actor)}


@patch(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}",
    operation_id="amendStay",
    responses=_CHANGE_ANSWERS,
    dependencies=_WHO_CHANGES,
)
async def amend(
    stay_at: NamedDependency[StayAt],
    data: JSONBody[Amend],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response[Changed]:
    """Correct a stay. An absent field stays and null empties it, within `guest` too; when it was
    received and due never changes.
    """
    return await _change(stay_at, data, idempotency_key, if_match)


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/extension",
    operation_id="extendStay",
    status_code=200,
    responses=_CHANGE_ANSWERS,
    dependencies=_WHO_CHANGES,
)
async def extend(
    stay_at: NamedDependency[StayAt],
    data: JSONBody[NewDeparture],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response[Changed]:
    """The guest stays longer, or plans to leave earlier."""
    return await _change(
        stay_at, Extend(planned_departure_at=data.planned_departure_at), idempotency_key, if_match
    )


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/room",
    operation_id="moveStay",
    status_code=200,
    responses=_CHANGE_ANSWERS,
    dependencies=_WHO_CHANGES,
)
async def move(
    stay_at: NamedDependency[StayAt],
    data: JSONBody[NewRoom],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response[Changed]:
    """The guest changes rooms."""
    return await _change(stay_at, MoveRoom(room=data.room), idempotency_key, if_match)


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/departure",
    operation_id="departStay",
    status_code=200,
    responses=_CHANGE_ANSWERS,
    dependencies=_WHO_CHANGES,
)
async def depart(
    stay_at: NamedDependency[StayAt],
    data: JSONBody[Departure],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response[Changed]:
    """The guest has left."""
    return await _change(stay_at, Depart(departed_at=data.departed_at), idempotency_key, if_match)


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/undo-departure",
    operation_id="undoDeparture",
    status_code=200,
    responses=_CHANGE_ANSWERS,
)
async def undo_departure(
    stay_at: NamedDependency[StayAt],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response[Changed]:
    """The guest has not left after all: within 24 hours after the departure was recorded."""
    return await _change(stay_at, UndoDeparture(), idempotency_key, if_match)


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/void",
    operation_id="voidStay",
    status_code=200,
    responses=_CHANGE_ANSWERS,
    dependencies=_WHO_CHANGES,
)
async def void(
    stay_at: NamedDependency[StayAt],
    data: JSONBody[VoidReason],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response[Changed]:
    """The declaration was a mistake: it stays on record, marked void."""
    return await _change(stay_at, VoidStay(reason=data.reason), idempotency_key, if_match)


HANDLERS = [amend, extend, move, depart, undo_departure, void]
