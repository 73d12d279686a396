"""What became of the old unit that is written in an address: the answer, or a question."""

import asyncio
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Invalid
from asm.geo.areas.old_units.old_units import Mapped, NewUnit, OldUnit, map_old
from asm.geo.areas.succession import as_of_today


class OldUnitNow(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of `Mapped`; `status` is `unknown` for a text that the published table does not
    have. `holds_point`: whether the ward of the door's point is the answer or among the choices,
    None where the old unit itself is in question.
    """

    status: Literal["whole", "divided", "ambiguous", "current", "unknown"]
    old: OldUnit | None = None
    new: NewUnit | None = None
    choices: list[NewUnit] = []
    old_choices: list[OldUnit] = []
    question: str | None = None
    question_en: str | None = None
    holds_point: bool | None = None


async def old_unit_now(session: AsyncSession, old_unit: str, ward_code: str) -> OldUnitNow:
    """What `old_unit` is today, for a door in the ward `ward_code`. It changes nothing: the door
    is where its point is, and a text that says otherwise is shown to disagree.
    """
    try:
        mapped = await asyncio.to_thread(map_old, old_unit)
    except Invalid:
        return OldUnitNow(status="unknown")
    today = await as_of_today(session, mapped)
    return OldUnitNow(**msgspec.structs.asdict(today), holds_point=_holds(today, ward_code))


def _holds(mapped: Mapped, ward_code: str) -> bool | None:
    if mapped.status == "ambiguous":
        return None
    units = [mapped.new] if mapped.new else mapped.choices
    return any(unit.code == ward_code for unit in units)
