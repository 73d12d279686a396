"""A night of many areas side by side, as it stands: who has said something, what waits, and the
fortnight before. Figures of areas alone, never of a house or a person.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import func, select, text

from asm.accounts.access import Scope
from asm.analytics.questions.area import NamedArea
from asm.analytics.questions.by_area import AreaRow, SideBySide, by_province, by_ward
from asm.analytics.questions.measures import Measures
from asm.analytics.questions.model import province_total
from asm.analytics.questions.recast import todays_wards
from asm.analytics.questions.span import Span
from asm.analytics.totals.model import night_total
from asm.geo.model import ward

FORTNIGHT: Final = 14
#: Of so many open flags of a ward the cases are counted: a page says "more than" beyond it.
MOST_FLAGS: Final = 500
_CASES: Final = text("SELECT ward_code, waiting, more FROM open_flags(:wards, :most)")


class AreaTonight(msgspec.Struct, frozen=True, kw_only=True):
    """`declared` of the `active` facilities have guests that night or said that they have none;
    `silent` are the others. `cases` that wait now, as the ward's work list counts them, and whether
    there are more; None where they are not counted. `fortnight`: guests of each of the FORTNIGHT
    nights up to this one.
    """

    area: NamedArea
    ended: date | None
    guests: int
    active: int
    declared: int
    silent: int
    late: int
    bed_percent: float | None
    verified_percent: float | None
    cases: int | None
    fortnight: list[int]
    more_cases: bool = False

    @property
    def declared_percent(self) -> float | None:
        """None without an active facility."""
        return 100 * self.declared / self.active if self.active else None


class NightBeside(msgspec.Struct, frozen=True, kw_only=True):
    """`as_of`: everything committed until then is counted; `counted_to` None: nothing is yet."""

    night: date
    area: NamedArea
    as_of: datetime
    counted_to: date | None
    provisional_from: date
    whole: AreaTonight
    rows: list[AreaTonight]


async def wards_tonight(scope: Scope, province_code: str, night: date) -> NightBeside:
    """The wards of a province. Raises `area_not_found` for who does not see that province."""
    beside = await by_ward(scope, province_code, Span(first=night, last=night))
    wards = await scope.session.execute(
        select(ward.c.code, ward.c.valid_to).where(ward.c.province_code == province_code)
    )
    ended = {row.code: row.valid_to for row in wards}
    heirs = await todays_wards(scope.session, {code for code, to in ended.items() if to})
    counted = await scope.session.execute(
        select(
            night_total.c.ward_code.label("code"),
            night_total.c.night,
            func.sum(night_total.c.guest_nights).label("guests"),
        )
        .where(*_within(night_total.c.night, night), night_total.c.ward_code.in_(ended))
        .group_by(night_total.c.ward_code, night_total.c.night)
    )
    nights = _fortnights(((heirs.get(row.code, row.code), row) for row in counted), night)
    codes = [row.area.code for row in beside.rows]
    cases = await scope.session.execute(_CASES, {"wards": codes, "most": MOST_FLAGS})
    waiting = {row.ward_code: (row.waiting, row.more) for row in cases}
    return _tonight(
        beside,
        night,
        [_row(row, nights, waiting.get(row.area.code, (0, False))) for row in beside.rows],
    )


async def provinces_tonight(scope: Scope, night: date) -> NightBeside:
    """All provinces. Raises `area_not_found` for all but the ministry."""
    beside = await by_province(scope, Span(first=night, last=night))
    counted = await scope.session.execute(
        select(
            province_total.c.province_code.label("code"),
            province_total.c.night,
            func.sum(province_total.c.guest_nights).label("guests"),
        )
        .where(*_within(province_total.c.night, night))
        .group_by(province_total.c.province_code, province_total.c.night)
    )
    nights = _fortnights(((row.code, row) for row in counted), night)
    return _tonight(beside, night, [_row(row, nights, (None, False)) for row in beside.rows])


def _within(column: Any, night: date) -> tuple[Any, Any]:
    return column > night - timedelta(days=FORTNIGHT), column <= night


def _fortnights(counted: Iterable[tuple[str, Any]], night: date) -> dict[str, list[int]]:
    nights: dict[str, list[int]] = defaultdict(lambda: [0] * FORTNIGHT)
    for code, row in counted:
        nights[code][FORTNIGHT - 1 - (night - row.night).days] += row.guests
    return nights


def _tonight(beside: SideBySide, night: date, rows: Sequence[AreaTonight]) -> NightBeside:
    known = [row.cases for row in rows if row.cases is not None]
    whole = msgspec.structs.replace(
        _measured(beside.area, None, beside.whole),
        cases=sum(known) if known else None,
        more_cases=any(row.more_cases for row in rows),
        fortnight=[sum(each) for each in zip(*(row.fortnight for row in rows), strict=True)],
    )
    return NightBeside(
        night=night,
        area=beside.area,
        as_of=beside.as_of,
        counted_to=beside.counted_to,
        provisional_from=beside.provisional_from,
        whole=whole,
        rows=list(rows),
    )


def _row(
    row: AreaRow, nights: dict[str, list[int]], waiting: tuple[int | None, bool]
) -> AreaTonight:
    measured = _measured(row.area, row.ended, row.measures)
    cases, more = waiting
    return msgspec.structs.replace(
        measured, cases=cases, more_cases=more, fortnight=nights[row.area.code or ""]
    )


def _measured(area: NamedArea, ended: date | None, measures: Measures) -> AreaTonight:
    said, occupied, verified = measures.coverage, measures.occupancy, measures.verified
    # A house full of people who came before said nothing new tonight; one that is empty said so.
    declared = min(said.active, max(said.stayed + said.quiet, said.said))
    return AreaTonight(
        area=area,
        ended=ended,
        guests=measures.sums.guest_nights,
        active=said.active,
        declared=declared,
        silent=said.active - declared,
        late=measures.lateness.late if measures.lateness else 0,
        bed_percent=occupied.bed_net_percent if occupied else None,
        verified_percent=verified.of_askable_percent if verified else None,
        cases=None,
        fortnight=[],
    )
