"""Who works for a facility: seen by its people and its ward's officer, changed by its owners."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.accounts.roles import HOSPITAL_CLERK, RECEPTIONIST, WARD_OFFICER, Role
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.errors import Conflict, Invalid, NotAllowed, Refusal, TooMany
from asm.facilities.facility import Facility
from asm.facilities.people.by_password import (
    OwnPassword,
    change_ownership,
    invite_with_password,
    take_out,
)
from asm.facilities.people.host_codes import password_code
from asm.facilities.people.invitations import (
    STAFF,
    Invited,
    invitations_of,
    invite_by_login,
    withdraw_invitation,
)
from asm.facilities.people.members import FacilityMember, members_of
from asm.facilities.scope import facility_in_scope
from asm.facilities.software.clients import clients_of
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.web.codes.held import keys_of_codes
from asm.web.codes.slip import slip
from asm.web.form_problems import problems_of_refusal
from asm.web.kept.kept_answer import Keeper
from asm.web.page import WebRequest, page

_AT: Final = "/facilities/{facility_id:uuid}/people"
_INPUTS: Final = {"role": "role", "login": "login", "display_name": "display_name"}


@get(_AT, include_in_schema=False)
async def people_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    return await _page(request, in_scope, facility_id)


@post(f"{_AT}/invite", include_in_schema=False, status_code=200)
async def invite_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    """The code is shown on a slip, to this browser alone."""
    form = await request.form()
    role: Role = next((role for role in STAFF if role == form.get("role")), RECEPTIONIST)
    name = str(form.get("display_name", "")).strip()
    invited = Invited(role=role, owner="owner" in form, display_name=name or None)
    password = OwnPassword(typed=str(form.get("password", "")), throttle=throttle, origin=origin)
    try:
        issued = await invite_with_password(
            in_scope, keys_of_codes(keys), facility_id, invited, password
        )
    except (Invalid, Conflict, TooMany) as refusal:
        return await _page(
            request,
            in_scope,
            facility_id,
            refusal,
            input_id="invite-password",
            invited=invited,
        )
    back = f"/facilities/{facility_id}/people"
    keeper = Keeper(request, settings, keys, in_scope.actor.now)
    return slip(keeper, issued, name=name or None, back=back)


@post(f"{_AT}/invite-login", include_in_schema=False, status_code=200)
async def invite_login_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    login = str((await request.form()).get("login", ""))
    try:
        async with in_scope.session.begin_nested():
            await invite_by_login(in_scope, facility_id, login)
    except (Invalid, Conflict) as refusal:
        return await _page(request, in_scope, facility_id, refusal)
    return _back(facility_id)


@post(
    f"{_AT}/invitations/{{invitation_id:uuid}}/withdraw", include_in_schema=False, status_code=303
)
async def withdraw_page(
    facility_id: FromPath[UUID], invitation_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Redirect:
    await withdraw_invitation(in_scope, facility_id, invitation_id)
    return _back(facility_id)


@post(f"{_AT}/{{account_id:uuid}}/remove", include_in_schema=False, status_code=200)
async def remove_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    account_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    password = OwnPassword(typed=str(form.get("password", "")), throttle=throttle, origin=origin)
    revoke = "revoke_software" in form
    try:
        await take_out(in_scope, facility_id, account_id, password, revoke_software=revoke)
    except (Invalid, Conflict, TooMany) as refusal:
        input_id = f"remove-password-{account_id}"
        return await _page(request, in_scope, facility_id, refusal, input_id=input_id)
    return (
        Redirect("/desk", status_code=303)
        if account_id == in_scope.actor.id
        else _back(facility_id)
    )


@post(f"{_AT}/{{account_id:uuid}}/owner", include_in_schema=False, status_code=200)
async def owner_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    account_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> Response[Any]:
    form = await request.form()
    owner = form.get("owner") == "1"
    password = OwnPassword(typed=str(form.get("password", "")), throttle=throttle, origin=origin)
    revoke = "revoke_software" in form and not owner
    try:
        await change_ownership(
            in_scope, facility_id, account_id, password, owner=owner, revoke_software=revoke
        )
    except (Invalid, Conflict, TooMany) as refusal:
        input_id = f"owner-password-{account_id}"
        return await _page(request, in_scope, facility_id, refusal, input_id=input_id)
    return _back(facility_id)


@post(f"{_AT}/{{account_id:uuid}}/code", include_in_schema=False, status_code=200)
async def member_code_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    account_id: FromPath[UUID],
    in_scope: NamedDependency[Scope],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """A code to set a new password with, on a slip."""
    try:
        async with in_scope.session.begin_nested():
            issued = await password_code(in_scope, keys_of_codes(keys), facility_id, account_id)
    except (Conflict, NotAllowed) as refusal:
        return await _page(request, in_scope, facility_id, refusal)
    members = {member.account_id: member for member in await members_of(in_scope, facility_id)}
    name = members[account_id].display_name
    back = f"/facilities/{facility_id}/people"
    keeper = Keeper(request, settings, keys, in_scope.actor.now)
    return slip(keeper, issued, name=name, back=back)


def _back(facility_id: UUID) -> Redirect:
    return Redirect(f"/facilities/{facility_id}/people", status_code=303)


def _usual_role(facility: Facility) -> Role:
    return HOSPITAL_CLERK if facility.kind == "hospital" else RECEPTIONIST


async def _page(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    refusal: Refusal | None = None,
    *,
    input_id: str = "people",
    invited: Invited | None = None,
) -> Response[Any]:
    """`input_id`: the input in which the password was to be typed; `invited`: whom, as typed."""
    inputs = {**_INPUTS, "password": input_id}
    facility = await facility_in_scope(scope, facility_id)
    members = await members_of(scope, facility_id)
    owner = _is_owner(members, scope.actor.id)
    software = await clients_of(scope, facility_id) if owner else []
    return page(
        request,
        "facilities/people.html",
        actor=scope.actor,
        status=200 if refusal is None else max(refusal.status, 409),
        facility=facility,
        members=members,
        owner=owner,
        ward=scope.actor.role == WARD_OFFICER,
        owners=sum(member.owner and not member.disabled for member in members),
        invitations=await invitations_of(scope, facility_id) if owner else [],
        software_outside=any(client.outside for client in software),
        software_known={
            member.account_id: [
                client.label
                for client in software
                if any(secret.made_by == member.account_id for secret in client.secrets)
            ]
            for member in members
        },
        staff=STAFF,
        usual_role=_usual_role(facility),
        invited=invited,
        form_problems=[] if refusal is None else problems_of_refusal(refusal, inputs, "people"),
    )


def _is_owner(members: list[FacilityMember], account_id: UUID) -> bool:
    return any(member.owner and member.account_id == account_id for member in members)
