"""What has changed in a facility since somebody last looked, for a phone that shows its stays
without signal.

1. Without a position: the stays that are there or ended lately, by id; the first page remembers up
   to which transaction everything was committed then.
2. When these are read, the changes from that transaction on. What changed meanwhile comes again.
3. A page holds each stay once, as it stands now; one that is no more is told as gone.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, bindparam, text

from asm.accounts.access import Access
from asm.db.base import vietnam_time
from asm.db.statements import read_statements
from asm.facilities.scope import facility_in_scope, require_member
from asm.stays.feed.position import Position, read_position
from asm.stays.queries import IN_HOUSE_DAYS, StayView, stays_of_ids

#: How long a stay that has ended is among the first ones.
SHOWN_DAYS: Final = 30
_SQL = read_statements(__name__)
_HORIZON = text(_SQL["horizon"])
_FIRST = text(_SQL["first"]).bindparams(
    bindparam("facility", type_=Uuid), bindparam("after", type_=Uuid)
)
_SINCE = text(_SQL["since"]).bindparams(
    bindparam("facility", type_=Uuid),
    bindparam("stay", type_=Uuid),
    bindparam("version", type_=Integer),
)


class StayChange(msgspec.Struct, frozen=True, kw_only=True):
    """`stay` as it stands now; null where it is gone. `gone`: `removed`."""

    stay_id: UUID
    gone: str | None = None
    stay: StayView | None = None


class StayChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Apply them in order; a stay may come more than once, and its `version` never goes back.
    `next` is the `since` of the next reading, also where `more` is false.
    """

    changes: list[StayChange]
    next: str
    more: bool


async def stay_changes(
    access: Access, facility_id: UUID, since: str | None, limit: int
) -> StayChanges:
    """One page. Raises not_found, NotAllowed, Invalid `changes_since`, Expired."""
    facility = await facility_in_scope(access, facility_id)
    require_member(access.actor, facility)
    horizon = (await access.session.execute(_HORIZON)).one()
    today = vietnam_time(access.actor.now).date()
    if since is None:
        position = Position(
            phase="first",
            epoch=horizon.epoch,
            facility_id=facility.id,
            given_on=today,
            xid=horizon.xid,
        )
    else:
        position = read_position(since, facility_id=facility.id, epoch=horizon.epoch, today=today)
    read = _read_first if position.phase == "first" else _read_since
    ids, behind, more = await read(access, position, limit)
    stays = await stays_of_ids(access, facility.id, ids, "stays.changes_read")
    return StayChanges(
        changes=[_change(stay_id, stays.get(stay_id)) for stay_id in ids],
        next=msgspec.structs.replace(behind, given_on=today).text(),
        more=more,
    )


def _change(stay_id: UUID, stay: StayView | None) -> StayChange:
    return StayChange(stay_id=stay_id, gone="removed" if stay is None else None, stay=stay)


_Page = tuple[list[UUID], Position, bool]


async def _read_first(access: Access, position: Position, limit: int) -> _Page:
    """Behind the last of them changes follow, so there is always more."""
    now = access.actor.now
    rows: Any = await access.session.execute(
        _FIRST,
        {
            "facility": position.facility_id,
            "after": position.stay_id,
            "since": now - timedelta(days=IN_HOUSE_DAYS),
            "shown": now - timedelta(days=SHOWN_DAYS),
            "most": limit,
        },
    )
    ids = list(rows.scalars())
    if len(ids) == limit:
        return ids, msgspec.structs.replace(position, stay_id=ids[-1]), True
    changes = Position(
        phase="changes",
        epoch=position.epoch,
        facility_id=position.facility_id,
        given_on=position.given_on,
        xid=position.xid,
    )
    return ids, changes, True


async def _read_since(access: Access, position: Position, limit: int) -> _Page:
    rows = (
        await access.session.execute(
            _SINCE,
            {
                "facility": position.facility_id,
                "xid": str(position.xid),
                "stay": position.stay_id,
                "version": position.version,
                "most": limit,
            },
        )
    ).all()
    if not rows:
        return [], position, False
    last = rows[-1]
    behind = msgspec.structs.replace(
        position, xid=last.xid, stay_id=last.stay_id, version=last.version
    )
    # Of several changes of one stay the last place counts.
    ids = list(dict.fromkeys(row.stay_id for row in reversed(rows)))[::-1]
    return ids, behind, len(rows) == limit
