"""The command line as an operator uses it: real processes on a real database."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from asm.demo.cast import Cast
from asm.identity.vault.keys import read_keys
from asm.intake.sheets.xlsx_template import build_workbook
from asm.settings import Settings
from asm.stays.receipts.attempts import sign_attempt
from tests.cli.run_asm import run_asm
from tests.intake.sheets.sheets import HEADER, sheet
from tests.people import fresh_key, party, sign_in
from tests.serve import environment
from tests.workbooks import day_row, read_sheets_at_midnight, sheet_row


def asm(
    settings: Settings, *arguments: str, stdin: str | bytes = ""
) -> subprocess.CompletedProcess[str]:
    return run_asm([*arguments], environment(settings, 8000), stdin)


def stays(settings: Settings) -> int:
    with psycopg.connect(settings.admin_database_url) as connection:
        row = connection.execute("SELECT count(*) FROM stay").fetchone()
        assert row is not None
        return int(row[0])


def test_import_counts_truthfully_and_twice_is_once(
    settings: Settings, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "khach.xlsx"
    file.write_bytes(build_workbook([sheet_row(), sheet_row(document_number="123"), sheet_row()]))
    command = ("import", str(file), "--facility", str(cast.hoa_sen), "--as", "lan")
    dry = asm(settings, *command, "--dry-run")
    assert dry.returncode == 1, dry.stderr
    assert stays(settings) == 0
    first = asm(settings, *command)
    assert first.returncode == 1, first.stderr
    outcome = json.loads(first.stdout)
    assert (outcome["accepted"], outcome["rejected"]) == (2, 1)
    fault = next(f for row in outcome["rows"] for f in row["faults"] if f["severity"] == "refuse")
    assert (fault["row"], fault["column"]) == (6, "H")
    again = json.loads(asm(settings, *command).stdout)
    assert (again["accepted"], again["merged"]) == (0, 2)
    assert stays(settings) == 2


def test_import_accepts_fixes_and_gives_the_file_back_marked(
    settings: Settings, cast: Cast, tmp_path: Path
) -> None:
    file, marked = tmp_path / "khach.xlsx", tmp_path / "danh-dau.xlsx"
    row: list[Any] = list(sheet_row())
    row[7] = 79_301_000_025
    file.write_bytes(sheet([["x"], HEADER, row]))
    where = ("--facility", str(cast.hoa_sen), "--as", "lan", "--marked", str(marked))
    refused = asm(settings, "import", str(file), *where)
    assert refused.returncode == 2
    assert json.loads(refused.stderr)["code"] == "nothing_accepted"
    again = asm(settings, "import", str(marked), *where, "--accept-fixes", "H3", "--dry-run")
    assert again.returncode == 0, again.stderr
    assert stays(settings) == 0
    wrong = asm(settings, "import", str(file), *where, "--accept-fixes", "số")
    assert json.loads(wrong.stderr)["code"] == "accept_fixes_malformed"
    sent = asm(settings, "import", str(marked), *where)
    assert json.loads(sent.stdout)["accepted"] == 1, sent.stderr
    assert stays(settings) == 1


def test_import_of_nothing_is_a_failure(settings: Settings, cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "khach.xlsx"
    file.write_bytes(b"%PDF-1.7")
    answer = asm(settings, "import", str(file), "--facility", str(cast.hoa_sen), "--as", "lan")
    assert answer.returncode == 2
    assert json.loads(answer.stderr)["code"] == "workbook_unreadable"


def test_import_into_a_strangers_facility_is_refused(
    settings: Settings, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "khach.xlsx"
    file.write_bytes(build_workbook([sheet_row()]))
    answer = asm(settings, "import", str(file), "--facility", str(cast.hoa_sen), "--as", "hai")
    assert answer.returncode == 2
    assert json.loads(answer.stderr)["code"] == "facility_not_found"
    assert stays(settings) == 0


async def test_receipts_verify_with_public_keys_alone(
    client: httpx.AsyncClient, cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=lan | fresh_key()
    )
    receipt: dict[str, Any] = answer.json()["results"][0]["receipt"]
    keys = tmp_path / "keys.json"
    keys.write_text(asm(settings, "receipt", "keys").stdout)
    # Whoever checks has the public keys and nothing else of ours.
    alone = Settings(
        **{
            name: getattr(settings, name)
            for name in Settings.__slots__
            if name not in {"secrets_dir", "database_url"}
        },
        secrets_dir=tmp_path / "none",
        database_url="",
    )
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(receipt))
    genuine = asm(alone, "receipt", "verify", str(file), "--keys", str(keys))
    assert genuine.returncode == 0, genuine.stderr
    assert json.loads(genuine.stdout)["number"] == receipt["number"]
    forged = receipt["token"].replace(".F.", ".T.") if ".F." in receipt["token"] else (
        receipt["token"].replace(".T.", ".F.")
    )  # fmt: skip
    refused = asm(alone, "receipt", "verify", "-", "--keys", str(keys), stdin=forged)
    assert refused.returncode == 1
    assert json.loads(refused.stdout) == {
        "genuine": False,
        "code": "receipt_not_genuine",
        "message": "The receipt is not genuine: it has been changed.",
    }
    for nothing in (b"\xff\xfe\0", b'{"a":' + b"[" * 90_000, rb'{"token": "\ud800"}', b""):
        refused = asm(alone, "receipt", "verify", "-", "--keys", str(keys), stdin=nothing)
        assert (refused.returncode, json.loads(refused.stdout)["genuine"]) == (1, False)
    attempt = sign_attempt(
        read_keys(settings.secrets_dir), cast.hoa_sen, datetime.now(UTC), "key-12345", b"sent"
    )
    tried = asm(alone, "receipt", "verify", "-", "--keys", str(keys), stdin=attempt.token)
    assert tried.returncode == 3, tried.stderr
    assert json.loads(tried.stdout)["attempt"]["stored"] is False


def test_boundaries_replace_approximate_cells(
    settings: Settings, cast: Cast, tmp_path: Path
) -> None:
    west, south, east, north = 105.84, 21.02, 105.86, 21.04
    outline = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature",
        "properties": {"code": "00070", "name": "Phường Hoàn Kiếm", "province": "01"},
        "geometry": {"type": "Polygon", "coordinates": [outline]},
    }
    file = tmp_path / "wards.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    answer = asm(settings, "areas", "load", str(file))
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["loaded"] == 1
    with psycopg.connect(settings.admin_database_url) as connection:
        rows = connection.execute("SELECT code FROM ward WHERE NOT boundary_approximate").fetchall()
    assert rows == [("00070",)]


def test_seeding_twice_changes_nothing(settings: Settings, cast: Cast) -> None:
    answer = asm(settings, "seed")
    assert answer.returncode == 0, answer.stderr
    assert {account["login"] for account in json.loads(answer.stdout)} == set(cast.people)
    assert stays(settings) == 0


def test_a_missing_address_is_said(settings: Settings) -> None:
    bare = Settings(
        **{
            name: getattr(settings, name)
            for name in Settings.__slots__
            if name != "admin_database_url"
        },
        admin_database_url="",
    )
    answer = asm(bare, "migrate")
    assert answer.returncode == 2
    said = json.loads(answer.stderr)
    assert said["code"] == "not_set_up"
    assert said["message_en"].startswith("ASM_ADMIN_DATABASE_URL is not set")


async def test_import_of_days_alone_again_later_is_harmless_without_a_key(
    settings: Settings, cast: Cast, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    data = build_workbook([day_row(), day_row()])
    lan = await sign_in(client, cast, "lan")
    with pytest.MonkeyPatch.context() as patch:
        read_sheets_at_midnight(patch)
        url = f"/api/v1/facilities/{cast.hoa_sen}/imports"
        first = await client.post(url, content=data, headers=lan | fresh_key())
    assert first.status_code == 201, first.text
    file = tmp_path / "khach.xlsx"
    file.write_bytes(data)
    again = asm(settings, "import", str(file), "--facility", str(cast.hoa_sen), "--as", "lan")
    assert again.returncode == 0, again.stderr
    outcome = json.loads(again.stdout)
    assert (outcome["accepted"], outcome["merged"]) == (0, 2)
    assert stays(settings) == 2
