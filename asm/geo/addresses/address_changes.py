"""Changing what the register says of a door, and writing every change down. No code ever changes.

The history's author is the transaction's actor (`asm.db.rls.enter_scope`), by the column's default.
"""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id
from asm.errors import Conflict, not_found
from asm.geo.addresses.address_terms import AliasKind, BuildingKind, ChangeKind, PointSource
from asm.geo.folding import fold
from asm.geo.model import address_alias, address_change, degrees_of, digital_address, point_value
from asm.geo.points import Point, fields_with_degrees

_ACTOR = text("nullif(current_setting('asm.actor', true), '')::uuid")


class PointCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """Where the door really is, how many metres that may be off, who or what says so."""

    point: Point
    ward_code: str
    source: PointSource
    accuracy_m: float | None = None


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is said of the door in words, complete: what stays is sent as it is."""

    address_text: str
    old_unit: str | None = None
    floor_unit: str | None = None
    building_kind: BuildingKind | None = None


class AddressAlias(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another's code for the same door; `valid_to` is the first day on which it no longer holds."""

    kind: AliasKind
    value: str
    valid_from: date
    valid_to: date | None = None


class AliasToEnd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alias, by what was written down, and `on`: the first day on which it does not hold."""

    kind: AliasKind
    value: str
    valid_from: date
    on: date


async def correct_point(session: AsyncSession, code: str, correction: PointCorrection) -> None:
    """Move the point of an address in the asker's scope. Raises `digital_address_not_found`."""
    columns = (
        *degrees_of(digital_address.c.point),
        digital_address.c.ward_code,
        digital_address.c.point_source.label("source"),
        digital_address.c.accuracy_m,
    )
    before = await _before(session, code, columns)
    await session.execute(
        update(digital_address)
        .where(digital_address.c.code == code)
        .values(
            point=point_value(correction.point),
            point_source=correction.source,
            accuracy_m=correction.accuracy_m,
            ward_code=correction.ward_code,
            # What was verified is the old point.
            verified_by=None,
            verified_at=None,
        )
    )
    await write_change(session, code, "point", before, fields_with_degrees(correction))


async def describe(session: AsyncSession, code: str, said: Description) -> None:
    """Change the words of an address. Raises `digital_address_not_found`."""
    await _describe(session, code, msgspec.structs.asdict(said))


async def reword(session: AsyncSession, code: str, address_text: str) -> None:
    """Change the text of an address alone. Raises `digital_address_not_found`."""
    await _describe(session, code, {"address_text": address_text})


async def _describe(session: AsyncSession, code: str, after: dict[str, Any]) -> None:
    before = await _before(session, code, [digital_address.c[name] for name in after])
    if before == after:
        return
    await session.execute(
        update(digital_address)
        .where(digital_address.c.code == code)
        .values(**after, folded=fold(after["address_text"]))
    )
    await write_change(session, code, "description", before, after)


async def verify_address(session: AsyncSession, code: str) -> None:
    """Write down that the transaction's actor has seen the door where the register says it is."""
    await _before(session, code, (digital_address.c.code,))
    await session.execute(
        update(digital_address)
        .where(digital_address.c.code == code)
        .values(verified_by=_ACTOR, verified_at=func.clock_timestamp())
    )
    await write_change(session, code, "verified", {}, {})


async def add_alias(session: AsyncSession, code: str, alias: AddressAlias) -> None:
    """Let the door be found by another's code. Raises `digital_address_not_found`, Conflict
    `alias_held` when it holds the same code already, or did from that very day.
    """
    await _before(session, code, (digital_address.c.code,))
    row = msgspec.structs.asdict(alias) | {"code": code}
    held = await session.execute(
        select(address_alias.c.code).where(
            *(address_alias.c[name] == row[name] for name in ("code", "kind", "value")),
            or_(
                address_alias.c.valid_to.is_(None),
                address_alias.c.valid_from == alias.valid_from,
            ),
        )
    )
    if held.first() is not None:
        raise Conflict("alias_held")
    await session.execute(insert(address_alias).values(row))
    await write_change(session, code, "alias", {}, msgspec.to_builtins(alias))


async def end_alias(session: AsyncSession, code: str, ending: AliasToEnd) -> None:
    """Let an alias hold no longer from the day `on`. Raises `digital_address_not_found`,
    or `address_alias_not_found`.
    """
    await _before(session, code, (digital_address.c.code,))
    which = (
        address_alias.c.code == code,
        *(
            address_alias.c[name] == getattr(ending, name)
            for name in ("kind", "value", "valid_from")
        ),
    )
    held = await session.execute(select(address_alias.c.valid_to).where(*which).with_for_update())
    row = held.one_or_none()
    if row is None:
        raise not_found("address_alias")
    await session.execute(update(address_alias).where(*which).values(valid_to=ending.on))
    before = AddressAlias(
        kind=ending.kind, value=ending.value, valid_from=ending.valid_from, valid_to=row.valid_to
    )
    after = msgspec.structs.replace(before, valid_to=ending.on)
    await write_change(
        session, code, "alias", msgspec.to_builtins(before), msgspec.to_builtins(after)
    )


async def write_change(
    session: AsyncSession, code: str, what: ChangeKind, before: Any, after: Any
) -> None:
    """Add one entry to the history, in the transaction that makes the change."""
    await session.execute(
        insert(address_change).values(code=code, id=new_id(), what=what, before=before, after=after)
    )


async def _before(session: AsyncSession, code: str, columns: Any) -> dict[str, Any]:
    """What is changed, as it is now, held against others until the transaction ends."""
    rows = await session.execute(
        select(*columns).where(digital_address.c.code == code).with_for_update()
    )
    row = rows.mappings().one_or_none()
    if row is None:
        raise not_found("digital_address")
    return dict(row)
