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
from asm.intake.cards.zone_shape import looks_like_zone, with_lines_before
from asm.intake.photos.card_image import read_card_image
from asm.intake.photos.passport_photo import read_passport_photo
from asm.stays.entry import Problem
from asm.web.desk.stay_form import OF_THE_STAY, ON_NO_PAPER, StayForm, form_of_guest
from asm.web.form_problems import problems_of_rules

#: The rule of a zone whose other lines are still to come.
INCOMPLETE: Final = "mrz.incomplete"

Filled = tuple[StayForm, list[Problem]]


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What the scan box held. `begun`: lines of a zone that came before. `name_confirmed`: a person
    says that the card's name is right although it looks garbled.
    """

    text: str
    begun: str = ""
    name_confirmed: bool = False

    @property
    def whole(self) -> str:
        """With the lines that came before, when it goes on with them."""
        return with_lines_before(self.begun, self.text)


def read_scan(scan: Scan, kept: StayForm, now: datetime, *, language: str) -> Filled:
    """The form filled from a card's code or a machine-readable zone, with what is about the stay
    kept, and what was noticed on the way. When it cannot be read the form comes back as it was;
    the problem says why.
    """
    today, text = _today(now), scan.whole
    if looks_like_zone(text):
        return _filled(read_mrz(text, today=today), kept, language)
    reading = read_card_qr(text, today=today, name_confirmed=scan.name_confirmed)
    return _filled(reading, kept, language)


def doubted_name(scan: Scan, problems: list[Problem], now: datetime) -> str:
    """The name on a card that was refused as garbled, for a person to say that it is right; else
    empty.
    """
    if not any(item.rule == "card_qr.telex" for item in problems):
        return ""
    reading = read_card_qr(scan.text, today=_today(now), name_confirmed=True)
    return reading.guest.full_name if reading.guest is not None else ""


def reading_context(problems: list[Problem], scanned: Scan | None, now: datetime) -> dict[str, Any]:
    """What the desk's page shows of a reading: of `scanned`, or of a photograph for None."""
    begun = scanned is not None and any(item.rule == INCOMPLETE for item in problems)
    form_problems = (
        [] if begun else problems_of_rules(problems, {}, "card_text" if scanned else "photo")
    )
    return {
        "form_problems": form_problems,
        # The lines to come are awaited, not missed.
        "notes": [item for item in problems if begun or item.severity != "refuse"],
        "scan_text": scanned.text if scanned and form_problems else "",
        "zone_begun": scanned.whole if scanned and begun else "",
        "doubted_name": doubted_name(scanned, problems, now) if scanned else "",
        "scanned": not form_problems and not begun,
    }


def replaced_guest(kept: StayForm, form: StayForm) -> StayForm | None:
    """Who stood in the form, not sent, when another's paper was read into it; else None."""
    if not kept.full_name:
        return None
    if kept.document_number and form.document_number:
        same = kept.document_number == form.document_number
    else:
        same = kept.full_name.casefold() == form.full_name.casefold()
    return None if same else kept


def without_room_of(replaced: StayForm, form: StayForm) -> StayForm:
    """`form` without what was typed of the stay of `replaced`: it is not the next guest's."""
    fresh = StayForm(key=form.key, nights=replaced.nights_offered)
    return msgspec.structs.replace(form, **{name: getattr(fresh, name) for name in OF_THE_STAY})


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
    if kept.document_number in {"", reading.guest.document_number}:  # else it was another guest's
        filled |= {name: getattr(kept, name) for name in ON_NO_PAPER}
    if isinstance(reading, CardReading):
        address = reading.guest.residence_address
        filled |= {"via": "card_qr", "residence_province": province_of_address(address) or ""}
        filled["residence_country"] = ""  # is asked of foreigners
    form = msgspec.structs.replace(form_of_guest(reading.guest, language), **filled)
    return form, reading.problems


def _today(now: datetime) -> date:
    return vietnam_time(now).date()
