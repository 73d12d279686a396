"""The desk reads a paper: by its scanner, or in a photograph that nobody keeps."""

from collections.abc import Mapping
from datetime import datetime
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
from asm.web.desk.away import reader_with
from asm.web.desk.scan import (
    Filled,
    Scan,
    read_photo,
    read_scan,
    reading_context,
    replaced_guest,
    without_room_of,
)
from asm.web.desk.stay_form import read_form
from asm.web.desk.view import desk_answer, desk_context
from asm.web.page import WebRequest, wants_part
from asm.web.page_texts import language_of


async def _scanned(request: WebRequest, now: datetime) -> tuple[Filled, Scan | None]:
    data = await request.form()
    scanned = Scan(
        text=str(data.get("card_text", "")),
        begun=str(data.get("zone_begun", "")),
        name_confirmed=bool(data.get("card_name_confirmed")),
    )
    return read_scan(scanned, read_form(data), now, language=language_of(request)), scanned


async def _photographed(request: WebRequest, now: datetime) -> tuple[Filled, Scan | None]:
    data = await request.form()
    file = data.get("photo")
    picture = await file.read() if isinstance(file, UploadFile) else b""
    filled = await read_photo(
        picture,
        read_form(data),
        now,
        passport=data.get("paper") == "passport",
        language=language_of(request),
    )
    return filled, None


@post(
    "/desk/{facility_id:uuid}/scan",
    include_in_schema=False,
    status_code=200,
    dependencies={"actor": reader_with(_scanned)},
)
async def scan(
    request: WebRequest, facility_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    facility = await facility_in_scope(access, facility_id)
    require_member(access.actor, facility)
    return await answer_scan(request, access, facility)


async def answer_scan(request: WebRequest, access: Access, facility: Facility) -> Response[Any]:
    """The desk with what the request's scan box held read into its form."""
    filled, scanned = await _scanned(request, access.actor.now)
    return await _show(request, access, (facility, filled, scanned))


def is_unread(data: Mapping[str, Any]) -> bool:
    """Whether a sent form's scan box holds what was not read yet: where no script is, Enter in the
    box sends the form. What was refused before stands there to be mended and is no scan.
    """
    text = str(data.get("card_text", "")).strip()
    return bool(text) and text != str(data.get("scan_known", "")).strip()


@post(
    "/desk/{facility_id:uuid}/photo",
    include_in_schema=False,
    status_code=200,
    opt={"file": True},
    dependencies={"actor": reader_with(_photographed)},
)
async def photo(
    request: WebRequest, facility_id: FromPath[UUID], access: NamedDependency[Access]
) -> Response[Any]:
    facility = await facility_in_scope(access, facility_id)
    require_member(access.actor, facility)
    # Looking at a picture takes a while: no connection is kept from others meanwhile.
    await access.session.commit()
    filled, _ = await _photographed(request, access.actor.now)
    await enter_again(access)
    return await _show(request, access, (facility, filled, None))


async def _show(
    request: WebRequest, access: Access, read: tuple[Facility, Filled, Scan | None]
) -> Response[Any]:
    """The desk with what was read. `read` ends with what was scanned, None for a photograph."""
    facility, (form, problems), scanned = read
    # A script keeps who stood in the form on the page.
    replaced = (
        None if wants_part(request) else replaced_guest(read_form(await request.form()), form)
    )
    if replaced is not None:
        form = without_room_of(replaced, form)
    context = await desk_context(request, access, facility, form)
    context |= reading_context(problems, scanned, access.actor.now) | {"replaced": replaced}
    status = 422 if context["form_problems"] else 200
    return desk_answer(request, access.actor, context, status=status)
