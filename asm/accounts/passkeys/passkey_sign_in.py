"""Signing in with a passkey.

1. The answer is read, and its challenge is spent, whatever comes of it.
2. Whose passkey it is: by its id, which sees that one row alone. The browser names the account
   too, and both must say the same.
3. The proof: signature, origin, the host that the passkey was made for; of an office also that its
   person unlocked it.
4. Its counter must go on. One that went back was copied: the passkey signs nobody in any more, and
   its account goes in by password and removes it.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import verify_authentication_response
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.structs import AuthenticationCredential

from asm.accounts.login import SignedIn, sign_in_new
from asm.accounts.model import account
from asm.accounts.passkeys.ceremony import (
    Ceremony,
    needs_verification,
    passkey_refused,
    proved,
    read_answer,
    spend_challenge,
)
from asm.accounts.passkeys.model import passkey
from asm.accounts.passkeys.own_passkeys import credential_hash
from asm.audit.trail import record
from asm.db.rls import enter_scope
from asm.errors import Unauthenticated, invalid_field

_PRESENT: Final = text("SELECT set_config('asm.secret', :hash, true)")


async def sign_in_by_passkey(
    session: AsyncSession, ceremony: Ceremony, answer: str, *, device: str | None = None
) -> SignedIn:
    """Open a page session. `device`: what kind it is. The try was counted before (PASSKEY). Raises
    Invalid: `passkey_refused` for whatever proves nothing, `passkey_too_late`, and to who proved
    it `passkey_not_unlocked`, `passkey_copied`.
    """
    credential = read_answer(answer, parse_authentication_credential_json)
    challenge = await spend_challenge(session, ceremony, credential.response.client_data_json)
    row = await _presented(session, credential.raw_id)
    if row is None or row.rp_id not in ceremony.party.ids:
        raise passkey_refused("unknown")
    if (credential.response.user_handle or row.account_id.bytes) != row.account_id.bytes:
        raise passkey_refused("another_account")
    verified = _verified(credential, row, challenge, ceremony.party.origin)
    await enter_scope(session, actor=row.account_id, role="", ward=None, facilities=())
    await _require_unlocked(session, row, verified)
    await _require_counted_on(session, row, verified, ceremony.now)
    try:
        signed_in = await sign_in_new(session, row.account_id, device=device, by="passkey")
    except Unauthenticated:
        raise passkey_refused("account_disabled") from None
    await session.execute(
        update(passkey)
        .where(passkey.c.id == row.id)
        .values(
            sign_count=verified.new_sign_count,
            backed_up=verified.credential_backed_up,
            last_used_at=func.clock_timestamp(),
        )
    )
    return signed_in


async def _presented(session: AsyncSession, credential_id: bytes) -> Any:
    hashed = credential_hash(credential_id)
    await session.execute(_PRESENT, {"hash": hashed.hex()})
    rows = await session.execute(select(passkey).where(passkey.c.credential_hash == hashed))
    return rows.one_or_none()


def _verified(
    credential: AuthenticationCredential, row: Any, challenge: bytes, origin: str
) -> VerifiedAuthentication:
    # The counter is looked at apart: one that went back is no stranger's guess.
    return proved(
        lambda: verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=row.rp_id,
            expected_origin=origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=0,
        )
    )


async def _require_unlocked(
    session: AsyncSession, row: Any, verified: VerifiedAuthentication
) -> None:
    role = (
        await session.execute(select(account.c.role).where(account.c.id == row.account_id))
    ).scalar_one()
    if needs_verification(role) and not verified.user_verified:
        raise invalid_field("/answer", "passkey_not_unlocked")


async def _require_counted_on(
    session: AsyncSession, row: Any, verified: VerifiedAuthentication, now: datetime
) -> None:
    # Held, so that of two answers at once the second sees what the first left.
    kept = await session.execute(
        select(passkey.c.sign_count, passkey.c.blocked_at)
        .where(passkey.c.id == row.id)
        .with_for_update()
    )
    held = kept.one_or_none()
    if held is None:  # removed meanwhile
        raise passkey_refused("removed")
    goes_on = verified.new_sign_count > held.sign_count or not (
        verified.new_sign_count or held.sign_count
    )
    if held.blocked_at is None and goes_on:
        return
    if held.blocked_at is None:
        await session.execute(update(passkey).where(passkey.c.id == row.id).values(blocked_at=now))
        await _note_copied(session, row)
        # What was noticed stays, though nobody is signed in.
        await session.commit()
    raise invalid_field("/answer", "passkey_copied")


async def _note_copied(session: AsyncSession, row: Any) -> None:
    rows = await session.execute(
        select(account.c.role, account.c.ward_code).where(account.c.id == row.account_id)
    )
    whose = rows.one()
    await record(
        session,
        actor_id=row.account_id,
        actor_role=whose.role,
        action="account.passkey_copied",
        ward_code=whose.ward_code,
        subject_id=row.id,
    )
