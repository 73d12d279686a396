"""Who asks, from the session cookie; and what a form says that came without one."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access, Scope
from asm.accounts.actor import Actor
from asm.accounts.login import token_hash
from asm.accounts.roles import WARD_OFFICER
from asm.accounts.sessions import actor_of_session, sign_in_required
from asm.checks.flags.cases import cases_waiting
from asm.errors import Unauthenticated
from asm.facilities.waiting import waiting_facilities
from asm.settings import Settings
from asm.stays.intake.group_commit import Declare
from asm.stays.stay_at import StayAt
from asm.web.cookies import session_token
from asm.web.page import WebRequest, wants_part

#: Made anew for the form that sends it again.
_TOKEN: Final = "_csrf_token"  # noqa: S105 -- a field's name
_PASSWORDS: Final = frozenset({"password", "current"})


class SessionEnded(Unauthenticated):
    """A form came without a session. `again`: the fields to send once more; None where they do not
    travel twice: files, and forms that ask for a password.
    """

    def __init__(self, code: str, *, again: list[tuple[str, str]] | None) -> None:
        super().__init__(code)
        self.again = again


async def session_ended(request: WebRequest) -> SessionEnded:
    """The answer to a form, with what was typed into it."""
    return SessionEnded("sign_in_required", again=typed_again(await request.form()))


def typed_again(form: Any) -> list[tuple[str, str]] | None:
    """What of a form may be sent once more; None where something in it does not travel twice."""
    fields = [(name, value) for name, value in form.multi_items() if name != _TOKEN]
    if any(name in _PASSWORDS or name.endswith("_password") for name, _ in fields):
        return None
    if any(isinstance(value, UploadFile) and value.filename for _, value in fields):
        return None
    return [(name, value) for name, value in fields if isinstance(value, str)]


async def provide_actor(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
) -> Actor:
    """The signed-in person, with the database's row-level scope opened. Raises Unauthenticated, for
    a form SessionEnded with what was typed.
    """
    token = session_token(request, settings)
    hashed, desks = token_hash(token or ""), request.app.state.known_desks
    try:
        if not token:
            raise sign_in_required()
        actor = await actor_of_session(session, token)
    except Unauthenticated as ended:
        desks.forget(hashed)
        if request.method == "POST":
            raise await session_ended(request) from ended
        raise
    desks.put(hashed, actor)
    if wants_part(request):  # which says nothing of what waits
        return actor
    scope = Scope(session, actor)
    if actor.role == WARD_OFFICER:
        return msgspec.structs.replace(actor, cases=await cases_waiting(scope))
    return msgspec.structs.replace(actor, waiting=await waiting_facilities(scope))


async def provide_scope(
    session: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Scope:
    """What a signed-in page has in hand that opens nothing sealed: no vault is
    needed. Handlers call it `in_scope`; `scope` is the framework's own word for a request.
    """
    return Scope(session, actor)


async def provide_access(
    session: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    state: State,
) -> Access:
    """What a signed-in page has in hand that opens what is sealed, or seals it. Keys come after the
    actor: who cannot be asked about is told so first.
    """
    return Access(session, actor, await state.vault.current())


async def provide_stay_at(
    facility_id: FromPath[UUID], stay_id: FromPath[UUID], access: NamedDependency[Access]
) -> StayAt:
    """The stay that the address names."""
    return StayAt(access, facility_id, stay_id)


async def provide_declare(state: State) -> Declare:
    """The way into the database for stays. Commit first: no connection is held while waiting."""
    declare: Declare = state.commits.door(state.vault)
    return declare
