import pytest

from asm.geo.areas.published_areas import published_areas
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
        ("99", None),
        ("Atlantis", None),
        ("", None),
        (None, None),
    ],
)
def test_a_province_by_any_of_its_names(text: str | None, code: str | None) -> None:
    assert province_code(text) == code


def test_every_province_of_today_is_known_by_its_official_name() -> None:
    provinces, _ = published_areas()
    assert {p.name: province_code(p.name) for p in provinces} == {p.name: p.code for p in provinces}


def test_the_province_ends_an_address() -> None:
    assert province_of_address("Tổ 5, Phường Vỹ Dạ, Thành phố Huế") == "46"
    assert province_of_address("Buôn Thử, Xã Ea Mẫu, Đắk Lắk") == "66"
    assert province_of_address(None) is None
