"""Invitations that were made for the account that is signed in."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.facilities.people.invitations import accept_invitation, own_invitations
from asm.web.page import WebRequest, page


@get("/invitations", include_in_schema=False)
async def invitations_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    return page(
        request,
        "codes/invitations.html",
        actor=in_scope.actor,
        invitations=await own_invitations(in_scope),
    )


@post("/invitations/{invitation_id:uuid}/accept", include_in_schema=False, status_code=303)
async def accept_page(invitation_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Redirect:
    facility_id = await accept_invitation(in_scope, invitation_id)
    return Redirect(f"/facilities/{facility_id}", status_code=303)
