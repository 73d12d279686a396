"""The declaration form: what was typed, kept as typed, and the entry that it means."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import uuid4

import msgspec

from asm.db.base import VIETNAM, vietnam_time
from asm.identity.nationalities import find_nationality
from asm.identity.pasted_text import clean_number, clean_text
from asm.stays.entry import Guest, NameSource, StayEntry, TimePrecision
from asm.stays.rules.deadlines import nights_of
from asm.stays.rules.periods import same_day
from asm.web.dates import nearest_moment, read_birth_date, read_day, read_time
from asm.web.form_problems import FormProblem, day_problem, form_problem
from asm.web.formats import country_name

#: Guests leave at noon unless something else is said.
_CHECK_OUT: Final = time(12)
_MOST_NIGHTS: Final = 400
#: So much may the clock at a desk be ahead: an hour this near has come.

#: Where a rule's words belong on the form.
INPUT_OF_FIELD: Final = {
    **{f"guest.{name}": name for name in Guest.__struct_fields__},
    "arrived_at": "arrived_time",
    "planned_departure_at": "nights",
    "room": "room",
    "reason": "reason",
    "reason_text": "reason_text",
    "hourly": "hourly",
}


def new_key() -> str:
    """A fresh idempotency key for one form."""
    return str(uuid4())


#: How the name came to be on the form; a name that is typed anew has another story.
_OF_THE_NAME: Final = ("name_source", "name_confirmed")
#: Inputs about the stay, not the guest: a card read into the form leaves them alone.
OF_THE_STAY: Final = (
    "key", "room", "nights", "nights_offered", "hourly", "arrived_day", "arrived_time",
    "reason", "reason_text",
)  # fmt: skip
#: Inputs about the guest that no code and no zone holds: what was typed into them before stays.
ON_NO_PAPER: Final = ("phone", "residence_country", "permitted_stay_until", "note")


class StayForm(msgspec.Struct, frozen=True, kw_only=True):
    """Every input as text. `key` makes a second press of "Gửi" harmless; `via` tells a scan.
    `nights_offered`: what stood in `nights` when the page was made; who leaves it tells no nights.
    """

    key: str = msgspec.field(default_factory=new_key)
    via: str = "desk"
    full_name: str = ""
    birth_date: str = ""
    sex: str = ""
    nationality: str = "Việt Nam"
    document_type: str = "8"
    document_name: str = ""
    document_number: str = ""
    old_number: str = ""
    no_papers: str = ""
    phone: str = ""
    residence_country: str = ""
    residence_province: str = ""
    residence_address: str = ""
    permitted_stay_until: str = ""
    room: str = ""
    nights: str = "1"
    nights_offered: str = "1"
    hourly: str = ""
    arrived_day: str = ""
    arrived_time: str = ""
    reason: str = ""
    reason_text: str = ""
    note: str = ""
    name_source: str = ""
    name_confirmed: str = ""


#: Inputs of digits, which may be pasted in another dress than the keyboard's.
_OF_DIGITS: Final = frozenset(
    {"birth_date", "nights", "arrived_day", "arrived_time", "permitted_stay_until"}
)


def read_form(data: Mapping[str, Any]) -> StayForm:
    """The inputs that came; a missing one is empty, not its default."""
    inputs = {
        name: (clean_number if name in _OF_DIGITS else clean_text)(str(data.get(name, ""))).strip()
        for name in StayForm.__struct_fields__
    }
    return StayForm(**inputs | {"key": inputs["key"] or new_key()})


def form_of_guest(guest: Guest, language: str) -> StayForm:
    """The form filled with a guest that is known, from a card or from an earlier declaration."""
    return StayForm(
        full_name=guest.full_name,
        birth_date=_typed_birth_date(guest),
        sex=guest.sex or "",
        nationality=country_name(guest.nationality, language),
        document_type=str(guest.document_type or ""),
        document_name=guest.document_name or "",
        document_number=guest.document_number or "",
        old_number=guest.old_number or "",
        no_papers="1" if guest.no_papers else "",
        phone=guest.phone or "",
        residence_country=country_name(guest.residence_country, language)
        if guest.residence_country
        else "",
        residence_province=guest.residence_province or "",
        residence_address=guest.residence_address or "",
        permitted_stay_until=_typed_day(guest.permitted_stay_until),
        note=guest.note or "",
        name_source=guest.name_source or "",
        name_confirmed="1" if guest.name_confirmed else "",
    )


def changed_guest(guest: Guest, typed: Guest, language: str, now: datetime) -> Guest:
    """`guest` with what was really changed on a form that had been filled with it. What the form
    does not show, or shows in other words, stays as it was told.
    """
    shown = entry_of(form_of_guest(guest, language), now)[0].guest
    changes = {
        name: value
        for name in Guest.__struct_fields__
        if name not in _OF_THE_NAME and (value := getattr(typed, name)) != getattr(shown, name)
    }
    if "full_name" in changes and guest.name_source not in {None, "typed"}:
        changes |= {"name_source": "typed", "name_confirmed": False}
    elif typed.name_confirmed:
        changes["name_confirmed"] = True
    return msgspec.structs.replace(guest, **changes)


def next_form(form: StayForm) -> StayForm:
    """A fresh form for the next guest: families share the room and the nights."""
    return StayForm(
        room=form.room,
        nights=form.nights,
        nights_offered=form.nights,
        hourly=form.hourly,
        reason=form.reason,
    )


def entry_of(form: StayForm, now: datetime) -> tuple[StayEntry, list[FormProblem]]:
    """The entry, and what of it could not be read. What was not read is left empty in the entry."""
    form_problems: list[FormProblem] = []
    today = vietnam_time(now).date()
    arrived_at = _arrival(form, now, form_problems)
    birth = read_birth_date(form.birth_date, today=today)
    if form.birth_date and birth is None:
        form_problems.append(day_problem(form.birth_date, _BAD_BIRTH_DATE))
    nationality = find_nationality(form.nationality) if form.nationality else "VNM"
    if nationality is None:
        form_problems.append(_UNKNOWN_NATIONALITY)
    guest = Guest(
        full_name=form.full_name,
        birth_date=birth[0] if birth else None,
        birth_date_precision=birth[1] if birth else "day",
        sex=form.sex if form.sex in {"male", "female", "other"} else None,  # type: ignore[arg-type]
        nationality=nationality or "VNM",
        document_type=None if form.no_papers else _whole(form.document_type),
        document_name=form.document_name or None,
        document_number=None if form.no_papers else form.document_number or None,
        old_number=form.old_number or None,
        no_papers=bool(form.no_papers),
        phone=form.phone or None,
        # What names no country stays as typed: the rule says so.
        residence_country=find_nationality(form.residence_country)
        or form.residence_country
        or None,
        residence_province=form.residence_province or None,
        residence_address=form.residence_address or None,
        permitted_stay_until=_permitted(form, today, form_problems),
        note=form.note or None,
        name_source=_name_source(form),
        name_confirmed=bool(form.name_confirmed),
    )
    entry = StayEntry(
        guest=guest,
        arrived_at=arrived_at,
        planned_departure_at=None if form.hourly else _departure(form, arrived_at, form_problems),
        room=form.room or None,
        hourly=bool(form.hourly),
        reason=_whole(form.reason),
        reason_text=form.reason_text or None,
    )
    return entry, form_problems


def precision_of(form: StayForm) -> TimePrecision:
    """How much of the times was told: nights that were not touched are an offer."""
    return TimePrecision(
        arrival="hour" if form.arrived_day or form.arrived_time else "nothing",
        departure="nothing" if form.nights == form.nights_offered else "day",
    )


def day_taken(form: StayForm, entry: StayEntry, now: datetime) -> datetime | None:
    """The arrival as it was read, where only its hour was typed and that was on another day."""
    if form.arrived_day or not form.arrived_time or same_day(entry.arrived_at, now):
        return None
    return entry.arrived_at


def _name_source(form: StayForm) -> NameSource | None:
    # A hidden input: whatever else somebody puts there means nothing.
    return form.name_source if form.name_source in {"card", "mrz"} else None  # type: ignore[return-value]


def _arrival(form: StayForm, now: datetime, form_problems: list[FormProblem]) -> datetime:
    """Day and time on Vietnam's clock. Both empty: the moment the form reached the server. An hour
    alone: that hour nearest to now.
    """
    if not form.arrived_day and not form.arrived_time:
        return now
    clock = read_time(form.arrived_time)
    if clock is None:
        form_problems.append(_BAD_TIME)
    if not form.arrived_day:
        return now if clock is None else nearest_moment(clock, now)
    day = read_day(form.arrived_day, today=vietnam_time(now).date())
    if day is None:
        form_problems.append(day_problem(form.arrived_day, _BAD_DAY))
    if day is None or clock is None:
        return now
    return datetime.combine(day, clock, VIETNAM)


def _departure(
    form: StayForm, arrived_at: datetime, form_problems: list[FormProblem]
) -> datetime | None:
    if not form.nights:
        return None
    nights = _whole(form.nights)
    if nights is None or not 1 <= nights <= _MOST_NIGHTS:
        many = form.nights.isdecimal() and form.nights.strip("0") != ""
        form_problems.append(_MANY_NIGHTS if many else _BAD_NIGHTS)
        return None
    try:
        first_night, _ = nights_of(arrived_at, None, hourly=False)
        return datetime.combine(first_night + timedelta(days=nights), _CHECK_OUT, VIETNAM)
    except OverflowError:  # the first and last days of the calendar, which a rule refuses
        return None


def _permitted(form: StayForm, today: date, form_problems: list[FormProblem]) -> date | None:
    if not form.permitted_stay_until:
        return None
    last_day = read_day(form.permitted_stay_until, today=today, expected="permit")
    if last_day is None:
        form_problems.append(day_problem(form.permitted_stay_until, _BAD_PERMIT))
    return last_day


def _typed_birth_date(guest: Guest) -> str:
    if guest.birth_date is not None and guest.birth_date_precision == "year":
        return str(guest.birth_date.year)
    return _typed_day(guest.birth_date)


def _typed_day(day: date | None) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}" if day else ""


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


_BAD_BIRTH_DATE = form_problem("birth_date", "form.birth_date")
_BAD_DAY = form_problem("arrived_day", "form.arrived_day")
_BAD_TIME = form_problem("arrived_time", "form.arrived_time")
_BAD_NIGHTS = form_problem("nights", "form.nights")
_MANY_NIGHTS = form_problem("nights", "form.nights_many", most=_MOST_NIGHTS)
_BAD_PERMIT = form_problem("permitted_stay_until", "form.permitted_stay_until")
_UNKNOWN_NATIONALITY = form_problem("nationality", "form.nationality")
