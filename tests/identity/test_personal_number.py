from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.identity.birth_places import BIRTH_PLACES
from asm.identity.personal_number import (
    NotAPersonalNumber,
    find_contradictions,
    parse_personal_number,
)


@pytest.mark.parametrize(
    ("digits", "birth_place", "sex", "year"),
    [
        ("001090000017", "Hà Nội", "male", 1990),
        ("079301000025", "Hồ Chí Minh", "female", 2001),
        ("096199999999", "Cà Mau", "female", 1999),
        ("001400000000", "Hà Nội", "male", 2100),
        ("001999000000", "Hà Nội", "female", 2399),
        ("003090000017", None, "male", 1990),
    ],
)
def test_what_the_digits_say(digits: str, birth_place: str | None, sex: str, year: int) -> None:
    number = parse_personal_number(digits)
    assert (number.birth_place, number.sex, number.birth_year) == (birth_place, sex, year)


@pytest.mark.parametrize(
    "text",
    [
        "", "00109000001", "0010900000170", "00109000001O", " 001090000017", "001 090 000 017",
        "001090000017\n", "٠٠١٠٩٠٠٠٠٠١٧", "００１０９００００００７",
        "-01090000017", "0010900000.7",
    ],
)  # fmt: skip
def test_anything_but_twelve_ascii_digits_is_refused(text: str) -> None:
    with pytest.raises(NotAPersonalNumber) as refusal:
        parse_personal_number(text)
    assert not text or text not in str(refusal.value)


def test_contradictions_are_named_and_never_refusals() -> None:
    number = parse_personal_number("003090000017")
    assert find_contradictions(number, birth_date=date(1991, 1, 1), sex="female") == (
        "birth_place",
        "sex",
        "birth_year",
    )
    assert find_contradictions(number, birth_date=None, sex=None) == ("birth_place",)
    assert (
        find_contradictions(parse_personal_number("001090000017"), birth_date=None, sex="other")
        == ()
    )


def test_a_century_apart_is_a_contradiction() -> None:
    number = parse_personal_number("001290000017")
    assert find_contradictions(number, birth_date=date(1990, 8, 15), sex="male") == ("birth_year",)


def test_sixty_three_places() -> None:
    assert len(BIRTH_PLACES) == 63
    assert all(len(code) == 3 and code.isdigit() for code in BIRTH_PLACES)
    assert len({birth_place.province_2025 for birth_place in BIRTH_PLACES.values()}) == 34


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        number = parse_personal_number(text)
    except NotAPersonalNumber:
        return
    assert number.digits == text
    assert len(text) == 12


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_every_twelve_digits_are_read(text: str) -> None:
    number = parse_personal_number(text)
    assert number.birth_year % 100 == int(text[4:6])
    assert 1900 <= number.birth_year < 2400
