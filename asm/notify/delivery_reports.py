"""What a provider says later of a text message: it arrived, or it never will.

    POST /api/providers/sms (or /zalo)   ASM-Signature: t=<unix>,v1=<hmac-sha256 of "t.body">
    {"id": "<the id that it was given>", "status": "delivered" | "failed"}

Signed with the secret that is shared with it, as our calls to it are; a call of ours that comes
back is none of its own, for it has other fields.
"""

from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_HEAR = text("SELECT hear_of_delivery(:channel, :id, :status)")


class CallBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`failed`: for good. `id` is the delivery's, which the provider was given."""

    id: UUID
    status: Literal["delivered", "failed"]


async def record_report(session: AsyncSession, channel: str, report: CallBack) -> None:
    """Settle a delivery that was sent, once. What is not known, was settled before or belongs to
    another channel changes nothing, and looks the same.
    """
    await session.execute(_HEAR, {"channel": channel, "id": report.id, "status": report.status})
