"""Lists of addresses in and out: truthful counts, doubles, walls, and files read back."""

import csv
import io
import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pyogrio
import pyogrio.raw
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import WARD_A, WARD_B, Cast
from tests.api.doors import PATH
from tests.people import sign_in


@pytest.fixture
async def centres(admin_session: AsyncSession) -> dict[str, tuple[float, float]]:
    rows = await admin_session.execute(
        text("SELECT code, ST_Y(centre), ST_X(centre) FROM ward WHERE code IN (:a, :b)"),
        {"a": WARD_A, "b": WARD_B},
    )
    return {code: (lat, lon) for code, lat, lon in rows}


def listed(*rows: tuple[Any, ...]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([("address", "lat", "lon", "floor", "vpostcode"), *rows])
    return out.getvalue().encode()


async def send(
    client: httpx.AsyncClient, headers: dict[str, str], data: bytes, *, dry: bool = False
) -> dict[str, Any]:
    answer = await client.post(
        f"{PATH}/imports", content=data, headers=headers, params={"dry_run": dry}
    )
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    assert report["read"] == report["added"] + report["duplicate"] + report["rejected"]
    return report


async def test_a_list_that_was_tried_goes_in_under_no_old_key(
    client: httpx.AsyncClient, cast: Cast, centres: dict[str, tuple[float, float]]
) -> None:
    """A dry run and the import differ by their address's query alone."""
    minh = await sign_in(client, cast, "minh") | {"Idempotency-Key": str(uuid.uuid4())}
    lat, lon = centres[WARD_A]
    data = listed(("11 ngõ Thử", lat + 0.0010, lon, "", ""))
    assert (await send(client, minh, data, dry=True))["dry_run"]
    params = {"dry_run": False}
    answer = await client.post(f"{PATH}/imports", content=data, headers=minh, params=params)
    assert (answer.status_code, answer.json().get("code")) == (422, "idempotency_key_reused")


async def test_a_list_goes_in_once_and_every_row_is_counted(
    client: httpx.AsyncClient, cast: Cast, centres: dict[str, tuple[float, float]]
) -> None:
    minh = await sign_in(client, cast, "minh")
    (lat, lon), other = centres[WARD_A], centres[WARD_B]
    data = listed(
        ("1 ngõ Thử", lat + 0.0010, lon, "", "10000-XYZ0001"),
        ("3 ngõ Thử", lat + 0.0010, lon, "", ""),  # the same cell, another house
        ("1 ngo Thu", lat + 0.0011, lon, "", ""),  # 11 m away, the same words
        ("5 ngõ Thử", lat + 0.0010, lon, "tầng 1", ""),
        ("5 ngõ Thử", lat + 0.0010, lon, "tầng 2", ""),
        ("7 ngõ Thử", lon, lat, "", ""),
        ("7 ngõ Thử", other[0], other[1], "", ""),
        ("9 ngõ Thử", 12.0, 112.5, "", ""),  # at sea
        ("x", "?", lon, "", ""),
    )
    dry = await send(client, minh, data, dry=True)
    report = await send(client, minh, data)
    for outcome in (dry, report):
        assert [outcome[name] for name in ("read", "added", "duplicate", "rejected")] == [
            9,
            4,
            1,
            4,
        ]
    assert (dry["dry_run"], report["dry_run"]) == (True, False)
    assert [(row["row"], row["status"]) for row in report["rows"]] == [
        (4, "duplicate"), (7, "rejected"), (8, "rejected"), (9, "rejected"), (10, "rejected"),
    ]  # fmt: skip
    faults = [row["fault"] for row in report["rows"][1:]]
    assert [fault["code"] for fault in faults] == [
        "coordinates_swapped", "other_ward", "point_outside_vietnam", "coordinate_unreadable",
    ]  # fmt: skip
    assert all(fault["remedy"] and fault["remedy_en"] for fault in faults)
    again = await send(client, minh, data)
    assert (again["added"], again["duplicate"], again["rejected"]) == (0, 5, 4)
    assert all(row["address"] for row in again["rows"] if row["status"] == "duplicate")
    answer = await client.post(f"{PATH}/search", json={"q": "10000-XYZ0001"}, headers=minh)
    assert [each["address_text"] for each in answer.json()] == ["1 ngõ Thử"]
    record = await client.get(f"{PATH}/{answer.json()[0]['code']}", headers=minh)
    assert record.json()["changes"][0]["after"]["source"] == "imported"


async def test_who_may_import(
    client: httpx.AsyncClient, cast: Cast, centres: dict[str, tuple[float, float]]
) -> None:
    lat, lon = centres[WARD_B]
    data = listed(("1 ngõ Thử", lat, lon, "", ""))
    lan = await sign_in(client, cast, "lan")
    refused = await client.post(f"{PATH}/imports", content=data, headers=lan)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    assert (await client.post(f"{PATH}/imports", content=data)).status_code == 401
    admin = await sign_in(client, cast, "admin")
    assert (await send(client, admin, data))["added"] == 1
    broken = await client.post(f"{PATH}/imports", content=b"nothing", headers=admin)
    assert (broken.status_code, broken.json()["code"]) == (422, "list_unreadable")
    assert broken.json()["errors"][0]["remedy"]


async def _export(client: httpx.AsyncClient, headers: dict[str, str], form: str) -> bytes:
    answer = await client.get(f"{PATH}/export", params={"format": form}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert f"asm-addresses.{form}" in answer.headers["content-disposition"]
    return answer.content


async def test_exports_read_back_alike_and_hold_only_ones_own(
    client: httpx.AsyncClient,
    cast: Cast,
    centres: dict[str, tuple[float, float]],
    tmp_path: Path,
) -> None:
    minh = await sign_in(client, cast, "minh")
    lat, lon = centres[WARD_A]
    await send(client, minh, listed(("=1+1 ngõ Thử", lat + 0.001, lon, "", "")))
    features = json.loads(await _export(client, minh, "geojson"))["features"]
    assert len(features) == 4  # three facilities of the ward and this door
    assert {each["properties"]["ward_code"] for each in features} == {WARD_A}
    points_by_code = {each["id"]: tuple(each["geometry"]["coordinates"]) for each in features}
    rows = list(
        csv.DictReader(io.StringIO((await _export(client, minh, "csv")).decode("utf-8-sig")))
    )
    assert {row["code"]: (float(row["lon"]), float(row["lat"])) for row in rows} == points_by_code
    assert "'=1+1 ngõ Thử" in {row["address_text"] for row in rows}
    file = tmp_path / "back.gpkg"
    file.write_bytes(await _export(client, minh, "gpkg"))
    meta, _, geometry, fields = pyogrio.raw.read(file)
    codes = fields[list(meta["fields"]).index("code")]
    points = [(point.x, point.y) for point in shapely.from_wkb(geometry)]
    assert dict(zip(codes, points, strict=True)) == points_by_code
    assert meta["crs"] == "EPSG:4326"
    thao = json.loads(await _export(client, await sign_in(client, cast, "thao"), "geojson"))
    assert not {each["id"] for each in thao["features"]} & set(points_by_code)
    lan = json.loads(await _export(client, await sign_in(client, cast, "lan"), "geojson"))
    assert len(lan["features"]) == 1
