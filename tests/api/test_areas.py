import httpx
import pytest


async def test_a_ward_with_its_past_and_its_neighbours(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/areas/wards/26368")
    assert answer.status_code == 200, answer.text
    long_thanh = answer.json()
    assert long_thanh["status"] == "in_force"
    assert [(form["name"], form["valid_to"]) for form in long_thanh["forms"]] == [
        ("Xã Long Thành", "2026-04-30"),
        ("Phường Long Thành", None),
    ]
    assert [form["province_name"] for form in long_thanh["forms"]] == [
        "Tỉnh Đồng Nai",
        "Thành phố Đồng Nai",
    ]
    assert [event["happened_on"] for event in long_thanh["events"]] == ["2026-04-30"]
    assert len(long_thanh["neighbours"]) > 2
    assert long_thanh["boundary"]["approximate"]
    beside = long_thanh["neighbours"][0]["code"]
    back = (await client.get(f"/api/v1/areas/wards/{beside}")).json()
    assert "26368" in {ward["code"] for ward in back["neighbours"]}
    assert (await client.get("/api/v1/areas/wards/99999")).status_code == 404


async def test_the_ward_of_a_point_on_a_day(client: httpx.AsyncClient) -> None:
    point = {"lat": 10.7935, "lon": 107.0135}
    for day, name in (("2026-04-29", "Xã Long Thành"), ("2026-04-30", "Phường Long Thành")):
        answer = await client.post("/api/v1/areas/wards/at", json={**point, "day": day})
        assert answer.json()["name"] == name
    early = await client.post("/api/v1/areas/wards/at", json={**point, "day": "2025-06-30"})
    assert (early.status_code, early.json()["code"]) == (422, "day_before_records")


async def test_old_units(client: httpx.AsyncClient) -> None:
    async def ask(**params: str) -> httpx.Response:
        return await client.post("/api/v1/areas/old-units", json=params)

    whole = (await ask(q="Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội")).json()
    assert (whole["status"], whole["new"]["code"]) == ("whole", "00070")
    divided = (await ask(q="Xã Hưng Đạo, Huyện Tứ Kỳ, Tỉnh Hải Dương")).json()
    assert (divided["status"], divided["new"], len(divided["choices"])) == ("divided", None, 2)
    assert (await ask(code=divided["old"]["code"])).json() == divided
    for params in ({}, {"q": "x"}, {"q": "a, b, c"}, {"code": "99999"}):
        refused = await ask(**params)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["remedy"]


CATALOGUES = (
    "areas/provinces", "areas/wards?province=01", "catalogues/facility-kinds",
    "catalogues/document-types", "catalogues/reasons", "rules",
)  # fmt: skip


@pytest.mark.parametrize("path", CATALOGUES)
async def test_a_catalogue_is_sent_once(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(f"/api/v1/{path}", headers={"accept-encoding": "gzip"})
    assert first.status_code == 200
    assert "max-age" in first.headers["cache-control"]
    assert (first.headers.get("content-encoding") == "gzip") == (len(first.content) > 1400)
    plain = await client.get(f"/api/v1/{path}", headers={"accept-encoding": "identity"})
    assert plain.content == first.content
    known = {"if-none-match": first.headers["etag"]}
    again = await client.get(f"/api/v1/{path}", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    other = await client.get(f"/api/v1/{path}", headers={"if-none-match": '"other"'})
    assert other.status_code == 200
