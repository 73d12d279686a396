"""Two stays of one document too far apart for the time between them.

The distance is the straight line between the two facilities on the globe, by PostGIS. What is
plausible is generous: by road at 100 km/h without a detour, or by air at 800 km/h with an hour and
a half on the ground. Below ten kilometres hours are told too roughly to say anything.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
from asm.checks.one_person.overlaps import KnownStay, in_a_row
from asm.checks.one_person.pair_flags import PairFlag, sync_pair_flags

CHECK_ID: Final = "too-fast-between-stays"
SEVERITY: Final = "medium"
ROAD_KM_H: Final = 100
AIR_KM_H: Final = 800
ON_THE_GROUND: Final = timedelta(minutes=90)
NEAR_KM: Final = 10
#: No journey within the country needs longer.
LONGEST: Final = timedelta(hours=6)

_DISTANCES = text("""
SELECT a.id AS one, b.id AS other,
  ST_Distance(CAST(a.point AS geography), CAST(b.point AS geography)) / 1000 AS km
FROM unnest(CAST(:ones AS uuid[]), CAST(:others AS uuid[])) AS pair (one, other)
JOIN facility AS a ON a.id = pair.one
JOIN facility AS b ON b.id = pair.other
""")


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """From when the guest was last known to be at `first`, to the arrival at `second`."""

    first: KnownStay
    second: KnownStay
    left_at: datetime

    @property
    def took(self) -> timedelta:
        return self.second.arrived_at - self.left_at


def journeys(stays: Sequence[KnownStay]) -> list[Journey]:
    """Pairs of stays of one person, one after the other, at two facilities, close in time. Pure.

    A departure that was entered tells how long somebody was there, if it is not after the next
    arrival; a planned one tells nothing.
    """
    found = []
    for first, second in in_a_row(stays):
        departed = first.departed_at
        stayed = departed is not None and departed <= second.arrived_at
        left_at = departed if departed is not None and stayed else first.arrived_at
        journey = Journey(first=first, second=second, left_at=left_at)
        if first.facility_id != second.facility_id and journey.took < LONGEST:
            found.append(journey)
    return found


def time_needed(km: float) -> timedelta:
    """The least plausible time for a straight line of so many kilometres. Pure."""
    if km < NEAR_KM:
        return timedelta()
    by_air = ON_THE_GROUND + timedelta(hours=km / AIR_KM_H)
    return min(timedelta(hours=km / ROAD_KM_H), by_air)


async def sync_travel_flags(
    session: AsyncSession, batch: Batch, known: Sequence[KnownStay]
) -> None:
    """Settle the flags of the changed stays and of those that come before and after them."""
    travelled = journeys(known)
    distances = await _distances(session, travelled)
    flags: list[PairFlag] = []
    for journey in travelled:
        km = distances.get((journey.first.facility_id, journey.second.facility_id), 0.0)
        if journey.took < time_needed(km):
            flags += _both_sides(journey, km)
    await sync_pair_flags(session, CHECK_ID, batch, known, flags)


async def _distances(
    session: AsyncSession, travelled: Sequence[Journey]
) -> dict[tuple[UUID, UUID], float]:
    pairs = list({(one.first.facility_id, one.second.facility_id) for one in travelled})
    if not pairs:
        return {}
    values = {"ones": [pair[0] for pair in pairs], "others": [pair[1] for pair in pairs]}
    rows = await session.execute(_DISTANCES, values)
    return {(row.one, row.other): row.km for row in rows}


def _both_sides(journey: Journey, km: float) -> list[PairFlag]:
    # Rounded to ten kilometres: enough to judge by, too rough to find the other house.
    evidence: dict[str, Any] = {
        "distance_km": round(km / 10) * 10,
        "minutes_between": round(journey.took.total_seconds() / 60),
        "minutes_needed": round(time_needed(km).total_seconds() / 60),
    }
    sides = ((journey.first, journey.second), (journey.second, journey.first))
    return [
        PairFlag(severity=SEVERITY, own=own, other=other, evidence=evidence) for own, other in sides
    ]


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Di chuyển nhanh đến mức khó tin",
    title_en="Too fast between two stays",
    looks_at=(
        "Hai lượt lưu trú liên tiếp của cùng một giấy tờ: khoảng cách đường chim bay giữa hai cơ "
        "sở và thời gian từ lúc trả phòng (nếu đã ghi, không thì từ lúc nhận phòng) tới lúc nhận "
        "phòng sau. Mức hợp lý: đường bộ 100 km/h, hoặc bay 800 km/h cộng 90 phút; dưới 10 km "
        "không xét."
    ),
    looks_at_en=(
        "Two stays of one document that follow each other: the straight line between the "
        "facilities, and the time from the departure (where one was entered, else the arrival) to "
        "the next arrival. Plausible is 100 km/h by road, or 800 km/h by air and 90 minutes; below "
        "10 km nothing is said."
    ),
    explanation=(
        "Không ai đi kịp giữa hai nơi trong thời gian đó. Có thể nhập nhầm giờ hoặc số giấy tờ, "
        "hoặc giấy tờ bị người khác dùng. Hãy kiểm tra với cơ sở trên địa bàn và Công an cấp xã "
        "của nơi còn lại. Cảnh báo tự đóng khi giờ hoặc giấy tờ được sửa."
    ),
    explanation_en=(
        "Nobody gets from one place to the other in that time. A time or a number may be mistyped, "
        "or someone else uses the document. Check with the facility in your ward and with the "
        "other ward's police. The flag closes itself when times or papers are corrected."
    ),
    shows=(
        Shown(
            key="distance_km",
            label="Khoảng cách (km, làm tròn 10)",
            label_en="Distance (km, to the nearest 10)",
            form="number",
        ),
        Shown(
            key="minutes_between",
            label="Thời gian giữa hai nơi",
            label_en="Time between",
            form="minutes",
        ),
        Shown(
            key="minutes_needed",
            label="Cần ít nhất",
            label_en="Needed at least",
            form="minutes",
        ),
        Shown(
            key="other_ward_code",
            label="Địa bàn của nơi kia",
            label_en="Ward of the other place",
            form="ward",
        ),
        Shown(
            key="other_stay_id",
            label="Mã lượt lưu trú ở nơi kia",
            label_en="Id of the stay at the other place",
            form="stay",
        ),
    ),
)
