"""The credentials with which a facility's software declares: made, changed over, ended.

A client is an account of the role hotel_system with this one facility and without a password; its
login is the client_id. It has one secret, or two while the software changes over from the old to
the new.
"""

import base64
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from asm.accounts.access import Scope
from asm.accounts.login import token_hash
from asm.accounts.model import account, api_token, membership
from asm.accounts.own.ended import note_ended
from asm.accounts.passwords import NO_PASSWORD
from asm.accounts.roles import HOTEL_SYSTEM
from asm.accounts.typed.typed_line import tidy, typed_errors
from asm.db.base import NO_FACILITY
from asm.errors import Conflict, Invalid, invalid_field, not_found
from asm.facilities.facility import Facility
from asm.facilities.facility_trail import record_deed
from asm.facilities.people.members import owned_facility
from asm.facilities.scope import lock_facility
from asm.facilities.software.model import software_client, software_secret

#: Clients of a facility that are not revoked.
MOST_CLIENTS: Final = 20
MOST_SECRETS: Final = 2
LABEL_LENGTH: Final = 80


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that is good, without what it says. `made_by`: to whom it was shown; `outside`: they
    own the facility no longer. `last_used_at`: a token was issued for it.
    """

    id: UUID
    created_at: datetime
    made_by: UUID
    outside: bool
    last_used_at: datetime | None


class SoftwareClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client as its owner sees it, with its secrets, the oldest first."""

    id: UUID
    client_id: str
    label: str
    created_at: datetime
    secrets: list[Secret]

    @property
    def last_used_at(self) -> datetime | None:
        """When a token was last issued for any secret that is still good."""
        used = [each.last_used_at for each in self.secrets if each.last_used_at is not None]
        return max(used, default=None)

    @property
    def outside(self) -> bool:
        """Whether somebody may know a secret who owns the facility no longer."""
        return any(secret.outside for secret in self.secrets)


class FreshSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown once: only the hash of `secret` is stored."""

    client_id: str
    label: str
    secret: str

    def __repr__(self) -> str:
        return f"FreshSecret({self.client_id})"


async def clients_of(scope: Scope, facility_id: UUID) -> list[SoftwareClient]:
    """Those that are not revoked, by label. Raises not_found, NotAllowed."""
    owned = await _owned(scope, facility_id)
    rows = await scope.session.execute(
        select(
            software_client.c.account_id,
            account.c.login,
            software_client.c.label,
            software_client.c.created_at,
        )
        .join(account, account.c.id == software_client.c.account_id)
        .where(software_client.c.facility_id == owned.id, software_client.c.revoked_at.is_(None))
        .order_by(software_client.c.label, software_client.c.account_id)
    )
    live = await _live_secrets(scope, owned.id)
    return [
        SoftwareClient(
            id=row.account_id,
            client_id=row.login,
            label=row.label,
            created_at=row.created_at,
            secrets=live.get(row.account_id, []),
        )
        for row in rows
    ]


async def add_client(scope: Scope, facility_id: UUID, label: str, new: UUID) -> FreshSecret | None:
    """Make a client with its first secret; None when `new`, the form's id, is there already.

    Raises not_found, NotAllowed, Invalid for the label or the id, Conflict `too_many_clients`.
    """
    owned = await _owned(scope, facility_id, lock=True)
    _refuse_no_id(new)
    errors = typed_errors("/label", label, "software_label", least=1, most=LABEL_LENGTH)
    if errors:
        raise Invalid("software_label", errors=errors, most=LABEL_LENGTH)
    label = tidy(label)
    client_id = "sw-" + base64.b32encode(secrets.token_bytes(10)).decode().lower()
    inserted = await scope.session.execute(
        insert(account)
        .values(
            id=new,
            login=client_id,
            password_hash=NO_PASSWORD,
            display_name=label,
            role=HOTEL_SYSTEM,
        )
        .on_conflict_do_nothing()
        .returning(account.c.id)
    )
    if inserted.one_or_none() is None:
        return None
    if len(await clients_of(scope, facility_id)) >= MOST_CLIENTS:
        raise Conflict("too_many_clients", most=MOST_CLIENTS)
    await scope.session.execute(insert(membership).values(facility_id=owned.id, account_id=new))
    await scope.session.execute(
        insert(software_client).values(
            facility_id=owned.id, account_id=new, label=label, created_by=scope.actor.id
        )
    )
    secret = await _add_secret(scope, owned, new, new)
    await record_deed(scope, "software.client_added", owned, subject_id=new)
    return FreshSecret(client_id=client_id, label=label, secret=secret)


async def add_secret(
    scope: Scope, facility_id: UUID, client: UUID, new: UUID
) -> FreshSecret | None:
    """A second secret to change over to; the first stays good until it is ended. None when `new` is
    there already. Raises not_found, NotAllowed, Conflict `two_secrets`.
    """
    owned = await _owned(scope, facility_id, lock=True)
    _refuse_no_id(new)
    held = await _held(scope, owned, client)
    known = await scope.session.execute(
        select(software_secret.c.id).where(
            software_secret.c.facility_id == owned.id, software_secret.c.id == new
        )
    )
    if known.one_or_none() is not None:
        return None
    if len(held.secrets) >= MOST_SECRETS:
        raise Conflict("two_secrets")
    secret = await _add_secret(scope, owned, client, new)
    await record_deed(
        scope, "software.secret_added", owned, subject_id=client, details={"secret": str(new)}
    )
    return FreshSecret(client_id=held.client_id, label=held.label, secret=secret)


async def end_secret(scope: Scope, facility_id: UUID, client: UUID, secret: UUID) -> None:
    """A secret and the tokens issued for it are worth nothing from now on; ending it twice is no
    error. Raises not_found, NotAllowed.
    """
    owned = await _owned(scope, facility_id, lock=True)
    await _held(scope, owned, client)
    ended = await scope.session.execute(
        update(software_secret)
        .where(
            software_secret.c.facility_id == owned.id,
            software_secret.c.account_id == client,
            software_secret.c.id == secret,
            software_secret.c.ended_at.is_(None),
        )
        .values(ended_at=func.clock_timestamp())
        .returning(software_secret.c.id)
    )
    if ended.one_or_none() is None:
        return
    await scope.session.execute(
        update(api_token)
        .where(
            api_token.c.account_id == client,
            api_token.c.software_secret_id == secret,
            api_token.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.clock_timestamp())
    )
    note_ended(scope.session, client)
    await record_deed(
        scope, "software.secret_ended", owned, subject_id=client, details={"secret": str(secret)}
    )


async def revoke_client(scope: Scope, facility_id: UUID, client: UUID) -> None:
    """The client, its secrets and its tokens are worth nothing from now on. Raises not_found,
    NotAllowed.
    """
    owned = await _owned(scope, facility_id, lock=True)
    await _held(scope, owned, client)
    now = func.clock_timestamp()
    for statement in (
        update(software_client)
        .where(software_client.c.facility_id == owned.id, software_client.c.account_id == client)
        .values(revoked_at=now),
        update(software_secret)
        .where(
            software_secret.c.facility_id == owned.id,
            software_secret.c.account_id == client,
            software_secret.c.ended_at.is_(None),
        )
        .values(ended_at=now),
        update(account).where(account.c.id == client).values(disabled_at=now),
        update(api_token)
        .where(api_token.c.account_id == client, api_token.c.revoked_at.is_(None))
        .values(revoked_at=now),
    ):
        await scope.session.execute(statement)
    note_ended(scope.session, client)
    await record_deed(scope, "software.client_revoked", owned, subject_id=client)


async def revoke_clients_of(scope: Scope, facility_id: UUID, account_id: UUID) -> None:
    """Revoke the clients of which somebody was shown a secret. Raises not_found, NotAllowed."""
    for client in await clients_of(scope, facility_id):
        if any(secret.made_by == account_id for secret in client.secrets):
            await revoke_client(scope, facility_id, client.id)


def _refuse_no_id(new: UUID) -> None:
    """The id of nobody is the public's (`asm.db.rls`). Raises Invalid `form_outdated`."""
    if new == NO_FACILITY:
        raise invalid_field("/new", "form_outdated")


async def _owned(scope: Scope, facility_id: UUID, *, lock: bool = False) -> Facility:
    owned = await owned_facility(scope, facility_id)
    if lock:
        await lock_facility(scope.session, owned.id)
    return owned


async def _held(scope: Scope, owned: Facility, client: UUID) -> SoftwareClient:
    for each in await clients_of(scope, owned.id):
        if each.id == client:
            return each
    raise not_found("software_client")


async def _live_secrets(scope: Scope, facility_id: UUID) -> dict[UUID, list[Secret]]:
    owning = exists().where(
        membership.c.facility_id == facility_id,
        membership.c.account_id == software_secret.c.created_by,
        membership.c.owner,
        account.c.id == membership.c.account_id,
        account.c.disabled_at.is_(None),
    )
    rows = await scope.session.execute(
        select(software_secret, (~owning).label("outside"))
        .where(software_secret.c.facility_id == facility_id, software_secret.c.ended_at.is_(None))
        .order_by(software_secret.c.created_at, software_secret.c.id)
    )
    live: dict[UUID, list[Secret]] = {}
    for row in rows:
        secret = Secret(
            id=row.id,
            created_at=row.created_at,
            made_by=row.created_by,
            outside=row.outside,
            last_used_at=row.last_used_at,
        )
        live.setdefault(row.account_id, []).append(secret)
    return live


async def _add_secret(scope: Scope, owned: Facility, client: UUID, new: UUID) -> str:
    secret = "asms_" + secrets.token_urlsafe(32)
    await scope.session.execute(
        insert(software_secret).values(
            facility_id=owned.id,
            id=new,
            account_id=client,
            created_by=scope.actor.id,
            secret_hash=token_hash(secret),
        )
    )
    return secret
