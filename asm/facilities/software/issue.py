"""Exchange a client's secret for an access token of an hour (RFC 6749, section 4.4)."""

import secrets
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.login import token_hash
from asm.accounts.model import account, api_token, membership
from asm.accounts.roles import HOTEL_SYSTEM
from asm.accounts.typed_login import as_login
from asm.audit.trail import record
from asm.db.base import new_id
from asm.db.rls import enter_scope
from asm.facilities.software.model import software_client, software_secret

#: Short, since the software gets the next one by itself: there is no refresh (section 4.4.3).
TOKEN_HOURS: Final = 1


class ClientInScope(msgspec.Struct, frozen=True, kw_only=True):
    """A client whose secret was right, in the transaction that found it so."""

    account_id: UUID
    facility_id: UUID
    secret_id: UUID
    label: str


async def client_of_secret(
    session: AsyncSession, client_id: str, secret: str
) -> ClientInScope | None:
    """The client of a good secret, with its facility's row-level scope opened; None for anything
    else, whatever it is that is wrong.

    The secret is 256 random bits, found by its hash: there is nothing to be guessed slowly.
    """
    rows = await session.execute(
        select(account.c.id, membership.c.facility_id)
        .join(membership, membership.c.account_id == account.c.id)
        .where(
            account.c.login == as_login(client_id),
            account.c.role == HOTEL_SYSTEM,
            account.c.disabled_at.is_(None),
        )
    )
    claimed = rows.all()
    if not claimed:
        return None
    await enter_scope(
        session,
        actor=claimed[0].id,
        role=HOTEL_SYSTEM,
        ward=None,
        facilities=[row.facility_id for row in claimed],
    )
    return await _with_secret(session, claimed[0].id, secret)


async def _with_secret(
    session: AsyncSession, account_id: UUID, secret: str
) -> ClientInScope | None:
    rows = await session.execute(
        select(
            software_client.c.account_id,
            software_client.c.facility_id,
            software_client.c.label,
            software_secret.c.id.label("secret_id"),
        )
        .join(
            software_secret,
            (software_secret.c.facility_id == software_client.c.facility_id)
            & (software_secret.c.account_id == software_client.c.account_id),
        )
        .where(
            software_client.c.account_id == account_id,
            software_client.c.revoked_at.is_(None),
            software_secret.c.secret_hash == token_hash(secret),
            software_secret.c.ended_at.is_(None),
        )
        # Whoever ends it waits until the token is there to be ended, too.
        .with_for_update(key_share=True, of=software_secret)
    )
    row: Any = rows.mappings().one_or_none()
    return None if row is None else ClientInScope(**row)


async def issue_client_token(session: AsyncSession, client: ClientInScope) -> str:
    """A bearer token of an hour that declares for the client's facility. Call it in the transaction
    in which the client was found.
    """
    token = "asm_" + secrets.token_urlsafe(32)
    now = func.clock_timestamp()
    await session.execute(
        insert(api_token).values(
            token_hash=token_hash(token),
            id=new_id(),
            account_id=client.account_id,
            label=client.label,
            expires_at=now + timedelta(hours=TOKEN_HOURS),
            software_secret_id=client.secret_id,
        )
    )
    await session.execute(
        update(software_secret)
        .where(
            software_secret.c.facility_id == client.facility_id,
            software_secret.c.id == client.secret_id,
        )
        .values(last_used_at=now)
    )
    await record(
        session,
        actor_id=client.account_id,
        actor_role=HOTEL_SYSTEM,
        action="software.token_issued",
        facility_id=client.facility_id,
        subject_id=client.account_id,
        details={"secret": str(client.secret_id)},
    )
    return token
