"""Correct what was told of a guest; the old version stays on record."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from asm.errors import Conflict, Invalid
from asm.facilities.scope import facility_in_scope, require_member
from asm.stays.change import change_stay
from asm.stays.changes import Amend, ChangeRequest
from asm.stays.queries import stay_in_scope
from asm.stays.stay_at import StayAt
from asm.web.desk.away import provide_sender
from asm.web.desk.stay_form import (
    INPUT_OF_FIELD,
    StayForm,
    changed_guest,
    entry_of,
    form_of_guest,
    read_form,
)
from asm.web.desk.view import form_choices
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of


@get("/desk/{facility_id:uuid}/stays/{stay_id:uuid}/amend", include_in_schema=False)
async def amend_page(
    request: WebRequest,
    stay_at: NamedDependency[StayAt],
) -> Response[Any]:
    stay = await stay_in_scope(stay_at)
    form = form_of_guest(stay.guest, language_of(request))
    return await _answer(request, stay_at, form, [])


@post(
    "/desk/{facility_id:uuid}/stays/{stay_id:uuid}/amend",
    include_in_schema=False,
    status_code=200,
    dependencies={"actor": Provide(provide_sender)},
)
async def amend(
    request: WebRequest,
    stay_at: NamedDependency[StayAt],
) -> Response[Any]:
    stay = await stay_in_scope(stay_at)
    now = stay_at.access.actor.now
    form = read_form(await request.form())
    entry, form_problems = entry_of(form, now)
    if not form_problems:
        guest = changed_guest(stay.guest, entry.guest, language_of(request), now)
        wanted = ChangeRequest(
            facility_id=stay_at.facility_id,
            stay_id=stay_at.stay_id,
            change=Amend(guest=guest),
            via="desk",
            key=form.key,
            body=await request.body(),
        )
        try:
            await change_stay(stay_at.access, wanted)
        except (Invalid, Conflict) as refusal:
            form_problems = problems_of_refusal(refusal, INPUT_OF_FIELD, "full_name")
        else:
            return Redirect(f"/desk/{stay_at.facility_id}?done=amend", status_code=303)
    return await _answer(request, stay_at, form, form_problems)


async def _answer(
    request: WebRequest, stay_at: StayAt, form: StayForm, form_problems: list[FormProblem]
) -> Response[Any]:
    access = stay_at.access
    facility = await facility_in_scope(access, stay_at.facility_id)
    require_member(access.actor, facility)
    return page(
        request,
        "desk/amend.html",
        actor=access.actor,
        status=422 if form_problems else 200,
        facility=facility,
        form=form,
        form_problems=form_problems,
        **await form_choices(request, access, facility),
    )
