"""The ward's work list: one line a case, what is most urgent first. Its filters are its address."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from asm.accounts.access import Access
from asm.checks.flags.cases import (
    URGENCIES,
    CaseFilter,
    FlagCase,
    Taken,
    page_of_cases,
)
from asm.checks.flags.pass_on import passed_here
from asm.checks.flags.ward_flags import State
from asm.checks.registry import BY_ID, CHECKS
from asm.facilities.scope import facility_in_scope
from asm.stays.queries import LAST_PAGE
from asm.wards.ward_stays import WardStay, ward_stays
from asm.web.page import WebRequest, page
from asm.web.page_texts import language_of
from asm.web.ward.flags_page import own_ward

#: What the list may be told after a deed on a case's page; anything else is ignored.
DONE: Final = frozenset({"called", "corrected", "passed_on", "nothing_wrong", "undone", "released"})

STATES: Final[tuple[State, ...]] = ("open", "dismissed", "closed")
TAKEN: Final[tuple[Taken, ...]] = ("mine", "nobody")
Word = TypeVar("Word", bound=str)


def provide_filter(
    wanted: Annotated[str, QueryParameter(name="state")] = "open",
    check: FromQuery[str] = "",
    facility: FromQuery[str] = "",
    urgency: FromQuery[str] = "",
    taken: FromQuery[str] = "",
) -> CaseFilter:
    """What an address names and there is; anything else narrows nothing."""
    return CaseFilter(
        state=_one_of(STATES, wanted) or "open",
        check_id=check if check in BY_ID else None,
        facility_id=_id(facility),
        urgency=_one_of(URGENCIES, urgency),
        taken=_one_of(TAKEN, taken),
    )


@get(
    "/ward/flags",
    include_in_schema=False,
    dependencies={"only": Provide(provide_filter, sync_to_thread=False)},
)
async def flags_page(
    request: WebRequest,
    access: NamedDependency[Access],
    only: NamedDependency[CaseFilter],
    number: Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)] = 1,
    done: FromQuery[str] = "",
    case: FromQuery[str] = "",
) -> Response[Any]:
    code = own_ward(access.actor)
    cases = await page_of_cases(access, code, only, number)
    return page(
        request,
        "ward/flags/list.html",
        actor=access.actor,
        cases=cases,
        guests=await first_guests(access, code, cases.cases),
        only=only,
        kept=query_of(only),
        facility=None
        if only.facility_id is None
        else await facility_in_scope(access, only.facility_id),
        choices=[
            (each.id, each.title_en if language_of(request) == "en" else each.title)
            for each in CHECKS
        ],
        passed=[each for each in await passed_here(access) if each.answered_at is None],
        done=done if done in DONE and _id(case) else "",
        done_case=_id(case),
    )


async def first_guests(
    access: Access, ward_code: str, cases: list[FlagCase]
) -> dict[UUID, WardStay]:
    """The first stay of each case with its guest, by the case. Written down as one look-up."""
    keys = {case.first_stays[0] for case in cases if case.first_stays}
    stays = await ward_stays(access, ward_code, keys, "ward.flags_read")
    by_key = {(stay.facility_id, stay.id): stay for stay in stays}
    return {
        case.id: by_key[case.first_stays[0]]
        for case in cases
        if case.first_stays and case.first_stays[0] in by_key
    }


def query_of(only: CaseFilter) -> str:
    """The address's query that leads to this list; empty for the list that waits."""
    return urlencode(
        {
            name: value
            for name, value in (
                ("state", "" if only.state == "open" else only.state),
                ("check", only.check_id),
                ("facility", only.facility_id),
                ("urgency", only.urgency),
                ("taken", only.taken),
            )
            if value
        }
    )


def _one_of(known: Sequence[Word], named: str) -> Word | None:
    return next((each for each in known if each == named), None)


def _id(named: str) -> UUID | None:
    try:
        return UUID(named) if named else None
    except ValueError:
        return None
