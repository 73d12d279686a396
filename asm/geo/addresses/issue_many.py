"""Giving many doors their codes at once, in few statements."""

from collections.abc import Iterator, Sequence

from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.base import new_id
from asm.geo.addresses.address_terms import NewAddress
from asm.geo.addresses.issue_address import candidates, cells_full, change_of, row_of
from asm.geo.model import address_change, digital_address


async def issue_many(session: AsyncSession, doors: Sequence[NewAddress]) -> list[str]:
    """The codes of `doors`, in their order, issued in the caller's transaction.

    Each round offers every door that is still without a code its next free candidate; the primary
    key says which were taken. Raises Conflict `address_cells_full`.
    """
    codes: dict[int, str] = {}
    tries = [candidates(door.point) for door in doors]
    rows = [row_of(door) for door in doors]
    while len(codes) < len(doors):
        offered = _offer(tries, codes)
        done = await session.execute(
            insert(digital_address)
            .values(
                [rows[at] | {"code": code, "unit": unit} for code, (at, unit) in offered.items()]
            )
            .on_conflict_do_nothing()
            .returning(digital_address.c.code)
        )
        codes |= {offered[code][0]: code for code in done.scalars()}
    if doors:
        await session.execute(
            plain_insert(address_change),
            [
                {"code": codes[at], "id": new_id(), "what": "issued", "before": {},
                 "after": change_of(door)}
                for at, door in enumerate(doors)
            ],
        )  # fmt: skip
    return [codes[at] for at in range(len(doors))]


def _offer(
    tries: Sequence[Iterator[tuple[str, int]]], codes: dict[int, str]
) -> dict[str, tuple[int, int]]:
    """A code for each door without one, no code twice: code → (door's place, unit)."""
    offered: dict[str, tuple[int, int]] = {}
    for at, candidates_left in enumerate(tries):
        if at in codes:
            continue
        free = next(((c, unit) for c, unit in candidates_left if c not in offered), None)
        if free is None:
            raise cells_full()
        offered[free[0]] = (at, free[1])
    return offered
