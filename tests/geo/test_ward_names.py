"""A ward's code alone does not say which ward: many were given to other communes in 2025."""

import pytest

from asm.geo.areas.published_areas import published_areas
from asm.geo.folding import fold
from asm.geo.ward_names import ward_code_doubted


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("Phường Ba Đình", False),
        ("00004 - Phường Ba Đình", False),
        ("4 - Ba Đình", False),
        ("00004 - ba đình", False),
        ("00004 - Phường Ba Đình, Hà Nội", False),
        ("00004", True),
        ("00004 - Phúc Xá", True),
        ("99999 - Phường Ba Đình", True),
    ],
)
def test_a_code_needs_the_name_that_it_has_today(text: str, doubted: bool) -> None:
    assert ward_code_doubted(text) is doubted


def test_every_ward_of_today_is_told_by_code_and_name() -> None:
    _, wards = published_areas()
    assert not [w for w in wards if ward_code_doubted(f"{w.code} - {w.name}")]


def test_marks_tell_communes_apart_that_differ_by_nothing_else() -> None:
    _, wards = published_areas()
    by_key: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for ward in wards:
        by_key.setdefault((ward.province_code, fold(ward.name)), []).append((ward.code, ward.name))
    pairs = [pair for pair in by_key.values() if len({name for _, name in pair}) > 1]
    assert len(pairs) >= 5
    for (code, own), (_, others), *_ in pairs:
        assert not ward_code_doubted(f"{code} - {own}")
        assert ward_code_doubted(f"{code} - {others}")
