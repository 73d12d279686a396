"""A query says nothing that nobody hears: misspelt, doubled and malformed names are refused."""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.registry import BY_ID
from asm.demo.cast import Cast
from tests.api.every_route import addresses
from tests.people import fresh_key, party, sign_in, stays_of
from tests.web.visitor import Visitor

SOFTWARE = ("/api/v1", "/ogc", "/tiles")


async def stays(session: AsyncSession) -> int:
    return int((await session.execute(text("SELECT count(*) FROM stay"))).scalar_one())


MISTAKES = (
    "dryrun=true", "dry-run=true", "Dry_Run=true", "dry_run=ja", "dry_run=", "dry_run",
    "dry_run=true&dry_run=false", "dry_run=true&dry_run=true", "dry_run=yes", "%64ryrun=1",
    "dry_run=true&x", "day=2026-11-30", "=1", "dry_run=null",
)  # fmt: skip


async def test_what_is_misspelt_does_not_declare_for_real(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    imports = stays_of(cast).replace("/stays", "/imports")
    for query in MISTAKES:
        for url in (stays_of(cast), imports):
            answer = await client.post(f"{url}?{query}", json=party(), headers=lan | fresh_key())
            assert answer.status_code == 422, (url, query, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
    assert await stays(admin_session) == 0
    # The control: what is spelt well is heard, and without it the party is declared.
    for query, status in (("?dry_run=true", 200), ("?dry_run=1", 200), ("", 201)):
        answer = await client.post(
            f"{stays_of(cast)}{query}", json=party(), headers=lan | fresh_key()
        )
        assert answer.status_code == status, answer.text
    assert await stays(admin_session) == 1


async def test_the_refusal_names_it_and_what_there_is(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"{stays_of(cast)}?dryrun=true", json=party(), headers=lan | fresh_key()
    )
    problem = answer.json()
    assert problem["code"] == "unknown_parameter"
    error = problem["errors"][0]
    assert (error["pointer"], error["code"]) == ("/dryrun", "unknown_parameter")
    for language in ("message", "message_en"):
        assert "dryrun" in error[language]
        assert "dry_run" in error[language]
    assert "dry_run?" in error["remedy"]
    assert "dry_run meant" in error["remedy_en"]
    doubled = await client.get(f"{stays_of(cast)}?page=1&page=2", headers=lan)
    assert doubled.json()["errors"][0]["code"] == "repeated_parameter"
    none = await client.get("/api/v1/me?page=1", headers=lan)
    assert none.status_code == 422
    assert "page" in none.json()["detail_en"]
    strange = await client.get("/api/v1/me?001090123456%20Lan=1", headers=lan)
    assert "001090123456" not in strange.text


async def test_every_address_for_software_refuses_what_it_does_not_know(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    tried = 0
    for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
        for url, _ in addresses(app, cast, method):
            if not url.startswith(SOFTWARE) or url.startswith("/api/v1/oauth/"):
                continue  # these have standards of their own, which ignore them
            answer = await client.request(method, f"{url}?nothing_of_that=1", headers=lan)
            assert answer.status_code == (400 if url.startswith("/ogc") else 422), (method, url)
            problem = answer.json()
            assert problem["code"] == "unknown_parameter", (method, url)
            assert problem["errors"][0]["pointer"] == "/nothing_of_that"
            tried += 1
    assert tried > 60


async def test_pages_refuse_what_would_change_them_and_bear_what_programs_add(
    app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    visitor = Visitor(client)
    await visitor.sign_in(cast, "minh")
    wrong = await client.get("/ward?nightt=2026-11-30")
    assert wrong.status_code == 422
    assert "nightt" in wrong.text
    assert "night" in wrong.text.replace("nightt", "")
    for url, _ in addresses(app, cast, "GET"):
        if url.startswith((*SOFTWARE, "/inbox/events", "/static/")):
            continue
        plain = await client.get(url)
        added = await client.get(url + "?utm_source=zalo&fbclid=1&zarsrc=30")
        assert added.status_code == plain.status_code, url


#: For each parameter of the contract: something that it takes and something that it does not. None:
#: any text is taken; empty: only what the operation itself gives.
TRIED: dict[str, tuple[str, str | None]] = {
    "dry_run": ("true", "ja"),
    "in_house": ("false", "maybe"),
    "page": ("1", "0"),
    "version": ("1", "newest"),
    "since": ("", "x" * 301),
    "limit": ("500", "501"),
    "night": ("2026-11-30", "yesterday"),
    "state": ("dismissed", "gone"),
    "format": ("csv", "pdf"),
    "province": ("01", None),
    "ward": ("00070", None),
    "check": (next(iter(BY_ID)), "no-such-check"),
    "q": ("hoan kiem", None),
    "accept_fixes": ("all", "everything"),
    "birth_order": ("day_first", "year_first"),
    "stay_order": ("month_first", "year_first"),
    "revoke_software": ("true", "maybe"),
    "language": ("en", "fr"),
    "area": ("ward:00070", "village:1"),
    "first": ("2026-03-01", "yesterday"),
    "last": ("2026-11-30", "tomorrow"),
    "kind": ("hotel", "castle"),
    "residence": ("P01", "X"),
    "reason": ("1", "fun"),
    "tourism": ("yes", "maybe"),
    "recast": ("true", "maybe"),
    "top": ("5", "0"),
    "year": ("2026", "next"),
}


async def test_every_parameter_of_the_contract_is_heard(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    """What it takes is not refused as a shape; what it cannot take is refused, never ignored."""
    people = {login: await sign_in(client, cast, login) for login in ("lan", "minh", "nga")}
    contract = (await client.get("/api/v1/docs/openapi.json")).json()
    tried: set[str] = set()
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            for parameter in operation.get("parameters", []):
                if parameter["in"] != "query":
                    continue
                name = parameter["name"]
                tried.add(name)
                url = _address(path, cast)
                headers = people[_who(path)] | fresh_key()
                good, bad = TRIED[name]
                if bad is not None:
                    refused = await _ask(client, method, url, headers, {name: bad})
                    assert refused.status_code == 422, (path, name, refused.text)
                    named = [error["pointer"] for error in refused.json()["errors"]]
                    assert f"/{name}" in named, refused.text
                given = good or (await _ask(client, method, url, headers, {})).json()["next"]
                answer = await _ask(client, method, url, headers, {name: given})
                assert "unknown_parameter" not in answer.text, (path, name)
                assert f'"/{name}"' not in answer.text, (path, name, answer.text)
    assert tried == TRIED.keys()


async def test_filters_change_what_is_listed(client: httpx.AsyncClient, cast: Cast) -> None:
    async def wards(**query: str) -> list[dict[str, Any]]:
        answer = await client.get("/api/v1/areas/wards", params=query)
        assert answer.status_code == 200
        listed: list[dict[str, Any]] = answer.json()
        return listed

    named = await wards(q="tan")
    both = await wards(q="tan", province="79")
    assert {ward["province_code"] for ward in both} == {"79"}
    assert [ward for ward in named if ward["province_code"] == "79"] == both
    assert len(both) < len(named)
    assert {ward["province_code"] for ward in await wards(province="01")} == {"01"}
    lan = await sign_in(client, cast, "lan")
    kinds = set()
    for form in ("geojson", "csv"):
        got = await client.get("/api/v1/addresses/export", params={"format": form}, headers=lan)
        kinds.add(got.headers["content-type"])
    assert len(kinds) == 2
    for room in ("101", "102"):
        sent = party(room=room)
        gone = await client.post(stays_of(cast), json=sent, headers=lan | fresh_key())
        assert gone.status_code == 201
    stay = gone.json()["results"][0]["stay_id"]
    await client.post(f"{stays_of(cast)}/{stay}/departure", json={}, headers=lan | fresh_key())
    listed = {}
    for in_house in ("true", "false"):
        got = await client.get(stays_of(cast), params={"in_house": in_house}, headers=lan)
        listed[in_house] = {item["id"] for item in got.json()["stays"]}
    assert listed["false"] - listed["true"] == {stay}
    versions = []
    for version in ("1", "2"):
        receipt = await client.get(
            f"{stays_of(cast)}/{stay}/receipt", params={"version": version}, headers=lan
        )
        versions.append(receipt.json()["version"])
    assert versions == [1, 2]


def _who(path: str) -> str:
    if "/figures/provinces" in path:
        return "nga"
    return "minh" if "/wards/" in path or "/figures" in path else "lan"


def _address(path: str, cast: Cast) -> str:
    return (
        path.replace("{facility_id}", str(cast.hoa_sen))
        .replace("{stay_id}", "00000000-0000-0000-0000-000000000000")
        .replace("{account_id}", "00000000-0000-0000-0000-000000000000")
        .replace("{ward_code}", "00070")
        .replace("{province_code}", "01")
    )


async def _ask(
    client: httpx.AsyncClient, method: str, url: str, headers: dict[str, str], query: dict[str, Any]
) -> httpx.Response:
    body = party() if url.endswith("/stays") and method == "post" else None
    return await client.request(method.upper(), url, headers=headers, params=query, json=body)


@pytest.mark.parametrize("path", ["/api/v1/catalogues/reasons", "/ward"])
async def test_what_is_refused_before_a_handler_is_named_like_all_else(
    client: httpx.AsyncClient, path: str
) -> None:
    """Once, and with the contract's version where software asks."""
    refused = await client.get(path, params={"khong-co": "1"})
    assert refused.status_code == 422
    assert len(refused.headers.get_list("x-request-id")) == 1
    assert ("asm-contract-version" in refused.headers) == path.startswith("/api/")
