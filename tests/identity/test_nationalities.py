import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.identity.nationalities import find_nationality, nationalities, official_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("VNM", "VNM"), ("vn", "VNM"), ("Việt Nam", "VNM"), ("viet nam", "VNM"), ("Vietnam", "VNM"),
        ("D", "DEU"), ("D<<", "DEU"), ("DEU", "DEU"), ("DE", "DEU"), ("Đức", "DEU"),
        ("Hàn Quốc", "KOR"), ("South Korea", "KOR"), ("Mỹ", "USA"), ("Hoa Kỳ", "USA"),
        ("GBD", "GBR"), ("RKS", "XKX"), ("XXA", "XXA"), ("Không quốc tịch", "XXA"),
        ("không quốc tịch", "XXA"), ("stateless", "XXA"), ("XXX", "XXX"),
        ("chưa xác định quốc tịch", "XXX"), ("chua xac dinh quoc tich", "XXX"),
        ("Chưa xác định được quốc tịch", "XXX"), ("Quốc tịch không xác định", "XXX"),
        ("Nhật Bản", "JPN"), ("Côte d’Ivoire", "CIV"), ("Đài Loan", "TWN"),
        # Capitals are codes, diacritics are names, and what is neither is refused.
        ("MY", "MYS"), ("NGA", "NGA"), ("Nga", "RUS"), ("AO", "AGO"), ("Áo", "AUT"), ("Bỉ", "BEL"),
        ("my", None), ("ao", None), ("bi", None),
        ("", None), ("ZZZ", None), ("UTO", None), ("không rõ", None),
    ],
)  # fmt: skip
def test_find(text: str, code: str | None) -> None:
    assert find_nationality(text) == code


def test_every_code_and_every_name_finds_itself() -> None:
    for item in nationalities().values():
        assert find_nationality(item.code) == item.code
        assert item.alpha2 is None or find_nationality(item.alpha2) == item.code
        assert find_nationality(item.name) == item.code
        assert find_nationality(item.name_en) == item.code


def test_official_code_of_germany() -> None:
    assert official_code("DEU") == "D"
    assert official_code("VNM") == "VNM"


@given(st.text())
def test_no_text_breaks_the_search(text: str) -> None:
    nationality = find_nationality(text)
    assert nationality is None or nationality in nationalities()


@pytest.mark.parametrize(
    ("text", "code"),
    [("D - Đức", "DEU"), ("VNM-Việt Nam", "VNM"), ("USA / Mỹ", "USA"), ("D - Pháp", None)],
)
def test_a_code_and_a_name_are_read_together(text: str, code: str | None) -> None:
    assert find_nationality(text) == code
