"""A file of documents to watch for is shown to its owner before it counts."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from asm.accounts.access import Access, Scope
from asm.accounts.actor import require_role
from asm.accounts.own.step_up import require_step_up
from asm.accounts.roles import PROVINCIAL_OFFICER
from asm.accounts.sessions import without_connection
from asm.checks.watchlist.load_watchlist import MOST_NAMED, ListDescription
from asm.checks.watchlist.uploads import (
    LONGEST_TEXT,
    HeldUpload,
    cancel_upload,
    confirm_upload,
    held_upload,
    hold_upload,
)
from asm.checks.watchlist.watch_file import BrokenLine
from asm.db.base import vietnam_time
from asm.errors import Invalid
from asm.imports.watch_list_rows import MOST_ROWS, WatchListReading, read_watch_list_limited
from asm.settings import Settings
from asm.stays.rules.catalogues import DOCUMENT_TYPES
from asm.web.account.step_up_page import require_step_up_of_form
from asm.web.desk.sent_workbook import no_file, sent_file
from asm.web.form_problems import FormProblem, problems_of_refusal
from asm.web.kept.kept_answer import Keeper
from asm.web.page import WebRequest, page
from asm.web.watchlists.list_page import typed_last_day

#: Documents of a preview that are shown, with their numbers masked.
MOST_SHOWN: Final = 20
_SHOWN_DIGITS: Final = 3
_INPUTS: Final = {name: name for name in ("name", "reason", "valid_until", "file")}


class FileShown(msgspec.Struct, frozen=True, kw_only=True):
    """What of a file its sender is shown: kind, masked number and nationality of the first
    documents, and the first lines that were not taken.
    """

    upload_id: UUID
    lines: int
    duplicates: int
    documents: list[tuple[int, str, str]]
    broken: list[BrokenLine]


@get("/watchlists/new", include_in_schema=False)
async def new_list_page(request: WebRequest, in_scope: NamedDependency[Scope]) -> Response[Any]:
    require_role(in_scope.actor, PROVINCIAL_OFFICER)
    require_step_up(in_scope.actor)
    return _form(request, in_scope, {}, [])


@post("/watchlists/new", include_in_schema=False, status_code=200, opt={"file": True})
async def preview_list(
    request: WebRequest, access: NamedDependency[Access], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Hold the file's hashes. Its numbers are kept nowhere: the browser gets the first, masked."""
    require_role(access.actor, PROVINCIAL_OFFICER)
    await require_step_up_of_form(request, access.actor)
    sent = await request.form()
    form = {name: str(sent.get(name) or "") for name in ("name", "reason", "valid_until")}
    data = await sent_file(sent)
    day, problems = typed_last_day(access, form["valid_until"])
    if not data:
        problems.append(no_file(sent, of_list=True))
    if problems or day is None:
        return _form(request, access, form, problems)
    # Reading a large file takes seconds: no connection is kept from others meanwhile.
    async with without_connection(access):
        reading = await read_watch_list_limited(data)
    fault = reading.read_fault
    if fault is not None:
        said = FormProblem(
            name="file",
            message=fault.message,
            message_en=fault.message_en,
            remedy=fault.remedy,
            remedy_en=fault.remedy_en,
        )
        return _form(request, access, form, [said])
    description = ListDescription(
        owner_id=access.actor.id, name=form["name"], reason=form["reason"], valid_until=day
    )
    try:
        upload = await hold_upload(access, description, reading.documents, len(reading.broken))
    except Invalid as refusal:
        problems = problems_of_refusal(refusal, _INPUTS, "file")
        return _form(request, access, form, problems, reading.broken)
    keeper = Keeper(request, settings, access.keys, access.actor.now)
    address = f"/watchlists/uploads/{upload.id}"
    return Redirect(address, status_code=303, cookies=[_kept(keeper, upload, reading)])


@get("/watchlists/uploads/{upload_id:uuid}", include_in_schema=False)
async def preview_page(
    request: WebRequest,
    upload_id: FromPath[UUID],
    access: NamedDependency[Access],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """What the file holds, until its owner says yes. Of its numbers no more than the browser has:
    the first, masked, as long as it is the one that sent the file.
    """
    upload = await held_upload(access)
    if upload is None or upload.id != upload_id or upload.confirmed_at is not None:
        return Redirect("/watchlists", status_code=303)
    kept = Keeper(request, settings, access.keys, access.actor.now).read("list", FileShown)
    return page(
        request,
        "watchlists/preview.html",
        actor=access.actor,
        upload=upload,
        of_file=kept if kept and kept.upload_id == upload.id else None,
        types=DOCUMENT_TYPES,
    )


@post("/watchlists/uploads/{upload_id:uuid}/confirm", include_in_schema=False, status_code=303)
async def confirm_list(
    request: WebRequest, upload_id: FromPath[UUID], access: NamedDependency[Access]
) -> Redirect:
    require_role(access.actor, PROVINCIAL_OFFICER)
    await require_step_up_of_form(request, access.actor)
    await confirm_upload(access, upload_id)
    return Redirect("/watchlists?done=confirmed", status_code=303)


@post("/watchlists/uploads/{upload_id:uuid}/cancel", include_in_schema=False, status_code=303)
async def cancel_list(upload_id: FromPath[UUID], in_scope: NamedDependency[Scope]) -> Redirect:
    await cancel_upload(in_scope, upload_id)
    return Redirect("/watchlists?done=cancelled", status_code=303)


def _form(
    request: WebRequest,
    scope: Scope,
    form: dict[str, str],
    problems: list[FormProblem],
    broken: Sequence[BrokenLine] = (),
) -> Response[Any]:
    return page(
        request,
        "watchlists/new.html",
        actor=scope.actor,
        status=422 if problems else 200,
        form=form,
        form_problems=problems,
        broken=broken[:MOST_NAMED],
        today=vietnam_time(scope.actor.now).date(),
        longest=LONGEST_TEXT,
        most_rows=MOST_ROWS,
    )


def _kept(keeper: Keeper, upload: HeldUpload, reading: WatchListReading) -> Cookie:
    """With as many broken lines as a browser takes."""
    most = MOST_NAMED
    while True:
        shown = FileShown(
            upload_id=upload.id,
            lines=len(reading.documents) + upload.broken,
            duplicates=len(reading.documents) - upload.documents,
            documents=[
                (each.document_type, _masked(each.number), each.nationality)
                for each in reading.documents[:MOST_SHOWN]
            ],
            broken=reading.broken[:most],
        )
        try:
            return keeper.cookie("list", shown)
        except ValueError:
            most //= 2


def _masked(number: str) -> str:
    return "•" * (len(number) - _SHOWN_DIGITS) + number[-_SHOWN_DIGITS:]
