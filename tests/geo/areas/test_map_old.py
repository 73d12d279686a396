import pytest

from asm.errors import Invalid
from asm.geo.areas.old_units.old_units import _table as read_table
from asm.geo.areas.old_units.old_units import map_old, map_old_code


def test_every_old_commune_of_the_table_is_found_by_its_name() -> None:
    statuses = {"whole": 0, "divided": 0}
    for names in read_table().old:
        unit = names.unit
        region = f"{unit.district}, {unit.province}"
        mapped = map_old(f"{unit.ward}, {region}" if unit.code else region)
        assert mapped.old == unit
        assert (mapped.new is None) == (mapped.status == "divided")
        assert len(mapped.choices) >= 2 * (mapped.status == "divided")
        statuses[mapped.status] += 1
    assert statuses == {"whole": 9569, "divided": 471}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Phường Hàng Bạc, Quận Hoàn Kiếm, Thành phố Hà Nội", "00070"),
        ("hang bac, hoan kiem, ha noi", "00070"),
        ("p.1, q. 3, tp hcm", "27154"),
        ("Phường 01, Quận 3, Thành phố Hồ Chí Minh", "27154"),
        ("12 Lê Lợi, phuong ben nghe, quan 1, TP.HCM", "26740"),
        ("12 Lê Lợi, Phường Bến Nghé, TP.HCM", "26740"),
        ("TT. Long Thành, H. Long Thành, T. Đồng Nai", "26368"),
        ("Xã Ea H’leo, huyện Ea Hleo, Đắk Lắk", "24184"),
        ("Côn Đảo, Bà Rịa - Vũng Tàu", "26732"),
        ("huyện Hoàng Sa, Đà Nẵng", "20333"),
    ],
)
def test_a_unit_that_went_whole_has_one_answer(text: str, code: str) -> None:
    mapped = map_old(text)
    assert mapped.status == "whole"
    assert mapped.new is not None
    assert mapped.new.code == code


def test_a_divided_unit_is_a_question_with_its_choices() -> None:
    mapped = map_old("Xã Hưng Đạo, Huyện Tứ Kỳ, Tỉnh Hải Dương")
    assert (mapped.status, mapped.new) == ("divided", None)
    assert {unit.name for unit in mapped.choices} == {"Xã Đại Sơn", "Xã Tân Kỳ"}
    assert mapped.question is not None
    assert "Xã Đại Sơn" in mapped.question
    assert mapped.old is not None
    assert map_old_code(mapped.old.code) == mapped


def test_what_only_accents_tell_apart_is_asked_when_the_accents_are_lost() -> None:
    for typed, name in (("Phường Sa Pa", "Phường Sa Pa"), ("phường sa pả", "Phường Sa Pả")):
        mapped = map_old(f"{typed}, Thị xã Sa Pa, Lào Cai")
        assert mapped.old is not None
        assert mapped.old.ward == name
    ambiguous = map_old("phuong sa pa, sa pa, lao cai")
    assert ambiguous.status == "ambiguous"
    assert {unit.ward for unit in ambiguous.old_choices} == {"Phường Sa Pa", "Phường Sa Pả"}


def test_a_former_name_and_a_missing_district_are_questions() -> None:
    ambiguous = map_old("Nguyễn Trung Trực, Ba Đình, Hà Nội")
    assert ambiguous.status == "ambiguous"
    assert [unit.ward for unit in ambiguous.old_choices] == ["Phường Trúc Bạch"]
    several = map_old("Phường 1, TP HCM")
    assert several.status == "ambiguous"
    assert len({unit.district for unit in several.old_choices}) > 3
    both = map_old("Phường Hòa Bình, Thành phố Hồ Chí Minh")
    assert both.status in {"ambiguous", "current"}
    assert both.new is None or both.new.name == "Phường Hòa Bình"


def test_a_unit_of_today_is_said_to_be_one() -> None:
    mapped = map_old("Phường Ba Đình, Hà Nội")
    assert mapped.status == "current"
    assert mapped.new is not None
    assert mapped.new.code == "00004"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "old_unit_unreadable"),
        ("Hà Nội", "old_unit_unreadable"),
        (", , ,", "old_unit_unreadable"),
        ("a, b, c" * 200, "old_unit_unreadable"),
        ("xyz, abc, def", "old_unit_unknown"),
        ("Phường Hàng Bạc, Quận Hoàn Kiếm, Đà Nẵng", "old_unit_unknown"),
        # Hàng Bặc is no likeness to be guessed from, nor is a commune named like the district.
        ("Phường Hàng Bacc, Quận Hoàn Kiếm, Hà Nội", "old_unit_unknown"),
        ("Xã Không Có, Long Thành, Đồng Nai", "old_unit_unknown"),
    ],
)
def test_what_the_table_does_not_have_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        map_old(text)
    assert refusal.value.code == code
    assert refusal.value.errors[0]["remedy_en"]
    with pytest.raises(Invalid, match="old_unit_unknown"):
        map_old_code("")
