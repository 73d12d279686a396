"""Watch lists as their owner keeps them on a page: a file is read and shown, then confirmed.

Between the two stand keyed hashes alone, for a quarter of an hour, one file an owner. The web
process writes them and cannot read them again; what was confirmed or ended the worker carries out.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from asm.accounts.access import Access, Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.accounts.sessions import without_connection
from asm.audit.trail import record
from asm.checks.flags.model import watch_list, watch_upload
from asm.checks.watchlist.load_watchlist import (
    ListDescription,
    check_description,
)
from asm.checks.watchlist.watch_file import WatchedDocument
from asm.db.base import NO_FACILITY, new_id, vietnam_time
from asm.errors import Conflict, Invalid, invalid_field, not_found
from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import BlindIndex, blind_index
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

LONGEST_TEXT: Final = 200
_HELD: Final = (
    "id", "name", "reason", "valid_until", "documents", "broken", "expires_at", "confirmed_at",
)  # fmt: skip


class HeldUpload(msgspec.Struct, frozen=True, kw_only=True):
    """What a file held, until its owner says yes; never a number."""

    id: UUID
    name: str
    reason: str
    valid_until: date
    documents: int
    broken: int
    expires_at: datetime
    confirmed_at: datetime | None


class OwnList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the actor's. `in_force`: it was not ended, and its last day has not passed."""

    id: UUID
    name: str
    reason: str
    valid_until: date
    loaded_at: datetime
    removed_at: datetime | None
    end_reason: str | None
    documents: int | None
    in_force: bool


async def own_lists(scope: Scope) -> list[OwnList]:
    """The actor's own, those in force first. Raises NotAllowed."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    today = vietnam_time(scope.actor.now).date()
    in_force = watch_list.c.removed_at.is_(None) & (watch_list.c.valid_until >= today)
    rows = await scope.session.execute(
        select(
            *(watch_list.c[name] for name in OwnList.__struct_fields__ if name != "in_force"),
            in_force.label("in_force"),
        )
        .where(watch_list.c.owner_id == scope.actor.id)
        .order_by(in_force.desc(), watch_list.c.loaded_at.desc(), watch_list.c.id)
    )
    return [OwnList(**row) for row in rows.mappings()]


async def own_list(scope: Scope, list_id: UUID) -> OwnList:
    """Raises NotAllowed, not_found (`watch_list`) for what is not the actor's."""
    lists = {each.id: each for each in await own_lists(scope)}
    if list_id not in lists:
        raise not_found("watch_list")
    return lists[list_id]


async def hold_upload(
    access: Access, description: ListDescription, documents: Sequence[WatchedDocument], broken: int
) -> HeldUpload:
    """Keep the documents' hashes for a quarter of an hour, in the place of what the actor uploaded
    before, unless they said yes to that and it is not loaded yet. Raises NotAllowed, Invalid for a
    description that cannot be used, without a document, and `watch_upload_waits`.
    """
    require_role(access.actor, PROVINCIAL_OFFICER)
    await _check(access, description)
    if not documents:
        raise Invalid("watch_list_empty")
    async with without_connection(access):
        hashes = await asyncio.to_thread(_hash, access.keys, documents)
    session = access.session
    await session.execute(
        delete(watch_upload).where(
            watch_upload.c.owner_id == access.actor.id, watch_upload.c.confirmed_at.is_(None)
        )
    )
    held = await session.execute(
        insert(watch_upload)
        .values(
            owner_id=access.actor.id,
            id=new_id(),
            name=description.name.strip(),
            reason=description.reason.strip(),
            valid_until=description.valid_until,
            documents=len(hashes),
            broken=broken,
            index_a=[index.a for index in hashes],
            index_b=[index.b for index in hashes],
            found_by=_slots(access.keys),
        )
        .on_conflict_do_nothing()
        .returning(*(watch_upload.c[name] for name in _HELD))
    )
    row = held.mappings().one_or_none()
    if row is None:
        raise invalid_field("/file", "watch_upload_waits")
    upload = HeldUpload(**row)
    await _record(
        access,
        "watch_list.previewed",
        upload.id,
        {"documents": upload.documents, "broken": broken},
    )
    return upload


async def held_upload(scope: Scope) -> HeldUpload | None:
    """What of the actor's waits: for their yes, or confirmed for the worker. Raises NotAllowed."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    rows = await scope.session.execute(
        select(*(watch_upload.c[name] for name in _HELD)).where(
            watch_upload.c.owner_id == scope.actor.id,
            (watch_upload.c.expires_at > func.clock_timestamp())
            | watch_upload.c.confirmed_at.is_not(None),
        )
    )
    row = rows.mappings().one_or_none()
    return HeldUpload(**row) if row else None


async def confirm_upload(access: Access, upload_id: UUID) -> HeldUpload:
    """Say yes to what is held: the worker makes the list of it. Raises NotAllowed, Conflict
    `watch_upload_gone` where there is none such, it waited too long or a key changed meanwhile.
    """
    require_role(access.actor, PROVINCIAL_OFFICER)
    done = await access.session.execute(
        update(watch_upload)
        .where(
            watch_upload.c.id == upload_id,
            watch_upload.c.owner_id == access.actor.id,
            watch_upload.c.confirmed_at.is_(None),
            watch_upload.c.expires_at > func.clock_timestamp(),
            watch_upload.c.found_by == _slots(access.keys),
        )
        .values(confirmed_at=func.clock_timestamp())
        .returning(*(watch_upload.c[name] for name in _HELD))
    )
    row = done.mappings().one_or_none()
    if row is None:
        raise Conflict("watch_upload_gone")
    upload = HeldUpload(**row)
    await _post(access, Topic.WATCH_LIST_CONFIRMED, {"upload_id": str(upload.id)})
    await _record(access, "watch_list.confirmed", upload.id, {"documents": upload.documents})
    return upload


async def cancel_upload(scope: Scope, upload_id: UUID) -> None:
    """Forget what is held and was not confirmed; that there is none is no error."""
    require_role(scope.actor, PROVINCIAL_OFFICER)
    await scope.session.execute(
        delete(watch_upload).where(
            watch_upload.c.id == upload_id,
            watch_upload.c.owner_id == scope.actor.id,
            watch_upload.c.confirmed_at.is_(None),
        )
    )


async def end_list(scope: Scope, list_id: UUID, reason: str) -> str:
    """End a list of the actor's now, and say why; its name. Raises NotAllowed, Invalid
    `watch_end_reason`, not_found (`watch_list`) for what is not theirs or has ended.
    """
    require_role(scope.actor, PROVINCIAL_OFFICER)
    if not 3 <= len(reason.strip()) <= LONGEST_TEXT:
        raise invalid_field("/end_reason", "watch_end_reason", most=LONGEST_TEXT)
    name = await _change(
        scope, list_id, removed_at=func.clock_timestamp(), end_reason=reason.strip()
    )
    await _post(scope, Topic.WATCH_LIST_ENDED, {"list_id": str(list_id)})
    await _record(scope, "watch_list.removed", list_id, {})
    return name


async def change_last_day(scope: Scope, list_id: UUID, day: date) -> str:
    """Let a list in force hold until another day; its name. Raises NotAllowed, Invalid
    `watch_list_expired`, not_found (`watch_list`).
    """
    require_role(scope.actor, PROVINCIAL_OFFICER)
    if day < vietnam_time(scope.actor.now).date():
        raise invalid_field("/valid_until", "watch_list_expired")
    name = await _change(scope, list_id, valid_until=day)
    await _record(scope, "watch_list.last_day_changed", list_id, {"until": day.isoformat()})
    return name


async def _check(access: Access, description: ListDescription) -> None:
    for pointer, said in (("/name", description.name), ("/reason", description.reason)):
        if not said.strip() or len(said.strip()) > LONGEST_TEXT or not said.strip().isprintable():
            raise invalid_field(pointer, "watch_list_text", most=LONGEST_TEXT)
    await check_description(access.session, description)


async def _change(scope: Scope, list_id: UUID, **values: object) -> str:
    done = await scope.session.execute(
        update(watch_list)
        .where(
            watch_list.c.id == list_id,
            watch_list.c.owner_id == scope.actor.id,
            watch_list.c.removed_at.is_(None),
            watch_list.c.valid_until >= vietnam_time(scope.actor.now).date(),
        )
        .values(**values)
        .returning(watch_list.c.name)
    )
    name: str | None = done.scalar_one_or_none()
    if name is None:
        raise not_found("watch_list")
    return name


def _hash(keys: Keys, documents: Iterable[WatchedDocument]) -> list[BlindIndex]:
    """Once each: a document that stands in a file twice is one."""
    hashed = (
        blind_index(keys, each.document_type, each.number, each.nationality) for each in documents
    )
    return list({index.value: index for index in hashed}.values())


def _slots(keys: Keys) -> str:
    """Which index keys the hashes are of: they find nobody once others have come."""
    return f"{keys.index.slot}+" if keys.also else keys.index.slot


async def _post(scope: Scope, topic: Topic, payload: dict[str, str]) -> None:
    await enqueue(scope.session, topic, [(NO_FACILITY, payload | {"by": str(scope.actor.id)})])


async def _record(scope: Scope, action: str, subject: UUID, details: dict[str, object]) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        subject_id=subject,
        details=details,
    )
