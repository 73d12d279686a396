"""What is accepted can be said again in the format's own words: nothing stranger gets through.

`ASM_HYPOTHESIS=deep` makes it 10,000 strings for each (conftest.py).
"""

from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from asm.intake.cards.card_qr import build_card_qr, read_card_qr
from asm.intake.cards.check_digits import check_digit
from asm.intake.cards.mrz import MrzReading, read_mrz
from asm.intake.photos.card_image import card_among
from asm.stays.entry import Guest
from benchmarks.synthetic_cards import invented_card
from benchmarks.synthetic_passports import invented_mrz, td3_lines
from tests.intake.photos.pictures import CARD

TODAY = date(2026, 11, 22)
_MZ = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[str], alphabet: str) -> str:
    """A sound text with up to three places changed, so that much of it is accepted."""
    text = draw(whole)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        put = draw(st.text(alphabet, max_size=2))
        text = text[:at] + put + text[at + draw(st.integers(0, 2)) :]
    return text


cards = st.integers(0, 10**6).map(lambda seed: invented_card(seed)[1])
passports = st.integers(0, 10**6).map(lambda seed: "\n".join(invented_mrz(seed)))
letters = "|0123456789 \ufeff\r\nNamữưNUuêếđĐÐ?\u0301?ÃÆ"


@given(damaged(cards, letters))
def test_an_accepted_card_can_be_built_again(text: str) -> None:
    reading = read_card_qr(text, today=TODAY)
    pictured = read_card_qr(text, today=TODAY, typed=False)
    assert card_among([text], today=TODAY) == pictured
    if reading.guest is None:
        assert [item for item in reading.problems if item.severity == "refuse"]
        return
    assert reading.issued_on is not None
    assert reading.generation is not None
    built = build_card_qr(reading.guest, issued_on=reading.issued_on, generation=reading.generation)
    again = read_card_qr(built, today=TODAY)
    assert again.guest == reading.guest
    assert again.issued_on == reading.issued_on
    # Said properly, there is nothing left to repair.
    assert set(again.repairs) <= {"address_bar"}


@given(st.integers(0, 10**9))
def test_a_card_that_is_built_is_read_as_it_is(seed: int) -> None:
    guest, text = invented_card(seed)
    reading = read_card_qr(text, today=TODAY)
    assert reading.guest is not None
    assert reading.repairs == []
    for name in ("full_name", "birth_date", "sex", "document_number", "old_number"):
        assert getattr(reading.guest, name) == getattr(guest, name)
    assert reading.guest.residence_address == guest.residence_address


@given(damaged(passports, _MZ + " \n"))
def test_an_accepted_zone_can_be_built_again(text: str) -> None:
    reading = read_mrz(text, today=TODAY)
    if reading.guest is None:
        assert [item for item in reading.problems if item.severity == "refuse"]
        return
    if reading.guest.document_name is not None:
        return  # a laissez-passer, of whose letters before the state nothing is kept
    assert reading.name_to_confirm
    assert "mrz.name.confirm" in {item.rule for item in reading.problems}
    again = read_mrz("\n".join(built_again(reading)), today=TODAY)
    assert again.guest is not None
    assert comparable(again.guest) == comparable(reading.guest)
    assert again.expires_on == reading.expires_on


def built_again(reading: MrzReading) -> list[str]:
    """The zone for what was read, with check digits worked out anew."""
    guest = reading.guest
    assert guest is not None
    assert guest.birth_date is not None
    assert guest.document_number is not None
    assert set(guest.document_number) <= set(_MZ) - {"<"}
    lines = td3_lines(
        name=guest.full_name.replace(" ", "<"),
        country=guest.nationality,
        number=guest.document_number,
        dates=(guest.birth_date, reading.expires_on or TODAY),
        sex={"male": "M", "female": "F", "other": "X", None: "<"}[guest.sex],
        optional=reading.personal_number or "",
    )
    data = lines[1]
    if guest.birth_date_precision == "year":
        partial = data[13:15] + "<<<<"
        data = data[:13] + partial + check_digit(partial) + data[20:]
    if reading.expires_on is None:
        some_date = "991231"
        data = data[:21] + some_date + check_digit(some_date) + data[28:]
    return [lines[0], data[:43] + check_digit(data[:10] + data[13:20] + data[21:43])]


def comparable(guest: Guest) -> Guest:
    """Without the name, which no check digit covers."""
    return msgspec.structs.replace(guest, full_name="")


@given(st.integers(0, 10**9))
def test_a_zone_that_is_built_is_read_as_it_is(seed: int) -> None:
    lines = invented_mrz(seed)
    reading = read_mrz("\n".join(lines), today=TODAY)
    assert reading.guest is not None
    assert reading.repairs == []
    assert reading.guest.document_number == lines[1][:9].rstrip("<")
    assert reading.guest.birth_date is not None
    assert f"{reading.guest.birth_date:%y%m%d}" == lines[1][13:19]
    assert reading.expires_on is not None
    assert f"{reading.expires_on:%y%m%d}" == lines[1][21:27]


@given(st.lists(st.text() | cards, max_size=4))
def test_among_any_texts_a_card_is_found(texts: list[str]) -> None:
    reading = card_among([*texts, CARD], today=TODAY)
    assert reading.guest is not None
