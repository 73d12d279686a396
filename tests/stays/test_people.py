"""Names as people bear them, people born abroad, and people without a nationality."""

import unicodedata
from datetime import date
from typing import Any

import pytest

from asm.identity.names import MAX_NAME_CHARS, folded_key
from asm.stays.entry import Guest
from tests.stays.cases import of, problems_of

CERTIFICATE: dict[str, Any] = {
    "nationality": "XXX",
    "document_type": 9,
    "document_name": "Giấy chứng nhận căn cước",
    "document_number": "001090000017",
}


@pytest.mark.parametrize(
    "name",
    [
        "Mẫu", "H'Mẫu Ê Ban", "H’Mẫu Niê", "Y Thử Ƀkrông", "Ksor Mẫu", "Zơrâm Thử", "Lò Thị Mẫu Č",
        "O'Mẫu", "ĐẶNG THỊ THỬ", "đặng thị thử", "Jean-Luc d’Exemple",
        "SAMPLE S/O EXAMPLE", "M",
    ],
)  # fmt: skip
def test_names_are_taken_and_kept_as_shown(name: str) -> None:
    assert problems_of(of(full_name=name)) == {}
    assert of(full_name=name).guest.full_name == name


@pytest.mark.parametrize("name", ["Ærøskøbing Þór", "王示例", "Мария Пример"])
def test_who_is_no_citizen_keeps_the_letters_of_their_paper(name: str) -> None:
    entry = of(**CERTIFICATE, full_name=name)
    assert not [rule for rule in problems_of(entry) if rule.startswith("guest.full_name")]
    assert entry.guest.full_name == name


def test_white_space_in_a_name_is_one_space() -> None:
    assert of(full_name=" Nguyễn  Văn\tMẫu ").guest.full_name == "Nguyễn Văn Mẫu"


def test_a_name_in_pieces_is_composed_at_every_door() -> None:
    composed = "Nguyễn Thị Thử"
    pieces = unicodedata.normalize("NFD", composed)
    assert pieces != composed
    assert Guest(full_name=pieces).full_name == composed
    assert Guest(full_name=pieces) == Guest(full_name=composed)


def test_names_compare_by_their_folded_key() -> None:
    assert folded_key("Hoà Mẫu") == folded_key("HOÀ  MẪU")
    assert folded_key("Hoà Mẫu") == folded_key("Hòa Mẫu")
    assert folded_key("H'Mẫu") == folded_key("H’MAU")
    assert folded_key("Mẫu") != folded_key("Thử")


def test_the_length_of_a_name_is_limited_and_the_limit_is_said() -> None:
    assert problems_of(of(full_name="Ẵ" * MAX_NAME_CHARS)) == {}
    # Counted as composed: three code points a letter are no longer name.
    assert problems_of(of(full_name=unicodedata.normalize("NFD", "Ẵ" * MAX_NAME_CHARS))) == {}
    assert problems_of(of(full_name="Ẵ" * (MAX_NAME_CHARS + 1))) == {
        "guest.full_name.length": "refuse"
    }


def test_a_name_from_a_machine_readable_zone_needs_a_person() -> None:
    read: dict[str, Any] = {"full_name": "MAU VAN", "name_source": "mrz"}
    assert problems_of(of(**read)) == {"guest.name.unconfirmed": "refuse"}
    assert problems_of(of(**read, name_confirmed=True)) == {}


@pytest.mark.parametrize("number", ["100090000017", "999090000017", "003090000017"])
def test_who_was_born_abroad_has_another_prefix_and_is_not_refused(number: str) -> None:
    assert problems_of(of(document_number=number)) == {"personal_number.birth_place": "warn"}


@pytest.mark.parametrize("nationality", ["XXX", "XXA"])
@pytest.mark.parametrize("paper", [9, 7])
def test_without_nationality_a_certificate_of_identity_will_do(
    nationality: str, paper: int
) -> None:
    entry = of(**CERTIFICATE | {"nationality": nationality, "document_type": paper})
    assert problems_of(entry) == {"guest.nationality.none": "note"}


def test_the_certificate_has_twelve_digits_and_other_papers_need_not() -> None:
    short = CERTIFICATE | {"document_number": "12345"}
    assert "personal_number.length" in problems_of(of(**short))
    assert "personal_number.length" in problems_of(of(**short | {"document_type": 7}))
    other = short | {"document_name": "Giấy tờ đi lại"}
    assert "personal_number.length" not in problems_of(of(**other))


def test_a_citizens_card_is_no_paper_of_people_without_nationality() -> None:
    assert "foreigner.passport.missing" in problems_of(of(nationality="XXX"))
    assert "foreigner.passport.missing" in problems_of(of(nationality="SWE", document_type=7))


def test_a_passport_without_nationality_still_has_a_permitted_stay() -> None:
    passport: dict[str, Any] = {
        "nationality": "XXA",
        "document_type": 4,
        "document_number": "X1234567",
    }
    assert "foreigner.permitted_stay.missing" in problems_of(of(**passport))
    assert problems_of(of(**passport, permitted_stay_until=date(2026, 12, 1))) == {
        "guest.nationality.none": "note"
    }
