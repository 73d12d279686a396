"""What is known beside the cells of a row: the day, the order of dates in the file, answers."""

from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec

from asm.intake.sheets.cell_dates import DAY_FIRST, ColumnOrder
from asm.intake.sheets.date_order import StayOrders
from asm.intake.sheets.workbook import SheetAnswers
from asm.stays.rules.deadlines import VIETNAM, in_vietnam
from asm.stays.rules.periods import NOON

_DAY_BEGINS: Final = time(8)
_LAST_BEFORE_EVENING: Final = time(22, 59)
_DAY_ENDS: Final = time(23, 59)


class SheetContext(msgspec.Struct, frozen=True, kw_only=True):
    """`today` and `now` (which may be unknown) in Vietnam; `births` and `stays`: in which order
    the file writes its dates; `no_result`: cells (`H5`) whose formula has no result.
    """

    today: date
    now: datetime | None = None
    births: ColumnOrder = DAY_FIRST
    stays: StayOrders = StayOrders(DAY_FIRST)
    no_result: frozenset[str] = frozenset()
    answers: SheetAnswers = SheetAnswers()


def assumed_arrival(day: date, context: SheetContext, leaves_at: time | None = None) -> time:
    """The time to take for an arrival that was given as a date alone.

    The latest moment of that day that has passed, and at most 22:59: it keeps the day's own clock
    (due 23:00), says of nobody that they came after the evening limit, and is never in the future.
    Without `now`, a day that is not over counts from 08:00, when the night before has ended. Who is
    told to leave on that day at an hour came before it.
    """
    at = _latest(day, context)
    if leaves_at is None or at < leaves_at:
        return at
    minute = timedelta(minutes=1)
    before = datetime.combine(day, leaves_at) - minute
    return before.time() if before.date() == day else time()


def _latest(day: date, context: SheetContext) -> time:
    now = context.now.astimezone(VIETNAM) if context.now is not None else None
    if now is not None and day == now.date():
        return min(now.time().replace(second=0, microsecond=0), _LAST_BEFORE_EVENING)
    return _LAST_BEFORE_EVENING if day < context.today else _DAY_BEGINS


def assumed_departure(day: date, arrived_at: datetime | None) -> time:
    """The time to take for a departure that was given as a date alone: noon, when who takes the
    room next may come; the end of the day for who came on it.
    """
    if arrived_at is not None and day == in_vietnam(arrived_at).date():
        return _DAY_ENDS
    return NOON
