"""For supervisors: who looked at whom, alarms, and the broken glasses that wait for a review."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from asm.accounts.access import Access, Scope
from asm.lookups.break_glass import glasses_to_review
from asm.lookups.reasons import REASONS
from asm.lookups.seen import (
    SeenFilter,
    look_up_alarms,
    looking_officers,
    open_looked_up_number,
    seen_look_ups,
)
from asm.web.dates import read_day
from asm.web.form_problems import FormProblem
from asm.web.page import WebRequest, page

_NAMES: Final = ("officer", "reason", "person", "first", "last", "glass")
_LAST_PAGE: Final = 1000


@get("/lookups/seen", include_in_schema=False, opt={"query": [*_NAMES, "page", "done"]})
async def seen_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    return await show_seen(request, in_scope)


@get("/lookups/seen/{look_up_id:uuid}/number", include_in_schema=False)
async def looked_up_number(
    request: WebRequest, look_up_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    """The number is on this page alone, which no cache keeps: each time is written down."""
    document = await open_looked_up_number(access, look_up_id)
    return page(request, "lookups/number.html", actor=access.actor, document=document)


async def show_seen(
    request: WebRequest,
    scope: Scope,
    *,
    form_problems: list[FormProblem] | None = None,
    note: tuple[str, str] = ("", ""),
) -> Response[Any]:
    """The page; `note`: what was typed of a review that was refused, with the glass's id."""
    typed = {name: request.query_params.get(name, "").strip()[:60] for name in _NAMES}
    wanted = SeenFilter(
        officer=_id(typed["officer"]),
        reason=typed["reason"] if typed["reason"] in REASONS else "",
        person=typed["person"].lower(),
        first=_day(scope, typed["first"]),
        last=_day(scope, typed["last"]),
        glass=typed["glass"] == "1",
        page=_number(request.query_params.get("page", "1")),
    )
    return page(
        request,
        "lookups/seen.html",
        actor=scope.actor,
        status=422 if form_problems else 200,
        form_problems=form_problems or [],
        note=note,
        typed=typed,
        seen=await seen_look_ups(scope, wanted),
        glasses=await glasses_to_review(scope),
        alarms=await look_up_alarms(scope),
        officers=[
            (str(each.id), f"{each.display_name} ({each.login})")
            for each in await looking_officers(scope)
        ],
        reasons=REASONS,
        address="/lookups/seen?" + urlencode({name: text for name, text in typed.items() if text}),
    )


def _day(scope: Scope, text: str) -> date | None:
    return read_day(text, today=scope.actor.now.date()) if text else None


def _id(text: str) -> UUID | None:
    """What is no officer's is nobody's, and narrows to nothing."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)


def _number(text: str) -> int:
    return min(max(1, int(text)), _LAST_PAGE) if text.isascii() and text.isdigit() else 1
