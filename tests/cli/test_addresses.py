"""`asm addresses` and `asm plates` on a real database, as the account they are told to act as."""

import json
from pathlib import Path
from typing import Any

import psycopg
from typer.testing import CliRunner

from asm.__main__ import app
from asm.demo.cast import WARD_A, Cast
from asm.settings import Settings
from tests.serve import environment


def asm(settings: Settings, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and the one JSON object."""
    done = CliRunner().invoke(app, list(arguments), env=environment(settings, 8000))
    return done.exit_code, json.loads(done.stdout)


def test_in_found_out_and_printed(settings: Settings, cast: Cast, tmp_path: Path) -> None:
    with psycopg.connect(settings.admin_database_url) as connection:
        row = connection.execute(
            "SELECT ST_Y(centre), ST_X(centre) FROM ward WHERE code = %s", (WARD_A,)
        ).fetchone()
    assert row is not None
    file = tmp_path / "doors.csv"
    file.write_text(
        f"address,lat,lon\n8 ngõ Thử,{row[0] + 0.001},{row[1]}\n9 ngõ Thử,x,y\n", "utf-8"
    )
    status, imported = asm(settings, "addresses", "import", str(file), "--as", "minh")
    assert (status, imported["ok"]) == (1, False)  # one row was rejected, and the other is in
    assert (imported["added"], imported["rejected"]) == (1, 1)
    status, hits = asm(settings, "addresses", "search", "8 ngo thu", "--as", "minh")
    assert (status, hits["addresses"][0]["address_text"]) == (0, "8 ngõ Thử")
    status, none = asm(settings, "addresses", "search", "8 ngo thu", "--as", "thao")
    assert (status, none["addresses"]) == (0, [])
    out = tmp_path / "doors.geojson"
    status, exported = asm(settings, "addresses", "export", str(out), "--as", "minh")
    assert (status, exported["format"]) == (0, "geojson")
    assert len(json.loads(out.read_text("utf-8"))["features"]) == 4
    sheet = tmp_path / "plates.pdf"
    status, printed = asm(settings, "plates", str(sheet), "--as", "minh", "--paper", "a5")
    assert (status, printed["plates"], printed["left_out"]) == (0, 3, 0)
    assert sheet.read_bytes().startswith(b"%PDF-")
    plate = tmp_path / "plate.svg"
    asm(settings, "plates", str(plate), "--as", "lan")
    assert "<svg" in plate.read_text("utf-8")
    theirs = ("--facility", str(cast.guest_house_b))
    status, refused = asm(settings, "plates", str(plate), "--as", "lan", *theirs)
    assert (status, refused["code"]) == (1, "digital_address_not_found")
