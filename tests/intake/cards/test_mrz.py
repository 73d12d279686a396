import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.intake.cards.check_digits import check_digit
from asm.intake.cards.mrz import MrzReading, read_mrz
from asm.intake.cards.mrz_parts import read_birth_date, read_expiry

TODAY = date(2026, 11, 22)
SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "mrz_samples.jsonl")
    .read_text("utf-8")
    .splitlines()
]
CARD = SAMPLES[0]["lines"]
PASSPORT = SAMPLES[4]["lines"]


def read(*lines: str) -> MrzReading:
    return read_mrz("\n".join(lines), today=TODAY)


def rules_of(reading: MrzReading) -> list[str]:
    return [item.rule for item in reading.problems]


def td3(
    *,
    name: str = "MAU<<VAN",
    number: str = "C1234567",
    nationality: str = "VNM",
    birth: str = "900815",
    sex: str = "M",
    expiry: str = "300814",
    optional: str = "",
) -> list[str]:
    first = f"P<{nationality:<<3}{name}".ljust(44, "<")[:44]
    second = number.ljust(9, "<")
    second += check_digit(second) + nationality.ljust(3, "<")
    second += birth + check_digit(birth) + sex + expiry + check_digit(expiry)
    extra = optional.ljust(14, "<")
    second += extra + (check_digit(extra) if optional else "<")
    return [first, second + check_digit(second[:10] + second[13:20] + second[21:43])]


def td1(
    number: str, birth: str, expiry: str, *, sex: str = "M", name: str = "MAU<<VAN"
) -> list[str]:
    first = "IDVNM" + number[3:] + check_digit(number[3:])
    first += number + "<<" + check_digit(number + "<<")
    second = birth + check_digit(birth) + sex + expiry + check_digit(expiry) + "VNM" + "<" * 11
    second += check_digit(first[5:30] + second[:7] + second[8:15] + second[18:29])
    return [first, second, name.ljust(30, "<")]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["note"][:30])
def test_samples(sample: dict[str, Any]) -> None:
    reading = read(*sample["lines"])
    assert reading.format == sample["type"]
    assert (reading.guest is not None) is sample["valid"]
    if sample["valid"]:
        assert "mrz.name.confirm" in rules_of(reading)
        assert reading.repairs == []


def test_a_card() -> None:
    guest = read(*CARD).guest
    assert guest is not None
    assert (guest.full_name, guest.document_number) == ("NGUYEN VAN MAU", "001090000017")
    assert (guest.birth_date, guest.sex, guest.nationality) == (date(1990, 8, 15), "male", "VNM")


def test_no_expiry() -> None:
    reading = read(*SAMPLES[1]["lines"])
    assert reading.expires_on is None
    assert "mrz.expired" not in rules_of(reading)


def test_a_passports_expiry_is_never_the_permitted_stay() -> None:
    reading = read(*PASSPORT)
    assert reading.guest is not None
    assert reading.guest.permitted_stay_until is None
    assert reading.expires_on == date(2030, 8, 14)
    assert reading.personal_number == "001090000017"


@pytest.mark.parametrize("code", ["D", "VNM", "GBD", "XXA", "USA"])
def test_issuers_of_one_to_three_letters(code: str) -> None:
    guest = read(*td3(nationality=code)).guest
    assert guest is not None
    assert guest.nationality == {"D": "DEU", "GBD": "GBR"}.get(code, code)


def test_unspecified_sex_is_asked_for() -> None:
    reading = read(*td3(sex="<"))
    assert reading.guest is not None
    assert reading.guest.sex is None
    assert "mrz.sex" in rules_of(reading)
    other = read(*td3(sex="X")).guest
    assert other is not None
    assert other.sex == "other"


@pytest.mark.parametrize(
    ("field", "born"),
    [
        ("261122", date(2026, 11, 22)),
        ("261123", date(1926, 11, 23)),
        ("000229", date(2000, 2, 29)),
        ("270101", date(1927, 1, 1)),
        ("850229", None),
        ("991332", None),
        ("AB0101", None),
    ],
)
def test_a_birth_date_is_never_in_the_future(field: str, born: date | None) -> None:
    assert read_birth_date(field, TODAY)[0] == born


@pytest.mark.parametrize("field", ["90<<<<", "9008<<", "900000", "900800"])
def test_a_partial_birth_date_keeps_the_year(field: str) -> None:
    born, precision, problems = read_birth_date(field, TODAY)
    assert (born, precision) == (date(1990, 1, 1), "year")
    assert [item.rule for item in problems] == ["mrz.birth_date.partial"]


@pytest.mark.parametrize(
    ("field", "expires"),
    [
        ("991231", None),
        ("360101", date(2036, 1, 1)),
        ("691231", date(2069, 12, 31)),
        ("120415", date(2012, 4, 15)),
        ("991230", date(1999, 12, 30)),
        ("350229", None),
    ],
)
def test_an_expiry_is_never_a_century_away(field: str, expires: date | None) -> None:
    assert read_expiry(field, TODAY)[0] == expires


@pytest.mark.parametrize(
    ("line", "was", "now", "part"),
    [
        (1, "9008157M", "90O8157M", "birth date"),
        (1, "3008155", "3008I55", "expiry"),
        (0, "7001090000017<<8", "7OO1090000017<<8", None),
        (0, "7001090000017<<8", "70O1090000017<<8", "number"),
    ],
)
def test_one_look_alike_is_repaired_and_said(
    line: int, was: str, now: str, part: str | None
) -> None:
    lines = list(CARD)
    assert was in lines[line]
    lines[line] = lines[line].replace(was, now)
    reading = read(*lines)
    if part is None:
        assert reading.guest is None
        assert "mrz.check_digit" in rules_of(reading)
        return
    assert reading.repairs == [part]
    assert "mrz.repaired" in rules_of(reading)
    assert reading.guest == read(*CARD).guest


def test_a_letter_among_a_passports_digits_is_repaired() -> None:
    reading = read(PASSPORT[0], PASSPORT[1].replace("C1234567", "C1234S67"))
    assert reading.guest == read(*PASSPORT).guest
    assert reading.repairs == ["number"]


def test_a_filler_read_as_a_letter_adds_no_digit() -> None:
    reading = read(PASSPORT[0], PASSPORT[1].replace("C1234567<", "C1234567O"))
    assert reading.guest is None


def test_a_wrong_digit_is_refused_not_repaired() -> None:
    lines = [PASSPORT[0], PASSPORT[1].replace("C1234567", "C1234568")]
    reading = read(*lines)
    assert reading.guest is None
    assert "mrz.check_digit" in rules_of(reading)


@pytest.mark.parametrize(
    "text",
    [
        "\r\n".join(CARD),
        "".join(CARD),
        "\n\n".join(line.lower() for line in CARD),
        "\n".join([*CARD[:2], CARD[2].rstrip("<")]),
        "\ufeff" + "\n".join(CARD).replace("<<", "«"),
    ],
)
def test_how_scanners_and_people_deliver_it(text: str) -> None:
    assert read_mrz(text, today=TODAY).guest == read(*CARD).guest


@pytest.mark.parametrize(
    "text",
    ["", "abc", "A" * 90, "é" * 90, "A<" * 40, "x" * 10_000],
)
def test_anything_else_is_named(text: str) -> None:
    assert rules_of(read_mrz(text, today=TODAY)) == ["mrz.shape"]


def test_names() -> None:
    long = read(*td3(name="A" * 20 + "<<" + "B" * 30))
    assert "mrz.name.truncated" in rules_of(long)
    read_as_digits = read(*td3(name="N0VAK<<1VAN")).guest
    assert read_as_digits is not None
    assert read_as_digits.full_name == "NOVAK IVAN"
    assert "mrz.name.missing" in rules_of(read(*td3(name="")))


def test_check_digits_of_the_standard() -> None:
    assert check_digit("L898902C3") == "6"
    assert check_digit("740812") == "2"
    with pytest.raises(ValueError, match="machine-readable"):
        check_digit("Đ")


@given(st.text() | st.text(alphabet="ABVNMPIDO0123456789<\n", min_size=60, max_size=100))
def test_no_text_breaks_the_reader(text: str) -> None:
    reading = read_mrz(text, today=TODAY)
    refused = any(item.severity == "refuse" for item in reading.problems)
    assert (reading.guest is None) is refused


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.dates(date(1927, 1, 1), TODAY))
def test_what_is_printed_on_a_card_is_read_back(number: str, born: date) -> None:
    guest = read(*td1(number, f"{born:%y%m%d}", "991231")).guest
    assert guest is not None
    assert (guest.document_number, guest.birth_date) == (number, born)


@given(
    st.integers(0, 1), st.integers(0, 43), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
)
def test_one_wrong_character_never_changes_a_protected_field_unseen(
    line: int, at: int, char: str
) -> None:
    lines = list(PASSPORT)
    lines[line] = lines[line][:at] + char + lines[line][at + 1 :]
    guest, right = read(*lines).guest, read(*PASSPORT).guest
    if guest is None or line == 0 or 10 <= at < 13 or at == 20:
        return
    assert right is not None
    if ord(char) - ord(PASSPORT[1][at]) and (_value(char) - _value(PASSPORT[1][at])) % 10:
        assert guest.document_number == right.document_number
        assert guest.birth_date == right.birth_date


def _value(char: str) -> int:
    return 0 if char == "<" else int(char, 36)


@pytest.mark.parametrize("lines", [CARD, PASSPORT])
def test_an_expiry_is_never_the_limit_of_the_permitted_stay(lines: list[str]) -> None:
    reading = read(*lines)
    assert reading.expires_on is not None
    assert reading.guest is not None
    assert reading.guest.permitted_stay_until is None


@pytest.mark.parametrize("lines", [CARD, PASSPORT])
def test_a_name_read_here_waits_for_a_person(lines: list[str]) -> None:
    reading = read(*lines)
    assert reading.guest is not None
    assert (reading.guest.name_source, reading.guest.name_confirmed) == ("mrz", False)
    assert reading.name_to_confirm
