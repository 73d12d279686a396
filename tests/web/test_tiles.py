"""What a tile holds, for whom, and how it is cached."""

import gzip
import math
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from litestar import Litestar

from asm.demo.cast import Cast
from asm.facilities.kinds import KINDS
from asm.facilities.public.facility_tiles import MOST_POINTS, PUBLIC_KINDS
from asm.geo.maps.tiles import MOST_BYTES, tile_at
from asm.web.map.shelf import Key, TileShelf
from asm.web.map.tile_handlers import PUBLIC_TILES
from tests.conftest import Database
from tests.people import fresh_key, guest, party, sign_in
from tests.tiles import read_tile
from tests.web.visitor import Visitor

TYPE = "application/vnd.mapbox-vector-tile"
#: Somewhere in Hoàn Kiếm that none of the cast lives.
HERE = (21.0300, 105.8550)
CLOSED = "UPDATE facility SET status = 'closed', closed_on = current_date"


def address(layer: str, z: int, point: tuple[float, float]) -> str:
    """The tile around a point in degrees, latitude first."""
    lat, lon = map(math.radians, point)
    x = (lon / math.pi + 1) / 2 * 2**z
    y = (1 - math.asinh(math.tan(lat)) / math.pi) / 2 * 2**z
    return f"/tiles/{layer}/{z}/{int(x)}/{int(y)}"


async def tile_of(client: httpx.AsyncClient, path: str) -> dict[str, list[dict[str, Any]]]:
    answer = await client.get(path)
    if answer.status_code == 204:
        return {}
    assert answer.status_code == 200, answer.text
    return read_tile(answer.content)


@pytest.fixture(autouse=True)
def always_ask(app: Litestar) -> None:
    """Believe no data version: these tests change data and look at once."""
    app.state["tiles"] = TileShelf(believed_s=0)


def hotel_point(database: Database, cast: Cast) -> tuple[float, float]:
    """Where the hotel of the cast is."""
    with psycopg.connect(database.admin_url) as connection:
        row = connection.execute(
            "SELECT ST_Y(point), ST_X(point) FROM facility WHERE id = %s", [cast.hoa_sen]
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def add_facilities(database: Database, kind: str, count: int = 1, status: str = "active") -> None:
    """Facilities of one kind around HERE, as registration leaves them."""
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "INSERT INTO facility (id, kind, name, folded_name, phone, address_text, ward_code, "
            "point, status, closed_on, registered_by) SELECT gen_random_uuid(), %(kind)s, "
            "'Nơi ' || %(kind)s || ' ' || n, 'noi', '0909123456', 'x', '00070', "
            "ST_SetSRID(ST_MakePoint(%(lon)s + n * 1e-6, %(lat)s), 4326), %(status)s, "
            "CASE %(status)s WHEN 'closed' THEN current_date END, "
            "(SELECT id FROM account LIMIT 1) FROM generate_series(1, %(count)s) n",
            {"kind": kind, "count": count, "status": status, "lat": HERE[0], "lon": HERE[1]},
        )


def test_public_tiles_are_listed() -> None:
    assert [handler.fn.__name__ for handler in PUBLIC_TILES] == ["public_tile"]  # type: ignore[union-attr]


async def test_areas_have_shapes_at_every_zoom_and_names_to_read(client: httpx.AsyncClient) -> None:
    for z in (5, 8, 10, 12, 14, 16):
        answer = await client.get(address("areas", z, HERE))
        assert (answer.status_code, answer.headers["content-type"]) == (200, TYPE)
        assert len(answer.content) <= MOST_BYTES
        held = read_tile(answer.content)
        assert held["ward"], z
        assert all(shape["approximate"] for shape in held["ward"])
        levels = {name["level"] for name in held.get("name", [])}
        assert levels <= {"province"} if z < 9 else levels <= {"ward"}
    names = await tile_of(client, address("areas", 12, HERE))
    assert "Phường Hoàn Kiếm" in {name["name"] for name in names["name"]}
    coarse = await tile_of(client, address("areas", 5, HERE))
    assert "Thành phố Hà Nội" in {name["name"] for name in coarse["name"]}
    for layer in ("areas", "facilities"):
        sea = await client.get(address(layer, 10, (0.0, -30.0)))
        assert (sea.status_code, sea.content) == (204, b"")
        assert sea.headers["etag"]


async def test_a_tile_that_is_not_there_is_a_problem(client: httpx.AsyncClient) -> None:
    for path, status, code in (
        ("areas/17/0/0", 422, "tile_out_of_range"),
        ("areas/3/8/0", 422, "tile_out_of_range"),
        ("facilities/3/0/-1", 422, "tile_out_of_range"),
        ("stays/3/0/0", 404, "tile_layer_not_found"),
        ("areas/x/0/0", 404, "route_not_found"),
        ("areas/3/0", 404, "route_not_found"),
    ):
        answer = await client.get(f"/tiles/{path}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_private_homes_are_on_no_public_tile(
    client: httpx.AsyncClient, database: Database
) -> None:
    for kind in KINDS:
        add_facilities(database, kind)
    near = await tile_of(client, address("facilities", 15, HERE))
    shown = {feature["kind"] for feature in near["facility"]}
    assert shown == {code for code, kind in KINDS.items() if not kind.private_home}
    assert {key for feature in near["facility"] for key in feature} == {"name", "kind", "xy"}
    far = await tile_of(client, address("facilities", 10, HERE))
    # Three of the cast lie in the same tile of zoom 10; the boarding house is a home.
    assert sum(cell["count"] for cell in far["facilities"]) == len(shown) + 3


async def test_the_database_holds_private_homes_back_by_itself(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the query asks for every kind."""
    monkeypatch.setattr("asm.facilities.public.facility_tiles.PUBLIC_KINDS", tuple(KINDS))
    for kind in KINDS:
        add_facilities(database, kind)
    near = await tile_of(client, address("facilities", 15, HERE))
    assert {feature["kind"] for feature in near["facility"]} == set(PUBLIC_KINDS)


async def test_facilities_are_counts_below_zoom_13_and_where_they_crowd(
    client: httpx.AsyncClient, database: Database
) -> None:
    for status in ("pending", "returned", "closed"):
        add_facilities(database, "hotel", status=status)
    assert await tile_of(client, address("facilities", 15, HERE)) == {}
    add_facilities(database, "hotel", 3)
    assert list(await tile_of(client, address("facilities", 13, HERE))) == ["facility"]
    far = await tile_of(client, address("facilities", 12, HERE))
    assert list(far) == ["facilities"]
    add_facilities(database, "guest_house", MOST_POINTS)
    crowded = await client.get(address("facilities", 15, HERE))
    assert len(crowded.content) <= MOST_BYTES
    cells = read_tile(crowded.content)["facilities"]
    assert sum(cell["count"] for cell in cells) == MOST_POINTS + 3


async def test_a_tile_is_packed_kept_and_not_sent_twice(client: httpx.AsyncClient) -> None:
    path = address("areas", 10, HERE)
    first = await client.get(path, headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["vary"] == "accept-encoding"
    assert "set-cookie" not in first.headers
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    assert int(first.headers["content-length"]) == len(gzip.compress(plain.content, 6))
    again = await client.get(path, headers={"if-none-match": f'"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = await client.get(path, headers={"if-none-match": '"x"'})
    assert other.status_code == 200


async def test_a_change_of_the_data_is_another_etag(
    client: httpx.AsyncClient, database: Database
) -> None:
    for layer, change, changes in (
        ("areas", "UPDATE ward SET name = 'Phường Mới' WHERE code = '00070'", True),
        ("areas", "UPDATE province SET name = 'Tỉnh Mới' WHERE code = '79'", True),
        ("facilities", "UPDATE facility SET name = 'Tên Mới' WHERE kind = 'hotel'", True),
        ("facilities", f"{CLOSED} WHERE kind = 'hotel'", True),
        # What becomes of a facility that the public does not see.
        ("facilities", "UPDATE facility SET name = 'Đã Đóng' WHERE kind = 'hotel'", False),
    ):
        path = address(layer, 12, HERE)
        before = (await client.get(path)).headers["etag"]
        with psycopg.connect(database.admin_url) as connection:
            connection.execute(change)
        after = await client.get(path, headers={"if-none-match": before})
        assert (after.status_code != 304, after.headers["etag"] != before) == (changes, changes)


async def night_of(visitor: Visitor, cast: Cast, login: str, path: str) -> httpx.Response:
    await visitor.sign_in(cast, login)
    return await visitor.client.get(path)


async def declare(client: httpx.AsyncClient, cast: Cast, facility: UUID) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{facility}/stays",
        json=party(guest(), guest()),
        headers=lan | fresh_key(),
    )
    assert answer.status_code == 201, answer.text


async def test_the_officer_sees_each_facility_of_the_ward_tonight(
    client: httpx.AsyncClient, visitor: Visitor, cast: Cast, database: Database
) -> None:
    await declare(client, cast, cast.hoa_sen)
    path = address("night", 14, hotel_point(database, cast))
    answer = await night_of(visitor, cast, "minh", path)
    held = read_tile(answer.content)
    states = {feature["name"]: (feature["state"], feature["guests"]) for feature in held["night"]}
    assert states == {
        "Khách sạn Hoa Sen": ("declared", 2),
        "Nhà trọ Hải Yến": ("silent", 0),
        "Bệnh viện Mẫu": ("silent", 0),
    }
    assert {feature["id"] for feature in held["night"]} == {
        str(cast.hoa_sen), str(cast.boarding_house), str(cast.hospital),
    }  # fmt: skip
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "accept-encoding, cookie"
    again = await visitor.client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    before = await visitor.client.get(path + "?night=2020-01-01")
    assert "night" not in read_tile(before.content), "nobody was registered then"


async def test_far_away_the_ward_is_one_sum_and_other_wards_are_nothing(
    client: httpx.AsyncClient, visitor: Visitor, cast: Cast, database: Database
) -> None:
    await declare(client, cast, cast.hoa_sen)
    path = address("night", 10, hotel_point(database, cast))
    own = read_tile((await night_of(visitor, cast, "minh", path)).content)
    assert list(own) == ["night_ward"]
    [ward] = own["night_ward"]
    assert (ward["code"], ward["guests"], ward["declared"], ward["silent"]) == ("00070", 2, 1, 2)
    theirs = read_tile((await night_of(visitor, cast, "thao", path)).content)
    assert [ward["code"] for ward in theirs["night_ward"]] == ["00004"]
    near = address("night", 14, hotel_point(database, cast))
    assert b"Hoa Sen" not in (await night_of(visitor, cast, "thao", near)).content


async def test_the_night_is_for_officers(visitor: Visitor, cast: Cast) -> None:
    stranger = await visitor.client.get(address("night", 14, HERE))
    assert stranger.status_code == 401
    for login in ("lan", "admin"):
        answer = await night_of(visitor, cast, login, address("night", 14, HERE))
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_the_shelf_lets_go_of_what_nobody_asked_for_longest() -> None:
    shelf = TileShelf(most=250)
    tile = [Key("areas", tile_at(2, x, 0), "1") for x in range(3)]
    for key in tile:
        shelf.put(key, bytes(100))
    assert [shelf.take(key) is not None for key in tile] == [False, True, True]
    shelf.take(tile[1])
    shelf.put(tile[0], bytes(100))
    assert [shelf.take(key) is not None for key in tile] == [True, True, False]
    shelf.put(tile[0], bytes(10))
    shelf.put(tile[2], bytes(100))
    assert all(shelf.take(key) for key in tile)
    shelf.put(tile[0], bytes(251))
    assert [len(shelf.take(key) or b"") for key in tile] == [10, 100, 100]


async def test_a_version_is_asked_for_again_when_it_is_too_old() -> None:
    clock, query_times = [100.0], []

    async def ask() -> str:
        query_times.append(clock[0])
        return f"v{len(query_times)}"

    shelf = TileShelf(believed_s=5, timer=lambda: clock[0])
    assert [await shelf.version("areas", ask) for _ in range(2)] == ["v1", "v1"]
    assert await shelf.version("facilities", ask) == "v2"
    clock[0] += 4.9
    assert await shelf.version("areas", ask) == "v1"
    clock[0] += 0.2
    assert await shelf.version("areas", ask) == "v3"


async def test_far_away_provinces_have_outlines(client: httpx.AsyncClient) -> None:
    """Melted from their wards, so that a change of areas moves them."""
    for z, outlined in ((5, True), (8, True), (9, False)):
        tile = await tile_of(client, address("areas", z, HERE))
        assert ("province" in tile) is outlined, z
    far = await tile_of(client, address("areas", 5, HERE))
    codes = [feature["code"] for feature in far["province"]]
    assert len(codes) == len(set(codes)) > 10
    assert "01" in codes
