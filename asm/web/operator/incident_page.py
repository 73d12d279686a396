"""The log of degraded intake: open to everyone signed in, written by administrators."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Scope
from asm.db.base import VIETNAM, vietnam_time
from asm.errors import Conflict, Invalid
from asm.stays.incidents.incident_log import (
    NewIncident,
    close_incident,
    list_incidents,
    open_incident,
    withdraw_incident,
)
from asm.web.form_problems import FormProblem, form_problem, problems_of_refusal
from asm.web.page import WebRequest, page

_INPUTS: Final = {
    "started_at": "started", "wards": "wards", "facilities": "facilities", "note": "note",
}  # fmt: skip
_FORM: Final = ("started", "ended", "wards", "facilities", "note")


@get("/incidents", include_in_schema=False)
async def incidents_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    return await _page(request, in_scope, {}, [])


@post("/incidents", include_in_schema=False, status_code=200)
async def open_incident_page(
    request: WebRequest, in_scope: NamedDependency[Scope]
) -> Response[Any]:
    form = {name: str(value).strip() for name, value in (await request.form()).items()}
    incident, form_problems = _incident_of(form)
    if incident is not None:
        try:
            async with in_scope.session.begin_nested():
                await open_incident(in_scope.session, in_scope.actor, incident)
        except Invalid as refusal:
            form_problems = problems_of_refusal(refusal, _INPUTS, "started")
        else:
            return Redirect("/incidents", status_code=303)
    return await _page(request, in_scope, form, form_problems)


@post("/incidents/{number:int}/close", include_in_schema=False, status_code=200)
async def close_incident_page(
    request: WebRequest, number: FromPath[int], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    try:
        async with in_scope.session.begin_nested():
            await close_incident(in_scope.session, in_scope.actor, number)
    except Conflict as refusal:
        form_problems = problems_of_refusal(refusal, {}, "log")
        return await _page(request, in_scope, {}, form_problems)
    return Redirect("/incidents", status_code=303)


@post("/incidents/{number:int}/withdraw", include_in_schema=False, status_code=200)
async def withdraw_incident_page(
    number: FromPath[int], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    await withdraw_incident(in_scope.session, in_scope.actor, number)
    return Redirect("/incidents", status_code=303)


def _incident_of(form: dict[str, str]) -> tuple[NewIncident | None, list[FormProblem]]:
    form_problems: list[FormProblem] = []
    started = _moment(form, "started", form_problems)
    ended = _moment(form, "ended", form_problems) if form.get("ended") else None
    facilities = _ids(form, form_problems)
    if form_problems or started is None:
        return None, form_problems
    return (
        NewIncident(
            started_at=started,
            ended_at=ended,
            wards=form.get("wards", "").replace(",", " ").split(),
            facilities=facilities,
            note=form.get("note", ""),
        ),
        [],
    )


def _moment(form: dict[str, str], name: str, form_problems: list[FormProblem]) -> datetime | None:
    try:
        return datetime.fromisoformat(form.get(name, "")).replace(tzinfo=VIETNAM)
    except ValueError:
        form_problems.append(form_problem(name, "form.moment"))
        return None


def _ids(form: dict[str, str], form_problems: list[FormProblem]) -> list[UUID]:
    try:
        return [UUID(text) for text in form.get("facilities", "").replace(",", " ").split()]
    except ValueError:
        form_problems.append(form_problem("facilities", "form.facility_ids"))
        return []


async def _page(
    request: WebRequest, scope: Scope, form: dict[str, str], form_problems: list[FormProblem]
) -> Response[Any]:
    now = vietnam_time(scope.actor.now).strftime("%Y-%m-%dT%H:%M")
    return page(
        request,
        "operator/incidents.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        incidents=await list_incidents(scope.session),
        form={name: form.get(name, now if name == "started" else "") for name in _FORM},
        form_problems=form_problems,
    )


HANDLERS: Final = (
    incidents_page,
    open_incident_page,
    close_incident_page,
    withdraw_incident_page,
)
