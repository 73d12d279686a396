"""The QR code of the citizen's card (2021) and of the thẻ Căn cước (2024), as scanners type it.

`number|old number|name|birth ddmmyyyy|Nam or Nữ|address|issued ddmmyyyy`, and on the 2024 card four
empty parts more. Five parts are read from the left and the date from the right, since a stray bar
may stand in the address.
"""

import re
from datetime import date
from typing import Final, Literal

import msgspec

from asm.identity.name_letters import looks_vietnamese
from asm.identity.names import MAX_NAME_CHARS, clean_name
from asm.identity.nationalities import VIETNAM_CODE
from asm.identity.personal_number import (
    NotAPersonalNumber,
    find_contradictions,
    parse_personal_number,
)
from asm.intake.cards.card_rules import CARD_RULES
from asm.intake.cards.input_methods import digits_became_letters, garbled_by_input_method
from asm.intake.cards.letter_case import recased
from asm.intake.cards.scan_line import clean_line
from asm.intake.cards.scanned_text import (
    dropped_letters,
    lost_diacritics,
    lost_letters,
    other_code,
    sex_of,
    was_read_wrongly,
)
from asm.stays.entry import DatePrecision, Guest, Problem
from asm.stays.rules.published import problem as stay_problem

Generation = Literal["cccd_2021", "can_cuoc_2024", "unknown"]

# From this day only thẻ Căn cước are issued (Law 26/2023/QH15): the code itself cannot tell.
_NEW_CARDS_FROM: Final = date(2024, 7, 1)
_CCCD: Final = 1
_CAN_CUOC: Final = 8
_LONGEST: Final = 2000
_EXTRA_PARTS: Final = 4
_OLD_NUMBER: Final = re.compile(r"(?:[0-9]{9}|[0-9]{12})?")
_DATE: Final = re.compile(r"[0-9]{8}")
_TWO_SCANS: Final = re.compile(r"\|[0-9]{8}\|{0,4}\s*[0-9]{12}\|")


class CardReading(msgspec.Struct, frozen=True, kw_only=True):
    """`guest` is None when a problem refuses. `generation` is `unknown` where the code cannot tell.

    `repairs` are stable codes of what was put right: `bom`, `invisible` (marks without width),
    `line_break`, `nfd`, `address_bar`, `encoding.cp1252` (or another table), `sex_letters`,
    `barred_d` (Ð for Đ), `extra_parts`, `scanner_prefix`, `scanner_suffix`, `control_characters`,
    `separator` (another sign for `|`), `caps_lock`, `lower_case`.
    """

    guest: Guest | None = None
    generation: Generation | None = None
    issued_on: date | None = None
    repairs: list[str] = []
    problems: list[Problem] = []


class _Refused(Exception):  # noqa: N818 -- carries a rule id to the one place that answers
    pass


# What goes wrong when letters were read through another table: one cause, one message.
_OF_WRONG_LETTERS: Final = frozenset(
    f"card_qr.{what}"
    for what in (
        "parts",
        "number",
        "name",
        "birth_date",
        "sex",
        "issue_date",
        "telex",
        "not_a_card",
    )
)
_BEGINS: Final = re.compile(r"[0-9]{12}\D")


def read_card_qr(
    text: str, *, today: date, name_confirmed: bool = False, typed: bool = True
) -> CardReading:
    """Read the code's text as it arrived. Never raises for what the text may hold.

    `today` is the Vietnamese date; a birth or issue date after it is refused. `name_confirmed`: a
    person who holds the card says that the name is right although it looks as if an input method
    had garbled it. It makes no letter pass that cards do not print. `typed`: it may have come
    through a keyboard; from a picture it has not, and no input method can have touched it.
    """
    repairs: list[str] = []
    problems: list[Problem] = []
    line = ""
    try:
        line = _clean(text, repairs, problems)
        parts = recased(_parts_of(line), repairs, problems)
        if typed and garbled_by_input_method(parts):
            _ask_about_name(problems, name_confirmed=name_confirmed)
        return _confirmed(
            _read_parts(parts, repairs, problems, today=today), name_confirmed=name_confirmed
        )
    except _Refused as refusal:
        wrong_table = str(refusal) in _OF_WRONG_LETTERS and _reads_wrongly(line)
        rule_id = "card_qr.wrong_table" if wrong_table else str(refusal)
        problems.append(CARD_RULES[rule_id].problem())
        return CardReading(repairs=repairs, problems=problems)


def _ask_about_name(problems: list[Problem], *, name_confirmed: bool) -> None:
    if not name_confirmed:
        raise _Refused("card_qr.telex")
    problems.append(CARD_RULES["card_qr.name_as_read"].problem())


def _confirmed(reading: CardReading, *, name_confirmed: bool) -> CardReading:
    if reading.guest is None or not name_confirmed:
        return reading
    guest = msgspec.structs.replace(reading.guest, name_confirmed=True)
    return msgspec.structs.replace(reading, guest=guest)


def _reads_wrongly(line: str) -> bool:
    """Whether this was a card before its letters were read through another table. An address may
    hold a sign that no name does.
    """
    if not _BEGINS.match(line):
        return False
    parts = line.split("|")
    letters = parts[2] + parts[4] if len(parts) >= 7 else line
    return was_read_wrongly(letters) or (len(parts) > 4 and "?" in parts[4])


def _clean(text: str, repairs: list[str], problems: list[Problem]) -> str:
    if len(text) > _LONGEST:
        raise _Refused("card_qr.too_long")
    line = clean_line(text, repairs, problems)
    if not line:
        raise _Refused("card_qr.empty")
    return line


def _parts_of(line: str) -> list[str]:
    if (rule_id := other_code(line)) is not None:
        raise _Refused(rule_id)
    parts = [" ".join(part.split()) for part in line.split("|")]
    if digits_became_letters(parts[0]):
        raise _Refused("card_qr.telex")
    if len(parts) < 3:
        raise _Refused("card_qr.not_a_card")
    if _TWO_SCANS.search(line):
        raise _Refused("card_qr.two_scans")
    return parts


def _issue_index(parts: list[str]) -> int:
    """Where the issue date stands: the last part of eight digits, with at most four after it."""
    for index in range(len(parts) - 1, max(5, len(parts) - _EXTRA_PARTS - 2), -1):
        if _DATE.fullmatch(parts[index]):
            return index
    raise _Refused("card_qr.parts")


def _read_parts(
    parts: list[str], repairs: list[str], problems: list[Problem], *, today: date
) -> CardReading:
    last = _issue_index(parts)
    number, old_number, name = parts[0], parts[1], clean_name(parts[2])
    born, precision = _birth_date(parts[3], today)
    sex = sex_of(parts[4])
    issued = _issue_date(parts[last], born, today)
    _require(number, name, sex)
    if parts[4] not in {"Nam", "Nữ"}:
        repairs.append("sex_letters")
    if last > 6:
        repairs.append("address_bar")
    if any(parts[last + 1 :]):
        repairs.append("extra_parts")
    if not _OLD_NUMBER.fullmatch(old_number):
        problems.append(CARD_RULES["card_qr.old_number"].problem())
        old_number = ""
    address = "|".join(parts[5:last])
    generation = _generation(len(parts) - last - 1, issued)
    guest = Guest(
        full_name=name,
        birth_date=born,
        birth_date_precision=precision,
        sex="male" if sex == "male" else "female",
        nationality=VIETNAM_CODE,
        document_type=_CAN_CUOC if issued >= _NEW_CARDS_FROM else _CCCD,
        document_number=number,
        old_number=old_number or None,
        residence_country=VIETNAM_CODE,
        residence_address=address or None,
        name_source="card",
    )
    problems += _letter_problems(name, address, parts[4])
    personal = parse_personal_number(number)
    contradictions = find_contradictions(personal, birth_date=born, sex=guest.sex)
    problems += [
        stay_problem(f"personal_number.{contradiction}") for contradiction in contradictions
    ]
    return CardReading(
        guest=guest, generation=generation, issued_on=issued, repairs=repairs, problems=problems
    )


def _require(number: str, name: str, sex: str | None) -> None:
    try:
        parse_personal_number(number)
    except NotAPersonalNumber:
        raise _Refused("card_qr.number") from None
    if not looks_vietnamese(name.replace("\ufffd", "")):
        raise _Refused("card_qr.wrong_table")
    letters = any(char.isalpha() for char in name)
    if not letters or len(name) > MAX_NAME_CHARS or any(char.isdigit() for char in name):
        raise _Refused("card_qr.name")
    if sex is None:
        raise _Refused("card_qr.sex")


def _date_of(part: str, rule_id: str) -> date:
    if not _DATE.fullmatch(part):
        raise _Refused(rule_id)
    try:
        return date(int(part[4:]), int(part[2:4]), int(part[:2]))
    except ValueError:
        raise _Refused(rule_id) from None


def _birth_date(part: str, today: date) -> tuple[date, DatePrecision]:
    """Day and month 00 00, printed for people registered with a year alone, keep the year."""
    by_year = part.startswith("0000")
    born = _date_of("0101" + part[4:] if by_year else part, "card_qr.birth_date")
    if born > today:
        raise _Refused("card_qr.birth_date")
    return born, "year" if by_year else "day"


def _issue_date(part: str, born: date, today: date) -> date:
    issued = _date_of(part, "card_qr.issue_date")
    if not born <= issued <= today:
        raise _Refused("card_qr.issue_date")
    return issued


def _generation(extra_parts: int, issued: date) -> Generation:
    if extra_parts == _EXTRA_PARTS:
        return "can_cuoc_2024"
    return "cccd_2021" if issued < _NEW_CARDS_FROM else "unknown"


def _letter_problems(name: str, address: str, sex: str) -> list[Problem]:
    if lost_letters(name) or dropped_letters(name, sex):
        return [CARD_RULES["card_qr.lost_letters"].problem()]
    if lost_letters(address):
        return [CARD_RULES["card_qr.lost_letters"].problem(field="guest.residence_address")]
    if lost_diacritics(name, address):
        return [CARD_RULES["card_qr.lost_diacritics"].problem()]
    return []


def build_card_qr(guest: Guest, *, issued_on: date, generation: Generation = "cccd_2021") -> str:
    """The text that a card of `guest` would carry, for tests and demonstrations.

    Raises ValueError when the guest has no birth date, no number, or a sex other than the two that
    cards print.
    """
    if guest.birth_date is None or guest.document_number is None or guest.sex in {None, "other"}:
        raise ValueError("a card shows a number, a birth date and Nam or Nữ")
    day_and_month = "0000" if guest.birth_date_precision == "year" else f"{guest.birth_date:%d%m}"
    parts = [
        guest.document_number,
        guest.old_number or "",
        guest.full_name,
        f"{day_and_month}{guest.birth_date.year:04}",
        "Nam" if guest.sex == "male" else "Nữ",
        guest.residence_address or "",
        f"{issued_on:%d%m}{issued_on.year:04}",
    ]
    if generation == "can_cuoc_2024":
        parts += [""] * _EXTRA_PARTS
    return "|".join(parts)
