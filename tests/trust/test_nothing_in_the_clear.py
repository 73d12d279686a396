"""After a thousand people were declared, corrected, refused, checked and read, none of them is
found in the clear: not in the database's files, its write-ahead log, a dump, the Redis dump or any
log. A control puts one name there on purpose and must be found.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from redis.asyncio import Redis

from asm.demo.cast import WARD_A, Cast
from asm.intake.sheets.xlsx_template import build_workbook
from asm.settings import Settings
from tests.conftest import Database
from tests.people import all_stays, card_text, fresh_key, fresh_number, guest, party, sign_in
from tests.serve import environment, running, serve
from tests.services import TestServices
from tests.workbooks import sheet_row

PEOPLE = 500  # a name and a number each: a thousand known values
PARTY = 50
_FIRST = ("Ngân", "Khuê", "Đoan", "Thụy", "Lượng", "Tường", "Hạnh", "Quỳnh", "Bách", "Vỹ")


def names(count: int) -> list[str]:
    """Names that occur nowhere else, each with letters only Vietnamese has."""
    digits = "KWXZJFQPVY"
    return [
        f"{_FIRST[i % 10]} {''.join(digits[int(d)] for d in f'{i:03d}')}ỗ Ẩn Danh"
        for i in range(count)
    ]


def as_bytes(values: list[str]) -> list[bytes]:
    """Each value as it might lie somewhere: UTF-8 in both normal forms, UTF-16, JSON escapes."""
    forms = []
    for value in values:
        forms += [value.encode(), value.encode("utf-16-le")]
        if not value.isascii():
            forms += [
                unicodedata.normalize("NFD", value).encode(),
                value.encode("ascii", "backslashreplace"),
            ]
    return forms


def hits(folder: Path, values: list[bytes]) -> dict[str, int]:
    """How many of the values stand in each file below `folder` (grep reads binary files fast)."""
    patterns = folder.parent / "patterns"
    patterns.write_bytes(b"\n".join(values) + b"\n")
    done = subprocess.run(
        ["grep", "-r", "-a", "-o", "-F", "-c", "-f", str(patterns), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.returncode in {0, 1}, done.stderr
    lines = (line.rpartition(":") for line in done.stdout.splitlines())
    return {name: int(count) for name, _, count in lines if count != "0"}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


@pytest.fixture
def walked(
    settings: Settings,
    services: TestServices,
    database: Database,
    cast: Cast,
    logs: Path,
) -> Iterator[tuple[list[str], Path]]:
    """A server and a worker that have met the people, with everything they left behind."""
    values = asyncio.run(_walk(settings, cast, logs))
    subprocess.run(
        ["pg_dump", "--dbname", database.admin_url, "--file", str(logs / "dump.sql")], check=True
    )
    asyncio.run(_keep_redis(services, logs))
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        connection.execute("SELECT pg_switch_wal()")
        row = connection.execute("SHOW data_directory").fetchone()
        own = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = %s", (database.name,)
        ).fetchone()
    assert row is not None
    assert own is not None
    copy_living(Path(row[0]), logs / "data")
    assert any((logs / "data" / "base" / str(own[0])).iterdir())
    shutil.copy(services.postgres_log, logs / "postgres.log")
    yield values, logs
    shutil.rmtree(logs)


def copy_living(source: Path, target: Path) -> None:
    """Copy the data folder of a running server. Databases of earlier tests are dropped meanwhile:
    what is gone by the end was theirs, anything else that could not be copied is a failure.
    """
    try:
        shutil.copytree(source, target, ignore_dangling_symlinks=True)
    except shutil.Error as error:
        missed = [path for path, *_ in error.args[0] if Path(path).exists()]
        assert missed == []


async def _keep_redis(services: TestServices, logs: Path) -> None:
    redis = Redis.from_url(services.redis_url)
    await redis.save()
    config = await redis.config_get("dir", "dbfilename")
    await redis.aclose()
    shutil.copy(Path(config["dir"]) / config["dbfilename"], logs / "redis.rdb")


async def _walk(settings: Settings, cast: Cast, logs: Path) -> list[str]:
    said = names(PEOPLE)
    numbers = [fresh_number() for _ in said]
    people = [
        guest(full_name=name, document_number=number)
        for name, number in zip(said, numbers, strict=True)
    ]
    with (
        (logs / "server.log").open("wb") as server_log,
        (logs / "worker.log").open("wb") as worker_log,
        serve(settings, output=server_log) as address,
        running(
            [sys.executable, "-m", "asm.worker"], environment(settings, 8000), output=worker_log
        ),
    ):
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            lan = await sign_in(client, cast, "lan")
            minh = await sign_in(client, cast, "minh")
            await _declare(client, cast, lan, people)
            await _stumble(client, cast, lan, people)
            assert (await client.get(f"/api/v1/wards/{WARD_A}/guests", headers=minh)).is_success
    return [*said, *numbers]


async def _declare(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str], people: list[dict[str, str]]
) -> None:
    at = f"/api/v1/facilities/{cast.hoa_sen}"
    for start in range(0, PEOPLE - 2 * PARTY, PARTY):
        body = party(*people[start : start + PARTY])
        answer = await client.post(f"{at}/stays", json=body, headers=lan | fresh_key())
        assert answer.json()["accepted"] == PARTY, answer.text
    sheet = people[PEOPLE - 2 * PARTY : PEOPLE - PARTY]
    rows = [sheet_row(**{k: p[k] for k in ("full_name", "document_number")}) for p in sheet]
    answer = await client.post(
        f"{at}/imports", content=build_workbook(rows), headers=lan | fresh_key()
    )
    assert answer.json()["accepted"] == PARTY, answer.text
    cards = [
        {"card_qr": card_text(p["document_number"], p["full_name"])}
        for p in people[PEOPLE - PARTY :]
    ]
    answer = await client.post(f"{at}/stays", json=party(*cards), headers=lan | fresh_key())
    assert answer.json()["accepted"] == PARTY, answer.text


async def _stumble(
    client: httpx.AsyncClient, cast: Cast, lan: dict[str, str], people: list[dict[str, str]]
) -> None:
    """What goes wrong must not tell either: refusals, broken bodies, clashes, odd addresses."""
    at = f"/api/v1/facilities/{cast.hoa_sen}/stays"
    first = people[0]
    broken = [
        party({**first, "birth_date": "2990-01-01"}),
        party({**first, "nickname": first["full_name"]}),
        {"guests": first["full_name"]},
        party(first, arrived_at="2026-01-01T00:00:00"),
    ]
    for body in broken:
        answer = await client.post(at, json=body, headers=lan | fresh_key())
        assert 400 <= answer.status_code < 500
    listed = await all_stays(client, at, lan)
    for stay in listed[:5]:
        changed = {**stay["guest"], "phone": "0912345678"}
        answer = await client.patch(f"{at}/{stay['id']}", json={"guest": changed}, headers=lan)
        assert answer.is_success, answer.text
    await client.get(f"/api/v1/nothing/{first['document_number']}", headers=lan)
    await client.get("/api/v1/areas/wards", params={"q": first["full_name"]})


def test_a_thousand_known_values_are_found_nowhere(walked: tuple[list[str], Path]) -> None:
    values, kept = walked
    assert len(set(values)) == 2 * PEOPLE
    for name in ("server.log", "worker.log", "postgres.log", "dump.sql", "redis.rdb"):
        assert (kept / name).exists()
    assert list((kept / "data" / "pg_wal").iterdir())
    assert hits(kept, as_bytes(values)) == {}
    # The control: the same search finds one value that was put among the same files.
    (kept / "data" / "base" / "control").write_bytes(b"\0\1" + values[0].encode() + b"\2")
    with (kept / "server.log").open("ab") as log:
        log.write(values[-1].encode())
    hits_of_file = hits(kept, as_bytes(values))
    assert {Path(name).name for name in hits_of_file} == {"control", "server.log"}


def test_a_plain_column_would_be_found(
    services: TestServices, database: Database, tmp_path: Path
) -> None:
    """The other control: a name stored unsealed stands in the database's own files."""
    # Someone the other test does not know: its search goes through this database's files too.
    value = names(PEOPLE + 1)[-1]
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE in_the_clear (name text)")
        connection.execute("INSERT INTO in_the_clear VALUES (%s)", (value,))
        connection.execute("CHECKPOINT")
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    kept = tmp_path / "kept"
    copy_living(Path(row[0]), kept)
    assert hits(kept, as_bytes([value]))
