"""The reception desk: scan or type, choose a room, send, see the receipt."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.sessions import enter_again
from asm.errors import Invalid
from asm.facilities.scope import facilities_of, facility_in_scope, require_member
from asm.identity.keys import Keys
from asm.stays.group_commit import Declare
from asm.stays.queries import LAST_PAGE
from asm.stays.submission import EntryResult, Outcome, Submission
from asm.web.desk.form import (
    INPUT_OF_FIELD,
    StayForm,
    entry_of,
    new_key,
    next_form,
    read_form,
)
from asm.web.desk.view import desk_answer, desk_context
from asm.web.page import WebRequest, page
from asm.web.trouble import Trouble, troubles_of_refusal, troubles_of_rules

#: What the desk may be told after a change on another page; anything else is ignored.
_DONE = frozenset({"depart", "extend", "move", "void", "amend"})


@get("/desk", include_in_schema=False)
async def my_desks(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
) -> Response[Any]:
    if actor.role == "ward_officer":
        return Redirect("/ward", status_code=303)
    facilities = await facilities_of(session, actor)
    active = [place for place in facilities if place.status == "active"]
    if len(facilities) == 1 and active:
        return Redirect(f"/desk/{active[0].id}", status_code=303)
    return page(request, "desk/choose.html", actor=actor, facilities=facilities)


@get("/desk/{facility_id:uuid}", include_in_schema=False)
async def desk_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    done: FromQuery[str] = "",
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    facility = await facility_in_scope(session, actor, facility_id)
    require_member(actor, facility)
    if facility.status != "active":
        return Redirect(f"/facilities/{facility.id}", status_code=303)
    context = await desk_context(request, session, keys, actor, facility, StayForm(), number)
    context["done"] = done if done in _DONE else ""
    return page(request, "desk/desk.html", actor=actor, **context)


@post("/desk/{facility_id:uuid}", include_in_schema=False, status_code=200)
async def send(
    request: WebRequest,
    facility_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    declare_stays: NamedDependency[Declare],
) -> Response[Any]:
    facility = await facility_in_scope(session, actor, facility_id)
    form = read_form(await request.form())
    body = await request.body()
    await session.commit()  # no connection is held while others' declarations are waited for
    result, troubles = await _declare(declare_stays, actor, facility.id, form, body)
    await enter_again(session, actor)
    shown = msgspec.structs.replace(form, key=new_key()) if troubles else next_form(form)
    context = await desk_context(request, session, keys, actor, facility, shown)
    context |= {"troubles": troubles, "sent": result}
    return desk_answer(request, actor, context, status=422 if troubles else 200)


async def _declare(
    declare_stays: Declare,
    actor: Actor,
    facility_id: UUID,
    form: StayForm,
    body: bytes,
) -> tuple[EntryResult | None, list[Trouble]]:
    """Send the one entry of the form. A form that cannot be read is still checked by the rules,
    so that all its faults show at once.
    """
    entry, troubles = entry_of(form, actor.now)
    submission = Submission(
        facility_id=facility_id,
        entries=[entry],
        via="card_qr" if form.via == "card_qr" else "desk",
        key=form.key,
        body=body,
        dry_run=bool(troubles),
    )
    try:
        outcome = await declare_stays(actor, submission)
    except Invalid as refusal:
        if not isinstance(refusal.outcome, Outcome):
            # The browser's back button brings an old form with its old key: what is on it now is
            # kept and gets a key of its own.
            return None, troubles_of_refusal(refusal, {}, "full_name")
        outcome = refusal.outcome
    result = outcome.results[0]
    named = {trouble.name for trouble in troubles}
    troubles += [
        trouble
        for trouble in troubles_of_rules(result.problems, INPUT_OF_FIELD, "full_name")
        if trouble.name not in named
    ]
    return (None if troubles else result), troubles
