"""Correct what the officer declared for a house: the desk's forms, marked as the ward's."""

from typing import Any
from uuid import uuid4

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from asm.errors import Conflict, Invalid
from asm.facilities.facility import Facility
from asm.stays.assisted.assist import ASSISTED, house_of_ward
from asm.stays.assisted.correct import correct_assisted, require_correctable
from asm.stays.changes import Change, ChangeRequest
from asm.stays.queries import stay_in_scope
from asm.stays.stay_at import StayAt
from asm.web.desk.amend import amendment_of, shown_form
from asm.web.desk.change_form import CHANGE_INPUTS, CHANGES, change_of
from asm.web.desk.stay_form import INPUT_OF_FIELD, StayForm
from asm.web.desk.view import form_choices
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of


@get("/ward/assist/{facility_id:uuid}/stays/{stay_id:uuid}/amend", include_in_schema=False)
async def amend_assisted_page(
    request: WebRequest, stay_at: NamedDependency[StayAt]
) -> Response[Any]:
    house = await require_correctable(stay_at)
    stay = await stay_in_scope(stay_at)
    return await _amend_form(request, stay_at, house, shown_form(stay, language_of(request)))


@post(
    "/ward/assist/{facility_id:uuid}/stays/{stay_id:uuid}/amend",
    include_in_schema=False,
    status_code=200,
)
async def amend_assisted(request: WebRequest, stay_at: NamedDependency[StayAt]) -> Response[Any]:
    house = await house_of_ward(stay_at.access, stay_at.facility_id)
    stay = await stay_in_scope(stay_at)
    data, now = await request.form(), stay_at.access.actor.now
    amendment = amendment_of(data, stay, language_of(request), now)
    form_problems = amendment.problems
    if amendment.change is not None:
        try:
            await _correct(request, stay_at, amendment.change, amendment.form.key)
        except (Invalid, Conflict) as refusal:
            _refuse_if_closed(refusal)
            form_problems = problems_of_refusal(refusal, INPUT_OF_FIELD, "full_name")
        else:
            return Redirect(f"{_back(stay_at)}?done=assisted_amended", status_code=303)
    return await _amend_form(request, stay_at, house, amendment.form, form_problems)


@get("/ward/assist/{facility_id:uuid}/stays/{stay_id:uuid}/void", include_in_schema=False)
async def void_assisted_page(
    request: WebRequest, stay_at: NamedDependency[StayAt]
) -> Response[Any]:
    await require_correctable(stay_at)
    return await _void_form(request, stay_at, {"key": str(uuid4())})


@post(
    "/ward/assist/{facility_id:uuid}/stays/{stay_id:uuid}/void",
    include_in_schema=False,
    status_code=200,
)
async def void_assisted(request: WebRequest, stay_at: NamedDependency[StayAt]) -> Response[Any]:
    form = {name: str(value) for name, value in (await request.form()).items()}
    change, form_problems = change_of("void", form, stay_at.access.actor.now)
    if change is not None:
        try:
            await _correct(request, stay_at, change, form.get("key") or None)
        except (Invalid, Conflict) as refusal:
            _refuse_if_closed(refusal)
            form_problems = problems_of_refusal(refusal, CHANGE_INPUTS["void"], CHANGES["void"])
        else:
            return Redirect(f"{_back(stay_at)}?done=assisted_voided", status_code=303)
    return await _void_form(request, stay_at, form, form_problems)


async def _correct(request: WebRequest, stay_at: StayAt, change: Change, key: str | None) -> None:
    wanted = ChangeRequest(
        facility_id=stay_at.facility_id,
        stay_id=stay_at.stay_id,
        change=change,
        via=ASSISTED,
        key=key,
        body=await request.body(),
    )
    await correct_assisted(stay_at.access, wanted)


def _refuse_if_closed(refusal: Invalid | Conflict) -> None:
    """No form mends that: the whole page says so."""
    if refusal.code == "assisted_change_closed":
        raise refusal


def _back(stay_at: StayAt) -> str:
    return f"/ward/stays/{stay_at.facility_id}/{stay_at.stay_id}"


async def _amend_form(
    request: WebRequest,
    stay_at: StayAt,
    house: Facility,
    form: StayForm,
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    return page(
        request,
        "desk/amend.html",
        actor=stay_at.access.actor,
        status=422 if form_problems else 200,
        facility=house,
        back=_back(stay_at),
        form=form,
        form_problems=form_problems or [],
        **await form_choices(request, stay_at.access, house),
    )


async def _void_form(
    request: WebRequest,
    stay_at: StayAt,
    form: dict[str, str],
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    return page(
        request,
        "desk/change.html",
        actor=stay_at.access.actor,
        status=422 if form_problems else 200,
        stay=await stay_in_scope(stay_at),
        back=_back(stay_at),
        change="void",
        form={name: form.get(name, "") for name in ("key", "reason")},
        rooms=[],
        form_problems=form_problems or [],
    )
