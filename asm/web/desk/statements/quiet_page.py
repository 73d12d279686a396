"""One tap at the desk: nobody new tonight; and that taken back."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Access
from asm.errors import Conflict
from asm.facilities.scope import facility_in_scope
from asm.stays.statements.quiet_nights import say_quiet, take_back_quiet
from asm.web.desk.stay_form import StayForm
from asm.web.desk.view import desk_context
from asm.web.form_problems import problems_of_refusal
from asm.web.page import WebRequest, page


@post("/desk/{facility_id:uuid}/quiet", include_in_schema=False, status_code=200)
async def say_quiet_page(
    request: WebRequest, facility_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    try:
        async with access.session.begin_nested():
            await say_quiet(access, facility_id, None, "desk")
    except Conflict as refusal:
        facility = await facility_in_scope(access, facility_id)
        context = await desk_context(request, access, facility, StayForm())
        context["form_problems"] = problems_of_refusal(refusal, {"night": "quiet"}, "quiet")
        return page(request, "desk/desk.html", actor=access.actor, status=422, **context)
    return Redirect(f"/desk/{facility_id}#quiet", status_code=303)


@post("/desk/{facility_id:uuid}/quiet/{night:date}/undo", include_in_schema=False, status_code=303)
async def take_back_quiet_page(
    facility_id: FromPath[UUID], night: FromPath[date], access: NamedDependency[Access]
) -> Redirect:
    await take_back_quiet(access, facility_id, night)
    return Redirect(f"/desk/{facility_id}#quiet", status_code=303)
