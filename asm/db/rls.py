"""Tell the database who asks, for this transaction alone, and read its clock."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.actor_kinds import PUBLIC

_ENTER = text(
    "SELECT set_config('asm.actor', :actor, true), set_config('asm.role', :role, true), "
    "set_config('asm.ward', :ward, true), set_config('asm.facilities', :facilities, true), "
    "set_config('asm.province', :province, true)"
)


async def enter_scope(
    session: AsyncSession,
    *,
    actor: UUID,
    role: str,
    ward: str | None,
    facilities: Collection[UUID],
    province: str | None = None,
) -> None:
    """Set what the row-level policies read. `province`: of whose wards a provincial officer sees
    the figures; of anybody else it stays empty.

    `set_config(…, true)` ends with the transaction, so a pooled connection carries nothing over.
    """
    await session.execute(
        _ENTER,
        {
            "actor": str(actor),
            "role": role,
            "ward": ward or "",
            "facilities": ",".join(str(f) for f in facilities),
            "province": province or "",
        },
    )


async def enter_public(session: AsyncSession) -> None:
    """Set the scope of a reader whom nobody knows: what is public of facilities, and no more."""
    nothing = dict.fromkeys(("actor", "ward", "facilities", "province"), "")
    await session.execute(_ENTER, nothing | {"role": PUBLIC})


async def database_now(session: AsyncSession) -> datetime:
    """The only clock that decides lateness."""
    now: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now
