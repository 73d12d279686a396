"""When a stay must be declared, and which nights it covers. Pure: the clock is always passed in.

Citizens: Residence Law 68/2020 Art. 30 (as replaced by Law 118/2025). Foreigners: Law 47/2014
Art. 33. Lodging businesses: Decree 96/2016 Art. 44. All clocks run in Asia/Ho_Chi_Minh.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from asm.stays.rules.dated import Dated, on

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")


class Clocks(Dated, frozen=True, kw_only=True):
    """The hours in force on some days.

    `evening`: an arrival before it is due at it, the same day. `morning`: an arrival at or after
    `evening` is due at it the next day, and one before it counts as the night before.
    `foreigner_remote` is the foreigners' clock in remote areas.
    """

    evening: time = time(23)
    morning: time = time(8)
    foreigner: timedelta = timedelta(hours=12)
    foreigner_remote: timedelta = timedelta(hours=24)
    lodging_uses_both: bool = True


class Grace(Dated, frozen=True, kw_only=True):
    """Which late declarations an incident of degraded intake excuses (Law on Handling
    Administrative Violations 15/2012 Art. 11: unforeseen events and force majeure).

    Excused are those whose deadline fell into the incident, or into the `last_stretch` after its
    end (for who had meant to declare in it), and that were received at most `after` its end.
    `id` is recorded with each excuse.
    """

    id: str
    last_stretch: timedelta
    after: timedelta


# Dated by the start of the incident, Vietnamese date.
GRACES: Final[tuple[Grace, ...]] = (
    Grace(id="outage-grace-1", last_stretch=timedelta(hours=1), after=timedelta(hours=2)),
)


class HourlyUse(Dated, frozen=True, kw_only=True):
    """Use by the hour that lasts past `over_by` in the morning was a night. A convention of these
    statistics: the law knows no use by the hour, and form 015.N of Circular 08/2012/TT-BKHĐT counts
    guests who stayed the night.
    """

    over_by: time


# Dated by the arrival.
HOURLY_USES: Final[tuple[HourlyUse, ...]] = (HourlyUse(over_by=time(5)),)


class GraceWindow(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one incident, all inclusive; None while it goes on."""

    rule: str
    due_from: datetime
    due_to: datetime | None
    received_to: datetime | None

    def excuses(self, *, due_at: datetime, received_at: datetime) -> bool:
        """Whether a declaration received after `due_at` stays late, but excused."""
        return (
            received_at > due_at >= self.due_from
            and (self.due_to is None or due_at <= self.due_to)
            and (self.received_to is None or received_at <= self.received_to)
        )


def grace_window(
    started_at: datetime, ended_at: datetime | None, table: tuple[Grace, ...] | None = None
) -> GraceWindow:
    """What an incident from `started_at` to `ended_at` (None: it goes on) excuses. It moves no
    deadline and changes no receipt. Raises LookupError when the table has a gap there.
    """
    grace = on(in_vietnam(started_at).date(), GRACES if table is None else table)
    return GraceWindow(
        rule=grace.id,
        due_from=started_at,
        due_to=None if ended_at is None else ended_at + grace.last_stretch,
        received_to=None if ended_at is None else ended_at + grace.after,
    )


# Newest last. A change of the law is a new row and an end date on the one before, never an edit:
# what was due under the old hours stays due under them.
CLOCKS: Final[tuple[Clocks, ...]] = (Clocks(),)


def clocks_on(day: date, table: tuple[Clocks, ...] | None = None) -> Clocks:
    """The hours in force on `day`. Raises LookupError when the table has a gap there."""
    return on(day, CLOCKS if table is None else table)


def in_vietnam(moment: datetime) -> datetime:
    """`moment` on the Vietnamese clock. Raises ValueError for a time without a zone."""
    if moment.tzinfo is VIETNAM:
        return moment
    if moment.utcoffset() is None:
        raise ValueError("a time without a zone cannot be placed on the Vietnamese clock")
    return moment.astimezone(VIETNAM)


def due_at(
    arrived_at: datetime, *, foreigner: bool, remote: bool, lodging_business: bool
) -> datetime:
    """The last moment to declare, in Vietnam time: a declaration received at it is in time.

    `remote` lengthens only the foreigners' clock (12 h to 24 h). A foreigner in a lodging business
    is due at the earlier of the two clocks. Raises ValueError for a time without a zone.
    """
    arrived = in_vietnam(arrived_at)
    clocks = clocks_on(arrived.date())
    fixed = _fixed_hour(arrived, clocks)
    if not foreigner:
        return fixed
    counted = arrived + (clocks.foreigner_remote if remote else clocks.foreigner)
    if lodging_business and clocks.lodging_uses_both:
        return min(fixed, counted)
    return counted


def _fixed_hour(arrived: datetime, clocks: Clocks) -> datetime:
    if arrived.time() < clocks.morning:
        return datetime.combine(arrived.date(), clocks.morning, VIETNAM)
    if arrived.time() < clocks.evening:
        return datetime.combine(arrived.date(), clocks.evening, VIETNAM)
    return datetime.combine(arrived.date() + timedelta(days=1), clocks.morning, VIETNAM)


def nights_of(
    arrived_at: datetime, departure_at: datetime | None, *, hourly: bool
) -> tuple[date, date | None]:
    """The guest nights of a stay as (first night, night after the last one).

    Night N begins on the evening of date N. Dates are counted, never 24-hour spans. An arrival
    from 00:00 to 07:59 belongs to the evening before, whatever comes after, so that the first
    night never moves when the departure is corrected. Use by the hour, and a stay that begins and
    ends on one day, make none: both dates are equal. No departure known: the end is None.

    Use by the hour that lasts past the morning (`HOURLY_USES`) counts as any other stay. This is
    the one place that decides it: all else goes by whether the stay has nights.
    """
    arrived = in_vietnam(arrived_at)
    first = arrived.date()
    if hourly and (departure_at is None or not _past_morning(arrived, departure_at)):
        return first, first
    if arrived.time() < clocks_on(first).morning:
        first -= timedelta(days=1)
    if departure_at is None:
        return first, None
    return first, max(first, in_vietnam(departure_at).date())


def _past_morning(arrived: datetime, departure_at: datetime) -> bool:
    over_by = on(arrived.date(), HOURLY_USES).over_by
    day = arrived.date() + timedelta(days=int(arrived.time() >= over_by))
    return departure_at > datetime.combine(day, over_by, VIETNAM)
