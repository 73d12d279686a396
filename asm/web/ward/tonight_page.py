"""Tonight: who has not declared comes first, then what is urgent, and the night in four figures."""

from datetime import date, datetime, time
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from asm.accounts.access import Access, Scope
from asm.analytics.tonight import newest_declared
from asm.checks.flags.cases import CaseFilter, page_of_cases, urgent_flags
from asm.checks.late_guest import CHECK_ID as LATE
from asm.db.base import VIETNAM
from asm.errors import Invalid
from asm.facilities.scope import facility_in_scope
from asm.stays.queries import LAST_PAGE
from asm.wards.calls import OUTCOMES, note_call
from asm.wards.evening.arrivals import arrivals_by_half_hour
from asm.wards.evening.evening import Evening, ward_evening
from asm.wards.evening.recent_nights import nights_before
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.page import WebRequest, page
from asm.web.ward.flags.work_list import first_guests
from asm.web.ward.flags_page import own_ward
from asm.web.ward.night_shown import WardNight, ward_night
from asm.web.ward.silent_listed import first_listed, listed_page

_URGENT: Final = 7
_LATE: Final = 3
#: The hour of the law for who came in the evening.
_DEADLINE: Final = time(23)
_JUST_NOTED: Final = 6


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A line of what was noted lately: what a house said, or what a call came to."""

    at: datetime
    facility_id: UUID
    facility_name: str
    outcome: str
    by: str = ""
    note: str = ""


@get("/ward", include_in_schema=False, opt={"query": ["done"]})
async def tonight_page(
    request: WebRequest,
    access: NamedDependency[Access],
    night: FromQuery[date | None] = None,
    all_silent: Annotated[str, QueryParameter(name="all")] = "",
    called: FromQuery[UUID | None] = None,
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
) -> Response[Any]:
    if number > 1 and not all_silent:  # as the list of guests was addressed when it stood here
        query = f"page={number}" if night is None else f"night={night}&page={number}"
        return Redirect(f"/ward/guests?{query}", status_code=301)
    shown = await ward_night(access, night)
    code = shown.ward.code
    evening = await ward_evening(access, code, shown.night)
    silence = evening.silence
    listed = listed_page(silence, number) if all_silent else first_listed(silence)
    before = await nights_before(access, code, shown.night)
    urgent = await urgent_flags(access, code, _URGENT)
    late = await page_of_cases(access, code, CaseFilter(check_id=LATE), size=_LATE)
    return page(
        request,
        "ward/tonight.html",
        actor=access.actor,
        shown=shown,
        tonight=evening.tonight,
        silence=silence,
        listed=listed,
        newest=await newest_declared(
            access, [house.facility.id for house in listed.houses], shown.night
        ),
        headline=_headline(shown, evening),
        before=before,
        week_ago=before[1] if len(before) > 1 else None,
        urgent=urgent,
        late=late,
        guests=await first_guests(access, code, [*urgent, *late.cases]),
        arrivals=await arrivals_by_half_hour(access, code, shown.night),
        noted=_noted(evening)[:_JUST_NOTED],
        called=next((call for call in evening.calls if call.facility_id == called), None),
        now=access.actor.now,
        before_deadline=access.actor.now < datetime.combine(shown.night, _DEADLINE, VIETNAM),
    )


@get("/ward/calls/{facility_id:uuid}", include_in_schema=False)
async def call_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    own_ward(in_scope.actor)
    return await _call_form(request, in_scope, facility_id, {})


@post("/ward/calls/{facility_id:uuid}", include_in_schema=False, status_code=200)
async def note_call_page(
    request: WebRequest, facility_id: FromPath[UUID], in_scope: NamedDependency[Scope]
) -> Response[Any]:
    own_ward(in_scope.actor)
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        async with in_scope.session.begin_nested():
            await note_call(in_scope, facility_id, form.get("outcome", ""), form.get("note", ""))
    except Invalid as refusal:
        form_problems = problems_of_refusal(refusal, {}, "outcome")
        return await _call_form(request, in_scope, facility_id, form, form_problems)
    return Redirect(f"/ward?called={facility_id}", status_code=303)


async def _call_form(
    request: WebRequest,
    scope: Scope,
    facility_id: UUID,
    form: dict[str, str],
    form_problems: list[FormProblem] | None = None,
) -> Response[Any]:
    return page(
        request,
        "ward/call.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        facility=await facility_in_scope(scope, facility_id),
        outcomes=OUTCOMES,
        form=form,
        form_problems=form_problems or [],
    )


def _headline(shown: WardNight, evening: Evening) -> str:
    """What the page says first."""
    tonight, silence = evening.tonight, evening.silence
    if shown.ward.ended is not None and shown.night == shown.last:
        return "ended"
    if not tonight.facilities_active:
        return "no_facilities"
    if not shown.is_current:
        return "past"
    if not tonight.certain:
        return "stale"
    if silence.to_call:
        return "call"
    return "some_silent" if tonight.silent else "all_spoke"


def _noted(evening: Evening) -> list[Noted]:
    """The newest first."""
    said = [
        Noted(
            at=each.quiet_said_at,
            facility_id=each.id,
            facility_name=each.name,
            outcome="quiet",
        )
        for each in evening.tonight.quiet
        if each.quiet_said_at is not None
    ]
    calls = [
        Noted(
            at=call.at,
            facility_id=call.facility_id,
            facility_name=call.facility_name,
            outcome=call.outcome,
            by=call.by,
            note=call.note,
        )
        for call in evening.calls
    ]
    return sorted([*said, *calls], key=lambda line: line.at, reverse=True)
