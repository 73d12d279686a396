"""The signed-in account's sessions, tokens and password."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from asm.accounts.access import Scope
from asm.accounts.own.change_own import PasswordChange
from asm.accounts.own.device import device_name
from asm.accounts.own.opened import end_session, end_sessions, end_token, sessions_of, tokens_of
from asm.accounts.throttling.limits import AT_SCREEN
from asm.accounts.throttling.origin import RequestOrigin
from asm.accounts.throttling.throttle import Throttle
from asm.api.dpop.presented import present
from asm.api.problems import documented
from asm.notify.change_own_password import change_own_password


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. `device` in words, such as `Chrome, Android`; empty when not known."""

    id: UUID
    device: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token that still opens. `last_used_at` to the hour; `current`: the one that asks."""

    id: UUID
    label: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    current: bool


class NewPassword(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """At least 12 characters; length is the only demand. `end_tokens`: end all other tokens,
    too.
    """

    current: str
    new: str
    end_tokens: bool = False


@get("/me/sessions", operation_id="mySessions", responses=documented(401))
async def my_sessions(in_scope: NamedDependency[Scope]) -> list[SessionView]:
    """Browsers in which the account is signed in, the latest used first."""
    return [
        SessionView(
            id=each.id,
            device=device_name(each.device),
            created_at=each.created_at,
            last_seen_at=each.last_seen_at,
            expires_at=each.expires_at,
        )
        for each in await sessions_of(in_scope)
    ]


@delete("/me/sessions/{session_id:uuid}", operation_id="endSession", responses=documented(401, 404))
async def end_one_session(session_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> None:
    """Sign one browser out, at once."""
    await end_session(in_scope, session_id)


@delete("/me/sessions", operation_id="endSessions", responses=documented(401))
async def end_all_sessions(in_scope: NamedDependency[Scope]) -> None:
    """Sign every browser out, at once. Tokens stay."""
    await end_sessions(in_scope)


@get("/me/tokens", operation_id="myTokens", responses=documented(401))
async def my_tokens(
    request: Request[Any, Any, Any], in_scope: NamedDependency[Scope]
) -> list[TokenView]:
    """Tokens that still open, the newest first."""
    current = (await present(request.scope)).hashed
    return [
        TokenView(
            id=each.id,
            label=each.label,
            created_at=each.created_at,
            last_used_at=each.last_used_at,
            expires_at=each.expires_at,
            current=each.current,
        )
        for each in await tokens_of(in_scope, current)
    ]


@delete("/me/tokens/{token_id:uuid}", operation_id="endToken", responses=documented(401, 404))
async def end_one_token(token_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> None:
    """Make one token useless, at once."""
    await end_token(in_scope, token_id)


@post(
    "/me/password",
    operation_id="changePassword",
    status_code=204,
    responses=documented(401, 422, 429),
)
async def change_my_password(
    data: JSONBody[NewPassword],
    request: Request[Any, Any, Any],
    in_scope: NamedDependency[Scope],
    throttle: NamedDependency[Throttle],
    origin: NamedDependency[RequestOrigin],
) -> None:
    """Take another password. Every browser and every phone is signed out; the token or phone that
    asks stays.
    """
    await throttle.count_try(AT_SCREEN, origin, str(in_scope.actor.id))
    change = PasswordChange(current=data.current, new=data.new, end_tokens=data.end_tokens)
    await change_own_password(
        in_scope, change, (await present(request.scope)).hashed, throttle.origin_hashes(origin)
    )


HANDLERS = [
    my_sessions,
    end_one_session,
    end_all_sessions,
    my_tokens,
    end_one_token,
    change_my_password,
]
