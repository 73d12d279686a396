import itertools

import pytest

from asm.geo.areas.published_areas import published_areas
from asm.geo.folding import fold
from asm.identity.birth_places import BIRTH_PLACES
from asm.identity.provinces import province_code, province_of_address


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01", "01"),
        ("Hà Nội", "01"),
        ("ha noi", "01"),
        ("Thành phố Hồ Chí Minh", "79"),
        ("TP.HCM", "79"),
        ("TP Hồ Chí Minh", "79"),
        ("Tỉnh Bình Dương", "79"),
        ("79 - Thành phố Hồ Chí Minh", "79"),
        ("Thừa Thiên Huế", "46"),
        ("Thành phố Huế", "46"),
        ("Đắk Lắk", "66"),
        ("Hoà Bình", "25"),
        ("Hanoi", "01"),
        ("Ho Chi Minh City", "79"),
        ("HCMC", "79"),
        ("T.P Hà Nội", "01"),
        ("Hà Nội, TP", "01"),
        ("Hà Nội, Thành phố, Việt Nam", "01"),
        ("Bình Dương, Tỉnh", "79"),
        ("Thủ đô Hà Nội", "01"),
        ("Bắc Cạn", "19"),
        ("Tỉnh Bắc Kạn", "19"),
        ("Tp. HCM", "79"),
        ("T.P.HCM", "79"),
        ("TPHCM", "79"),
        ("TP Sài Gòn", "79"),
        ("Thừa Thiên-Huế", "46"),
        ("Huế, TP", "46"),
        ("Bà Rịa Vũng Tàu", "79"),
        ("Bà Rịa – Vũng Tàu", "79"),
        ("Đắc Lắc", "66"),
        ("Đắc Nông", "68"),
        ("Province of Ha Giang", "08"),
        ("Danang", "48"),
        ("Da Nang City", "48"),
        ("Kontum", "51"),
        ("Daklak", "66"),
        ("BR-VT", "79"),
        ("Nha Trang", "56"),
        ("Hà Nội, Việt Nam", "01"),
        ("Hanoi, Vietnam", "01"),
        ("Hải Phòng 180000", "31"),
        ("27 - Bắc Ninh", "24"),
        ("24 - Bắc Ninh", "24"),
        ("24 - Bắc Giang", "24"),
        ("89 - An Giang", "91"),
        ("74 - Bình Dương", "79"),
        ("1 - Hà Nội", "01"),
        ("101 - Thành phố Hà Nội", "01"),
        ("27", "24"),
        ("01 - Đà Nẵng", None),
        ("99 - Hà Nội", None),
        ("101", None),
        ("Việt Nam", None),
        ("99", None),
        ("Atlantis", None),
        ("", None),
        (None, None),
    ],
)
def test_a_province_by_any_of_its_names(text: str | None, code: str | None) -> None:
    assert province_code(text) == code


@pytest.mark.parametrize("prefix", BIRTH_PLACES)
def test_every_old_province_is_known_by_code_name_and_both(prefix: str) -> None:
    old, code = BIRTH_PLACES[prefix], prefix[1:]
    texts = (code, old.name, f"{code} - {old.name}", f"{code} - Tỉnh {old.name}", fold(old.name))
    assert {text: province_code(text) for text in texts} == dict.fromkeys(texts, old.province_2025)


def test_every_province_of_today_is_known_by_its_code_and_name() -> None:
    provinces, _ = published_areas()
    texts = {f"{p.code} - {p.name}": p.code for p in provinces}
    assert {text: province_code(text) for text in texts} == texts


def test_a_code_of_one_province_beside_the_name_of_another_is_neither() -> None:
    provinces, _ = published_areas()
    for province, other in itertools.pairwise(provinces):
        assert province_code(f"{province.code} - {other.name}") is None


def test_every_province_of_today_is_known_by_its_official_name() -> None:
    provinces, _ = published_areas()
    assert {p.name: province_code(p.name) for p in provinces} == {p.name: p.code for p in provinces}


def test_the_province_ends_an_address() -> None:
    assert province_of_address("Tổ 5, Phường Vỹ Dạ, Thành phố Huế") == "46"
    assert province_of_address("Buôn Thử, Xã Ea Mẫu, Đắk Lắk") == "66"
    assert province_of_address("12 Hang Bac, Hoan Kiem, Ha Noi 100000, Viet Nam") == "01"
    assert province_of_address("Xã Mẫu, Kontum, VN") == "51"
    assert province_of_address("Số 1 Phố Mẫu, Hà Nội, TP") == "01"
    assert province_of_address("Xã Mẫu, Hà Tĩnh, Tỉnh, Việt Nam") == "42"
    assert province_of_address("Việt Nam") is None
    assert province_of_address(None) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Thành phố Hồ Chí Minh (Bình Dương cũ)", "79"),
        ("Bắc Ninh (Bắc Giang cũ)", "24"),
        ("Hà Nội (Bình Dương cũ)", None),
        ("SG", "79"),
        ("Hà Tây", "01"),
        ("Tỉnh Hà Tây", "01"),
    ],
)
def test_former_provinces_in_brackets_and_of_2008(text: str, code: str | None) -> None:
    assert province_code(text) == code
