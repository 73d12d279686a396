"""What comes along with pasted text, and what is left of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.identity.names import clean_name, person_key
from asm.identity.pasted_text import clean_line, clean_number, clean_person_name, clean_text
from asm.stays.entry import Guest

UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u2060\u2066\u2069\ufeff"
)
#: Listed by Unicode as ignorable, printable for Python.
TAKEN_FOR_PRINTED = "\u115f\u1160\u17b4\u17b5\u180b\u180d\u180f\ufe00\ufe0e\U000e0100\U000e01ef"
BLANKS = "\u00a0\u2003\u2007\u2009\u202f\u2800\u3000\u3164\uffa0"


@pytest.mark.parametrize("mark", [*UNSEEN, *"\u200c\u200d\ufe0f\U000e0041", *TAKEN_FOR_PRINTED])
def test_marks_that_nobody_sees_go(mark: str) -> None:
    assert clean_number(f"{mark}0010{mark}90000017{mark}") == "001090000017"
    assert clean_person_name(f"Nguyễn{mark} Văn {mark}Mẫu") == "Nguyễn Văn Mẫu"
    assert clean_text(f"P.{mark}101") == "P.101"
    assert Guest(full_name=f"Bé{mark} An", note=f"Tầng{mark} 2").full_name == "Bé An"
    assert Guest(full_name="Bé An", note=f"Tầng{mark} 2").note == "Tầng 2"
    assert person_key(f"Bé{mark} An") == person_key("Bé An")


@pytest.mark.parametrize("blank", BLANKS)
def test_other_blanks_are_spaces(blank: str) -> None:
    assert clean_number(f"{blank}001090000017{blank}") == "001090000017"
    assert clean_number(f"001090{blank}000017") == "001090 000017"
    assert clean_person_name(f"Nguyễn{blank}Văn Mẫu{blank}") == "Nguyễn Văn Mẫu"
    assert clean_text(f"P.{blank}101\u200b") == "P. 101"


@pytest.mark.parametrize(
    ("pasted", "plain"),
    [
        ("００１０９０００００１７", "001090000017"),
        ("٠٠١٠٩٠٠٠٠٠١٧", "001090000017"),
        ("០០១០៩០០០០០១៧", "001090000017"),
        ("Ｃ１２３４５６７", "C1234567"),
        ("090\u2011123\u22124567", "090-123-4567"),
        ("\u202d+84 90 123 4567\u202c", "+84 90 123 4567"),
    ],
)
def test_digits_of_every_script_are_digits(pasted: str, plain: str) -> None:
    assert clean_number(pasted) == plain


@pytest.mark.parametrize(
    "number",
    ["\u04211234567", "12345\u202e6789", "A\x001", "12.345-6", "Ⅻ", "①②", "²"],
    ids=ascii,
)
def test_what_can_be_read_otherwise_is_left_to_the_rules(number: str) -> None:
    assert clean_number(number) == number


@pytest.mark.parametrize("white", ["\t", "\n", "\r\n", "\v", "\f", "\u0085", "\u2028", "  "])
def test_white_space_is_one_space_and_none_around(white: str) -> None:
    assert clean_number(f"{white}001090000017{white}") == "001090000017"
    assert clean_number(f"001090{white}000017") == "001090 000017"
    assert clean_person_name(f"{white}Nguyễn{white}Văn Mẫu{white}") == "Nguyễn Văn Mẫu"
    assert clean_line(f"{white}P.{white}101{white}") == "P. 101"
    assert clean_text(f"Số 1{white}Hà Nội") == f"Số 1{white}Hà Nội"


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x1c", "\x1f", "\x7f", "\u202e"])
def test_what_is_no_white_space_stays_for_the_rules(control: str) -> None:
    text = f"A{control}B{control}"
    assert clean_person_name(text) == clean_number(text) == clean_line(text) == text
    assert clean_name(text) == text


def test_joiners_stay_where_they_join() -> None:
    persian = "علی\u200cرضا"
    assert clean_person_name(persian) == persian
    assert clean_person_name("Nguyễn\u200c Văn\u200d Mẫu") == "Nguyễn Văn Mẫu"


@given(st.text())
def test_cleaning_ends_at_once_and_adds_nothing(text: str) -> None:
    for clean in (clean_text, clean_line, clean_number, clean_person_name):
        once = clean(text)
        assert clean(once) == once
    assert clean_text(text).isascii() or not text.isascii()


def test_a_guest_is_clean_however_it_is_made() -> None:
    guest = Guest(
        full_name="\u2066Nguyễn\u00a0Văn Mẫu\u2069",
        document_number="\u200e001090000017\u200e",
        old_number="０１２３４５６７８",
        phone="\u202d0901234567\u202c",
        nationality="VNM\u200b",
        residence_address="Số\u00a01\nHà Nội",
    )
    assert guest == Guest(
        full_name="Nguyễn Văn Mẫu",
        document_number="001090000017",
        old_number="012345678",
        phone="0901234567",
        nationality="VNM",
        residence_address="Số 1\nHà Nội",
    )
