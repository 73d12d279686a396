"""An installation without areas: `asm migrate` and `asm areas init` bring them in, and whatever
needs them says that they are not there, and how they come.
"""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from asm.__main__ import app
from asm.settings import Settings
from tests.cli.commands_given import complaint, line_of, started
from tests.conftest import Database
from tests.serve import environment

SQUARE = [[110.0, 19.0], [110.1, 19.0], [110.1, 19.1], [110.0, 19.1], [110.0, 19.0]]


def command(settings: Settings, *line: str) -> Result:
    return CliRunner().invoke(app, list(line), env=environment(settings, 8000))


def ask(settings: Settings, *line: str) -> tuple[int, dict[str, Any]]:
    done = command(settings, *line)
    return done.exit_code, json.loads(done.stdout)


def drawn(path: Path, *codes: str, outline: list[list[float]] = SQUARE) -> str:
    """A file with the same square for each of the wards."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {"type": "Polygon", "coordinates": [outline] if outline else []},
        }
        for code in codes
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return str(path)


@pytest.fixture
def without_areas(files: dict[str, str], settings: Settings, database: Database) -> Settings:
    """A migrated installation as it was before areas came in."""
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("TRUNCATE province, area_event, area_alias CASCADE")
    return settings


#: Each needs an area to do what it does.
NEEDING = ("areas load", "areas event", "areas demo", "areas assign", "areas codes")


def test_what_needs_areas_says_how_they_come(
    without_areas: Settings, files: dict[str, str]
) -> None:
    officer = ("account", "create", "can.bo", "--name", "Thử", "--role")
    for line in (
        *(line_of(name, files) for name in NEEDING),
        [*officer, "ward_officer", "--ward", "00070"],
        [*officer, "provincial_officer", "--province", "01"],
        ["incident", "open", "--from", "2026-11-22T08:00", "--ward", "00070"],
    ):
        said = complaint(without_areas, *line)
        assert (line, said["code"]) == (line, "areas_missing")
        assert "asm areas init" in said["errors"][0]["remedy"]
        assert "asm areas init" in said["errors"][0]["remedy_en"]
    status, answer = ask(without_areas, "area", "of", "21.0287", "105.8524")
    assert (status, answer["code"]) == (1, "areas_missing")


def test_a_check_of_no_areas_is_not_in_order(without_areas: Settings) -> None:
    status, answer = ask(without_areas, "areas", "check")
    areas = answer["areas"]
    assert (status, answer["ok"]) == (1, False)
    assert (areas["wards"], areas["absent_count"]) == (0, 34 + 3321)
    assert "asm areas init" in areas["remedy"]
    assert "asm areas init" in areas["remedy_en"]


def test_they_come_with_their_history(without_areas: Settings) -> None:
    for _ in range(2):
        status, answer = ask(without_areas, "areas", "init")
        assert (status, answer["provinces"], answer["wards"]) == (0, 34, 3321)
    status, answer = ask(without_areas, "areas", "check")
    assert (status, answer["areas"]["absent"], answer["areas"]["events"]) == (0, [], 1)
    assert "remedy" in answer["areas"]
    status, answer = ask(without_areas, "area", "of", "10.7935", "107.0135", "--day", "2026-04-29")
    assert answer["ward"]["name"] == "Xã Long Thành"


def test_migrating_brings_them_once_and_leaves_an_operators_alone(
    without_areas: Settings, database: Database, tmp_path: Path
) -> None:
    done = started(without_areas, "migrate")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["areas"] == {"provinces": 34, "wards": 3321}
    assert command(without_areas, "areas", "load", drawn(tmp_path / "w", "00070")).exit_code == 0
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("UPDATE ward SET name = 'Phường Đã Sửa' WHERE code = '00004'")
        before = connection.execute(_ALL).fetchone()
        again = started(without_areas, "migrate")
        assert again.returncode == 0, again.stderr
        assert "areas" not in json.loads(again.stdout)
        assert connection.execute(_ALL).fetchone() == before


_ALL = "SELECT md5(string_agg(w::text, '' ORDER BY code)) FROM ward w"


def test_a_ward_or_a_province_that_was_left_out_is_found(
    settings: Settings, database: Database
) -> None:
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("DELETE FROM ward WHERE province_code = '04'")
        connection.execute("DELETE FROM province WHERE code = '04'")
    status, answer = ask(settings, "areas", "check")
    assert (status, answer["areas"]["provinces"]) == (1, 33)
    assert answer["areas"]["absent"][0] == "04"
    assert answer["areas"]["absent_count"] > 1
    assert ask(settings, "areas", "init")[0] == 0
    assert ask(settings, "areas", "check")[0] == 0


def test_a_file_that_would_change_nothing_is_refused(settings: Settings, tmp_path: Path) -> None:
    short = drawn(tmp_path / "short", "70", "VN.HN.HK")
    said = complaint(settings, "areas", "load", short)
    assert said["code"] == "wards_unknown"
    assert "70, VN.HN.HK" in said["message"]
    assert "00070" in said["errors"][0]["remedy"]
    said = complaint(settings, "areas", "load", drawn(tmp_path / "empty", "00070", outline=[]))
    assert said["code"] == "boundaries_empty"
    assert said["errors"][0]["remedy"]


def test_a_file_of_which_some_are_unknown_is_loaded_and_not_all_of_it(
    settings: Settings, tmp_path: Path
) -> None:
    status, answer = ask(settings, "areas", "load", drawn(tmp_path / "w", "00070", "99998"))
    assert (status, answer["ok"], answer["loaded"]) == (1, False, 1)
    assert answer["unknown_codes"] == ["99998"]


def test_the_same_file_again_is_told_unchanged(settings: Settings, tmp_path: Path) -> None:
    file = drawn(tmp_path / "w", "00070", "00004")
    for unchanged in (0, 2):
        done = command(settings, "areas", "load", file)
        answer = json.loads(done.stdout)
        assert (done.exit_code, answer["ok"]) == (0, True)
        assert (answer["loaded"], answer["unchanged"]) == (2, unchanged)
        assert done.stderr.splitlines() == ["2/2 wards"]  # no terminal: a line each
