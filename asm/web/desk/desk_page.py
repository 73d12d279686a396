"""The reception desk: who is in house, and the form in which to scan or type."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from asm.accounts.access import Access, Scope
from asm.accounts.roles import ADMINISTRATOR, HOST_ROLES
from asm.errors import Conflict, Invalid
from asm.facilities.scope import facilities_of, facility_in_scope, require_member
from asm.stays.queries import LAST_PAGE
from asm.wards.send_back import answer_return, returned_stays, waiting_returns
from asm.wards.suspend import standing_suspension, suspensions_of
from asm.web.desk.away import provide_reception
from asm.web.desk.stay_form import StayForm
from asm.web.desk.view import desk_context
from asm.web.form_problems import problems_of_refusal
from asm.web.landing import HOME
from asm.web.page import WebRequest, page

#: What the desk may be told after a change on another page; anything else is ignored.
_DONE = frozenset({"depart", "extend", "move", "void", "amend", "undo", "unchanged"})


@get("/desk", include_in_schema=False)
async def my_desks(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    """Straight to the only desk. The administrator, who has none, gets the list of facilities."""
    role = in_scope.actor.role
    if role not in {*HOST_ROLES, ADMINISTRATOR}:
        return Redirect(HOME[role], status_code=303)
    facilities = await facilities_of(in_scope)
    active = [facility for facility in facilities if facility.status == "active"]
    if role in HOST_ROLES and len(facilities) == 1 and active:
        return Redirect(f"/desk/{active[0].id}", status_code=303)
    return page(request, "desk/choose.html", actor=in_scope.actor, facilities=facilities)


@get(
    "/desk/{facility_id:uuid}",
    include_in_schema=False,
    dependencies={"actor": Provide(provide_reception)},
)
async def desk_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    access: NamedDependency[Access],
    done: FromQuery[str] = "",
    stay: FromQuery[UUID | None] = None,
    left: FromQuery[date | None] = None,
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    facility = await facility_in_scope(access, facility_id)
    require_member(access.actor, facility)
    if facility.status != "active":
        return Redirect(f"/facilities/{facility.id}", status_code=303)
    context = await desk_context(request, access, facility, StayForm(), number)
    context["done"] = done if done in _DONE else ""
    context["done_stay"], context["left"] = stay, left
    context |= await from_ward(access, facility.id)
    return page(request, "desk/desk.html", actor=access.actor, **context)


@post(
    "/desk/{facility_id:uuid}/returns/{return_id:uuid}/answer",
    include_in_schema=False,
    status_code=200,
)
async def answer(
    request: WebRequest,
    facility_id: FromPath[UUID],
    return_id: FromPath[UUID],
    access: NamedDependency[Access],
) -> Response[Any]:
    """Answer the ward about a declaration that it sent back."""
    typed = str((await request.form()).get(f"answer-{return_id}", ""))
    try:
        async with access.session.begin_nested():
            await answer_return(access, facility_id, return_id, typed)
    except (Invalid, Conflict) as refusal:
        facility = await facility_in_scope(access, facility_id)
        context = await desk_context(request, access, facility, StayForm())
        context |= await from_ward(access, facility.id)
        name = f"answer-{return_id}"
        context["form_problems"] = problems_of_refusal(refusal, {"answer": name}, name)
        return page(request, "desk/desk.html", actor=access.actor, status=422, **context)
    return Redirect(f"/desk/{facility_id}", status_code=303)


async def from_ward(access: Access, facility_id: UUID) -> dict[str, Any]:
    """What the ward wants of the house: declarations to look at again, and a suspension."""
    return {
        "returned": waiting_returns(await returned_stays(access, facility_id)),
        "suspended": standing_suspension(await suspensions_of(access, facility_id)),
    }
