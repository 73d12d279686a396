"""Does what a process knew of people still hold? Asked of the database, for many at once, in the
transaction that acts on it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.roles import HOST_ROLES
from asm.accounts.sessions import device_ended, sign_in_required
from asm.db.statements import read_statements
from asm.errors import Refusal, not_found

_SQL = read_statements(__name__)
_ENTER = text(_SQL["enter"])


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An account that wants to act for a facility, and the token it came with (its SHA-256)."""

    account_id: UUID
    facility_id: UUID
    token_hash: bytes | None = None


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """The database's clock, and for each standing in order why it no longer holds, or None. `loose`
    names the settings with which a commit may be lost: none, or nothing may be acknowledged.
    """

    now: datetime
    loose: list[str]
    refusals: list[Refusal | None]


async def enter_as_members(session: AsyncSession, standings: Sequence[Standing]) -> Entered:
    """Open the row-level scope of the facilities that these accounts work for, and no others.

    Refused as if they came now: a token that ended or was revoked, also with its device, an account
    that was disabled, a membership that is gone.
    """
    rows = await session.execute(
        _ENTER,
        {
            "roles": sorted(HOST_ROLES),
            "accounts": [standing.account_id for standing in standings],
            "facilities": [standing.facility_id for standing in standings],
            "tokens": [standing.token_hash for standing in standings],
        },
    )
    row = rows.one()
    return Entered(
        now=row.now,
        loose=list(row.loose),
        refusals=[
            _refusal(signed_in=signed_in, ended=ended, member=member)
            for signed_in, ended, member in zip(
                row.signed_in, row.device_ended, row.member, strict=True
            )
        ],
    )


def _refusal(*, signed_in: bool, ended: bool, member: bool) -> Refusal | None:
    if not signed_in:
        return device_ended() if ended else sign_in_required()
    return None if member else not_found("facility")
