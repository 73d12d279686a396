"""What a citizen sees: every stay declared in the own name, and everybody who looked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.citizens.sessions import Citizen
from asm.db.base import vietnam_time
from asm.errors import not_found
from asm.variables.dated_days import DatedDays

_STAYS: Final = text("SELECT * FROM citizen_stays(:token)")
_LOOK_UPS: Final = text(
    "SELECT * FROM citizen_look_ups(:token, CAST(:delays AS jsonb), :skipped, :most)"
)
_OPENINGS: Final = text("SELECT * FROM citizen_openings(:token, :most)")
_DISPUTES: Final = text("SELECT citizen_disputes(:token, :facility, :stay)")
PAGE_SIZE: Final = 200
MOST_OPENINGS: Final = 20
#: By a receipt, and through a broken glass that nobody has reviewed, a look-up shows so much later;
#: the functions of the database hold it (0036_citizens.psql).
HELD_DAYS: Final = 30


class OwnStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay that was declared in the citizen's name. `disputed_at`: when they said it was not
    them.
    """

    stay_id: UUID
    facility_id: UUID
    facility_name: str
    ward_name: str
    province_name: str
    arrived_at: datetime
    planned_departure_at: datetime | None
    departed_at: datetime | None
    voided_at: datetime | None
    receipt_number: str
    received_at: datetime
    disputed_at: datetime | None


class SeenBy(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked. `by_number`: a look-up of this person; else an officer opened what was
    declared, among `people` at once. The office is named, the officer is not; `code` is what to
    quote when one asks about it.
    """

    code: str
    at: datetime
    by_number: bool
    role: str
    ward_name: str | None
    province_name: str | None
    reason: str | None
    people: int


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """When this page was opened with all that is in one's name; `code` is what to quote."""

    code: str
    at: datetime


class SeenByPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of who looked, the newest first."""

    lines: list[SeenBy]
    total: int
    page: int
    pages: int


async def own_stays(session: AsyncSession, citizen: Citizen) -> list[OwnStay]:
    """Every stay that the sign-in opens, the newest first; void ones too."""
    rows = await session.execute(_STAYS, {"token": citizen.token_hash})
    return [OwnStay(**_local(row)) for row in rows.mappings()]


async def seen_by(
    session: AsyncSession, citizen: Citizen, delays: Sequence[DatedDays], page: int = 1
) -> SeenByPage:
    """Who looked. `delays`: how many days later that shows, for look-ups from which day on; nothing
    is left out for good.

    The Law on Personal Data Protection (91/2025/QH15, Art. 4) lets people know who processed their
    data, and leaves it to other laws where telling at once would frustrate an inquiry. By a receipt
    it shows HELD_DAYS later and without the reason: who works at the desk holds one too. Which
    delay holds beyond that is the deployment's to say, with the day from which it holds: a later
    change delays nothing that was to be shown before.
    """
    rows = (
        await session.execute(
            _LOOK_UPS,
            {
                "token": citizen.token_hash,
                "delays": msgspec.json.encode(delays).decode(),
                "skipped": (page - 1) * PAGE_SIZE,
                "most": PAGE_SIZE,
            },
        )
    ).all()
    total = rows[0].in_all if rows else 0
    return SeenByPage(
        lines=[_seen(row) for row in rows],
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


async def own_openings(session: AsyncSession, citizen: Citizen) -> list[Opening]:
    """The last twenty, this one too; none by a receipt."""
    rows = await session.execute(_OPENINGS, {"token": citizen.token_hash, "most": MOST_OPENINGS})
    return [Opening(code=row.id.hex[-8:].upper(), at=vietnam_time(row.at)) for row in rows]


async def dispute_stay(
    session: AsyncSession, citizen: Citizen, facility_id: UUID, stay_id: UUID
) -> None:
    """Say of a stay in one's name: this was not me. The ward is told; twice is once. Raises
    not_found for a stay that the sign-in does not open.
    """
    result = await session.execute(
        _DISPUTES, {"token": citizen.token_hash, "facility": facility_id, "stay": stay_id}
    )
    if not result.scalar_one():
        raise not_found("stay")


def _seen(row: Any) -> SeenBy:
    return SeenBy(
        code=row.id.hex[-8:].upper(),
        at=vietnam_time(row.at),
        by_number=row.by_number,
        role=row.role,
        ward_name=row.ward_name,
        province_name=row.province_name,
        reason=row.reason,
        people=row.people,
    )


def _local(row: Any) -> dict[str, Any]:
    return {
        name: vietnam_time(value) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
