"""Who is asking, as of the start of this request."""

from datetime import datetime
from uuid import UUID

import msgspec

from asm.accounts.roles import Role
from asm.errors import NotAllowed


class WaitingFacility(msgspec.Struct, frozen=True, kw_only=True):
    """A facility of the actor's that is not in force: `pending`, or `returned` to be corrected."""

    id: UUID
    name: str
    status: str


class ActorDevice(msgspec.Struct, frozen=True, kw_only=True):
    """The phone that an actor signed in on. `jkt`: the thumbprint of its public key (RFC 7638);
    `public_key`: the key's coordinates as `x.y` (`asm.accounts.devices.signing_key`).
    """

    id: UUID
    jkt: str
    public_key: str


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in account with its scope. `now` is the database clock when the request was
    received: the one clock that lateness is decided by. `unread` messages wait in the inbox
    (counted up to 100), `waiting` facilities of theirs are not in force yet, `cases` wait in a ward
    officer's work list; all three for pages only.
    A ward's officer works in `ward_code` now, one of `ward_codes`, of which the first is the
    account's own. `province_code`: of a provincial officer, or of a tourism office unless it is the
    country's. `stepped_up_at`: when the password was last typed again in this page session.
    `device`: of a token that is bound to a phone's key; None for all others.
    """

    id: UUID
    login: str
    display_name: str
    role: Role
    language: str
    ward_code: str | None
    facility_ids: frozenset[UUID]
    now: datetime
    province_code: str | None = None
    ward_codes: tuple[str, ...] = ()
    unread: int = 0
    waiting: tuple[WaitingFacility, ...] = ()
    cases: int = 0
    stepped_up_at: datetime | None = None
    device: ActorDevice | None = None


def require_role(actor: Actor, *roles: Role) -> None:
    """Let these roles on, refuse the others with 403."""
    if actor.role not in roles:
        raise NotAllowed("role_not_allowed")
