"""The person, checked: name, birth, nationality, residence, and what only foreigners must give."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from asm.identity.name_letters import name_flaw
from asm.identity.names import MAX_NAME_CHARS
from asm.identity.nationalities import VIETNAM_CODE, WITHOUT_NATIONALITY, nationalities
from asm.stays.entry import Guest, Problem
from asm.stays.rules.catalogues import PASSPORT, RESIDENCE_KINDS
from asm.stays.rules.rule import Rule

_OLDEST: Final = 120
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ().\-]{6,20}[0-9]")
# Letters of other names are all welcome: A/L and @ stand in Malaysian and Singaporean passports.
_DAMAGE: Final = re.compile(r"[?\ufffd<>|\t\r\n=#$%^*{}\[\]\\;\"!~+_]")
# PostgreSQL stores no U+0000 and UTF-8 no lone surrogate; the rest hide in pasted text. U+202E
# shows what follows in reverse: what was read is not what would be stored.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202e\ud800-\udfff]")
_TEXT_LIMITS: Final = {
    "full_name": None,  # has a rule of its own
    "document_number": None,
    "nationality": None,
    "document_name": 100,
    "old_number": 50,
    "phone": 50,
    "residence_country": 50,
    "residence_province": 100,
    "residence_ward": 100,
    "residence_address": 300,
    "note": 1000,
}


def check_guest(
    guest: Guest, rules: Mapping[str, Rule], *, today: date, arrival: date
) -> Iterator[Problem]:
    """What the rules say about the person; `today` and `arrival` are Vietnamese dates."""
    yield from check_texts(guest, _TEXT_LIMITS, rules, prefix="guest.")
    yield from _check_name(guest, rules)
    yield from _check_birth(guest, rules, today=today)
    yield from _check_residence(guest, rules)
    if guest.nationality not in nationalities():
        yield rules["guest.nationality.unknown"].problem()
    elif guest.nationality != VIETNAM_CODE:
        yield from _check_foreigner(guest, rules, arrival=arrival)


def check_texts(
    record: object, limits: Mapping[str, int | None], rules: Mapping[str, Rule], *, prefix: str
) -> Iterator[Problem]:
    """Control characters and lengths of the named text fields of `record`."""
    for name, limit in limits.items():
        text = getattr(record, name)
        if not text:
            continue
        if not text.isprintable() and _CONTROL.search(text):
            yield rules["text.control_characters"].problem(field=prefix + name)
        if limit is not None and len(text) > limit:
            yield rules["text.length"].problem(field=prefix + name, limit=limit)


def _check_name(guest: Guest, rules: Mapping[str, Rule]) -> Iterator[Problem]:
    name = guest.full_name
    if guest.name_source == "mrz" and not guest.name_confirmed:
        yield rules["guest.name.unconfirmed"].problem()
    if not any(char.isalpha() for char in name):
        # A number in the field of the name stands there: it is not missing.
        numbered = any(char.isdigit() for char in name)
        yield rules["guest.full_name.digits" if numbered else "guest.full_name.missing"].problem()
        return
    if len(name) > MAX_NAME_CHARS:
        yield rules["guest.full_name.length"].problem(limit=MAX_NAME_CHARS)
    yield from _check_letters(guest, rules)


def _check_letters(guest: Guest, rules: Mapping[str, Rule]) -> Iterator[Problem]:
    name = guest.full_name
    # Nearly all names are letters and spaces alone, which one look tells.
    if not name.replace(" ", "").isalpha() and any(char.isdigit() for char in name):
        yield rules["guest.full_name.digits"].problem()
    flaw = name_flaw(name, citizen=guest.nationality == VIETNAM_CODE)
    if flaw == "several":
        yield rules["guest.full_name.several"].problem()
        return
    if _DAMAGE.search(name):
        yield rules["guest.full_name.damaged"].problem()
        return
    if flaw == "no_letters":
        yield rules["guest.full_name.letters"].problem()
    elif flaw == "not_printed" and not guest.name_confirmed:
        yield rules["guest.full_name.doubted"].problem()


def _check_birth(guest: Guest, rules: Mapping[str, Rule], *, today: date) -> Iterator[Problem]:
    born = guest.birth_date
    if born is None:
        if guest.nationality == VIETNAM_CODE:
            yield rules["guest.birth_date.missing"].problem()
    elif born > today:
        yield rules["guest.birth_date.future"].problem()
    elif today.year - born.year > _OLDEST:
        yield rules["guest.birth_date.implausible"].problem()


def _check_residence(guest: Guest, rules: Mapping[str, Rule]) -> Iterator[Problem]:
    if guest.residence_kind is not None and guest.residence_kind not in RESIDENCE_KINDS:
        yield rules["guest.residence_kind.unknown"].problem()
    country = guest.residence_country
    if country and country not in nationalities():
        yield rules["guest.residence_country.unknown"].problem()
    if guest.phone and not _PHONE.fullmatch(guest.phone.strip()):
        yield rules["guest.phone.characters"].problem()


def _check_foreigner(
    guest: Guest, rules: Mapping[str, Rule], *, arrival: date
) -> Iterator[Problem]:
    if guest.sex is None:
        yield rules["foreigner.sex.missing"].problem()
    if guest.birth_date is None:
        yield rules["foreigner.birth_date.missing"].problem()
    lives_here = guest.nationality in WITHOUT_NATIONALITY and guest.document_type != PASSPORT
    if guest.nationality in WITHOUT_NATIONALITY:
        yield rules["guest.nationality.none"].problem()
    if guest.permitted_stay_until is None and not lives_here:
        yield rules["foreigner.permitted_stay.missing"].problem()
    elif guest.permitted_stay_until is not None and guest.permitted_stay_until < arrival:
        yield rules["foreigner.permitted_stay.past"].problem()
