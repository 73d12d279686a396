"""Turn a checked entry into the rows that will be written: ids, nights, due time, receipt."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from asm.accounts.actor import Actor
from asm.db.base import new_id, vietnam_time
from asm.db.direct import Hexed, hexed
from asm.facilities.facility import Facility
from asm.facilities.kinds import KINDS
from asm.identity.provinces import province_code, province_of_address
from asm.identity.vault.keys import Keys
from asm.identity.vault.model import GuestRecordRow
from asm.identity.vault.sealing import BlindIndex, name_index, person_index, seal
from asm.stays.entry import Guest, Problem, StayEntry
from asm.stays.intake.counted_as import is_tourism, residence_of
from asm.stays.model import StayRow, StayVersionRow
from asm.stays.receipts.receipt import Receipt, ReceiptFacts, receipt_number, sign_receipt
from asm.stays.rules.ages import age_group
from asm.stays.rules.deadlines import due_at, nights_of
from asm.stays.saved.saved_time import SavedTime

CITIZEN = "VNM"
#: Rules whose warning doubts the guest's papers; a stay remembers their ids for the ward's check.
PAPER_WARNINGS = frozenset(
    {
        "document.cmnd.ended",
        "document.old_number.length",
        "guest.birth_date.implausible",
        "mrz.expired",
        "personal_number.birth_place",
        "personal_number.birth_year",
        "personal_number.length",
        "personal_number.sex",
    }
)


class EntryRows(msgspec.Struct, kw_only=True):
    """Rows of one stay, and the receipt that goes out once they are durable."""

    index: int
    entry: StayEntry
    blind_index: BlindIndex | None
    person_ref: UUID
    stay: StayRow
    guest_record: GuestRecordRow
    version: StayVersionRow
    receipt: Receipt


class RowContext(msgspec.Struct, frozen=True, kw_only=True):
    """What every entry of one declaration shares. `party_id` tells who was declared together."""

    keys: Keys
    actor: Actor
    facility: Facility
    via: str
    party_id: UUID
    saved: SavedTime | None = None


def content_of(entry: StayEntry) -> dict[str, Any]:
    """The part of a stay that versions compare, without the guest; times on Vietnam's clock, so
    that one instant written with another offset is no difference.
    """
    departure = entry.planned_departure_at
    return {
        "arrived_at": vietnam_time(entry.arrived_at),
        "planned_departure_at": None if departure is None else vietnam_time(departure),
        "room": entry.room,
        "hourly": entry.hourly,
        "reason": entry.reason,
        "reason_text": entry.reason_text,
    }


def build_rows(
    shared: RowContext, index: int, entry: StayEntry, problems: Sequence[Problem] = ()
) -> EntryRows:
    """All rows of one new stay, about which the rules said `problems`. Pure but for fresh ids,
    nonces and salts.
    """
    facility, now = shared.facility, shared.actor.now
    content = content_of(entry) | {"reason": reason_of(entry, facility)}
    receipt = _first_receipt(shared, entry, content)
    person_ref = new_id()
    record = sealed_record(shared.keys, facility, entry.guest, person_ref, now)
    stay = StayRow(
        facility_id=facility.id,
        ward_code=facility.ward_code,
        id=receipt.stay_id,
        version=1,
        person_ref=person_ref,
        guest_record_id=record.id,
        receipt_number=receipt.number,
        received_at=now,
        due_at=receipt.due_at,
        on_time=receipt.on_time,
        via=shared.via,
        declared_by=shared.actor.id,
        party_id=shared.party_id,
        doubts=paper_warnings_of(problems),
        saved=shared.saved,
        **stay_columns(entry, facility),
    )
    version = StayVersionRow(
        ward_code=facility.ward_code,
        change="declared",
        changed_by=shared.actor.id,
        via=shared.via,
        guest_record_id=record.id,
        content=content,
        saved=shared.saved,
        **receipt_columns(receipt),
    )
    return EntryRows(
        index=index,
        entry=entry,
        blind_index=person_index(shared.keys, facility.id, entry.guest),
        person_ref=person_ref,
        stay=stay,
        guest_record=record,
        version=version,
        receipt=receipt,
    )


def _first_receipt(shared: RowContext, entry: StayEntry, content: dict[str, Any]) -> Receipt:
    facility, now, stay_id = shared.facility, shared.actor.now, new_id()
    due = due_at(
        entry.arrived_at,
        foreigner=entry.guest.nationality != CITIZEN,
        remote=facility.remote,
        lodging_business=KINDS[facility.kind].lodging_business,
    )
    facts = ReceiptFacts(
        stay_id=stay_id,
        facility_id=facility.id,
        number=receipt_number(stay_id),
        version=1,
        received_at=now,
        due_at=due,
        on_time=now <= due,
        recorded_at=now,
        content=content | {"guest": entry.guest},
    )
    return sign_receipt(shared.keys, facts)


def sealed_record(
    keys: Keys, facility: Facility, guest: Guest, person_ref: UUID, now: datetime
) -> GuestRecordRow:
    """The vault's row for a guest as told at `now`."""
    record_id = new_id()
    sealed = seal(keys, facility.id, record_id, guest)
    name = name_index(keys, guest.full_name)
    return GuestRecordRow(
        facility_id=facility.id,
        ward_code=facility.ward_code,
        id=record_id,
        person_ref=person_ref,
        key_id=sealed.key_id,
        sealed=hexed(sealed.sealed),
        created_at=now,
        name_a=hexed(name.a) if name.a else None,
        name_b=hexed(name.b) if name.b else None,
    )


def receipt_columns(receipt: Receipt) -> dict[str, Any]:
    """The columns of `stay_version` that its receipt says."""
    return {
        "facility_id": receipt.facility_id,
        "stay_id": receipt.stay_id,
        "version": receipt.version,
        "changed_at": receipt.recorded_at,
        "salt": Hexed("\\x" + receipt.content_salt),
        "receipt": hexed(receipt.token.encode("ascii")),
    }


def stay_columns(
    entry: StayEntry, facility: Facility, departed_at: datetime | None = None
) -> dict[str, Any]:
    """The columns of `stay` that follow from what was told (again at every change)."""
    guest = entry.guest
    first_night, end_night = nights_of(
        entry.arrived_at, departed_at or entry.planned_departure_at, hourly=entry.hourly
    )
    reason = reason_of(entry, facility)
    country = guest.residence_country or guest.nationality
    arrival_date = vietnam_time(entry.arrived_at).date()
    return {
        "arrival_date": arrival_date,
        "arrived_at": entry.arrived_at,
        "planned_departure_at": entry.planned_departure_at,
        "first_night": first_night,
        "end_night": end_night,
        "hourly": entry.hourly,
        "room_name": entry.room,
        "reason": reason,
        "foreigner": guest.nationality != CITIZEN,
        "no_papers": guest.no_papers,
        "nationality": guest.nationality,
        "residence_province": _province_of(guest) if country == CITIZEN else None,
        "residence_country": country,
        "residence": residence_of(guest),
        "tourism": is_tourism(facility.kind, reason, first_night, end_night),
        "age_group": age_group(guest.birth_date, arrival_date),
        "permitted_until": guest.permitted_stay_until,
    }


def paper_warnings_of(problems: Sequence[Problem]) -> list[str]:
    """The ids of the rules that doubt the papers, in order."""
    return sorted({problem.rule for problem in problems} & PAPER_WARNINGS)


def reason_of(entry: StayEntry, facility: Facility) -> int | None:
    """The told reason, or the default of the facility's kind."""
    return KINDS[facility.kind].default_reason if entry.reason is None else entry.reason


def _province_of(guest: Guest) -> str | None:
    """Today's province of residence, for the statistics; the words stay as they were told."""
    return province_code(guest.residence_province) or province_of_address(guest.residence_address)
