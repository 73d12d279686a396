"""A facility that has declared nobody on a night on which it always has guests.

A silent facility looks like an empty one. From a quarter past eleven, when all who came in the
evening are due, until morning each active facility without a guest is held against its own pattern.
One flag lasts as long as the silence: the next nights add none, and what an officer dismissed stays
so until the facility has declared again.
"""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.checks.flags.batch import NEAR, Batch
from asm.checks.flags.check import Check, Shown
from asm.checks.flags.sync import SETTLING
from asm.checks.schedule import SLICE, Timed, TimeWindow, take_turn
from asm.checks.usual_nights import USUAL, VALUES
from asm.db.base import vietnam_time
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.facilities.nights import MORNING, current_night

CHECK_ID: Final = "facility-unusually-silent"
SEVERITY: Final = "medium"
EVENING: Final = time(23, 15)

_SQL = read_statements(__name__, SETTLING, USUAL)
_CLOSE_DECLARED = text(_SQL["close_declared"])
_CLOSE_SHUT = text("""
UPDATE flag SET closed_at = clock_timestamp() FROM facility
WHERE flag.check_id = :check AND flag.closed_at IS NULL AND facility.id = flag.facility_id
  AND (facility.status <> 'active' OR EXISTS (
    SELECT FROM closure WHERE closure.facility_id = flag.facility_id
      AND closure.starts_on <= CAST(flag.subject AS date)
      AND closure.ends_on > CAST(flag.subject AS date)
  ))
""")
_RAISE = text(_SQL["raise_silent"])


async def check_silence(session: AsyncSession, batch: Batch) -> None:
    """Close the flags of facilities that have declared for the night, however late."""
    await session.execute(_CLOSE_DECLARED, batch.values | {"check": CHECK_ID})


def night_to_check(now: datetime) -> date | None:
    """The night in progress, once those who came in the evening are due; None by day. Pure."""
    clock = vietnam_time(now).time()
    return current_night(now) if clock >= EVENING or clock < MORNING else None


async def find_silent(engine: AsyncEngine, due: TimeWindow) -> int:
    """Hold each facility without a guest against its pattern, a slice of facilities at a time."""
    async with one_transaction(engine) as session:
        await take_turn(session)
        closed = await session.execute(_CLOSE_SHUT, {"check": CHECK_ID})
        changed: int = closed.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    night = night_to_check(due.now)
    if night is None:
        return changed
    values: dict[str, Any] = {"check": CHECK_ID, "severity": SEVERITY, "slice": SLICE}
    values |= VALUES | {"night": night, "since": night - NEAR}
    after = UUID(int=0)
    while True:
        async with one_transaction(engine) as session:
            await take_turn(session)
            found = (await session.execute(_RAISE, values | {"after": after})).one_or_none()
        if found is None:
            return changed
        changed += int(found.raised)
        if found.seen < SLICE:
            return changed
        after = found.last


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Cơ sở im lặng khác thường",
    title_en="A facility is unusually silent",
    looks_at=(
        "Từ 23:15 đến sáng, cơ sở đang hoạt động chưa có khách nào cho đêm này, trong khi ít nhất "
        "3/4 số đêm cùng thứ của 8 tuần trước có khách mới đến (cần ít nhất 4 đêm để so). Theo "
        "mùa: nếu có số liệu ba tuần quanh ngày này năm trước thì phải có khách ở ít nhất một nửa. "
        "Không tính đêm cơ sở chưa hoạt động hay đã báo đóng cửa."
    ),
    looks_at_en=(
        "From 23:15 until morning: an active facility has no guest for this night, and on at least "
        "three of four nights of the same weekday in the last 8 weeks new guests came (4 nights "
        "are needed to compare). For the season: where there are figures for the three weeks "
        "around this one a year ago, guests came on half of those. Nights before it was active or "
        "on which it was closed do not count."
    ),
    explanation=(
        "Cơ sở thường có khách vào thứ này nhưng đêm nay chưa khai báo ai. Có thể thật sự vắng, "
        "mất mạng, hoặc quên khai báo: hãy gọi hỏi. Cảnh báo tự đóng khi cơ sở khai báo cho đêm "
        "này hay đêm sau, hoặc báo đóng cửa."
    ),
    explanation_en=(
        "The facility usually has guests on this weekday and has declared nobody tonight. It may "
        "truly be empty, without network, or have forgotten: call. The flag closes itself when it "
        "declares for this night or a later one, or reports a closure."
    ),
    shows=(
        Shown(key="night", label="Đêm", label_en="Night", form="day"),
        Shown(
            key="recent_declared",
            label="Số đêm có khách, cùng thứ, 8 tuần trước",
            label_en="Nights with guests, same weekday, last 8 weeks",
            form="number",
        ),
        Shown(
            key="recent_nights",
            label="… trên số đêm đã so",
            label_en="… of nights compared",
            form="number",
        ),
        Shown(
            key="usual_guests",
            label="Khách mới trung bình những đêm đó",
            label_en="New guests on average on those",
            form="number",
        ),
        Shown(
            key="year_ago_declared",
            label="Số đêm có khách, mùa này năm trước",
            label_en="Nights with guests, this season a year ago",
            form="number",
        ),
        Shown(
            key="year_ago_nights",
            label="… trên số đêm đã so",
            label_en="… of nights compared",
            form="number",
        ),
    ),
    run=check_silence,
    timed=Timed(every=timedelta(minutes=30), run=find_silent),
)
