"""The desk reads a paper: by its scanner, or in a photograph that nobody keeps."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from asm.accounts.access import Access
from asm.accounts.sessions import enter_again
from asm.facilities.facility import Facility
from asm.facilities.scope import facility_in_scope, require_member
from asm.web.desk.scan import INCOMPLETE, Filled, Scan, doubted_name, read_photo, read_scan
from asm.web.desk.stay_form import read_form
from asm.web.desk.view import desk_answer, desk_context
from asm.web.form_problems import problems_of_rules
from asm.web.page import WebRequest
from asm.web.page_texts import language_of


@post("/desk/{facility_id:uuid}/scan", include_in_schema=False, status_code=200)
async def scan(
    request: WebRequest, facility_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    facility = await facility_in_scope(access, facility_id)
    require_member(access.actor, facility)
    return await answer_scan(request, access, facility)


async def answer_scan(request: WebRequest, access: Access, facility: Facility) -> Response[Any]:
    """The desk with what the request's scan box held read into its form."""
    data = await request.form()
    scanned = Scan(
        text=str(data.get("card_text", "")),
        begun=str(data.get("zone_begun", "")),
        name_confirmed=bool(data.get("card_name_confirmed")),
    )
    filled = read_scan(scanned, read_form(data), access.actor.now, language=language_of(request))
    return await _show(request, access, (facility, filled, scanned))


def is_unread(data: Mapping[str, Any]) -> bool:
    """Whether a sent form's scan box holds what was not read yet: where no script is, Enter in the
    box sends the form. What was refused before stands there to be mended and is no scan.
    """
    text = str(data.get("card_text", "")).strip()
    return bool(text) and text != str(data.get("scan_known", "")).strip()


@post("/desk/{facility_id:uuid}/photo", include_in_schema=False, status_code=200)
async def photo(
    request: WebRequest, facility_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    facility = await facility_in_scope(access, facility_id)
    require_member(access.actor, facility)
    data = await request.form()
    file = data.get("photo")
    picture = await file.read() if isinstance(file, UploadFile) else b""
    # Looking at a picture takes a while: no connection is kept from others meanwhile.
    await access.session.commit()
    filled = await read_photo(
        picture,
        read_form(data),
        access.actor.now,
        passport=data.get("paper") == "passport",
        language=language_of(request),
    )
    await enter_again(access)
    return await _show(request, access, (facility, filled, None))


async def _show(
    request: WebRequest, access: Access, read: tuple[Facility, Filled, Scan | None]
) -> Response[Any]:
    """The desk with what was read. `read` ends with what was scanned, None for a photograph."""
    facility, (form, problems), scanned = read
    begun = scanned is not None and any(item.rule == INCOMPLETE for item in problems)
    form_problems = (
        [] if begun else problems_of_rules(problems, {}, "card_text" if scanned else "photo")
    )
    context = await desk_context(request, access, facility, form)
    context |= {
        "form_problems": form_problems,
        # The lines to come are awaited, not missed.
        "notes": [item for item in problems if begun or item.severity != "refuse"],
        "scan_text": scanned.text if scanned and form_problems else "",
        "zone_begun": scanned.whole if scanned and begun else "",
        "doubted_name": doubted_name(scanned, problems, access.actor.now) if scanned else "",
        "scanned": not form_problems and not begun,
    }
    return desk_answer(request, access.actor, context, status=422 if form_problems else 200)
