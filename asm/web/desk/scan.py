"""From a scan or a photograph of a paper to the filled form. What was read travels in a POST, never
in a URL.
"""

from datetime import date, datetime
from typing import Any, Final

import msgspec

from asm.db.base import vietnam_time
from asm.identity.provinces import province_of_address
from asm.intake.cards.card_qr import CardReading, read_card_qr
from asm.intake.cards.mrz import MrzReading, read_mrz
from asm.intake.photos.card_image import read_card_image
from asm.intake.photos.passport_photo import read_passport_photo
from asm.stays.entry import Problem
from asm.web.desk.stay_form import OF_THE_STAY, StayForm, form_of_guest

#: Characters of a whole zone (TD3, TD1) and of each of its lines: a one-line box drops the breaks.
_LINE_OF: Final = {88: 44, 90: 30}

Filled = tuple[StayForm, list[Problem]]


def read_scan(text: str, kept: StayForm, now: datetime, *, language: str) -> Filled:
    """The form filled from a card's code or a machine-readable zone, with what is about the stay
    kept, and what was noticed on the way. When it cannot be read the form comes back as it was;
    the problem says why.
    """
    today = _today(now)
    reading = (
        read_mrz(_lines(text), today=today) if "<" in text else read_card_qr(text, today=today)
    )
    return _filled(reading, kept, language)


async def read_photo(
    data: bytes, kept: StayForm, now: datetime, *, passport: bool, language: str
) -> Filled:
    """The same from a picture, which nothing keeps: of a card's code, or of a passport's zone."""
    read = read_passport_photo if passport else read_card_image
    return _filled(await read(data, today=_today(now)), kept, language)


def _filled(reading: CardReading | MrzReading, kept: StayForm, language: str) -> Filled:
    if reading.guest is None:
        return kept, reading.problems
    filled: dict[str, Any] = {name: getattr(kept, name) for name in OF_THE_STAY}
    if isinstance(reading, CardReading):
        address = reading.guest.residence_address
        filled |= {"via": "card_qr", "residence_province": province_of_address(address) or ""}
    form = msgspec.structs.replace(form_of_guest(reading.guest, language), **filled)
    return form, reading.problems


def _lines(text: str) -> str:
    zone = "".join(text.split())
    width = _LINE_OF.get(len(zone))
    if width is None:
        return text
    return "\n".join(zone[start : start + width] for start in range(0, len(zone), width))


def _today(now: datetime) -> date:
    return vietnam_time(now).date()
