import random
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.errors import Invalid
from asm.geo.areas.assign import assign_points
from asm.geo.areas.assign_file import assign_file
from asm.geo.areas.wards import ward_at
from asm.geo.points import Point
from tests.geo.areas.test_wards import _squares as squares_at_sea

BAD = [
    (Point(lon=0.0, lat=0.0), "coordinates_zero"),
    (Point(lon=21.0287, lat=105.8524), "coordinates_swapped"),
    (Point(lon=100.5, lat=13.75), "point_outside_vietnam"),
    (Point(lon=110.0, lat=18.5), "point_outside_vietnam"),
    (Point(lon=105.0, lat=float("nan")), "point_outside_vietnam"),
]


async def test_many_points_have_the_answers_of_one(admin_session: AsyncSession) -> None:
    await squares_at_sea(admin_session)
    rng = random.Random(5)
    points = [Point(lat=rng.uniform(8.3, 23.4), lon=rng.uniform(102.1, 109.6)) for _ in range(60)]
    border = [(110.1, 19.05), (110.05, 19.05), (110.1, 19.0), (110.205, 19.05), (110.2, 19.1)]
    points += [Point(lon=lon, lat=lat) for lon, lat in border]
    answers = await assign_points(admin_session, points)
    assert sum(answer.ward_code is not None for answer in answers) > 10
    for point, answer in zip(points, answers, strict=True):
        if answer.problem:
            with pytest.raises(Invalid, match=answer.problem):
                await ward_at(admin_session, point)
            continue
        hit = await ward_at(admin_session, point)
        assigned = (answer.ward_code, answer.approximate, list(answer.also_in))
        assert assigned == (hit.code, hit.approximate, hit.also_in), point
        assert answer.distance_m == pytest.approx(hit.distance_m)
    assert answers[60].also_in == ("00070",)  # on the border: the lowest code, and flagged


async def test_overlapping_boundaries_give_one_answer_and_a_flag(
    admin_session: AsyncSession,
) -> None:
    await squares_at_sea(admin_session)
    await admin_session.execute(
        text("UPDATE ward SET boundary = (SELECT boundary FROM ward WHERE code = '00070') "
             "WHERE code = '00004'")
    )  # fmt: skip
    hit = await ward_at(admin_session, Point(lon=110.15, lat=19.05))
    assert (hit.code, hit.also_in) == ("00004", ["00070"])


async def test_a_hundred_thousand_points_take_one_call(db_session: AsyncSession) -> None:
    rng = random.Random(6)
    points = [
        Point(lat=rng.uniform(20.9, 21.1), lon=rng.uniform(105.7, 105.9)) for _ in range(100_000)
    ]
    points[7:7] = [point for point, _ in BAD]
    answers = await assign_points(db_session, points)
    assert len(answers) == len(points)
    assert [answer.problem for answer in answers[7 : 7 + len(BAD)]] == [code for _, code in BAD]
    assert sum(answer.ward_code is None for answer in answers) == len(BAD)
    assert await assign_points(db_session, []) == []


async def test_a_file_of_points(db_session: AsyncSession, tmp_path: Path) -> None:
    path, out = tmp_path / "points.csv", tmp_path / "out.csv"
    path.write_text(
        "\ufefftên;Vĩ độ;Kinh độ\nmột;21,0287;105,8524\nhai;105.8524;21.0287\nba;x;\n\nbốn;0;0\n",
        encoding="utf-8",
    )
    report = await assign_file(db_session, path, out)
    assert (report.rows, report.assigned, report.wards) == (4, 1, 1)
    assert report.problems == {
        "coordinates_swapped": 1, "point_unreadable": 1, "coordinates_zero": 1,
    }  # fmt: skip
    assert report.first_line["coordinates_swapped"] == 3
    assert report.remedy is None
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith(";ward_code;ward_also_in;ward_distance_m;ward_problem")
    assert lines[1] == "một;21,0287;105,8524;00070;;;"
    assert lines[2].endswith(";coordinates_swapped")


async def test_columns_named_the_wrong_way_are_said_and_can_be_exchanged(
    db_session: AsyncSession, tmp_path: Path
) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lat,lon\n105.8524,21.0287\n106.7,10.77\n", encoding="utf-8")
    report = await assign_file(db_session, path)
    assert report.problems == {"coordinates_swapped": 2}
    assert report.remedy_en is not None
    assert "--exchange" in report.remedy_en
    assert (await assign_file(db_session, path, exchange=True)).assigned == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "columns_missing"),
        (b"a,b\n1,2\n", "columns_missing"),
        (b"\xff\xfe", "file_unreadable"),
    ],
)
async def test_other_files_are_refused(
    db_session: AsyncSession, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=code):
        await assign_file(db_session, path)
    with pytest.raises(Invalid, match="file_unreadable"):
        await assign_file(db_session, tmp_path / "absent.csv")
