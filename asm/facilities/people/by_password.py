"""What decides whose house it is takes the password: who owns it, and what software reads in it.

Otherwise a screen left open would be the house, as an address for codes would be the account
(`asm.notify.contacts.own_contacts`). The password comes first, with nothing locked and outside of
any savepoint; the deed has one of its own, so that a refusal leaves nothing behind.
"""

from uuid import UUID

import msgspec

from asm.accounts.access import Scope
from asm.accounts.codes.code_keys import CodeKeys
from asm.accounts.codes.issue import IssuedCode
from asm.accounts.own.change_own import hold_unchanged, require_password
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.throttling.limits import AT_SCREEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import invalid_field
from asm.facilities.people.invitations import Invited, invite
from asm.facilities.people.members import (
    end_owner_by_ward,
    owned_facility,
    owns,
    remove_member,
    set_owner,
)
from asm.facilities.people.people_changed import Deed, post_people_changed
from asm.facilities.scope import facility_in_scope
from asm.facilities.software.clients import FreshSecret, add_client, add_secret, revoke_clients_of


class OwnPassword(msgspec.Struct, frozen=True, kw_only=True):
    """The actor's own password as it was typed, if it was, and where its tries are counted."""

    typed: str | None
    throttle: Throttle
    origin: RequestOrigin

    def __repr__(self) -> str:
        return "OwnPassword(…)"


async def invite_with_password(
    scope: Scope, keys: CodeKeys, facility_id: UUID, invited: Invited, password: OwnPassword
) -> IssuedCode:
    """As `invite`; an owner is invited with the password. Raises as `_prove`, too."""
    if invited.owner:
        await owned_facility(scope, facility_id)
        await _prove(scope, password)
    async with scope.session.begin_nested():
        return await invite(scope, keys, facility_id, invited)


async def change_ownership(
    scope: Scope,
    facility_id: UUID,
    account_id: UUID,
    password: OwnPassword,
    *,
    owner: bool,
    revoke_software: bool = False,
) -> None:
    """As `set_owner` for an owner; the ward's officer ends one (`end_owner_by_ward`), the last
    as well. `revoke_software`: of which the member was shown a secret. Raises as `_prove`, too.
    """
    by_ward = scope.actor.role == WARD_OFFICER and not owner
    await (facility_in_scope if by_ward else owned_facility)(scope, facility_id)
    await _prove(scope, password)
    async with scope.session.begin_nested():
        if revoke_software:
            await revoke_clients_of(scope, facility_id, account_id)
        if by_ward:
            await end_owner_by_ward(scope, facility_id, account_id)
        else:
            await set_owner(scope, facility_id, account_id, owner=owner)


async def take_out(
    scope: Scope,
    facility_id: UUID,
    account_id: UUID,
    password: OwnPassword | None,
    *,
    revoke_software: bool = False,
) -> None:
    """As `remove_member`; another owner is removed with the password, and not at all without one
    (Conflict `owner_first`). Raises as `_prove`, too.
    """
    deep = account_id != scope.actor.id and await owns(scope.session, account_id, facility_id)
    proven = deep and password is not None
    if deep and password is not None:
        await owned_facility(scope, facility_id)
        await _prove(scope, password)
    async with scope.session.begin_nested():
        if revoke_software:
            await revoke_clients_of(scope, facility_id, account_id)
        await remove_member(scope, facility_id, account_id, proven=proven)


async def make_client(
    scope: Scope, facility_id: UUID, label: str, new: UUID, password: OwnPassword
) -> FreshSecret | None:
    """As `add_client`, and its owners hear of it. Raises as `_prove`, too."""
    await owned_facility(scope, facility_id)
    await _prove(scope, password)
    async with scope.session.begin_nested():
        fresh = await add_client(scope, facility_id, label, new)
        if fresh is not None:
            deed = Deed(facility_id, "client_made", scope.actor.id)
            await post_people_changed(scope.session, deed)
    return fresh


async def make_secret(
    scope: Scope, facility_id: UUID, client: UUID, new: UUID, password: OwnPassword
) -> FreshSecret | None:
    """As `add_secret`, and its owners hear of it. Raises as `_prove`, too."""
    await owned_facility(scope, facility_id)
    await _prove(scope, password)
    async with scope.session.begin_nested():
        fresh = await add_secret(scope, facility_id, client, new)
        if fresh is not None:
            deed = Deed(facility_id, "secret_made", scope.actor.id)
            await post_people_changed(scope.session, deed)
    return fresh


async def _prove(scope: Scope, password: OwnPassword) -> None:
    """Let on who knows the password, and hold the account. Raises Invalid `password_needed` or
    `password_wrong` of the field `/password`, TooMany, Unavailable.
    """
    if not password.typed:
        raise invalid_field("/password", "password_needed")
    await password.throttle.count_try(AT_SCREEN, password.origin, str(scope.actor.id))
    checked = await require_password(scope, password.typed, "/password")
    await hold_unchanged(scope, checked, "/password")
