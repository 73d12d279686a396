"""What the gates of an area counted, to stand beside its guest nights."""

from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import text

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area, require_area
from asm.analytics.questions.span import Span
from asm.db.statements import read_statements

_SQL: Final = read_statements(__name__)
_BY_DAY: Final = text(_SQL["by_day"])


class GateDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day in Vietnam; an interval belongs to the day on which it begins."""

    day: date
    came_in: int
    went_out: int


class GateFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One gate. `days`: those on which it counted, the oldest first; a day without any is not
    there, which is not zero.
    """

    id: UUID
    label: str
    kind: str
    ward_code: str
    days: list[GateDay]

    @property
    def came_in(self) -> int:
        return sum(each.came_in for each in self.days)

    @property
    def went_out(self) -> int:
        return sum(each.went_out for each in self.days)


async def gates_of(scope: Scope, area: Area, span: Span) -> list[GateFigures]:
    """The gates of the area with what they counted on the days of `span`, by ward and label.
    Heads, not guests: who passes twice is counted twice. Raises `area_not_found`.
    """
    await require_area(scope, area)
    rows = await scope.session.execute(
        _BY_DAY,
        {
            "ward": area.code if area.kind == "ward" else None,
            "province": area.code if area.kind == "province" else None,
            "first": span.first,
            "last": span.last,
        },
    )
    gates: dict[UUID, GateFigures] = {}
    for row in rows:
        figures = gates.setdefault(
            row.id,
            GateFigures(
                id=row.id, label=row.label, kind=row.kind, ward_code=row.ward_code, days=[]
            ),
        )
        figures.days.append(GateDay(day=row.day, came_in=row.came_in, went_out=row.went_out))
    return list(gates.values())
