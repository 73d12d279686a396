"""What a host says about a stay, before anyone has checked it. Pure data: no database, no web."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from asm.identity.nationalities import VIETNAM_CODE, find_nationality
from asm.identity.pasted_text import (
    clean_line,
    clean_number,
    clean_person_name,
    clean_text,
    is_as_seen,
    is_one_line,
)

Sex = Literal["male", "female", "other"]
DatePrecision = Literal["day", "year"]
NameSource = Literal["typed", "card", "mrz"]


class Guest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person staying.

    `nationality` and `residence_country` are ISO 3166-1 alpha-3. `birth_date` with
    `birth_date_precision="year"` is 1 January of the year (passports may print only the year).
    `document_type` is 1 to 9 as in the official spreadsheet; a guest with no papers has
    `no_papers=True` and neither type nor number (Residence Law Art. 30: declared all the same).
    `old_number` is the nine digits of a former CMND.

    `full_name` is kept as shown, in NFC; marks that nobody can see, which come with pasted text,
    are in no field (`asm.identity.pasted_text`). `name_source` says where it was taken from; from a
    machine-readable zone (`mrz`), whose name line no check digit covers, it is taken only with
    `name_confirmed`: a person compared it with the paper. Who did is the account that sent it,
    `changed_by` of that version and `name_confirmed_by` in the list of versions.

    `permitted_stay_until` stands in the visa or the entry stamp and is typed from there: no reader
    fills it, least of all from a passport's expiry, which is another date.
    """

    full_name: str
    birth_date: date | None = None
    birth_date_precision: DatePrecision = "day"
    sex: Sex | None = None
    nationality: str = "VNM"
    document_type: int | None = None
    document_name: str | None = None
    document_number: str | None = None
    old_number: str | None = None
    no_papers: bool = False
    phone: str | None = None
    residence_kind: int | None = None
    residence_country: str | None = None
    residence_province: str | None = None
    residence_ward: str | None = None
    residence_address: str | None = None
    permitted_stay_until: date | None = None
    note: str | None = None
    name_source: NameSource | None = None
    name_confirmed: bool = False

    def __post_init__(self) -> None:
        """Clean what may have been pasted, at whatever door: equal names and numbers are equal.
        Write countries as alpha-3, whichever door told them (`D`, `GBD`, `VN`, `Đức`); what is no
        country stays as told, and a rule refuses it.

        Nearly all guests need none of it, so this looks before it leaps.
        """
        if not (
            unicodedata.is_normalized("NFKC", self.full_name)
            and is_one_line(self.full_name)
            and _is_plain_number(self.document_number)
            and _is_plain_number(self.old_number)
            and _is_plain_number(self.phone)
            and is_one_line(self.nationality)
            and is_one_line(self.document_name or "")
            and is_one_line(self.residence_country or "")
            and is_one_line(self.residence_province or "")
            and is_one_line(self.residence_ward or "")
            and is_as_seen(self.residence_address or "")
            and is_as_seen(self.note or "")
        ):
            _clean(self, _NAME, clean_person_name)
            _clean(self, _NUMBERS, clean_number)
            _clean(self, _LINES, clean_line)
            _clean(self, _TEXTS, clean_text)
        if self.nationality != VIETNAM_CODE:
            _write_alpha3(self, "nationality", self.nationality)
        if self.residence_country is not None and self.residence_country != VIETNAM_CODE:
            _write_alpha3(self, "residence_country", self.residence_country)


def _is_plain_number(number: str | None) -> bool:
    return number is None or (number.isascii() and number.isalnum())


def _write_alpha3(guest: Guest, name: str, country: str) -> None:
    code = find_nationality(country)
    if code is not None and code != country:
        msgspec.structs.force_setattr(guest, name, code)


_NAME: Final = ("full_name",)
_NUMBERS: Final = ("document_number", "old_number", "phone")
_LINES: Final = (
    "nationality", "document_name", "residence_country", "residence_province", "residence_ward",
)  # fmt: skip
_TEXTS: Final = ("residence_address", "note")


def _clean(record: msgspec.Struct, names: tuple[str, ...], cleaning: Callable[[str], str]) -> None:
    for name in names:
        text = getattr(record, name)
        if text and (clean := cleaning(text)) is not text:
            msgspec.structs.force_setattr(record, name, clean)


class StayEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One guest's stay in one facility. Times carry a zone; `room` is its name as on the door.

    `reason` is a code of the catalogue of reasons (None: the facility kind's default);
    `hourly` marks use by the hour, which makes no guest night.
    """

    guest: Guest
    arrived_at: datetime
    planned_departure_at: datetime | None = None
    room: str | None = None
    hourly: bool = False
    reason: int | None = None
    reason_text: str | None = None

    def __post_init__(self) -> None:
        if not (is_one_line(self.room or "") and is_as_seen(self.reason_text or "")):
            _clean(self, ("room",), clean_line)
            _clean(self, ("reason_text",), clean_text)


class TimePrecision(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an entry's times was told; the rest the door filled in. `day`: the day without an
    hour; `nothing`: an arrival of now, a departure that a form offered and nobody touched.
    """

    arrival: Literal["hour", "day", "nothing"] = "hour"
    departure: Literal["hour", "day", "nothing"] = "hour"


#: As interfaces tell times.
TO_THE_MINUTE: Final = TimePrecision()


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule says about an entry. `field` is the path inside the entry,
    such as `guest.document_number`; the texts never repeat a personal value.
    """

    rule: str
    severity: Literal["refuse", "warn", "note"]
    field: str
    message: str
    message_en: str
    remedy: str
    remedy_en: str


def as_error(problem: Problem, pointer: str) -> dict[str, str]:
    """The problem as an entry of a refusal's `errors`, at an RFC 6901 pointer into the request."""
    return {
        "pointer": pointer,
        "code": problem.rule,
        "message": problem.message,
        "message_en": problem.message_en,
        "remedy": problem.remedy,
        "remedy_en": problem.remedy_en,
    }
