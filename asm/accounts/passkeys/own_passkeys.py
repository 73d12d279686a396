"""The passkeys of the account that is signed in: added, named, removed.

The password stays, and a ward's or owner's code sets a new one: nobody has a passkey as the only
way in, so removing the last passkey locks nobody out.
"""

import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from webauthn import verify_registration_response
from webauthn.helpers import parse_registration_credential_json

from asm.accounts.access import Scope
from asm.accounts.own.step_up import require_step_up
from asm.accounts.own.unchanged import hold_open
from asm.accounts.passkeys.ceremony import (
    Ceremony,
    needs_verification,
    passkey_refused,
    proved,
    read_answer,
    spend_challenge,
)
from asm.accounts.passkeys.model import passkey
from asm.accounts.sessions import enter_again
from asm.accounts.typed.typed_line import read_line
from asm.audit.trail import record
from asm.db.base import new_id
from asm.errors import Conflict, invalid_field, not_found

MOST_PASSKEYS: Final = 10
MOST_LABEL: Final = 60


class OwnPasskey(msgspec.Struct, frozen=True, kw_only=True):
    """One of the account's. `blocked_at`: since when it signs nobody in."""

    id: UUID
    label: str
    rp_id: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None
    blocked_at: datetime | None


async def passkeys_of(scope: Scope) -> list[OwnPasskey]:
    """The account's passkeys, the newest first."""
    rows = await scope.session.execute(
        select(*(passkey.c[name] for name in OwnPasskey.__struct_fields__))
        .where(passkey.c.account_id == scope.actor.id)
        .order_by(passkey.c.created_at.desc(), passkey.c.id)
    )
    return [OwnPasskey(**row) for row in rows.mappings()]


async def known_credentials(scope: Scope) -> list[bytes]:
    """What a browser is told that it need not make again."""
    rows = await scope.session.execute(
        select(passkey.c.credential_id).where(passkey.c.account_id == scope.actor.id)
    )
    return list(rows.scalars())


async def add_passkey(scope: Scope, ceremony: Ceremony, answer: str, label: str) -> UUID:
    """Add what the browser made. Raises StepUpRequired, Invalid, Conflict."""
    require_step_up(scope.actor)
    name = _label(label)
    credential = read_answer(answer, parse_registration_credential_json)
    challenge = await spend_challenge(scope.session, ceremony, credential.response.client_data_json)
    await enter_again(scope)
    verified = proved(
        lambda: verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=ceremony.party.ids[0],
            expected_origin=ceremony.party.origin,
            require_user_verification=needs_verification(scope.actor.role),
        )
    )
    # Two that are added at once take turns, so that they are counted.
    await hold_open(scope.session, scope.actor.id)
    if len(await known_credentials(scope)) >= MOST_PASSKEYS:
        raise Conflict("too_many_passkeys", most=MOST_PASSKEYS)
    new = new_id()
    done = await scope.session.execute(
        insert(passkey)
        .values(
            id=new,
            account_id=scope.actor.id,
            credential_hash=credential_hash(verified.credential_id),
            credential_id=verified.credential_id,
            rp_id=ceremony.party.ids[0],
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            backed_up=verified.credential_backed_up,
            label=name,
        )
        .on_conflict_do_nothing()
        .returning(passkey.c.id)
    )
    if done.one_or_none() is None:
        raise passkey_refused("known_already")
    await _record(scope, "account.passkey_added", new)
    return new


async def name_passkey(scope: Scope, passkey_id: UUID, label: str) -> None:
    """Call it something else. Raises StepUpRequired, Invalid, not_found."""
    require_step_up(scope.actor)
    await _require_done(scope, update(passkey).values(label=_label(label)), passkey_id)
    await _record(scope, "account.passkey_named", passkey_id)


async def remove_passkey(scope: Scope, passkey_id: UUID) -> None:
    """From now on it opens nothing; the password stays. Raises StepUpRequired, not_found."""
    require_step_up(scope.actor)
    await _require_done(scope, delete(passkey), passkey_id)
    await _record(scope, "account.passkey_removed", passkey_id)


def credential_hash(credential_id: bytes) -> bytes:
    """By which a passkey that is presented is looked for."""
    return hashlib.sha256(credential_id).digest()


def _label(typed: str) -> str:
    name = read_line(typed, MOST_LABEL)
    if name is None:
        raise invalid_field("/label", "passkey_label", most=MOST_LABEL)
    return name


async def _require_done(scope: Scope, statement: Any, passkey_id: UUID) -> None:
    done = await scope.session.execute(
        statement.where(
            passkey.c.id == passkey_id, passkey.c.account_id == scope.actor.id
        ).returning(passkey.c.id)
    )
    if done.one_or_none() is None:
        raise not_found("passkey")


async def _record(scope: Scope, action: str, passkey_id: UUID) -> None:
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=action,
        ward_code=scope.actor.ward_code,
        subject_id=passkey_id,
    )
