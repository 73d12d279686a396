"""From the text of a card's QR to the filled form. The number travels in a POST, never in a URL."""

from datetime import datetime

import msgspec

from asm.db.base import vietnam_time
from asm.identity.provinces import province_of_address
from asm.intake.card_qr import read_card_qr
from asm.stays.declaration import Problem
from asm.web.desk.form import OF_THE_STAY, StayForm, form_of_guest


def read_scan(
    text: str, kept: StayForm, now: datetime, *, language: str
) -> tuple[StayForm, list[Problem]]:
    """The form filled from a card, with what is about the stay kept, and what was noticed on the
    way. When the card cannot be read the form comes back as it was; the problem says why.
    """
    reading = read_card_qr(text, today=vietnam_time(now).date())
    if reading.guest is None:
        return kept, reading.problems
    filled = msgspec.structs.replace(
        form_of_guest(reading.guest, language),
        via="card_qr",
        residence_province=province_of_address(reading.guest.residence_address) or "",
        **{name: getattr(kept, name) for name in OF_THE_STAY},
    )
    return filled, reading.problems
