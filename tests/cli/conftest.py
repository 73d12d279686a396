"""What commands are given: files that are good, and a database in which nothing was ever made."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from asm.db.session import make_engine, make_sessions
from asm.demo.ward_split import invented_split
from asm.intake.sheets.xlsx_template import build_workbook
from asm.settings import Settings
from tests.cli.commands_given import elsewhere
from tests.services import TestServices
from tests.workbooks import sheet_row


@pytest.fixture
def files(tmp_path: Path, settings: Settings) -> dict[str, str]:
    """What commands are given, all of it good."""
    square = [[105.84, 21.02], [105.86, 21.02], [105.86, 21.04], [105.84, 21.02]]
    ward = {
        "type": "Feature",
        "properties": {"code": "00070"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    texts = {
        "list": "001090000001\n",
        "wards": json.dumps({"type": "FeatureCollection", "features": [ward]}),
        "event": json.dumps(asyncio.run(_split(settings))),
        "codes": "level,code,scheme,alias,valid_from,valid_to,source\n",
        "points": "lat,lon\n21.0287,105.8524\n",
        "doors": "address,lat,lon\n8 ngõ Thử,21.0287,105.8524\n",
    }
    endings = {"wards": "geojson", "event": "json", "list": "txt"}
    paths = {"out": str(tmp_path / "out"), "book": str(tmp_path / "khach.xlsx")}
    for name, text in texts.items():
        file = tmp_path / f"{name}.{endings.get(name, 'csv')}"
        file.write_text(text, encoding="utf-8")
        paths[name] = str(file)
    Path(paths["book"]).write_bytes(build_workbook([sheet_row()]))
    return paths


async def _split(settings: Settings) -> dict[str, Any]:
    engine = make_engine(settings.admin_database_url, pool_size=1)
    try:
        async with make_sessions(engine)() as session:
            return await invented_split(session, "00070", date(2026, 1, 1))
    finally:
        await engine.dispose()


@pytest.fixture
def unmigrated(services: TestServices, settings: Settings) -> Iterator[Settings]:
    """A database on the same server in which nothing was ever made."""
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE asm_empty")
        yield elsewhere(settings, path="/asm_empty")
        connection.execute("DROP DATABASE asm_empty WITH (FORCE)")
