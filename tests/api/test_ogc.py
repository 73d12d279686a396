"""OGC API - Features as a map client uses it: OWSLib on the live server, and by hand."""

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from owslib.ogcapi.features import Features
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.session import make_sessions
from asm.demo.cast import Cast
from asm.facilities.kinds import KINDS

HANOI = "105.8,21.0,105.9,21.1"
#: Anyone may call these; they show what the public scope sees, and wards.
PUBLIC_OGC = {
    "ogcLanding", "ogcConformance", "ogcCollections", "ogcCollection", "ogcApi", "ogcItems",
    "ogcItem",
}  # fmt: skip


def test_owslib_reads_it(live_server: str) -> None:
    service = Features(f"{live_server}/ogc")
    assert any(item.endswith("/conf/core") for item in service.conformance()["conformsTo"])
    assert set(service.feature_collections()) == {"wards", "facilities"}
    assert service.api()["openapi"].startswith("3.0")
    assert service.collection("wards")["extent"]["spatial"]["bbox"][0][0] == 102.0
    page = service.collection_items("wards", bbox=[105.8, 21.0, 105.9, 21.1], limit=5)
    assert len(page["features"]) == 5
    assert page["numberMatched"] > 5
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert following.startswith(live_server)
    more = httpx.get(following).json()
    assert {f["id"] for f in more["features"]}.isdisjoint({f["id"] for f in page["features"]})
    ward = service.collection_item("wards", "00070")
    assert ward["properties"]["name"] == "Phường Hoàn Kiếm"
    assert ward["geometry"]["type"] == "MultiPolygon"
    names = {
        feature["properties"]["name"]
        for feature in service.collection_items("facilities")["features"]
    }
    assert names == {"Khách sạn Hoa Sen", "Bệnh viện Mẫu", "Nhà nghỉ Sao Mai"}


async def test_all_handlers_are_public_and_listed(app: Litestar) -> None:
    operations = {
        str(handler.operation_id)
        for route in app.routes
        if route.path.startswith("/ogc")
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler) and handler.operation_id
    }
    assert operations == PUBLIC_OGC


async def test_homes_are_never_public(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine, db_session: AsyncSession
) -> None:
    address = f"/ogc/collections/facilities/items/{cast.hoa_sen}"
    for kind in KINDS.values():
        async with make_sessions(admin_engine).begin() as session:
            change = text("UPDATE facility SET kind = :kind WHERE id = :id")
            await session.execute(change, {"kind": kind.code, "id": cast.hoa_sen})
        answer = await client.get(address)
        assert answer.status_code == (404 if kind.private_home else 200), kind.code
    for code in ("household", "rental_home", "boarding_house", "other"):
        assert KINDS[code].private_home
    async with make_sessions(admin_engine).begin() as session:
        await session.execute(text("UPDATE facility SET kind = 'hotel', status = 'pending'"))
    assert (await client.get(address)).status_code == 404
    assert (await client.get("/ogc/collections/facilities/items")).json()["numberMatched"] == 0
    # The table behind stays closed to whoever has no scope.
    assert (await db_session.execute(text("SELECT count(*) FROM facility"))).scalar_one() == 0


async def test_a_facility_shows_no_phone_and_nobody(client: httpx.AsyncClient, cast: Cast) -> None:
    answer = await client.get(f"/ogc/collections/facilities/items/{cast.hoa_sen}")
    assert answer.headers["content-type"] == "application/geo+json"
    assert set(answer.json()["properties"]) == {
        "kind", "kind_label", "kind_label_en", "name", "address", "ward_code", "ward_name",
    }  # fmt: skip
    assert "0240000000" not in answer.text


async def test_unchanged_is_said_in_304(client: httpx.AsyncClient) -> None:
    path = f"/ogc/collections/wards/items?bbox={HANOI}"
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "max-age" in first.headers["cache-control"]
    other = await client.get("/ogc/collections/wards/items?limit=1")
    assert other.headers["etag"] != first.headers["etag"]


async def test_the_world_is_cut_and_a_page_is_bounded(client: httpx.AsyncClient) -> None:
    path = "/ogc/collections/wards/items?bbox=-180,-90,180,90&limit=100000"
    page = (await client.get(path)).json()
    assert page["numberMatched"] == 3321
    assert page["numberReturned"] == len(page["features"]) == 1000
    assert "1000" in page["note_en"]
    assert "bbox was cut" in page["note_en"]
    assert "bbox được cắt" in page["note"]
    last = (await client.get("/ogc/collections/wards/items?offset=3320")).json()
    assert last["numberReturned"] == 1
    assert [link["rel"] for link in last["links"]] == ["self", "prev", "collection"]
    elsewhere = (await client.get("/ogc/collections/wards/items?bbox=0,0,1,1")).json()
    assert (elsewhere["features"], elsewhere["numberMatched"]) == ([], 0)


async def test_wards_of_a_day(client: httpx.AsyncClient) -> None:
    path = "/ogc/collections/wards/items?bbox=107.013,10.793,107.014,10.794&datetime="
    for day, name in (
        ("2026-04-29", "Xã Long Thành"),
        ("2026-04-30T00:00:00Z/..", "Phường Long Thành"),
        ("../..", "Phường Long Thành"),
    ):
        features = (await client.get(path + day)).json()["features"]
        assert name in [feature["properties"]["name"] for feature in features]


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3", "bbox=a,b,c,d", "bbox=106,21,105,22", "bbox=nan,1,2,3",
        "bbox=105,-91,106,21", "limit=0", "limit=x", "limit=-1", "offset=-1", "colour=red",
        "datetime=yesterday", "datetime=2024-01-01", "f=xml", "crs=EPSG:3405",
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_a_400_that_names_it(
    client: httpx.AsyncClient, query: str
) -> None:
    answer = await client.get(f"/ogc/collections/wards/items?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == "/" + query.partition("=")[0]


@pytest.mark.parametrize(
    "path",
    [
        "nothing", "nothing/items", "nothing/items/1", "wards/items/99999",
        "facilities/items/not-an-id", "facilities/items/00000000-0000-0000-0000-000000000000",
    ],
)  # fmt: skip
async def test_what_is_not_there_is_a_404(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/ogc/collections/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
