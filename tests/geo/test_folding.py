import pytest

from asm.geo.folding import fold


@pytest.mark.parametrize(
    ("spelling", "other"),
    [
        ("Hoà Bình", "Hòa Bình"),
        ("Xã Ea H'leo", "xa ea hleo"),
        ("Xã Ea H’leo", "Xã Ea H'leo"),
        ("Đắk  Lắk", "dak lak"),
        ("Bà Rịa - Vũng Tàu", "ba ria vung tau"),
        ("TP.HCM", "tp hcm"),
    ],
)
def test_spellings_of_one_place_agree(spelling: str, other: str) -> None:
    assert fold(spelling) == fold(other)


def test_different_places_stay_apart() -> None:
    assert fold("Hòa Bình") != fold("Hòa Bìn")
    assert fold("%_") == ""
