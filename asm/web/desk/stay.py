"""One stay at the desk: its details and versions, and the changes it may still have."""

from typing import Any, Final
from uuid import uuid4

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.db.base import vietnam_time
from asm.errors import Conflict, Invalid
from asm.facilities.rooms import rooms_on
from asm.facilities.scope import facility_in_scope, require_member
from asm.stays.change import change_stay
from asm.stays.changes import ChangeRequest
from asm.stays.queries import StayView, stay_in_scope
from asm.stays.stay_at import StayAt
from asm.web.desk.away import provide_sender
from asm.web.desk.change_form import CHANGE_INPUTS, CHANGES, change_of, day_taken
from asm.web.desk.show_stay import show_stay
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page

_FORM_FIELDS: Final = ("day", "time", "room", "reason")


@get("/desk/{facility_id:uuid}/stays/{stay_id:uuid}", include_in_schema=False)
async def stay_page(
    request: WebRequest,
    stay_at: NamedDependency[StayAt],
) -> Response[Any]:
    return await show_stay(request, stay_at)


@get("/desk/{facility_id:uuid}/stays/{stay_id:uuid}/{change:str}", include_in_schema=False)
async def change_page(
    request: WebRequest,
    stay_at: NamedDependency[StayAt],
    change: FromPath[str],
) -> Response[Any]:
    _known(change)
    stay = await stay_in_scope(stay_at)
    return await _form_page(request, stay_at.access, stay, change, {"key": str(uuid4())}, [])


@post(
    "/desk/{facility_id:uuid}/stays/{stay_id:uuid}/{change:str}",
    include_in_schema=False,
    status_code=200,
    dependencies={"actor": Provide(provide_sender)},
)
async def apply_change(
    request: WebRequest,
    stay_at: NamedDependency[StayAt],
    change: FromPath[str],
) -> Response[Any]:
    _known(change)
    form = {name: str(value) for name, value in (await request.form()).items()}
    typed_change, form_problems = change_of(change, form, stay_at.access.actor.now)
    if typed_change is not None:
        wanted = ChangeRequest(
            facility_id=stay_at.facility_id,
            stay_id=stay_at.stay_id,
            change=typed_change,
            via="desk",
            key=form.get("key") or None,
            body=await request.body(),
        )
        try:
            changed = await change_stay(stay_at.access, wanted)
        except (Invalid, Conflict) as refusal:
            form_problems = problems_of_refusal(refusal, CHANGE_INPUTS[change], CHANGES[change])
        else:
            done = "unchanged" if changed.unchanged else change
            back = f"/desk/{stay_at.facility_id}?done={done}&stay={stay_at.stay_id}"
            if day := day_taken(form, typed_change, stay_at.access.actor.now):
                back += f"&left={day}"
            return Redirect(back, status_code=303)
    stay = await stay_in_scope(stay_at)
    return await _form_page(request, stay_at.access, stay, change, form, form_problems)


async def _form_page(
    request: WebRequest,
    scope: Scope,
    stay: StayView,
    change: str,
    form: dict[str, str],
    form_problems: list[FormProblem],
) -> Response[Any]:
    facility = await facility_in_scope(scope, stay.facility_id)
    require_member(scope.actor, facility)
    today = vietnam_time(scope.actor.now).date()
    return page(
        request,
        "desk/change.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        stay=stay,
        back=f"/desk/{facility.id}",
        change=change,
        form={name: form.get(name, "") for name in ("key", *_FORM_FIELDS)},
        rooms=[room.name for room in await rooms_on(scope.session, facility.id, today)],
        form_problems=form_problems,
    )


def _known(change: str) -> None:
    if change not in CHANGES:
        raise NotFoundException
