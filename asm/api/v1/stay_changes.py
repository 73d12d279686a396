"""Change a stay: amend, extend, change room, depart, void."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.api.problems import documented
from asm.api.v1.idempotency import REPLAYED, IdempotencyKey
from asm.identity.vault.keys import Keys
from asm.stays.change import Changed, change_stay
from asm.stays.changes import Amend, Change, ChangeRequest, Depart, Extend, MoveRoom, VoidStay


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


async def _change(
    session: AsyncSession,
    keys: Keys,
    actor: Actor,
    target: tuple[UUID, UUID],
    change: Change,
    key: str | None,
    version: int | None = None,
) -> Response[Changed]:
    facility_id, stay_id = target
    body = b"\x1f".join(
        (change.word.encode(), facility_id.bytes, stay_id.bytes, msgspec.json.encode(change))
    )
    changed = await change_stay(
        session,
        keys,
        actor,
        ChangeRequest(
            facility_id=facility_id,
            stay_id=stay_id,
            change=change,
            via="api",
            expected_version=version,
            key=key,
            body=body,
        ),
    )
    return Response(changed, status_code=200, headers=REPLAYED if changed.replayed else {})


_CHANGE_ANSWERS = documented(401, 403, 404, 409, 422, 503)


@patch(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}",
    operation_id="amendStay",
    responses=_CHANGE_ANSWERS,
)
async def amend(
    facility_id: FromPath[UUID],
    stay_id: FromPath[UUID],
    data: JSONBody[Amend],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    expected_version: FromQuery[int | None] = None,
) -> Response[Changed]:
    """Correct a stay. Absent fields stay; when it was received and due never changes."""
    return await _change(session, keys, actor, (facility_id, stay_id), data, None, expected_version)


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/extension",
    operation_id="extendStay",
    status_code=200,
    responses=_CHANGE_ANSWERS,
)
async def extend(
    facility_id: FromPath[UUID],
    stay_id: FromPath[UUID],
    data: JSONBody[NewDeparture],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    idempotency_key: IdempotencyKey = None,
) -> Response[Changed]:
    """The guest stays longer, or plans to leave earlier."""
    change = Extend(planned_departure_at=data.planned_departure_at)
    return await _change(session, keys, actor, (facility_id, stay_id), change, idempotency_key)


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/room",
    operation_id="moveStay",
    status_code=200,
    responses=_CHANGE_ANSWERS,
)
async def move(
    facility_id: FromPath[UUID],
    stay_id: FromPath[UUID],
    data: JSONBody[NewRoom],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    idempotency_key: IdempotencyKey = None,
) -> Response[Changed]:
    """The guest changes rooms."""
    change = MoveRoom(room=data.room)
    return await _change(session, keys, actor, (facility_id, stay_id), change, idempotency_key)


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/departure",
    operation_id="departStay",
    status_code=200,
    responses=_CHANGE_ANSWERS,
)
async def depart(
    facility_id: FromPath[UUID],
    stay_id: FromPath[UUID],
    data: JSONBody[Departure],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    idempotency_key: IdempotencyKey = None,
) -> Response[Changed]:
    """The guest has left."""
    change = Depart(departed_at=data.departed_at)
    return await _change(session, keys, actor, (facility_id, stay_id), change, idempotency_key)


@post(
    "/facilities/{facility_id:uuid}/stays/{stay_id:uuid}/void",
    operation_id="voidStay",
    status_code=200,
    responses=_CHANGE_ANSWERS,
)
async def void(
    facility_id: FromPath[UUID],
    stay_id: FromPath[UUID],
    data: JSONBody[VoidReason],
    actor: NamedDependency[Actor],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    idempotency_key: IdempotencyKey = None,
) -> Response[Changed]:
    """The declaration was a mistake: it stays on record, marked void."""
    change = VoidStay(reason=data.reason)
    return await _change(session, keys, actor, (facility_id, stay_id), change, idempotency_key)


HANDLERS = [amend, extend, move, depart, void]
