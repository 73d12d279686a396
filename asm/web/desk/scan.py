"""From the text of a card's QR to the filled form. The number travels in a POST, never in a URL."""

from datetime import datetime

import msgspec

from asm.db.base import vietnam_time
from asm.geo.wards import Province
from asm.identity.names import folded_key
from asm.intake.card_qr import read_card_qr
from asm.stays.declaration import Problem
from asm.web.desk.form import StayForm, form_of_guest


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
        form_of_guest(reading.guest, language),
        via="card_qr",
        room=kept.room,
        nights=kept.nights,
        hourly=kept.hourly,
        reason=kept.reason,
        residence_province=province_of(reading.guest.residence_address or "", provinces),
    )
    return filled, reading.problems


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
