"""Bearer tokens for hotel software, phones and scripts."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.devices.listed import sign_out_device
from asm.accounts.login import SignInWish, issue_token, revoke_token
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.accounts.typed.typed_line import read_line
from asm.api.dpop.presented import present
from asm.api.problems import documented
from asm.api.shown_once import SHOWN_ONCE
from asm.errors import invalid_field

_LONGEST_LABEL: Final = 120


class TokenRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`label` names the program or device, so that its owner can tell tokens apart: at most 120
    readable characters.
    """

    login: str
    password: str
    label: str


class TokenAnswer(msgspec.Struct, kw_only=True):
    """The token is shown this once; send it as `Authorization: Bearer …`."""

    token: str
    token_type: str
    expires_at: datetime


class Me(msgspec.Struct, kw_only=True):
    """The account behind the token."""

    id: UUID
    login: str
    display_name: str
    role: str
    ward_code: str | None
    facility_ids: list[UUID]


@post(
    "/tokens",
    operation_id="issueToken",
    responses=documented(401, 422, 429),
    cache_control=SHOWN_ONCE,
)
async def issue(
    data: JSONBody[TokenRequest],
    session: NamedDependency[AsyncSession],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> TokenAnswer:
    """Exchange login and password for a bearer token of 90 days."""
    label = read_line(data.label, _LONGEST_LABEL, least=0)
    if label is None:
        raise invalid_field("/label", "token_label", most=_LONGEST_LABEL)
    # Whatever a browser sends along is not looked at here.
    origin = RequestOrigin(network=origin.network)
    wish = SignInWish(login=data.login, password=data.password, origin=origin)
    signed_in = await issue_token(session, throttle, wish, label)
    return TokenAnswer(
        token=signed_in.token,
        token_type="bearer",
        expires_at=signed_in.expires_at,
    )


@delete("/tokens/current", operation_id="revokeToken", responses=documented(401))
async def revoke(request: Request[Any, Any, Any], in_scope: NamedDependency[Scope]) -> None:
    """Make the token that asks useless from now on; of a phone, sign the phone out."""
    if in_scope.actor.device is not None:
        await sign_out_device(in_scope, in_scope.actor.device.id, "itself")
    else:
        await revoke_token(in_scope.session, (await present(request.scope)).token)


@get("/me", operation_id="me", responses=documented(401))
async def me(actor: NamedDependency[Actor]) -> Me:
    """Who the token speaks for."""
    return Me(
        id=actor.id,
        login=actor.login,
        display_name=actor.display_name,
        role=actor.role,
        ward_code=actor.ward_code,
        facility_ids=sorted(actor.facility_ids),
    )
