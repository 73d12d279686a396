"""Declare for a house that cannot: choose it, or register it, then the same form as at the desk."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from asm.accounts.access import Access, Scope
from asm.errors import Conflict, Invalid, TooMany
from asm.facilities.facility import Facility
from asm.facilities.scope import facility_in_scope, require_ward
from asm.settings import Settings
from asm.stays.assisted.assist import ASSISTED, assist
from asm.stays.declaration import Declaration, EntryResult, Outcome
from asm.wards.facility_list import HouseFilter, houses_of_ward
from asm.web.desk.stay_form import (
    INPUT_OF_FIELD,
    StayForm,
    entry_of,
    new_key,
    next_form,
    precision_of,
    read_form,
)
from asm.web.desk.view import due_now, form_choices
from asm.web.form_problems import FormProblem, problems_of_refusal, problems_of_rules
from asm.web.kept.kept_answer import Keeper
from asm.web.page import WebRequest, page
from asm.web.ward.flags_page import own_ward


@get("/ward/assist", include_in_schema=False)
async def choose_house(
    request: WebRequest,
    in_scope: NamedDependency[Scope],
    facility: FromQuery[UUID | None] = None,
    q: FromQuery[str] = "",
) -> Response[Any]:
    """Which house: those that declare themselves are there, too, for the day their device fails."""
    code = own_ward(in_scope.actor)
    if facility is not None:
        return Redirect(f"/ward/assist/{facility}", status_code=303)
    # Who is in a suspended house must be declared all the same.
    only = HouseFilter(state="active", suspended_too=True, q=q.strip()[:100] or None)
    return page(
        request,
        "ward/assist_choose.html",
        actor=in_scope.actor,
        houses=await houses_of_ward(in_scope, code, only),
        q=only.q or "",
    )


class Assisted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a declaration, and the form for the next guest."""

    facility_id: UUID
    result: EntryResult
    next_form: StayForm


@get("/ward/assist/{facility_id:uuid}", include_in_schema=False, opt={"query": ["sent"]})
async def assist_page(
    request: WebRequest,
    facility_id: FromPath[UUID],
    access: NamedDependency[Access],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    house = await _house(access, facility_id)
    if house.status != "active":
        return Redirect(f"/ward/facilities/{house.id}", status_code=303)
    sent = None
    if "sent" in request.query_params:
        sent = Keeper(request, settings, access.keys, access.actor.now).read("assisted", Assisted)
    if sent is None or sent.facility_id != house.id:
        return await _page(request, access, house, StayForm())
    return await _page(request, access, house, _with_new_key(sent.next_form), sent=sent.result)


@post("/ward/assist/{facility_id:uuid}", include_in_schema=False, status_code=200)
async def send_for_house(
    request: WebRequest,
    facility_id: FromPath[UUID],
    access: NamedDependency[Access],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    house = await _house(access, facility_id)
    form = read_form(await request.form())
    result, problems = await _declare(access, house.id, form, await request.body())
    if problems or result is None:
        return await _page(request, access, house, form, problems)
    sent = Assisted(facility_id=house.id, result=result, next_form=next_form(form))
    kept = Keeper(request, settings, access.keys, access.actor.now).cookie("assisted", sent)
    return Redirect(f"/ward/assist/{house.id}?sent=1", status_code=303, cookies=[kept])


async def _house(scope: Scope, facility_id: UUID) -> Facility:
    own_ward(scope.actor)
    house = await facility_in_scope(scope, facility_id)
    require_ward(scope.actor, house.ward_code)
    return house


async def _declare(
    access: Access, facility_id: UUID, form: StayForm, body: bytes
) -> tuple[EntryResult | None, list[FormProblem]]:
    """A form that cannot be read is still checked by the rules, so that all shows at once."""
    entry, problems = entry_of(form, access.actor.now)
    declaration = Declaration(
        facility_id=facility_id,
        entries=[entry],
        via=ASSISTED,
        key=form.key,
        body=body,
        dry_run=bool(problems),
        precision=[precision_of(form)],
    )
    try:
        outcome = await assist(access, declaration)
    except (Invalid, Conflict, TooMany) as refusal:
        if not isinstance(refusal.outcome, Outcome):
            return None, problems_of_refusal(refusal, {}, "full_name")
        outcome = refusal.outcome
    result = outcome.results[0]
    named = {each.name for each in problems}
    problems += [
        each
        for each in problems_of_rules(result.problems, INPUT_OF_FIELD, "full_name")
        if each.name not in named
    ]
    return result, problems


async def _page(
    request: WebRequest,
    scope: Scope,
    house: Facility,
    form: StayForm,
    form_problems: list[FormProblem] | None = None,
    sent: EntryResult | None = None,
) -> Response[Any]:
    shown = form if form_problems is None else _with_new_key(form)
    return page(
        request,
        "ward/assist.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        facility=house,
        form=shown,
        due=due_now(scope.actor, house),
        sent=sent,
        form_problems=form_problems or [],
        **await form_choices(request, scope, house),
    )


def _with_new_key(form: StayForm) -> StayForm:
    """What was refused and is mended is another declaration."""
    return msgspec.structs.replace(form, key=new_key())
