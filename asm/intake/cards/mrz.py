"""The machine-readable zone of a Vietnamese card's back (TD1) and of a passport or another paper to
travel with (TD3, TD2). Visas and the cards of other countries are named for what they are.

ICAO Doc 9303 parts 3 to 7. Check digits protect everything but the name, so a person must always
confirm the name; and a passport's expiry is never the limit of a permitted stay.
"""

import re
from datetime import date
from typing import Final

import msgspec

from asm.identity.nationalities import ORGANISATIONS, VIETNAM_CODE, find_nationality, nationalities
from asm.intake.cards.card_rules import CARD_RULES
from asm.intake.cards.mrz_parts import name_from, read_birth_date, read_expiry
from asm.intake.cards.zone_checks import LAYOUTS, check_lines
from asm.intake.cards.zone_keys import is_garbled, keys_before
from asm.intake.cards.zone_shape import (
    ZoneShape,
    is_beginning,
    shape_of,
    tidy_zone,
    with_fillers,
    without_doubles,
)
from asm.stays.entry import Guest, Problem, Sex
from asm.stays.rules.catalogues import OTHER_DOCUMENT, PASSPORT

_CARD: Final = 1  # the back of a CCCD and of a thẻ Căn cước look alike; the number rule is one
_LAISSEZ_PASSER: Final = "Laissez-passer"
_TWELVE: Final = re.compile(r"[0-9]{12}")
_SEX: Final[dict[str, Sex]] = {"M": "male", "F": "female", "X": "other"}


class MrzReading(msgspec.Struct, frozen=True, kw_only=True):
    """`guest` is None when a problem refuses. `format` is TD1, TD2, TD3, MRV-A or MRV-B (visas),
    and may be another one some day. `repairs` names what was put right: the part in which one
    character was exchanged, such as `number`; `input_method`; `fillers`; `line_twice`.
    `expires_on` None: no expiry (991231), or not readable.
    `personal_number`: twelve digits printed besides the number of a Vietnamese passport.
    `name_to_confirm`: whenever a name was read, since no check digit covers it; a declaration that
    uses it says that a person confirmed it.
    """

    format: str | None = None
    guest: Guest | None = None
    expires_on: date | None = None
    personal_number: str | None = None
    name_to_confirm: bool = False
    repairs: list[str] = []
    problems: list[Problem] = []


def read_mrz(text: str, *, today: date) -> MrzReading:
    """Read the lines as typed or scanned, in any case, with or without line breaks.

    `today` (Vietnamese date) decides centuries. Never raises for what the text may hold.
    """
    sent = tidy_zone(text)
    zone = without_doubles(sent)
    reading = _read_tidy(zone, today)
    return reading if zone == sent else _mended(reading, "line_twice", "mrz.line_twice")


def _read_tidy(zone: str, today: date) -> MrzReading:
    shape = shape_of(zone)
    if shape is not None:
        return _read(shape, today)
    exchanged = with_fillers(zone)
    if exchanged is not None and (shape := shape_of(exchanged)) is not None:
        return _mended(_read(shape, today), "fillers", "mrz.fillers")
    if is_garbled(zone) and "<<" in zone:
        return _without_input_method(zone, today)
    unread = "mrz.incomplete" if is_beginning(zone) else "mrz.shape"
    return MrzReading(problems=[CARD_RULES[unread].problem()])


def _without_input_method(zone: str, today: date) -> MrzReading:
    keys = keys_before(zone, _is_sound)
    shape = shape_of(keys) if keys is not None else None
    if shape is None:
        return MrzReading(problems=[CARD_RULES["mrz.input_method"].problem()])
    return _mended(_read(shape, today), "input_method", "mrz.input_method.restored")


def _is_sound(zone: str) -> bool:
    """Whether all check digits of a zone fit, its lines are whole, and it names one country twice:
    as issuer and as nationality.
    """
    shape = shape_of(zone)
    if shape is None or any(line not in zone for line in shape.lines):
        return False
    layout = LAYOUTS.get(shape.kind)
    if layout is None:
        return True  # a visa is named for what it is, whatever its letters
    _, repairs, problems = check_lines(shape.lines, layout)
    country = shape.lines[1][slice(*layout.nationality)]
    issuer = shape.lines[0][2:5]
    return not repairs and not problems and issuer == country and bool(find_nationality(country))


def _mended(reading: MrzReading, repair: str, rule_id: str) -> MrzReading:
    return msgspec.structs.replace(
        reading,
        repairs=[repair, *reading.repairs],
        problems=[CARD_RULES[rule_id].problem(), *reading.problems],
    )


def _read(shape: ZoneShape, today: date) -> MrzReading:
    if shape.kind.startswith("MRV"):
        return MrzReading(format=shape.kind, problems=[CARD_RULES["mrz.visa"].problem()])
    if shape.kind == "TD1" and _is_vietnamese(shape.lines):
        return _read_td1(shape.lines, today)
    if shape.lines[0].startswith("P") and shape.kind != "TD1":
        return _read_passport(shape, today)
    return MrzReading(format=shape.kind, problems=[_foreign_card(shape.lines[0][2:5])])


def _is_vietnamese(lines: list[str]) -> bool:
    """Issued here, to a citizen: cards for residents who are foreigners say so in line 2."""
    holder = find_nationality(lines[1][15:18])
    return lines[0][2:5] == "VNM" and holder in {VIETNAM_CODE, None}


def _foreign_card(issuer: str) -> Problem:
    country = nationalities().get(find_nationality(issuer) or "")
    names = (country.name, country.name_en) if country else (issuer.rstrip("<"),) * 2
    return CARD_RULES["mrz.foreign_card"].problem(country=names[0], country_en=names[1])


def _read_td1(raw: list[str], today: date) -> MrzReading:
    lines, repairs, problems = check_lines(raw, LAYOUTS["TD1"])
    number = lines[0][15:27]
    if not _TWELVE.fullmatch(number) or number[3:] != lines[0][5:14]:
        problems.append(CARD_RULES["mrz.number"].problem())
    born, precision, birth_problems = read_birth_date(lines[1][:6], today)
    expires_on, expiry_problems = read_expiry(lines[1][8:14], today)
    name, name_problems = name_from(lines[2])
    sex, sex_problems = _sex_of(lines[1][7])
    problems += birth_problems + expiry_problems + name_problems + sex_problems
    guest = Guest(
        full_name=name,
        birth_date=born,
        birth_date_precision=precision,
        sex=sex,
        nationality=VIETNAM_CODE,
        document_type=_CARD,
        document_number=number,
        name_source="mrz",
    )
    return _reading("TD1", guest, problems, repairs=repairs, expires_on=expires_on)


def _read_passport(shape: ZoneShape, today: date) -> MrzReading:
    layout = LAYOUTS[shape.kind]
    lines, repairs, problems = check_lines(shape.lines, layout)
    second = lines[1]
    number, nationality = second[:9].rstrip("<"), find_nationality(second[10:13])
    if not number or "<" in number:
        problems.append(CARD_RULES["mrz.number"].problem())
    if nationality is None:
        problems.append(CARD_RULES["mrz.nationality"].problem())
    born, precision, birth_problems = read_birth_date(second[13:19], today)
    expires_on, expiry_problems = read_expiry(second[21:27], today)
    name, name_problems = name_from(lines[0][5:])
    sex, sex_problems = _sex_of(second[20])
    problems += birth_problems + expiry_problems + name_problems + sex_problems
    passes = _is_laissez_passer(lines[0], nationality)
    if passes:
        problems.append(CARD_RULES["mrz.laissez_passer"].problem())
    guest = Guest(
        full_name=name,
        birth_date=born,
        birth_date_precision=precision,
        sex=sex,
        nationality=nationality or second[10:13].rstrip("<"),
        document_type=OTHER_DOCUMENT if passes else PASSPORT,
        document_name=_LAISSEZ_PASSER if passes else None,
        document_number=number,
        name_source="mrz",
    )
    personal = _TWELVE.match(second[28:40]) if nationality == VIETNAM_CODE else None
    return _reading(
        shape.kind,
        guest,
        problems,
        repairs=repairs,
        expires_on=expires_on,
        personal_number=personal.group() if personal else None,
    )


def _is_laissez_passer(first: str, nationality: str | None) -> bool:
    """The document code PL, or an organisation as issuer or instead of a nationality."""
    issuer = find_nationality(first[2:5])
    return first.startswith("PL") or bool({issuer, nationality} & ORGANISATIONS)


def _sex_of(letter: str) -> tuple[Sex | None, list[Problem]]:
    if letter in _SEX:
        return _SEX[letter], []
    return None, [CARD_RULES["mrz.sex"].problem()]


def _reading(
    kind: str,
    guest: Guest,
    problems: list[Problem],
    *,
    repairs: list[str],
    expires_on: date | None,
    personal_number: str | None = None,
) -> MrzReading:
    refused = any(item.severity == "refuse" for item in problems)
    return MrzReading(
        format=kind,
        guest=None if refused else guest,
        expires_on=expires_on,
        personal_number=None if refused else personal_number,
        name_to_confirm=not refused,
        repairs=repairs,
        problems=problems,
    )
