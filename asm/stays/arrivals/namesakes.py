"""Guests who are in the house and may be one who is declared without a number.

Asked for those alone: a name with a year of birth is little to go by, but who declares can tell.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select

from asm.accounts.access import Access
from asm.db.base import vietnam_time
from asm.identity.vault.model import guest_record
from asm.identity.vault.sealing import name_index
from asm.stays.intake.build_rows import EntryRows
from asm.stays.model import stay
from asm.stays.open_guests import open_guests
from asm.stays.rules.periods import overlap, period_of
from asm.stays.rules.same_person import may_be_one_person

#: Who came longer ago than this is not looked for: stays are shorter than 30 days.
_LOOKED_BACK: Final = timedelta(days=31)


async def rows_with_namesakes(access: Access, rows: Sequence[EntryRows]) -> Collection[UUID]:
    """The ids of those `rows`, of guests without a number in one facility, beside whom somebody
    stays who may be the same person. Whoever bears such a name is opened, and that is written down.
    """
    wanted = {row.stay.id: name_index(access.keys, row.entry.guest.full_name) for row in rows}
    bearers = await _of_the_names(access, rows, {index.value for index in wanted.values()})
    by_name: dict[bytes, list[Any]] = defaultdict(list)
    for known in bearers:
        by_name[bytes(known.name)].append(known)
    pairs = [
        (row, known)
        for row in rows
        for known in by_name[wanted[row.stay.id].value]
        if overlap(period_of(row.entry), period_of(known, known.departed_at))
    ]
    records = sorted({(known.facility_id, known.guest_record_id) for _, known in pairs})
    guests = await open_guests(access, records, "stay.opened_to_compare")
    return {
        row.stay.id
        for row, known in pairs
        if may_be_one_person(row.entry.guest, guests[known.guest_record_id])
    }


async def _of_the_names(
    access: Access, rows: Sequence[EntryRows], names: Collection[bytes]
) -> Sequence[Any]:
    since = min(row.entry.arrived_at for row in rows)
    slot = guest_record.c.name_a if access.keys.index.slot == "a" else guest_record.c.name_b
    chosen = (
        select(stay, slot.label("name"))
        .join(
            guest_record,
            (guest_record.c.facility_id == stay.c.facility_id)
            & (guest_record.c.id == stay.c.guest_record_id),
        )
        .where(
            stay.c.facility_id == rows[0].stay.facility_id,
            stay.c.arrived_at >= since - _LOOKED_BACK,
            stay.c.arrival_date >= vietnam_time(since - _LOOKED_BACK).date(),
            or_(stay.c.departed_at.is_(None), stay.c.departed_at >= since),
            func.stay_ends(
                stay.c.arrived_at, stay.c.planned_departure_at, stay.c.departed_at, stay.c.hourly
            )
            >= since,
            stay.c.voided_at.is_(None),
            slot.in_(names),
        )
    )
    return (await access.session.execute(chosen)).all()
