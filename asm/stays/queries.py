"""Read stays. Opening a guest always leaves an audit entry."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from asm.accounts.access import Access
from asm.db.base import vietnam_time
from asm.errors import not_found
from asm.facilities.model import facility
from asm.facilities.scope import facility_in_scope, require_ward
from asm.stays.changes import Depart
from asm.stays.entry import Guest
from asm.stays.model import identity_check, stay, stay_excuse, stay_version
from asm.stays.open_guests import open_guests
from asm.stays.receipts.stored import NEWEST
from asm.stays.rules.periods import UNDO_DEPARTURE
from asm.stays.stay_at import StayAt
from asm.stays.ward_then import listed_on, stay_in, ward_then

#: A stay is shorter than 30 days by law; one that was never closed and whose end was never told
#: stays listed for this long. A told end is believed, however far ahead it lies.
IN_HOUSE_DAYS = 400
Identity = Literal["verified", "does_not_match", "unknown", "not_yet_checked"]
#: What nobody has asked about, or cannot, or will not, is "not yet checked".
_ANSWERED: Final[dict[str | None, Identity]] = {
    "verified": "verified",
    "does_not_match": "does_not_match",
    "unknown": "unknown",
}
_EXCUSE: Final = (stay_excuse.c.facility_id == stay.c.facility_id) & (
    stay_excuse.c.stay_id == stay.c.id
)


class StayView(msgspec.Struct, frozen=True, kw_only=True):
    """One stay as its facility or its ward may see it, guest included. `identity` is what the
    population database answered about this very guest; `excused_by` the number of the incident
    that excuses a late one.
    """

    id: UUID
    facility_id: UUID
    facility_name: str
    version: int
    guest: Guest
    identity: Identity
    room: str | None
    arrived_at: datetime
    planned_departure_at: datetime | None
    departed_at: datetime | None
    hourly: bool
    reason: int | None
    reason_text: str | None
    receipt_number: str
    received_at: datetime
    due_at: datetime
    on_time: bool
    excused_by: int | None
    via: str
    voided_at: datetime | None
    void_reason: str | None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which page, counted from 1. Pages are short: each guest on one is opened and written down."""

    page: int = 1
    size: int = 100

    @property
    def skipped(self) -> int:
        return (self.page - 1) * self.size


FIRST_PAGE: Final = Window()
#: Beyond it nobody pages by hand; the database would count through all that it skips.
LAST_PAGE: Final = 1000


class StayPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list of stays. `total` and `late` count the whole list, not the page."""

    stays: list[StayView]
    total: int
    late: int
    page: int
    pages: int


async def stay_in_scope(stay_at: StayAt) -> StayView:
    """One stay with its guest. Raises not_found, alike for absent and out of scope."""
    scoped_facility = await facility_in_scope(stay_at.access, stay_at.facility_id)
    wanted = _rows().where(stay.c.facility_id == scoped_facility.id, stay.c.id == stay_at.stay_id)
    views = await _views(stay_at.access, wanted, "stay.read")
    if not views:
        raise not_found("stay")
    return views[0]


async def stays_of_ids(
    access: Access, facility_id: UUID, ids: Collection[UUID], purpose: str
) -> dict[UUID, StayView]:
    """Those of these stays of a facility in scope that there are, as they stand."""
    wanted = _rows().where(stay.c.facility_id == facility_id, stay.c.id.in_(ids))
    return {view.id: view for view in await _views(access, wanted, purpose)} if ids else {}


async def stays_in_house(
    access: Access, facility_id: UUID, window: Window = FIRST_PAGE
) -> StayPage:
    """Who is in this facility now, newest arrival first, those who should have left included."""
    scoped_facility = await facility_in_scope(access, facility_id)
    here = and_(
        stay.c.facility_id == scoped_facility.id,
        stay.c.voided_at.is_(None),
        or_(
            stay.c.arrived_at > access.actor.now - timedelta(days=IN_HOUSE_DAYS),
            stay.c.end_night >= vietnam_time(access.actor.now).date(),
        ),
        or_(stay.c.departed_at.is_(None), stay.c.departed_at > access.actor.now),
    )
    order = (stay.c.arrived_at.desc(), stay.c.id)
    return await _page(access, (here, order, window), "stays.in_house_read")


async def stays_just_left(
    access: Access, facility_id: UUID, window: Window = FIRST_PAGE
) -> StayPage:
    """Whose departure may still be undone, the last one first."""
    scoped_facility = await facility_in_scope(access, facility_id)
    recorded = select(stay_version.c.stay_id).where(
        stay_version.c.facility_id == scoped_facility.id,
        stay_version.c.change == Depart.word,
        stay_version.c.changed_at >= access.actor.now - UNDO_DEPARTURE,
    )
    left = and_(
        stay.c.facility_id == scoped_facility.id,
        stay.c.departed_at.is_not(None),
        stay.c.voided_at.is_(None),
        stay.c.id.in_(recorded),
    )
    order = (stay.c.departed_at.desc(), stay.c.id)
    return await _page(access, (left, order, window), "stays.departed_read")


async def recent_stays(access: Access, facility_id: UUID, window: Window = FIRST_PAGE) -> StayPage:
    """The stays of a facility by time of declaration, newest first, voided ones too."""
    scoped_facility = await facility_in_scope(access, facility_id)
    order = (stay.c.received_at.desc(), stay.c.id)
    wanted = (stay.c.facility_id == scoped_facility.id, order, window)
    return await _page(access, wanted, "stays.recent_read")


async def ward_guests(
    access: Access,
    ward_night: tuple[str, date],
    window: Window = FIRST_PAGE,
    only: Sequence[ColumnElement[bool]] = (),
) -> StayPage:
    """Everyone registered in the ward (code) for a night, each once in a facility, and those there
    that day alone, by the hour or not, as areas were that night; of these those that fulfil
    the conditions `only`, over columns of `stay`. The ward's own officer only.
    """
    ward_code, night = ward_night
    require_ward(access.actor, ward_code)
    here = and_(
        stay_in(await ward_then(access.session, ward_code), night),
        stay.c.voided_at.is_(None),
        listed_on(night),
        *only,
    )
    order = (facility.c.name, stay.c.room_name, stay.c.arrived_at, stay.c.id)
    return await _page(access, (here, order, window), "ward.guests_read")


async def _page(
    access: Access, wanted: tuple[ColumnElement[bool], Sequence[Any], Window], purpose: str
) -> StayPage:
    here, order, window = wanted
    late = func.count().filter(stay.c.on_time.is_(False))
    # The page first, from the stays alone: what belongs to each is joined to a hundred of them,
    # not to all of a night.
    chosen = (
        select(
            stay.c.facility_id,
            stay.c.id,
            stay.c.arrival_date,
            func.count().over().label("listed"),
            late.over().label("listed_late"),
        )
        .join(facility, facility.c.id == stay.c.facility_id)
        .where(here)
        .order_by(*order)
        .limit(window.size)
        .offset(window.skipped)
        .cte("chosen")
    )
    query = (
        _rows()
        .add_columns(chosen.c.listed, chosen.c.listed_late)
        .join(
            chosen,
            and_(
                chosen.c.facility_id == stay.c.facility_id,
                chosen.c.id == stay.c.id,
                chosen.c.arrival_date == stay.c.arrival_date,
            ),
        )
        .order_by(*order)
    )
    rows: Sequence[Any] = (await access.session.execute(query)).all()
    if rows or window.page == 1:
        total, total_late = (rows[0].listed, rows[0].listed_late) if rows else (0, 0)
    else:  # behind the last page
        counted = await access.session.execute(select(func.count(), late).where(here))
        total, total_late = counted.one()
    return StayPage(
        stays=await _opened(access, rows, purpose),
        total=total,
        late=total_late,
        page=window.page,
        pages=max(1, -(-total // window.size)),
    )


def _rows() -> Select[Any]:
    return (
        select(
            stay,
            facility.c.name.label("facility_name"),
            identity_check.c.status.label("identity"),
            stay_excuse.c.incident_number.label("excused_by"),
            stay_version.c.content,
        )
        .join(facility, facility.c.id == stay.c.facility_id)
        .join(stay_version, NEWEST)
        .outerjoin(
            identity_check,
            and_(
                identity_check.c.facility_id == stay.c.facility_id,
                identity_check.c.stay_id == stay.c.id,
                # An answer about the guest as told before says nothing of the one told now.
                identity_check.c.guest_record_id == stay.c.guest_record_id,
            ),
        )
        .outerjoin(stay_excuse, _EXCUSE)
    )


async def _views(access: Access, query: Select[Any], purpose: str) -> list[StayView]:
    return await _opened(access, (await access.session.execute(query)).all(), purpose)


async def _opened(access: Access, rows: Sequence[Any], purpose: str) -> list[StayView]:
    guests = await open_guests(
        access, [(row.facility_id, row.guest_record_id) for row in rows], purpose
    )
    return [_view(row, guests[row.guest_record_id]) for row in rows]


def _view(row: Any, guest: Guest) -> StayView:
    return StayView(
        id=row.id,
        facility_id=row.facility_id,
        facility_name=row.facility_name,
        version=row.version,
        guest=guest,
        identity=_ANSWERED.get(row.identity, "not_yet_checked"),
        room=row.room_name,
        arrived_at=vietnam_time(row.arrived_at),
        planned_departure_at=_local(row.planned_departure_at),
        departed_at=_local(row.departed_at),
        hourly=row.hourly,
        reason=row.reason,
        reason_text=row.content["reason_text"],
        receipt_number=row.receipt_number,
        received_at=vietnam_time(row.received_at),
        due_at=vietnam_time(row.due_at),
        on_time=row.on_time,
        excused_by=row.excused_by,
        via=row.via,
        voided_at=_local(row.voided_at),
        void_reason=row.void_reason,
    )


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else vietnam_time(moment)
