"""The desk while the database is away. Nothing is stored and nobody is looked up, but what is typed
stays with the person who typed it, that it was sent is signed, and a paper is still read.
"""

import asyncio
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from cachetools import LRUCache
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.accounts.known_hosts import PATIENCE_S
from asm.accounts.login import token_hash
from asm.db.error_kinds import DATABASE_ERRORS, is_away
from asm.errors import RETRY_AFTER_S, Unavailable
from asm.facilities.facility import Facility
from asm.facilities.kinds import KINDS
from asm.imports.declare_workbook import workbook_body
from asm.intake.photos.passport_photo import can_read_passports
from asm.settings import Settings
from asm.stays.receipts.not_taken import Unsent, refuse_unsent
from asm.web.cookies import session_token
from asm.web.desk.scan import Filled, Scan, reading_context
from asm.web.desk.sent_workbook import carried_file, sent_answers, sent_file, sent_key
from asm.web.desk.stay_form import StayForm, new_key, next_form, read_form
from asm.web.desk.view import fixed_choices
from asm.web.error_page import Away, page_unavailable
from asm.web.page import WebRequest, wants_part
from asm.web.page_access import provide_actor

_MOST_FACILITIES: Final = 20_000
#: Made anew: the form's token, and what carries a file. What a button said, a button says again.
_NOT_KEPT: Final = frozenset({"_csrf_token", "carried", "step"})


class LastShown:
    """What this process last showed of each facility, and the provinces: for forms without them."""

    def __init__(self) -> None:
        self.provinces: list[tuple[str, str]] = []
        self._facilities: LRUCache[UUID, Facility] = LRUCache(_MOST_FACILITIES)

    def keep(self, facility: Facility, provinces: list[tuple[str, str]]) -> None:
        """It is shown now."""
        self._facilities[facility.id] = facility
        self.provinces = provinces

    def facility(self, facility_id: UUID) -> Facility | None:
        """As it was last shown."""
        return self._facilities.get(facility_id)

    def name_of(self, facility_id: UUID) -> str:
        """Its name then; empty for one that was not shown."""
        facility = self.facility(facility_id)
        return facility.name if facility else ""


async def provide_sender(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    facility_id: FromPath[UUID],
) -> Actor:
    """Who sends a form. While the database is away: Away, with what was typed, and with the signed
    proof of having tried where it is known from before whose desk this is.
    """
    return await _actor_or_unsent(request, session, settings, facility_id)


async def provide_file_sender(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    facility_id: FromPath[UUID],
) -> Actor:
    """The same for a form with a spreadsheet: the file is what is proved, with what was answered to
    its first reading. A preview sends nothing, so nothing is proved; who is known may send unseen.
    """
    form = await request.form()
    file = await sent_file(form)
    if form.get("step") == "send":
        return await _actor_or_unsent(request, session, settings, facility_id, file)
    try:
        return await actor_with_keys(request, session, settings)
    except DATABASE_ERRORS as error:
        known = _known(request, settings, facility_id)
        if not is_away(error) or known is None:
            raise
        refusal = Unavailable("try_again", text="try_again.preview", retry_after_s=RETRY_AFTER_S)
        key = str(form.get("key") or new_key())
        raise unsent_page(request, (facility_id, known), form, key, refusal, file) from error


async def _actor_or_unsent(
    request: WebRequest,
    session: AsyncSession,
    settings: Settings,
    facility_id: UUID,
    file: bytes | None = None,
) -> Actor:
    state = request.app.state
    received = state.clock.now()
    try:
        return await actor_with_keys(request, session, settings)
    except DATABASE_ERRORS as error:
        if not is_away(error):
            raise
        form = await request.form()
        key = str(form.get("key") or new_key()) if file is None else sent_key(form, file)
        refusal = page_unavailable()
        known = _known(request, settings, facility_id)
        if known is not None:
            # The body of a form with a file was read with it, and does not come again.
            if file is None:
                body = await request.body()
            else:
                body = workbook_body(file, sent_answers(form))
            unsent = Unsent(facility_id=facility_id, key=key, body=body)
            refusal = refuse_unsent(await state.vault.files(), unsent, received)
        raise unsent_page(request, (facility_id, known), form, key, refusal, file) from error


def unsent_page(
    request: WebRequest,
    desk: tuple[UUID, Actor | None],
    form: Any,
    key: str,
    refusal: Unavailable,
    file: bytes | None = None,
) -> Away:
    """The page of what was not taken, with everything that was typed, to be sent again as it was,
    with its key. `desk`: the facility, and who is known to sit there. `file`: the spreadsheet of a
    form that holds one; the page carries it on where it can. A script puts the part for it beside
    an empty form for the next guest.
    """
    facility_id, actor = desk
    carried = carried_file(file or b"")
    again = [] if form.get("key") else [("key", key)]
    again += [("carried", carried)] if carried else []
    again += [
        (name, value)
        for name, value in form.multi_items()
        if name not in _NOT_KEPT and isinstance(value, str)
    ]
    next_guest = next_form(read_form(form))
    context = _away_context(request, facility_id, next_guest) if wants_part(request) else {}
    return Away(
        "desk/unsent.html",
        refusal,
        part="desk/_unsent.html",
        **context,
        actor=actor,
        facility_id=facility_id,
        again=again,
        with_file=file is not None and not carried,
        unseen=file is not None and form.get("step") != "send",
    )


async def provide_reception(
    request: WebRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    facility_id: FromPath[UUID],
) -> Actor:
    """Who opens the desk. While the database is away a known desk gets the form all the same."""
    try:
        return await actor_with_keys(request, session, settings)
    except DATABASE_ERRORS as error:
        known = _known(request, settings, facility_id)
        if not is_away(error) or known is None:
            raise
        raise _desk_away(request, facility_id, StayForm(), actor=known) from error


class ReadPaper(Protocol):
    """Reads the paper that a request brings, by the clock of `now`."""

    async def __call__(self, request: WebRequest, now: datetime) -> tuple[Filled, Scan | None]:
        """The form filled, and what was scanned; None for a picture."""


def reader_with(read: ReadPaper) -> Provide:
    """Who has a paper read. While the database is away it is read for a known desk all the same:
    who could not scan could not send either.
    """

    async def provide_reader(
        request: WebRequest,
        session: NamedDependency[AsyncSession],
        settings: NamedDependency[Settings],
        facility_id: FromPath[UUID],
    ) -> Actor:
        try:
            return await actor_with_keys(request, session, settings)
        except DATABASE_ERRORS as error:
            known = _known(request, settings, facility_id)
            if not is_away(error) or known is None:
                raise
            filled, scanned = await read(request, known.now)
            raise _read_while_away(request, (facility_id, known), filled, scanned) from error

    return Provide(provide_reader)


def _read_while_away(
    request: WebRequest, desk: tuple[UUID, Actor], filled: Filled, scanned: Scan | None
) -> Away:
    facility_id, actor = desk
    form, problems = filled
    context = reading_context(problems, scanned, actor.now)
    shown = 422 if context["form_problems"] else 200
    return _desk_away(request, facility_id, form, shown=shown, actor=actor, **context)


def _desk_away(
    request: WebRequest, facility_id: UUID, form: StayForm, *, shown: int = 503, **context: Any
) -> Away:
    context = _away_context(request, facility_id, form) | context
    refusal = page_unavailable()
    return Away("desk/away.html", refusal, part="desk/_away.html", shown=shown, **context)


def _away_context(request: WebRequest, facility_id: UUID, form: StayForm) -> dict[str, Any]:
    """What the desk's form needs, of what is known without the database."""
    last: LastShown = request.app.state.last_shown
    facility = last.facility(facility_id)
    provinces = dict(last.provinces)
    if form.residence_province:
        provinces.setdefault(form.residence_province, form.residence_province)
    kind = KINDS[facility.kind] if facility else _ANY_KIND
    defaults = {"form_problems": [], "notes": [], "scan_text": "", "scanned": False}
    defaults |= {"zone_begun": "", "doubted_name": ""}
    return {
        "facility": {"id": facility_id, "name": facility.name if facility else ""},
        "form": form,
        "kind": kind,
        "passports": can_read_passports(),
        "provinces": list(provinces.items()),
        **fixed_choices(request),
        **defaults,
    }


async def actor_with_keys(request: WebRequest, session: AsyncSession, settings: Settings) -> Actor:
    """The keys are looked at here: what follows needs them, and finds them at hand."""
    async with asyncio.timeout(PATIENCE_S):
        actor = await provide_actor(request, session, settings)
        await request.app.state.vault.current()
    return actor


def _known(request: WebRequest, settings: Settings, facility_id: UUID) -> Actor | None:
    state: State = request.app.state
    hashed = token_hash(session_token(request, settings) or "")
    known: Actor | None = state.known_desks.find(hashed, facility_id)
    return known


#: Of a facility that this process has not shown: its rules are applied when the form is taken.
_ANY_KIND: Final = {"hourly_allowed": True, "default_reason": None}
