import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.identity.names import clean_name, folded_key, has_lost_letters


@pytest.mark.parametrize(
    ("spelling", "other"),
    [
        ("Hoà Bình", "Hòa Bình"),
        ("Thuỷ", "Thủy"),
        ("H'Mẫu Ê Ban", "H’Mẫu Ê Ban"),
        ("H'Mẫu Ê Ban", "HMAU E BAN"),
        ("Đắk Lắk", "dak lak"),
        ("Bà Rịa - Vũng Tàu", "Ba Ria Vung Tau"),
        ("TP. Hồ Chí Minh", "tp ho chi minh"),
        ("Nguyễn  Văn\u200b Mẫu", "nguyen van mau"),
        ("Ðào", "Đào"),
        ("STRAẞE", "strasse"),
    ],
)
def test_spellings_of_one_name_share_a_key(spelling: str, other: str) -> None:
    assert folded_key(spelling) == folded_key(other)
    assert folded_key(unicodedata.normalize("NFD", spelling)) == folded_key(other)


def test_different_names_differ() -> None:
    assert folded_key("Nguyễn Văn Mẫu") != folded_key("Nguyễn Văn Thử")


def test_clean_name_composes_and_squeezes_but_keeps_letters() -> None:
    assert clean_name(unicodedata.normalize("NFD", " Lê \t Đình\n")) == "Lê Đình"
    assert clean_name("H'Mẫu") == "H'Mẫu"


def test_lost_letters() -> None:
    assert has_lost_letters("Nguy?n")
    assert has_lost_letters("Nguy\ufffdn")
    assert not has_lost_letters("Nguyễn")


@given(st.text())
def test_any_text_has_a_key_that_does_not_depend_on_composition(text: str) -> None:
    clean_name(text)
    assert folded_key(unicodedata.normalize("NFC", text)) == folded_key(
        unicodedata.normalize("NFD", text)
    )
