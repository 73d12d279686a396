"""Correct what was told of a guest, when they came and why; the old version stays on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from asm.db.base import vietnam_time
from asm.errors import Conflict, Invalid
from asm.facilities.scope import facility_in_scope, require_member
from asm.stays.change import change_stay
from asm.stays.changes import Amend, ChangeRequest, GuestChange
from asm.stays.entry import StayEntry
from asm.stays.queries import StayView, stay_in_scope
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
    return await _answer(request, stay_at, shown_form(stay, language_of(request)), [])


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
    amendment = amendment_of(
        await request.form(), stay, language_of(request), stay_at.access.actor.now
    )
    form_problems = amendment.problems
    if amendment.change is not None:
        wanted = ChangeRequest(
            facility_id=stay_at.facility_id,
            stay_id=stay_at.stay_id,
            change=amendment.change,
            via="desk",
            key=amendment.form.key,
            body=await request.body(),
        )
        try:
            changed = await change_stay(stay_at.access, wanted)
        except (Invalid, Conflict) as refusal:
            form_problems = problems_of_refusal(refusal, INPUT_OF_FIELD, "full_name")
        else:
            done = "unchanged" if changed.unchanged else "amend"
            return Redirect(f"/desk/{stay_at.facility_id}?done={done}", status_code=303)
    return await _answer(request, stay_at, amendment.form, form_problems)


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it came, and the change that it asks for: None where it could not be read."""

    form: StayForm
    change: Amend | None
    problems: list[FormProblem]


def amendment_of(
    data: Mapping[str, Any], stay: StayView, language: str, now: datetime
) -> Amendment:
    """What a sent form changes of the stay that it was filled with."""
    shown = shown_form(stay, language)
    form = _with_arrival(read_form(data), shown)
    if "residence_country" not in data:  # a page from before it was asked
        form = msgspec.structs.replace(form, residence_country=shown.residence_country)
    entry, form_problems = entry_of(form, now)
    if form_problems:
        return Amendment(form=form, change=None, problems=form_problems)
    guest = changed_guest(stay.guest, entry.guest, language, now)
    change = Amend(guest=GuestChange.to(guest), **_of_the_stay(data, (shown, form), entry))
    return Amendment(form=form, change=change, problems=[])


def shown_form(stay: StayView, language: str) -> StayForm:
    """The form as it opens: the guest, and of the stay what has no form of its own."""
    came = vietnam_time(stay.arrived_at)
    return msgspec.structs.replace(
        form_of_guest(stay.guest, language),
        arrived_day=f"{came:%d/%m/%Y}",
        arrived_time=f"{came:%H:%M}",
        hourly="1" if stay.hourly else "",
        reason=str(stay.reason or ""),
        reason_text=stay.reason_text or "",
    )


def _with_arrival(form: StayForm, shown: StayForm) -> StayForm:
    """What of the arrival was left empty is what it was, not now."""
    return msgspec.structs.replace(
        form,
        arrived_day=form.arrived_day or shown.arrived_day,
        arrived_time=form.arrived_time or shown.arrived_time,
    )


def _of_the_stay(
    data: Mapping[str, Any], forms: tuple[StayForm, StayForm], entry: StayEntry
) -> dict[str, Any]:
    """What of the stay was really changed; `forms`: as it was shown, and as it came. An arrival is
    shown to the minute, and one that was left alone keeps its seconds. `data` without the list of
    reasons is no form that shows the stay.
    """
    shown, form = forms
    changes: dict[str, Any] = {}
    if (form.arrived_day, form.arrived_time) != (shown.arrived_day, shown.arrived_time):
        changes["arrived_at"] = entry.arrived_at
    if "reason" not in data:
        return changes
    if form.hourly != shown.hourly:
        changes["hourly"] = entry.hourly
        if entry.hourly:  # as the desk declares it
            changes["planned_departure_at"] = None
    for name in ("reason", "reason_text"):
        if getattr(form, name) != getattr(shown, name):
            changes[name] = getattr(entry, name)
    return changes


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
        back=f"/desk/{facility.id}",
        form=form,
        form_problems=form_problems,
        **await form_choices(request, access, facility),
    )
