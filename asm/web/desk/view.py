"""What the desk shows: the form, who is in, and what is due in how long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar.response import Template

from asm.accounts.access import Access, Scope
from asm.accounts.actor import Actor
from asm.db.base import vietnam_time
from asm.facilities.facility import Facility
from asm.facilities.kinds import KINDS
from asm.facilities.nights import current_night
from asm.facilities.rooms import rooms_on
from asm.geo.areas.wards import list_provinces
from asm.identity.nationalities import nationalities
from asm.intake.photos.passport_photo import can_read_passports
from asm.stays.queries import Window, stays_in_house
from asm.stays.rules.catalogues import DOCUMENT_TYPES, REASONS
from asm.stays.rules.deadlines import due_at
from asm.stays.statements.quiet_nights import quiet_on
from asm.web.desk.stay_form import StayForm
from asm.web.page import WebRequest, page, wants_part
from asm.web.page_texts import language_of

#: Guests of one page of the list: each scan shows the list again, and each showing opens them.
LISTED = 50
#: From this long before a deadline the bar changes its look.
_SOON_S = 90 * 60


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The deadline of a guest who arrives this minute."""

    at: datetime
    seconds_left: int
    today: bool

    @property
    def soon(self) -> bool:
        return self.seconds_left <= _SOON_S


def due_now(actor: Actor, facility: Facility) -> Due:
    """When a citizen who arrives now is due, by the database's clock."""
    at = due_at(
        actor.now,
        foreigner=False,
        remote=facility.remote,
        lodging_business=KINDS[facility.kind].lodging_business,
    )
    return Due(
        at=at,
        seconds_left=int((at - actor.now).total_seconds()),
        today=at.date() == vietnam_time(actor.now).date(),
    )


async def form_choices(request: WebRequest, scope: Scope, facility: Facility) -> dict[str, Any]:
    """The lists that the form's inputs choose from, in the reader's language."""
    today = vietnam_time(scope.actor.now).date()
    provinces = [(p.code, p.name) for p in await list_provinces(scope.session)]
    request.app.state.last_shown.keep(facility, provinces)
    return {
        "kind": KINDS[facility.kind],
        "rooms": [room.name for room in await rooms_on(scope.session, facility.id, today)],
        "provinces": provinces,
        **fixed_choices(request),
    }


def fixed_choices(request: WebRequest) -> dict[str, Any]:
    """Those of the lists that are the same for everybody and come from no database."""
    english = language_of(request) == "en"
    return {
        "countries": sorted(
            item.name_en if english else item.name for item in nationalities().values()
        ),
        "document_types": _labels(DOCUMENT_TYPES.values(), english=english),
        "reasons": _labels(REASONS.values(), english=english),
    }


async def desk_context(
    request: WebRequest, access: Access, facility: Facility, form: StayForm, page: int = 1
) -> dict[str, Any]:
    """Everything that `desk/desk.html` needs besides the answer to what was just sent."""
    return {
        "facility": facility,
        "form": form,
        "due": due_now(access.actor, facility),
        "in_house": await stays_in_house(access, facility.id, Window(page=page, size=LISTED)),
        "now": access.actor.now,
        "passports": can_read_passports(),
        "form_problems": [],
        "notes": [],
        "sent": None,
        "standing": None,
        "scan_text": "",
        "zone_begun": "",
        "doubted_name": "",
        "done": "",
        "quiet": await quiet_on(access, facility.id, current_night(access.actor.now)),
        "done_stay": None,
        **await form_choices(request, access, facility),
    }


def _labels(items: Sequence[Any] | Any, *, english: bool) -> list[tuple[int, str]]:
    """With their numbers: remedies name a paper or a reason by its number in the official form."""
    return [
        (item.code, f"{item.code}. {item.label_en if english else item.label}") for item in items
    ]


def desk_answer(
    request: WebRequest, actor: Actor, context: dict[str, Any], *, status: int
) -> Template:
    """The changed part for htmx, the whole page for a browser without scripts."""
    template = "desk/_desk.html" if wants_part(request) else "desk/desk.html"
    return page(request, template, actor=actor, status=status, **context)
