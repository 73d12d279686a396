"""The published rules, and the check of one entry against them. Pure: the clock is passed in.

A refusal means the declaration cannot be stored as it is; a warning is stored with it and shown to
the ward; a note only helps whoever declares. Being late is neither: a late declaration is taken.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from asm.facilities.kinds import KINDS, FacilityKind
from asm.geo.ward_names import ward_code_doubted
from asm.identity.nationalities import VIETNAM_CODE
from asm.identity.provinces import province_code, province_of_address
from asm.identity.scanned_text import is_piece_of_paper
from asm.stays.entry import Problem, StayEntry
from asm.stays.rules.catalogues import HIGHEST_REASON, OTHER_REASON, REASONS
from asm.stays.rules.check_document import check_document
from asm.stays.rules.check_guest import check_guest, check_texts
from asm.stays.rules.dated import STAY_CAPS, on
from asm.stays.rules.deadlines import in_vietnam, nights_of
from asm.stays.rules.document_rules import DOCUMENT_RULES
from asm.stays.rules.guest_rules import GUEST_RULES
from asm.stays.rules.periods import OPEN_AT_MOST
from asm.stays.rules.rule import Rule, by_id
from asm.stays.rules.stay_rules import STAY_RULES

RULES: Final[dict[str, Rule]] = by_id(GUEST_RULES, DOCUMENT_RULES, STAY_RULES)

_AHEAD: Final = timedelta(hours=24)
#: Who is expected this evening is declared ahead by some; more often an hour that has passed was
#: typed with the wrong day.
_NOT_YET: Final = timedelta(hours=1)
_YEARS_BACK: Final = 3
#: A declaration this late is taken, and doubted: more often the month or the year is a slip.
_LONG_AGO: Final = timedelta(days=31)
#: Lists count nights, so a stay without an end leaves them up to a day before OPEN_AT_MOST.
_LAST_DAY: Final = timedelta(days=1)
#: Nobody plans a stay's end this far ahead (a year): doubted, not refused.
_FAR_AHEAD: Final = timedelta(days=366)
#: What lies further ahead than this many years is no time that anyone means, and none that dates
#: can be counted from.
HORIZON_YEARS: Final = 20
_HOURLY_LIMIT: Final = timedelta(hours=24)
_TEXT_LIMITS: Final = {"room": 50, "reason_text": 300}


class RuleContext(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules need besides the entry.

    `now` carries a zone. `room_names` None: the facility has no list of rooms. `room_required` and
    `tourism` None: as the facility's kind says. An unknown `facility_kind` counts as `other`.
    """

    now: datetime
    facility_kind: str = "other"
    room_names: frozenset[str] | None = None
    room_required: bool | None = None
    tourism: bool | None = None

    @property
    def kind(self) -> FacilityKind:
        return KINDS.get(self.facility_kind, KINDS["other"])


def problem(rule_id: str, field: str | None = None, **values: object) -> Problem:
    """What the rule says, at its own field or at `field`. Raises KeyError for an unknown rule."""
    return RULES[rule_id].problem(field=field, **values)


def check_entry(entry: StayEntry, context: RuleContext) -> list[Problem]:
    """Everything the rules in force on the day of arrival say about the entry, refusals first.

    Never raises for what a guest or host may have written. Raises ValueError when `context.now`
    has no zone.
    """
    today = in_vietnam(context.now).date()
    day = vietnamese_day(entry.arrived_at)
    problems = [
        *check_guest(entry.guest, RULES, today=today, arrival=day),
        *check_document(entry.guest, RULES, arrival=day),
    ]
    for check in _STAY_CHECKS:
        problems.extend(check(entry, context))
    order = {"refuse": 0, "warn": 1, "note": 2}
    in_force = (item for item in problems if RULES[item.rule].in_force(day))
    return sorted(in_force, key=lambda item: order[item.severity])


def vietnamese_day(moment: datetime) -> date:
    """The Vietnamese date of any time that may have been written. Never raises."""
    try:
        return in_vietnam(moment).date()
    except (ValueError, OverflowError):
        # No zone, or the edge of the calendar: both are refused by rules of their own.
        return moment.date()


def _check_zones(entry: StayEntry, _: RuleContext) -> Iterator[Problem]:
    if entry.arrived_at.utcoffset() is None:
        yield problem("stay.arrived_at.zone")
    departure = entry.planned_departure_at
    if departure is None:
        yield problem("stay.departure.missing")
    elif departure.utcoffset() is None:
        yield problem("stay.planned_departure_at.zone")


def _check_arrival(entry: StayEntry, context: RuleContext) -> Iterator[Problem]:
    if entry.arrived_at.utcoffset() is None:
        return
    if entry.arrived_at - context.now > _AHEAD:
        yield problem("stay.arrived_at.future")
    elif entry.arrived_at - context.now > _NOT_YET:
        yield problem("stay.arrived_at.ahead", minutes=int(_NOT_YET.total_seconds() // 60))
    elif vietnamese_day(entry.arrived_at) < _months_back(in_vietnam(context.now).date()):
        yield problem("stay.arrived_at.past")
    elif context.now - entry.arrived_at > _LONG_AGO:
        yield problem("stay.arrived_at.long_ago", days=_LONG_AGO.days)
        yield from _check_end_of_long(entry, context)


def _check_end_of_long(entry: StayEntry, context: RuleContext) -> Iterator[Problem]:
    """No list shows a stay without an end for so long: nobody gets a receipt for one."""
    ended = entry.planned_departure_at is not None
    if not ended and context.now - entry.arrived_at > OPEN_AT_MOST - _LAST_DAY:
        yield problem("stay.departure.needed", days=OPEN_AT_MOST.days)


def _months_back(today: date) -> date:
    return _years_on(today, -_YEARS_BACK)


def _years_on(today: date, years: int) -> date:
    try:
        return today.replace(year=today.year + years)
    except ValueError:  # 29 February
        return today.replace(year=today.year + years, day=28)


def _check_permitted(entry: StayEntry, context: RuleContext) -> Iterator[Problem]:
    permitted = entry.guest.permitted_stay_until
    if permitted is None:
        return
    if permitted > _years_on(in_vietnam(context.now).date(), HORIZON_YEARS):
        yield problem("foreigner.permitted_stay.horizon", years=HORIZON_YEARS)


def _check_departure(entry: StayEntry, context: RuleContext) -> Iterator[Problem]:
    departure = entry.planned_departure_at
    if departure is None or departure.utcoffset() is None:
        return
    horizon = _years_on(in_vietnam(context.now).date(), HORIZON_YEARS)
    if vietnamese_day(departure) > horizon:
        yield problem("stay.departure.horizon", years=HORIZON_YEARS)
    elif departure - context.now > _FAR_AHEAD:
        yield problem("stay.departure.far")
    permitted = entry.guest.permitted_stay_until
    arrival = vietnamese_day(entry.arrived_at)
    if (
        permitted is not None
        and entry.guest.nationality != VIETNAM_CODE
        and arrival <= permitted < vietnamese_day(departure)
    ):
        yield problem("foreigner.permitted_stay.short")


def _check_length(entry: StayEntry, _: RuleContext) -> Iterator[Problem]:
    departure = entry.planned_departure_at
    if departure is None or departure.utcoffset() is None or entry.arrived_at.utcoffset() is None:
        return
    if departure < entry.arrived_at:
        yield problem("stay.departure.before_arrival")
    elif entry.hourly and departure - entry.arrived_at > _HOURLY_LIMIT:
        yield problem("stay.hourly.long")
    elif entry.hourly and _nights(entry, departure):
        yield problem("stay.hourly.night")
    elif not entry.hourly and not _nights(entry, departure):
        yield problem("stay.departure.same_day")
    arrival = vietnamese_day(entry.arrived_at)
    cap = on(arrival, STAY_CAPS).days
    if (vietnamese_day(departure) - arrival).days >= cap:
        yield problem("stay.length.temporary_residence", days=cap)


def _nights(entry: StayEntry, departure: datetime) -> bool:
    """Whether the stay makes a night."""
    try:
        first_night, end_night = nights_of(entry.arrived_at, departure, hourly=entry.hourly)
    except OverflowError:  # the edge of the calendar, which is refused
        return True
    return end_night != first_night


def _check_room_and_kind(entry: StayEntry, context: RuleContext) -> Iterator[Problem]:
    yield from check_texts(entry, _TEXT_LIMITS, RULES, prefix="")
    required = context.room_required
    if required is None:
        required = context.kind.needs_room(vietnamese_day(entry.arrived_at))
    room = (entry.room or "").strip()
    if not room and required:
        yield problem("stay.room.missing")
    if room and room not in (context.room_names or ()):
        if is_piece_of_paper(room):
            yield problem("stay.room.scanned")
        elif context.room_names is not None:
            yield problem("stay.room.unknown")
    if entry.hourly and not context.kind.hourly_allowed:
        yield problem("stay.hourly.kind")
    if context.facility_kind == "household":
        yield problem("stay.relatives.once")


def _check_reason(entry: StayEntry, context: RuleContext) -> Iterator[Problem]:
    reason = entry.reason
    if reason is None:
        if context.kind.default_reason is None:
            yield problem("stay.reason.missing")
    elif not 1 <= reason <= HIGHEST_REASON:
        yield problem("stay.reason.invalid")
    elif reason not in REASONS:
        yield problem("stay.reason.unknown")
    elif reason == OTHER_REASON and not (entry.reason_text or "").strip():
        yield problem("stay.reason_text.missing")


def _check_residence(entry: StayEntry, context: RuleContext) -> Iterator[Problem]:
    tourism = context.kind.counts_in_tourism if context.tourism is None else context.tourism
    guest = entry.guest
    if tourism and not (guest.residence_province or guest.residence_country):
        foreign = guest.nationality != VIETNAM_CODE
        yield problem("guest.residence.missing", "guest.residence_country" if foreign else None)
    if (guest.residence_country or guest.nationality) != VIETNAM_CODE:
        return
    named = guest.residence_province
    if named and province_code(named) is None and not province_of_address(guest.residence_address):
        yield problem("guest.residence_province.unknown")
    if guest.residence_ward and ward_code_doubted(guest.residence_ward):
        yield problem("guest.residence_ward.code")


_STAY_CHECKS: Final[tuple[Callable[[StayEntry, RuleContext], Iterator[Problem]], ...]] = (
    _check_zones,
    _check_arrival,
    _check_departure,
    _check_permitted,
    _check_length,
    _check_room_and_kind,
    _check_reason,
    _check_residence,
)
