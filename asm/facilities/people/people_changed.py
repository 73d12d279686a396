"""All owners hear who comes and goes in their house, and so does the one concerned: in case it was
somebody else, at a screen left open. The worker writes the messages
(`asm.notify.messages.people_messages`).
"""

from collections.abc import Collection
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import membership
from asm.db.base import NO_FACILITY
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic

What = Literal[
    "joined", "joined_owner", "made_owner", "owner_ended", "removed", "ward_ended",
    "client_made", "secret_made",
]  # fmt: skip


class Deed(msgspec.Struct, frozen=True):
    """What the account `by` did in a facility, and to whose account, if to one."""

    facility_id: UUID
    what: What
    by: UUID
    account_id: UUID | None = None


async def owners_of(session: AsyncSession, facility_id: UUID) -> list[UUID]:
    """Its owners, disabled ones too."""
    rows = await session.execute(
        select(membership.c.account_id).where(
            membership.c.facility_id == facility_id, membership.c.owner
        )
    )
    return list(rows.scalars())


async def post_people_changed(
    session: AsyncSession, deed: Deed, owners: Collection[UUID] | None = None
) -> None:
    """Let the worker tell them. `owners`: those of before, where the deed made it fewer; who is an
    owner when the worker comes to it may be another.
    """
    hearing = await owners_of(session, deed.facility_id) if owners is None else owners
    payload = {
        "facility_id": str(deed.facility_id),
        "what": deed.what,
        "by": str(deed.by),
        "account_id": None if deed.account_id is None else str(deed.account_id),
        "owners": sorted(str(each) for each in hearing),
    }
    # Of no facility: who joins has it not in scope yet.
    await enqueue(session, Topic.PEOPLE_CHANGED, [(NO_FACILITY, payload)])


async def post_joined(
    session: AsyncSession, facility_id: UUID, account_id: UUID, *, owner: bool
) -> None:
    """Tell them that an account has come to work there, or to own it."""
    what: What = "joined_owner" if owner else "joined"
    await post_people_changed(session, Deed(facility_id, what, account_id, account_id))
