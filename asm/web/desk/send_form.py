"""Send the desk's form: one guest, and the receipt or what is wrong."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from asm.accounts.access import Access
from asm.accounts.actor import Actor
from asm.accounts.sessions import enter_again
from asm.db.error_kinds import DATABASE_ERRORS, is_away
from asm.errors import Invalid, Unavailable
from asm.facilities.scope import facility_in_scope, require_member
from asm.stays.declaration import Declaration, EntryResult, Outcome
from asm.stays.entry import StayEntry
from asm.stays.intake.group_commit import Declare
from asm.stays.receipts.not_taken import outcome_unknown
from asm.web.desk.away import provide_sender, unsent_page
from asm.web.desk.read_paper import answer_scan, is_unread
from asm.web.desk.stay_form import (
    INPUT_OF_FIELD,
    StayForm,
    day_taken,
    entry_of,
    new_key,
    next_form,
    precision_of,
    read_form,
)
from asm.web.desk.view import desk_answer, desk_context
from asm.web.form_problems import FormProblem, problems_of_refusal, problems_of_rules
from asm.web.page import WebRequest


@post(
    "/desk/{facility_id:uuid}",
    include_in_schema=False,
    status_code=200,
    dependencies={"actor": Provide(provide_sender)},
)
async def send(
    request: WebRequest,
    facility_id: FromPath[UUID],
    access: NamedDependency[Access],
    declare_stays: NamedDependency[Declare],
) -> Response[Any]:
    data = await request.form()
    form, body, desk = read_form(data), await request.body(), (facility_id, access.actor)
    try:
        facility = await facility_in_scope(access, facility_id)
        if is_unread(data):
            require_member(access.actor, facility)
            return await answer_scan(request, access, facility)
        # No connection is held while others' declarations are waited for.
        await access.session.commit()
        result, form_problems = await _declare(declare_stays, access.actor, facility.id, form, body)
        await enter_again(access)
        shown = msgspec.structs.replace(form, key=new_key()) if form_problems else next_form(form)
        context = await desk_context(request, access, facility, shown)
    except Unavailable as refusal:
        raise unsent_page(request, desk, data, form.key, refusal) from refusal
    except DATABASE_ERRORS as error:
        if not is_away(error):
            raise
        # It may be stored: what is sent again with its key gets the same answer.
        raise unsent_page(request, desk, data, form.key, outcome_unknown()) from error
    context |= {"form_problems": form_problems, "sent": None if form_problems else result}
    # Refused because of a stay that stands: there it can be changed.
    context["standing"] = result.stay_id if form_problems and result else None
    if context["sent"]:
        entry, _ = entry_of(form, access.actor.now)
        context["day_taken"] = day_taken(form, entry, access.actor.now)
    context["here_again"] = result is not None and _asks_which(result)
    return desk_answer(request, access.actor, context, status=422 if form_problems else 200)


def _asks_which(result: EntryResult) -> bool:
    """Whether the earlier stay may be over without anybody having said so."""
    return any(
        known.rule in {"stay.hourly_again", "stay.namesake_again"}
        or (known.rule == "stay.same_arrival_differs" and known.field == "hourly")
        for known in result.problems
    )


async def _declare(
    declare_stays: Declare,
    actor: Actor,
    facility_id: UUID,
    form: StayForm,
    body: bytes,
) -> tuple[EntryResult | None, list[FormProblem]]:
    """Send the one entry of the form. A form that cannot be read is still checked by the rules,
    so that all its faults show at once.
    """
    entry, form_problems = entry_of(form, actor.now)
    declaration = _declaration(form, entry, facility_id, body, dry_run=bool(form_problems))
    try:
        outcome = await declare_stays(actor, declaration)
    except Invalid as refusal:
        if not isinstance(refusal.outcome, Outcome):
            # The browser's back button brings an old form with its old key: what is on it now is
            # kept and gets a key of its own.
            return None, problems_of_refusal(refusal, {}, "full_name")
        outcome = refusal.outcome
    result = outcome.results[0]
    named = {form_problem.name for form_problem in form_problems}
    form_problems += [
        form_problem
        for form_problem in problems_of_rules(result.problems, INPUT_OF_FIELD, "full_name")
        if form_problem.name not in named
    ]
    return result, form_problems


def _declaration(
    form: StayForm, entry: StayEntry, facility_id: UUID, body: bytes, *, dry_run: bool = False
) -> Declaration:
    return Declaration(
        facility_id=facility_id,
        entries=[entry],
        via="card_qr" if form.via == "card_qr" else "desk",
        key=form.key,
        body=body,
        dry_run=dry_run,
        precision=[precision_of(form)],
    )
