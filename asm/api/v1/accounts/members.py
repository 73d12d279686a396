"""Who works for a facility, and how they come and go."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from asm.accounts.access import Scope
from asm.accounts.codes.code_keys import code_keys
from asm.accounts.codes.issue import IssuedCode
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.api.again.answered_again import answered_again
from asm.api.problems import documented
from asm.api.shown_once import SHOWN_ONCE
from asm.errors import invalid_field
from asm.facilities.people.by_password import (
    OwnPassword,
    change_ownership,
    invite_with_password,
    take_out,
)
from asm.facilities.people.host_codes import password_code
from asm.facilities.people.invitations import (
    STAFF,
    Invitation,
    Invited,
    OwnInvitation,
    accept_invitation,
    invitations_of,
    own_invitations,
    withdraw_invitation,
)
from asm.facilities.people.members import FacilityMember, members_of
from asm.identity.vault.keys import Keys
from asm.settings import Settings


class InvitationRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`role` of the account that a newcomer opens: receptionist, landlord or hospital_clerk;
    `owner`: they decide together with you, which takes `password`, your account's own.
    """

    role: str
    owner: bool = False
    display_name: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return "InvitationRequest(…)"


class OneTimeCode(msgspec.Struct, kw_only=True):
    """The code is shown this once. `link` leads to where it is typed, and alone opens nothing."""

    id: UUID
    code: str
    link: str
    expires_at: datetime


class Ownership(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether the member decides who works for the facility. `revoke_software` ends the client
    credentials of which they were shown a secret. `password`: your account's own, without which
    nothing changes.
    """

    owner: bool
    revoke_software: bool = False
    password: str | None = None

    def __repr__(self) -> str:
        return "Ownership(…)"


class Joined(msgspec.Struct, kw_only=True):
    """The facility that you work for from now on."""

    facility_id: UUID


@get(
    "/facilities/{facility_id:uuid}/members",
    operation_id="listMembers",
    responses=documented(401, 404),
)
async def list_members(
    facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> list[FacilityMember]:
    """Who works for the facility, owners first."""
    return await members_of(in_scope, facility_id)


@put(
    "/facilities/{facility_id:uuid}/members/{account_id:uuid}",
    operation_id="changeMember",
    status_code=204,
    responses=documented(401, 403, 404, 409, 422, 429),
)
async def change_member(
    facility_id: FromPath[UUID],
    account_id: FromPath[UUID],
    data: JSONBody[Ownership],
    in_scope: NamedDependency[Scope],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> None:
    """Make a member an owner, or an owner a plain member; the last owner stays one, but for the
    ward's officer, who ends any. It takes your password.
    """
    await change_ownership(
        in_scope,
        facility_id,
        account_id,
        OwnPassword(typed=data.password, throttle=throttle, origin=origin),
        owner=data.owner,
        revoke_software=data.revoke_software,
    )


@delete(
    "/facilities/{facility_id:uuid}/members/{account_id:uuid}",
    operation_id="removeMember",
    responses=documented(401, 403, 404, 409),
)
async def remove(
    facility_id: FromPath[UUID],
    account_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    revoke_software: FromQuery[bool] = False,
) -> None:
    """End somebody's work for the facility, at once. Another owner is first made a plain member
    with changeMember, which takes your password.
    `revoke_software=true` ends the client credentials of which they were shown a secret as well.
    """
    await take_out(in_scope, facility_id, account_id, None, revoke_software=revoke_software)


@post(
    "/facilities/{facility_id:uuid}/members/{account_id:uuid}/password-code",
    operation_id="issuePasswordCode",
    responses=documented(401, 403, 404),
    cache_control=SHOWN_ONCE,
)
async def member_code(
    facility_id: FromPath[UUID],
    account_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> OneTimeCode:
    """A code by which a member who forgot the password sets a new one."""
    issued = await password_code(
        in_scope, code_keys(*keys.files.notify_keys), facility_id, account_id
    )
    return _shown(issued, settings)


@post(
    "/facilities/{facility_id:uuid}/invitations",
    operation_id="inviteMember",
    responses=documented(401, 403, 404, 409, 422, 429),
    cache_control=SHOWN_ONCE,
)
async def invite_member(
    facility_id: FromPath[UUID],
    data: JSONBody[InvitationRequest],
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> OneTimeCode:
    """A code by which one person joins the facility, with an account of theirs or a new one. For
    an owner it takes your password.
    """
    role = next((role for role in STAFF if role == data.role), None)
    if role is None:
        raise invalid_field("/role", "role_unknown")
    invited = Invited(role=role, owner=data.owner, display_name=data.display_name)
    password = OwnPassword(typed=data.password, throttle=throttle, origin=origin)
    issued = await invite_with_password(
        in_scope, code_keys(*keys.files.notify_keys), facility_id, invited, password
    )
    return _shown(issued, settings)


@get(
    "/facilities/{facility_id:uuid}/invitations",
    operation_id="listInvitations",
    responses=documented(401, 403, 404),
)
async def list_invitations(
    facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> list[Invitation]:
    """Invitations that wait; never their codes."""
    return await invitations_of(in_scope, facility_id)


@delete(
    "/facilities/{facility_id:uuid}/invitations/{invitation_id:uuid}",
    operation_id="withdrawInvitation",
    responses=documented(401, 403, 404),
)
async def withdraw(
    facility_id: FromPath[UUID], invitation_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> None:
    """An invitation opens nothing any more."""
    await withdraw_invitation(in_scope, facility_id, invitation_id)


@get("/invitations", operation_id="listOwnInvitations", responses=documented(401))
async def list_own(in_scope: NamedDependency[Scope]) -> list[OwnInvitation]:
    """Invitations that were made for your login."""
    return await own_invitations(in_scope)


@post(
    "/invitations/{invitation_id:uuid}/acceptance",
    operation_id="acceptInvitation",
    status_code=200,
    responses=documented(401, 404),
)
@answered_again
async def accept(invitation_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Joined:
    """Work for the facility from now on."""
    return Joined(facility_id=await accept_invitation(in_scope, invitation_id))


def _shown(issued: IssuedCode, settings: Settings) -> OneTimeCode:
    return OneTimeCode(
        id=issued.id,
        code=issued.code,
        link=f"{settings.public_url}/codes/{issued.id}",
        expires_at=issued.expires_at,
    )


HANDLERS = [
    list_members, change_member, remove, member_code, invite_member, list_invitations, withdraw,
    list_own, accept,
]  # fmt: skip
