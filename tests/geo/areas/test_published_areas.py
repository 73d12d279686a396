from collections import Counter
from datetime import date

import shapely

from asm.geo.areas.approximate import approximate_cells
from asm.geo.areas.old_units.published_history import FORMER_PROVINCES
from asm.geo.areas.published_areas import published_areas

PROVINCES, WARDS = published_areas()


def test_all_areas_of_2026_are_there() -> None:
    assert len(PROVINCES) == 34
    assert Counter(province.kind for province in PROVINCES) == {"city": 7, "province": 27}
    kinds = Counter(ward.kind for ward in WARDS)
    assert kinds == {"xa": 2611, "phuong": 697, "dac_khu": 13}
    assert len({ward.code for ward in WARDS}) == 3321


def test_dong_nai_is_a_city_since_april_2026_and_was_a_province() -> None:
    now = next(province for province in PROVINCES if province.code == "75")
    assert (now.name, now.kind, now.valid_from) == (
        "Thành phố Đồng Nai",
        "city",
        date(2026, 4, 30),
    )
    (before,) = FORMER_PROVINCES
    assert (before.name, before.valid_to) == ("Tỉnh Đồng Nai", now.valid_from)
    long_thanh = next(ward for ward in WARDS if ward.code == "26368")
    assert (long_thanh.name, long_thanh.kind) == ("Phường Long Thành", "phuong")


def test_approximate_cells_hold_their_point_and_do_not_overlap() -> None:
    cells = shapely.from_wkb(approximate_cells(WARDS))
    assert shapely.is_valid(cells).all()
    points = shapely.points([ward.point.lon for ward in WARDS], [ward.point.lat for ward in WARDS])
    assert shapely.intersects(cells, points).all()
    pairs = shapely.STRtree(cells).query(cells, predicate="overlaps")
    overlap = sum(shapely.area(shapely.intersection(cells[a], cells[b])) for a, b in pairs.T)
    assert overlap < 1e-3  # square degrees, of about 40 in all
