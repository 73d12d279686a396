"""Refusals and faults as pages, in the reader's language. Texts of faults never leave."""

import logging
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from asm.accounts.actor import Actor
from asm.accounts.own.step_up import StepUpRequired
from asm.accounts.roles import HOST_ROLES
from asm.db.error_kinds import DATABASE_ERRORS, is_away, is_locked_out
from asm.errors import RETRY_AFTER_S, Refusal, Unauthenticated, Unavailable, still_running
from asm.headers import Header
from asm.web.account.step_up_page import step_up_answer
from asm.web.page import WebRequest, known_reader, page, seems_signed_in, wants_part
from asm.web.page_access import SessionEnded
from asm.web.page_headers import PAGE_HEADERS

_log = logging.getLogger(__name__)


class Away(Exception):  # noqa: N818 -- an answer, not a fault
    """What cannot be done while the database is away, with a page of its own: `template` (its part
    `part` for htmx) and `context`, with status `shown`. It says what `refusal` says.
    """

    def __init__(
        self,
        template: str,
        refusal: Unavailable,
        *,
        part: str | None = None,
        shown: int = 503,
        **context: Any,
    ) -> None:
        super().__init__(template)
        self.template = template
        self.refusal = refusal
        self.part = part or template
        self.shown = shown
        self.context = context


def page_unavailable() -> Unavailable:
    """The database is away: this cannot be done now."""
    return Unavailable("try_again", text="try_again.page", retry_after_s=RETRY_AFTER_S)


def error_page(request: WebRequest, error: Exception) -> Response[Any]:
    """The page for whatever was raised. Who is not signed in goes to sign in and comes back; what
    they sent waits on a page of its own.
    """
    if isinstance(error, Unauthenticated) and not wants_part(request):
        if isinstance(error, SessionEnded):
            return _ended_page(request, error)
        return Redirect(f"/sign-in?next={quote(request.url.path)}", status_code=303)
    if isinstance(error, StepUpRequired) and not wants_part(request):
        answer = step_up_answer(request, error, known_reader(request))
        answer.headers.update(PAGE_HEADERS)
        return answer
    if isinstance(error, Away):
        return _away_page(request, error)
    refusal = _refusal_of(error)
    status = _status_of(refusal or error)
    if status >= 500 and refusal is None:
        _log.error("a page failed", exc_info=error)
    reader = known_reader(request)
    answer = page(
        request,
        "error.html",
        actor=reader,
        known=seems_signed_in(request),
        status=status,
        code=status,
        refusal=refusal,
        asked=request.method in {"GET", "HEAD"},
        desks=_desks_of(request, reader) if status == Unavailable.status else [],
    )
    answer.headers.update(PAGE_HEADERS)
    if refusal is not None and refusal.retry_after_s is not None:
        answer.headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return answer


def _ended_page(request: WebRequest, ended: SessionEnded) -> Response[Any]:
    answer = page(request, "session_ended.html", status=ended.status, again=ended.again)
    answer.headers.update(PAGE_HEADERS)
    return answer


def _away_page(request: WebRequest, away: Away) -> Response[Any]:
    template = away.part if wants_part(request) else away.template
    context = {"actor": None, "known": seems_signed_in(request)} | away.context
    context["actor"] = context["actor"] or known_reader(request)
    answer = page(request, template, status=away.shown, refusal=away.refusal, **context)
    answer.headers.update(PAGE_HEADERS)
    if away.shown == away.refusal.status:
        answer.headers[Header.RETRY_AFTER] = str(away.refusal.retry_after_s or RETRY_AFTER_S)
    return answer


def _desks_of(request: WebRequest, reader: Actor | None) -> list[tuple[UUID, str]]:
    """The desks that open while the database is away, by the name that is remembered, if any."""
    if reader is None or reader.role not in HOST_ROLES:
        return []
    names = request.app.state.last_shown
    desks = [(each, names.name_of(each)) for each in reader.facility_ids]
    return sorted(desks, key=lambda desk: (desk[1], desk[0]))


def _refusal_of(error: Exception) -> Refusal | None:
    if isinstance(error, DATABASE_ERRORS) and is_locked_out(error):
        _log.warning("locked out: %s", type(error).__name__)
        return still_running()
    if isinstance(error, DATABASE_ERRORS) and is_away(error):
        _log.warning("the database is away: %s", type(error).__name__)
        return page_unavailable()
    return error if isinstance(error, Refusal) else None


def _status_of(error: Exception) -> int:
    if isinstance(error, Refusal):
        return error.status
    return error.status_code if isinstance(error, HTTPException) else 500
