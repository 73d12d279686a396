import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Invalid
from asm.geo.areas.fill_areas import seed_areas
from asm.geo.areas.wards import find_wards, list_provinces, list_wards, ward_at, ward_by_code
from asm.geo.points import Point


async def test_a_point_is_in_its_ward(db_session: AsyncSession) -> None:
    hit = await ward_at(db_session, Point(lon=105.8524, lat=21.0287))
    assert (hit.code, hit.name) == ("00070", "Phường Hoàn Kiếm")
    assert hit.province_name == "Thành phố Hà Nội"
    assert hit.approximate
    assert hit.distance_m is None


@pytest.mark.parametrize(
    ("lat", "lon", "name"),
    [(8.644, 111.92, "Đặc khu Trường Sa"), (16.53, 111.6, "Đặc khu Hoàng Sa")],
)
async def test_the_archipelagos_are_in_their_special_zones(
    db_session: AsyncSession, lat: float, lon: float, name: str
) -> None:
    assert (await ward_at(db_session, Point(lon=lon, lat=lat))).name == name


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        (0.0, 0.0, "coordinates_zero"),
        (105.8524, 21.0287, "coordinates_swapped"),
        (13.75, 100.5, "point_outside_vietnam"),  # Bangkok
        (17.97, 102.63, "point_outside_vietnam"),  # Vientiane, inside the box
        (18.5, 110.0, "point_outside_vietnam"),  # at sea
        (23.13, 113.26, "point_outside_vietnam"),  # Quảng Châu
        (float("nan"), 105.0, "point_outside_vietnam"),
        (-91.0, 500.0, "point_outside_vietnam"),
    ],
)
async def test_points_elsewhere_are_refused_by_name(
    db_session: AsyncSession, lat: float, lon: float, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        await ward_at(db_session, Point(lon=lon, lat=lat))
    assert refusal.value.code == code
    assert {error["pointer"] for error in refusal.value.errors} == {"/lat", "/lon"}
    assert all(error["remedy"] and error["remedy_en"] for error in refusal.value.errors)


SQUARES = """
UPDATE ward SET boundary_approximate = false, boundary = ST_Multi(ST_MakeEnvelope(
  :west, 19.0, :east, 19.1, 4326)) WHERE code = :code
"""


async def _squares(session: AsyncSession) -> None:
    """Two wards side by side in the open sea, sharing the border 110.1°E."""
    await session.execute(
        text(SQUARES),
        [
            {"code": "00070", "west": 110.1, "east": 110.2},
            {"code": "00004", "west": 110.0, "east": 110.1},
        ],
    )


async def test_a_point_on_a_border_is_in_the_ward_of_the_lowest_code(
    admin_session: AsyncSession,
) -> None:
    await _squares(admin_session)
    for _ in range(3):
        assert (await ward_at(admin_session, Point(lon=110.1, lat=19.05))).code == "00004"
    assert (await ward_at(admin_session, Point(lon=110.1001, lat=19.05))).code == "00070"


async def test_a_point_just_off_the_shore_is_in_the_nearest_ward(
    admin_session: AsyncSession,
) -> None:
    await _squares(admin_session)
    hit = await ward_at(admin_session, Point(lon=110.205, lat=19.05))
    assert hit.code == "00070"
    assert hit.distance_m == pytest.approx(525, abs=10)
    with pytest.raises(Invalid, match="point_outside_vietnam"):
        await ward_at(admin_session, Point(lon=110.215, lat=19.05))


async def test_a_real_boundary_comes_before_an_approximate_cell(
    admin_session: AsyncSession,
) -> None:
    before = await ward_at(admin_session, Point(lon=105.8524, lat=21.0287))
    statement = """UPDATE ward SET boundary_approximate = false, boundary =
      ST_Multi(ST_MakeEnvelope(105.85, 21.02, 105.86, 21.03, 4326)) WHERE code = '99999'"""
    await admin_session.execute(
        text("""INSERT INTO ward (code, province_code, name, kind, folded, centre, valid_from)
          SELECT '99999', province_code, 'Xã Mẫu', 'xa', 'xa mau', centre, valid_from
          FROM ward WHERE code = '00070'""")
    )
    await admin_session.execute(text(statement))
    after = await ward_at(admin_session, Point(lon=105.8524, lat=21.0287))
    assert before.approximate
    assert (after.code, after.approximate) == ("99999", False)


async def test_wards_are_found_however_they_are_typed(db_session: AsyncSession) -> None:
    assert [ward.code for ward in await find_wards(db_session, "hoan kiem")] == ["00070"]
    assert (await find_wards(db_session, "PHƯỜNG BA ĐÌNH"))[0].code == "00004"
    names = [ward.name for ward in await find_wards(db_session, "hoà bình tp hcm")]
    assert "Phường Hòa Bình" in names
    assert await find_wards(db_session, "  % _ ") == []
    assert len(await find_wards(db_session, "xa", limit=1000)) == 100
    assert len(await find_wards(db_session, "xa", limit=5)) == 5


async def test_lists_of_provinces_and_wards(db_session: AsyncSession) -> None:
    provinces = await list_provinces(db_session)
    assert len(provinces) == 34
    assert provinces[0].name == "Tỉnh An Giang"
    wards = await list_wards(db_session, "01")
    assert len(wards) == 126
    assert all(ward.province_name == "Thành phố Hà Nội" for ward in wards)
    assert await list_wards(db_session, "00") == []


async def test_an_unknown_code_is_refused_at_its_field(db_session: AsyncSession) -> None:
    assert (await ward_by_code(db_session, "00070")).name == "Phường Hoàn Kiếm"
    with pytest.raises(Invalid) as refusal:
        await ward_by_code(db_session, "99999", pointer="/guests/0/residence_ward")
    assert refusal.value.code == "ward_unknown"
    assert refusal.value.errors[0]["pointer"] == "/guests/0/residence_ward"


async def test_seeding_again_changes_nothing_and_keeps_real_boundaries(
    admin_session: AsyncSession,
) -> None:
    digest = text("SELECT md5(string_agg(w::text, '|' ORDER BY code)) FROM ward w")
    await _squares(admin_session)
    before = (await admin_session.execute(digest)).scalar_one()
    report = await seed_areas(admin_session)
    assert (report.provinces, report.wards) == (34, 3321)
    assert (await admin_session.execute(digest)).scalar_one() == before


async def test_dong_nai_has_a_past(db_session: AsyncSession) -> None:
    def on(day: str, code: str) -> TextClause:
        return text(
            f"SELECT (SELECT name FROM provinces_on('{day}') WHERE code = '75'), "
            f"(SELECT name FROM wards_on('{day}') WHERE code = '{code}')"
        )

    before = (await db_session.execute(on("2026-04-29", "26368"))).one()
    after = (await db_session.execute(on("2026-04-30", "26368"))).one()
    assert tuple(before) == ("Tỉnh Đồng Nai", "Xã Long Thành")
    assert tuple(after) == ("Thành phố Đồng Nai", "Phường Long Thành")
    for day in ("2025-07-01", "2026-04-29", "2026-04-30"):
        counts = await db_session.execute(
            text(
                f"SELECT (SELECT count(*) FROM provinces_on('{day}')), "
                f"(SELECT count(boundary) FROM wards_on('{day}'))"
            )
        )
        assert tuple(counts.one()) == (34, 3321), day
