"""From the text of a card's QR to the filled form. The number travels in a POST, never in a URL."""

from datetime import datetime
from typing import Any

import msgspec

from asm.db.base import vietnam_time
from asm.geo.wards import Province
from asm.identity.names import folded_key
from asm.intake.card_qr import read_card_qr
from asm.stays.declaration import Guest, Problem
from asm.web.desk.form import StayForm
from asm.web.formats import country_name


def read_scan(
    text: str, kept: StayForm, now: datetime, *, language: str, provinces: list[Province]
) -> tuple[StayForm, list[Problem]]:
    """The form filled from a card, with room and nights kept, and what was noticed on the way.

    When the card cannot be read the form comes back as it was; the problem says why.
    """
    reading = read_card_qr(text, today=vietnam_time(now).date())
    if reading.guest is None:
        return kept, reading.problems
    filled = msgspec.structs.replace(
        StayForm(room=kept.room, nights=kept.nights, hourly=kept.hourly, reason=kept.reason),
        via="card_qr",
        **_guest_inputs(reading.guest, language, provinces),
    )
    return filled, reading.problems


def _guest_inputs(guest: Guest, language: str, provinces: list[Province]) -> dict[str, Any]:
    born = guest.birth_date
    by_year = guest.birth_date_precision == "year"
    return {
        "full_name": guest.full_name,
        "birth_date": "" if born is None else str(born.year) if by_year else f"{born:%d/%m/%Y}",
        "sex": guest.sex or "",
        "nationality": country_name(guest.nationality, language),
        "document_type": str(guest.document_type or ""),
        "document_number": guest.document_number or "",
        "old_number": guest.old_number or "",
        "residence_address": guest.residence_address or "",
        "residence_province": province_of(guest.residence_address or "", provinces),
    }


def province_of(address: str, provinces: list[Province]) -> str:
    """The code of the province that the printed address ends with, if its name is in force today.

    Old provinces went whole into new ones, so a name that still exists is never the wrong one; any
    other is left for the person to choose.
    """
    last = folded_key(address.rpartition(",")[2])
    for prefix in ("tinh ", "thanh pho ", "tp "):
        last = last.removeprefix(prefix)
    for province in provinces:
        name = folded_key(province.name)
        for prefix in ("tinh ", "thanh pho "):
            name = name.removeprefix(prefix)
        if last and name == last:
            return province.code
    return ""
