"""Load, list and remove watch lists. Numbers are hashed as they are read and kept nowhere.

Run by an operator on the server for the provincial police, and by the worker for what an owner
confirmed on the page (`asm.checks.watchlist.uploads`); the worker does all that follows. The
hashes are made by the vault's index key, in both slots while that key rotates; see
asm/identity/vault/rewatch.py for how they come along.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.model import account
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.audit.trail import record
from asm.checks.flags.model import watch_list
from asm.checks.watchlist.watch_file import BrokenLine, read_watch_file
from asm.db.actor_kinds import OPERATOR
from asm.db.base import new_id, vietnam_time
from asm.db.rls import database_now
from asm.db.statements import read_statements
from asm.errors import Invalid, not_found
from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import BlindIndex, blind_index
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

OWNER_ROLE: Final = PROVINCIAL_OFFICER
#: Broken lines that are named; all are counted.
MOST_NAMED: Final = 100
_CHUNK: Final = 5_000

_ADD = text("""
INSERT INTO vault.watch_entry (list_id, id, index_a, index_b)
SELECT :list, id, index_a, index_b
FROM unnest(CAST(:ids AS uuid[]), CAST(:a AS bytea[]), CAST(:b AS bytea[]))
  AS told (id, index_a, index_b)
ON CONFLICT DO NOTHING
""")
_CLEAR = text("DELETE FROM vault.watch_entry WHERE list_id = :list")
_LISTS = text("""
SELECT id, owner_id, name, reason, valid_until, loaded_at, removed_at,
  (SELECT count(*) FROM vault.watch_entry WHERE list_id = watch_list.id) AS documents
FROM watch_list ORDER BY removed_at NULLS FIRST, loaded_at, id
""")
_SQL = read_statements(__name__)
_TO_LOOK_AT = text(_SQL["to_look_at"])


class ListDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What is told about a list: the last day on which it holds is `valid_until`."""

    owner_id: UUID | None
    name: str
    reason: str
    valid_until: date


class ListLoaded(msgspec.Struct, frozen=True, kw_only=True):
    """Counts that add up: documents + duplicates + broken = lines with something on them.
    `stays_to_check` present guests are looked at by the worker now.
    """

    id: UUID
    documents: int
    duplicates: int
    broken: int
    broken_lines: list[BrokenLine]
    stays_to_check: int


class ListView(msgspec.Struct, frozen=True, kw_only=True):
    """One list without its numbers, which nobody can read."""

    id: UUID
    owner_id: UUID
    name: str
    reason: str
    valid_until: date
    loaded_at: datetime
    removed_at: datetime | None
    documents: int


async def load_watchlist(
    session: AsyncSession,
    keys: Keys,
    actor: Actor | None,
    description: ListDescription,
    data: bytes,
) -> ListLoaded:
    """Make the list of this owner and name hold exactly the good lines of `data`.

    Raises Invalid for a file or a description that cannot be used, or without one good line: then
    the former list stays.
    """
    owner_id = await _owner(session, description)
    broken: list[BrokenLine] = []
    read = 0
    hashes: dict[bytes, BlindIndex] = {}
    for item in read_watch_file(data):
        if isinstance(item, BrokenLine):
            broken.append(item)
            continue
        read += 1
        index = blind_index(keys, item.document_type, item.number, item.nationality)
        hashes[index.value] = index
    if not hashes:
        raise Invalid("watch_list_empty", outcome=broken[:MOST_NAMED])
    list_id, looked_at = await replace_list(session, owner_id, description, list(hashes.values()))
    await write_down(session, actor, "watch_list.loaded", list_id, len(hashes), len(broken))
    return ListLoaded(
        id=list_id,
        documents=len(hashes),
        duplicates=read - len(hashes),
        broken=len(broken),
        broken_lines=broken[:MOST_NAMED],
        stays_to_check=looked_at,
    )


async def replace_list(
    session: AsyncSession,
    owner_id: UUID,
    description: ListDescription,
    hashes: Sequence[BlindIndex],
) -> tuple[UUID, int]:
    """Make the owner's list of this name hold these; its id, and how many present guests are looked
    at by the worker now. Only for who has checked the description.
    """
    list_id = await _store(session, owner_id, description, len(hashes))
    await _fill(session, list_id, hashes)
    return list_id, await _look_again(session, list_id)


async def clear_watchlist(session: AsyncSession, list_id: UUID) -> None:
    """Forget the hashes of a list that has ended; the worker closes its flags."""
    await _look_again(session, list_id)
    await session.execute(_CLEAR, {"list": list_id})


async def remove_watchlist(session: AsyncSession, actor: Actor | None, list_id: UUID) -> ListView:
    """End a list: its hashes are deleted, its flags close. Raises not_found."""
    ended = await session.execute(
        update(watch_list)
        .where(watch_list.c.id == list_id, watch_list.c.removed_at.is_(None))
        .values(removed_at=func.clock_timestamp())
        .returning(watch_list.c.id)
    )
    if ended.one_or_none() is None:
        raise not_found("watch_list")
    view = next(list_view for list_view in await watchlists(session) if list_view.id == list_id)
    await clear_watchlist(session, list_id)
    await write_down(session, actor, "watch_list.removed", list_id, view.documents, 0)
    return view


async def watchlists(session: AsyncSession) -> list[ListView]:
    """All lists with how many documents are on each, those in force first."""
    rows = await session.execute(_LISTS)
    return [msgspec.convert(row, ListView) for row in rows.mappings()]


async def _owner(session: AsyncSession, description: ListDescription) -> UUID:
    owner_ids = await session.execute(
        select(account.c.id).where(
            account.c.id == description.owner_id, account.c.role == OWNER_ROLE
        )
    )
    owner: UUID | None = owner_ids.scalar_one_or_none()
    if owner is None:
        raise Invalid("watch_list_owner")
    await check_description(session, description)
    return owner


async def check_description(session: AsyncSession, description: ListDescription) -> None:
    """Raises Invalid `watch_list_unexplained`, `watch_list_expired`."""
    if not description.name.strip() or not description.reason.strip():
        raise Invalid("watch_list_unexplained")
    today = vietnam_time(await database_now(session)).date()
    if description.valid_until < today:
        raise Invalid("watch_list_expired")


async def _store(
    session: AsyncSession, owner_id: UUID, description: ListDescription, documents: int
) -> UUID:
    added = insert(watch_list).values(
        id=new_id(),
        owner_id=owner_id,
        name=description.name.strip(),
        reason=description.reason.strip(),
        valid_until=description.valid_until,
        documents=documents,
    )
    changed = added.on_conflict_do_update(
        index_elements=["owner_id", "name"],
        set_={
            "reason": added.excluded.reason,
            "valid_until": added.excluded.valid_until,
            "loaded_at": func.clock_timestamp(),
            "removed_at": None,
            "end_reason": None,
            "documents": added.excluded.documents,
        },
    )
    stored: UUID = (await session.execute(changed.returning(watch_list.c.id))).scalar_one()
    return stored


async def _fill(session: AsyncSession, list_id: UUID, hashes: Sequence[BlindIndex]) -> None:
    await session.execute(_CLEAR, {"list": list_id})
    for start in range(0, len(hashes), _CHUNK):
        some = hashes[start : start + _CHUNK]
        await session.execute(
            _ADD,
            {
                "list": list_id,
                "ids": [new_id() for _ in some],
                "a": [index.a for index in some],
                "b": [index.b for index in some],
            },
        )


async def _look_again(session: AsyncSession, list_id: UUID) -> int:
    """Let the worker look at present guests on the list, and at the flags it had raised."""
    rows = (await session.execute(_TO_LOOK_AT, {"list": list_id})).all()
    await enqueue(
        session,
        Topic.STAY_CHANGED,
        [(row.facility_id, {"stay_id": str(row.id), "version": row.version}) for row in rows],
    )
    return len(rows)


async def write_down(
    session: AsyncSession, actor: Actor | None, action: str, list_id: UUID, good: int, broken: int
) -> None:
    """Into the audit trail; without an actor, as the operator's."""
    await record(
        session,
        actor_id=actor.id if actor else None,
        actor_role=actor.role if actor else OPERATOR,
        action=action,
        subject_id=list_id,
        details={"documents": good, "broken": broken},
    )
