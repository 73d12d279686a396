"""Signing a phone out: its tokens are useless at once, and it hears so."""

from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.model import api_token
from asm.accounts.own.ended import note_ended

#: Why a device ended: signed out by its owner or on itself, a sign-in there anew, a new password,
#: an account that was closed or disabled, and a secret that came twice.
EndReason = Literal["owner", "itself", "again", "password", "closed", "disabled", "reuse"]


async def end_devices_of(
    session: AsyncSession,
    account_id: UUID,
    reason: EndReason,
    *,
    which: UUID | None = None,
    but_token: bytes | None = None,
) -> int:
    """End the devices of an account: `which` alone, or all but the one whose access token has the
    hash `but_token`. How many those were; who calls writes the entry of the trail.
    """
    but = select(api_token.c.device_id).where(api_token.c.token_hash == but_token)
    done = await session.execute(
        select(func.end_devices(account_id, which, but.scalar_subquery(), reason))
    )
    note_ended(session, account_id)
    return int(done.scalar_one())
