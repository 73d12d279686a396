"""`asm area` and `asm areas` as their users start them: one JSON object, and a status."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from asm.__main__ import app
from asm.db.session import make_sessions
from asm.demo.ward_split import invented_split
from asm.settings import Settings
from asm.stays.area_changes import change_areas
from tests.cli.test_commands import asm


@pytest.fixture
def on_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASM_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("ASM_ADMIN_DATABASE_URL", settings.admin_database_url)


def area(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["area", *arguments])
    return done.exit_code, json.loads(done.stdout)


def complaint(*arguments: str) -> tuple[int, str]:
    """Where nothing could be answered: the status, and the code on standard error."""
    done = CliRunner().invoke(app, ["area", *arguments])
    assert done.stdout == ""
    return done.exit_code, json.loads(done.stderr)["code"]


def test_the_real_command(settings: Settings) -> None:
    done = asm(settings, "area", "of", "21.0287", "105.8524")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"], answer["ward"]["code"]) == (0, True, "00070")


@pytest.mark.usefixtures("on_database")
def test_the_ward_of_a_point() -> None:
    status, answer = area("of", "21,0287", "105,8524")
    assert (status, answer["ward"]["name"]) == (0, "Phường Hoàn Kiếm")
    for day, name in (("2026-04-29", "Xã Long Thành"), ("2026-04-30", "Phường Long Thành")):
        status, answer = area("of", "10.7935", "107.0135", "--day", day)
        assert (status, answer["ward"]["name"]) == (0, name)
        assert answer["ward"]["province_name"].startswith("Tỉnh" if "29" in day else "Thành phố")


@pytest.mark.usefixtures("on_database")
def test_exchanged_numbers_are_recognised_and_the_remedy_is_the_answer() -> None:
    status, answer = area("of", "105.8524", "21.0287")
    assert (status, answer["ok"], answer["code"]) == (1, False, "coordinates_swapped")
    assert answer["exchanged"]["ward"]["code"] == "00070"
    assert all(error["remedy"] for error in answer["errors"])
    # Somewhere at sea both ways: no likely ward is offered.
    assert "exchanged" not in area("of", "117.5", "12.5")[1]


@pytest.mark.usefixtures("on_database")
@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        ("0", "0", "coordinates_zero"),
        ("-21.0", "-105.8", "point_outside_vietnam"),
        ("18.5", "110", "point_outside_vietnam"),
        ("48.85", "2.35", "point_outside_vietnam"),
        ("nan", "105", "point_outside_vietnam"),
        ("north", "105", "point_unreadable"),
    ],
)
def test_other_points_are_refused(lat: str, lon: str, code: str) -> None:
    status, answer = area("of", lat, lon)
    assert (status, answer["ok"], answer["code"]) == (1, False, code)


def test_a_missing_database_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASM_DATABASE_URL", raising=False)
    assert complaint("of", "21.0287", "105.8524") == (2, "not_set_up")
    monkeypatch.setenv("ASM_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert complaint("of", "21.0287", "105.8524") == (2, "database_away")


def test_old_units_need_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASM_DATABASE_URL", raising=False)
    status, answer = area("map-old", "Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội")
    assert (status, answer["ok"], answer["new"]["code"]) == (0, True, "00070")
    assert answer["later_events"] is False
    status, answer = area("map-old", "Xã Hưng Đạo, Tứ Kỳ, Hải Dương")
    assert (status, answer["ok"], answer["status"]) == (1, False, "divided")
    assert len(answer["choices"]) == 2
    assert answer["question"]
    assert area("map-old", answer["old"]["code"])[1]["choices"] == answer["choices"]
    status, answer = area("map-old", "Xã Không Có, Tứ Kỳ, Hải Dương")
    assert (status, answer["ok"], answer["code"]) == (1, False, "old_unit_unknown")


@pytest.mark.usefixtures("on_database")
async def test_old_units_follow_the_events_that_a_database_knows(
    admin_engine: AsyncEngine, tmp_path: Path
) -> None:
    old = "Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội"
    status, answer = await asyncio.to_thread(area, "map-old", old)
    assert (status, answer["later_events"], answer["new"]["code"]) == (0, True, "00070")
    async with make_sessions(admin_engine)() as session:
        event = await invented_split(session, "00070", date(2026, 1, 1))
    path = tmp_path / "split.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    await change_areas(admin_engine, path)
    status, answer = await asyncio.to_thread(area, "map-old", old)
    assert (status, answer["status"], answer["new"]) == (1, "divided", None)
    assert [unit["code"] for unit in answer["choices"]] == ["99001", "99002"]


def test_a_database_that_is_away_gives_no_half_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASM_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    refusal = complaint("map-old", "Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội")
    assert refusal == (2, "database_away")


@pytest.mark.usefixtures("on_database")
def test_assigning_a_file(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lat,lon\n21.0287,105.8524\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["areas", "assign", str(path)])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["assigned"] == 1
    path.write_text("lat,lon\n0,0\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["areas", "assign", str(path)]).exit_code == 1


@pytest.mark.usefixtures("on_database")
def test_a_dry_run_of_loading_stores_nothing_and_checks_agree(tmp_path: Path) -> None:
    outline = [[110.0, 19.0], [110.1, 19.0], [110.1, 19.1], [110.0, 19.1], [110.0, 19.0]]
    path = tmp_path / "wards.geojson"
    feature = {
        "type": "Feature",
        "properties": {"code": "00070"},
        "geometry": {"type": "Polygon", "coordinates": [outline]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    done = CliRunner().invoke(app, ["areas", "load", str(path), "--dry-run"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["dry_run"], answer["loaded"]) == (True, 1)
    assert area("of", "21.0287", "105.8524")[1]["ward"]["approximate"]
    checked = CliRunner().invoke(app, ["areas", "check"])
    assert (checked.exit_code, json.loads(checked.stdout)["ok"]) == (0, True)
    assert CliRunner().invoke(app, ["areas", "load", str(path)]).exit_code == 0
    # The hotel's ward is at sea now: facilities are elsewhere.
    checked = CliRunner().invoke(app, ["areas", "check"])
    assert checked.exit_code == 1
    assert len(json.loads(checked.stdout)["facilities"]["elsewhere"]) == 3


@pytest.mark.usefixtures("on_database")
def test_the_demo_of_a_split_stores_nothing() -> None:
    for _ in range(2):
        done = CliRunner().invoke(app, ["areas", "demo"])
        assert done.exit_code == 0, done.output
        answer = json.loads(done.stdout)
        assert answer["dry_run"]
        assert answer["event"]["before"] == ["00070"]
        assert answer["event"]["after"] == ["99001", "99002"]
        assert answer["facilities_moved"] == 3


@pytest.mark.usefixtures("on_database")
async def test_codes_of_other_lists(tmp_path: Path, client: httpx.AsyncClient) -> None:
    path = tmp_path / "codes.csv"
    head = "level,code,scheme,alias,valid_from,valid_to,source\n"
    path.write_text(
        head
        + "ward,00070,ministry,HN-001,2025-07-01,,Bài thử\n"
        + "ward,99999,ministry,HN-002,2025-07-01,,Bài thử\n"
        + "ward,00070,Ministry!,HN-003,2025-07-01,,Bài thử\n"
        + "ward,00070,ministry,HN-004,2025-07-01,2025-06-01,Bài thử\n"
        + "ward,00070,ministry,HN-005,yesterday,,Bài thử\n",
        encoding="utf-8",
    )
    for _ in range(2):
        done = await asyncio.to_thread(CliRunner().invoke, app, ["areas", "codes", str(path)])
        answer = json.loads(done.stdout)
        assert (done.exit_code, answer["rows"], answer["stored"]) == (1, 5, 1)
        assert list(answer["faults"]) == ["3", "4", "5", "6"]
    aliases = (await client.get("/api/v1/areas/wards/00070")).json()["aliases"]
    assert aliases == [
        {"scheme": "ministry", "alias": "HN-001", "valid_from": "2025-07-01", "valid_to": None}
    ]
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    done = await asyncio.to_thread(CliRunner().invoke, app, ["areas", "codes", str(path)])
    assert (done.exit_code, "columns_missing" in done.output) == (2, True)
