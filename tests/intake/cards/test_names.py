"""The names of all peoples of Vietnam are read as they stand; damage by an input method is not."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest

from asm.identity.syllables import is_syllable, telex_of
from asm.intake.cards.card_qr import CardReading, read_card_qr

TODAY = date(2026, 11, 22)
LINES = (Path(__file__).parents[1] / "data" / "name_parts.txt").read_text("utf-8").splitlines()
PEOPLES = {
    people: [part.strip() for part in parts.split(",")]
    for people, _, parts in (line.partition(":") for line in LINES if not line.startswith("#"))
}
PARTS = sorted({part for parts in PEOPLES.values() for part in parts})
DAMAGED = [
    "Nguyễn Vaăn Mẫu", "Trần Vawn Mẫu", "Lê Đđức Mẫu", "Lê dĐức Mẫu", "Vũ Thị Hoôồng", "Bùi Thuùy",
    "Hồ Vawn Maaux",
]  # fmt: skip


def read(
    name: str, address: str = "Làng Thử, Gia Lai", *, confirmed: bool = False, sex: str = "Nam"
) -> CardReading:
    text = f"001090000017||{name}|15081990|{sex}|{address}|20042021"
    return read_card_qr(text, today=TODAY, name_confirmed=confirmed)


def rules_of(reading: CardReading) -> list[str]:
    return [item.rule for item in reading.problems if not item.rule.startswith("personal_")]


def without_marks(text: str) -> str:
    marks = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(mark for mark in marks if not unicodedata.combining(mark))


def test_there_are_more_than_a_thousand_parts() -> None:
    assert len(PARTS) > 1_000
    assert len(PEOPLES) > 15


@pytest.mark.parametrize("people", PEOPLES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_read_as_they_stand(people: str, form: str) -> None:
    for part in PEOPLES[people]:
        for name in (part, f"{part} Văn {part}", f"Nguyễn Thị {part}", f"{part} Hữu Lưu"):
            composed = unicodedata.normalize("NFC", name)
            reading = read(unicodedata.normalize(form, name))
            assert reading.guest is not None, name
            assert reading.guest.full_name == composed
            assert rules_of(reading) == [], name


def test_apostrophes_of_all_kinds_and_both_places_of_the_tone() -> None:
    for name in ("H'Mẫu Ê Ban", "H’Mẫu Ê Ban", "HʼMẫu Ê Ban", "Y-Mẫu Niê", "Hoà", "Hòa", "Thuỷ"):
        reading = read(name)
        assert reading.guest is not None
        assert reading.guest.full_name == name


def test_lost_marks_are_no_input_method() -> None:
    """Coor without marks is what Telex has for cổ: the one word of the list that must be asked."""
    taken = [
        part
        for part in PARTS
        if "card_qr.telex" in rules_of(read(without_marks(f"{part} Van {part}"), "Xa Mau, Gia Lai"))
    ]
    assert taken == ["Coor", "Coor Oót"]


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_still_seen(name: str) -> None:
    reading = read(name)
    assert reading.guest is None
    assert rules_of(reading) == ["card_qr.telex"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Nguyeenx Vawn Maaux", "Soos 1 Haf Nooij"),
        ("Nguyeexn Vawn Maxau", "Soos 1 Haf Nooij"),
        ("Buif Vans An", "Xax Maaux, Haf Nooij"),
        ("Traanf Thij Hoaf", "Hueer"),
        ("Lee Van An", "Ha Noi"),
    ],
)
def test_keys_that_nobody_converted(name: str, address: str) -> None:
    assert rules_of(read(name, address)) == ["card_qr.telex"]


@pytest.mark.parametrize("name", DAMAGED)
def test_a_person_may_say_that_the_name_is_right(name: str) -> None:
    reading = read(name, confirmed=True)
    assert reading.guest is not None
    assert (reading.guest.full_name, reading.guest.name_confirmed) == (name, True)
    assert rules_of(reading) == ["card_qr.name_as_read"]


def test_no_confirmation_makes_letters_pass_that_no_card_prints() -> None:
    reading = read("Nguyß╗àn V─ân Mß║®u ﾃ", confirmed=True)
    assert reading.guest is None
    assert rules_of(reading) == ["card_qr.wrong_table"]


@pytest.mark.parametrize(
    ("word", "spelt"),
    [
        ("nghiêng", True), ("hữu", True), ("quýt", True), ("giặt", True), ("oẳng", True),
        ("voòng", True), ("khuya", True), ("ksor", False), ("kăn", False), ("ngiêng", False),
        ("các", True), ("càc", False), ("vaă", False), ("bdap", False), ("ễễ", False),
    ],
)  # fmt: skip
def test_spelling(word: str, spelt: bool) -> None:
    assert is_syllable(word) is spelt


@pytest.mark.parametrize(
    ("keys", "is_telex"),
    [
        ("vawn", True), ("nguyeenx", True), ("nguyeexn", True), ("ddoof", True), ("thij", True),
        ("nguyen", False), ("ksor", False), ("voong", False), ("hra", False), ("siu", False),
        ("krem", False), ("ba", False),
    ],
)  # fmt: skip
def test_keys(keys: str, is_telex: bool) -> None:
    assert (telex_of(keys) is not None) is is_telex
