"""One change of areas from its file to the last running stay: areas, facilities, guests."""

import asyncio
from pathlib import Path

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.roles import DatabaseRole, act_as
from asm.db.session import one_transaction
from asm.facilities.reassign import reassign_facilities
from asm.geo.areas.event_file import ReadEvent, read_event_file
from asm.geo.areas.events import RecordedEvent, record_event
from asm.stays.move_to_new_ward import move_stays_to_new_ward

#: How often, half a second apart, to look whether declarations begun before have ended.
LOOKS = 40

_XID = text("SELECT pg_current_xact_id()::text::bigint")
_ENDED = text("SELECT CAST(:xid AS bigint) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


class AreaChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an event came to. `settled`: every declaration that began before it has ended and was
    looked at; otherwise run the same command again later.
    """

    event: RecordedEvent
    facilities_moved: int
    addresses_moved: int
    stays_handed_over: int
    settled: bool
    dry_run: bool = False


async def change_areas(engine: AsyncEngine, path: Path, *, dry_run: bool = False) -> AreaChange:
    """Record the event of a file and let facilities and running stays follow. Idempotent.

    `engine` belongs to the owner, who may act as asm_keeper. Raises what `read_event_file` and
    `record_event` do, before anything is changed.
    """
    read = await asyncio.to_thread(read_event_file, path)
    async with one_transaction(engine) as session:
        change, xid = await _apply(session, read)
        if dry_run:
            await session.rollback()
            return msgspec.structs.replace(change, dry_run=True)
    settled = await _others_ended(engine, xid)
    async with one_transaction(engine) as session:
        late = await _follow(session, change.event)
    return msgspec.structs.replace(
        change,
        settled=settled,
        facilities_moved=change.facilities_moved + late.facilities_moved,
        addresses_moved=change.addresses_moved + late.addresses_moved,
        stays_handed_over=change.stays_handed_over + late.stays_handed_over,
    )


async def _apply(session: AsyncSession, read: ReadEvent) -> tuple[AreaChange, int]:
    change = await _follow(session, await record_event(session, read))
    xid: int = (await session.execute(_XID)).scalar_one()
    return change, xid


async def _follow(session: AsyncSession, event: RecordedEvent) -> AreaChange:
    """Let everything that names a ward of before go where it is now; again, what came meanwhile."""
    await act_as(session, DatabaseRole.KEEPER)
    moved = await reassign_facilities(session, event)
    return AreaChange(
        event=event,
        facilities_moved=moved.facilities,
        addresses_moved=moved.addresses,
        stays_handed_over=await move_stays_to_new_ward(session, event.id),
        settled=False,
    )


async def _others_ended(engine: AsyncEngine, xid: int) -> bool:
    """Whether all transactions that began before ours have ended, within twenty seconds."""
    for _ in range(LOOKS):
        async with one_transaction(engine) as session:
            ended: bool = (await session.execute(_ENDED, {"xid": xid})).scalar_one()
        if ended:
            return True
        await asyncio.sleep(0.5)
    return False
