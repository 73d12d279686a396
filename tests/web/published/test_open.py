"""The public page of figures and its files, as anybody on the internet has them."""

import hashlib
import json
from datetime import timedelta

import httpx
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.published.read_week import newest_final
from asm.analytics.published.release import publish_week, withdraw
from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from tests.analytics.published.in_process import compute_in_process
from tests.analytics.published.stored import store
from tests.analytics.published.weeks import invented_week
from tests.web.visitor import Visitor

BASE = "https://asm.example.vn"


@pytest.fixture
async def releases(
    admin_session: AsyncSession, worker_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Two weeks of one province, the newer first."""
    compute_in_process(monkeypatch)
    newest = newest_final(await database_now(admin_session))
    ids = []
    for number, monday in enumerate((newest, newest - timedelta(days=7))):
        week = msgspec.structs.replace(invented_week(number + 1, provinces=1), monday=monday)
        await store(admin_session, week, until=newest + timedelta(days=20))
        async with one_transaction(worker_engine) as session:
            ids.append(str((await publish_week(session, monday, BASE)).release))
    return ids


async def test_before_the_first_release(visitor: Visitor) -> None:
    await visitor.open("/open")
    assert "Chưa có tuần nào được công bố" in visitor.html
    await visitor.open("/open/catalogue.ttl", status=404)
    await visitor.open("/open/2026-W01.1", status=404)


async def test_anybody_reads_the_newest_week(
    visitor: Visitor, releases: list[str], admin_session: AsyncSession
) -> None:
    await visitor.open("/open")
    newest = releases[0]
    number = f"{int(newest[6:8])}/{newest[:4]}"
    assert f"Tuần {number}" in visitor.html
    assert "che" in visitor.html
    assert "Hà Nội" in visitor.html
    assert f"/open/{newest}/guests.xlsx" in visitor.html
    assert f"/open/{releases[1]}" in visitor.html  # among the weeks published
    await visitor.open(f"/open/{newest}?area=01")
    await visitor.open(f"/open/{newest}?area=79", status=404)  # no facility there that week
    await visitor.open("/open?area=<script>", status=404)
    await visitor.open("/open/definitions")
    assert "bed_occupancy_percent" in visitor.html
    visitor.client.cookies.set("asm_language", "en")
    await visitor.open("/open")
    assert f"Week {number}" in visitor.html
    assert "May be republished" in visitor.html


async def test_a_page_without_cookies_is_everybodys(
    client: httpx.AsyncClient, releases: list[str], cast: Cast
) -> None:
    client.cookies.clear()
    number = f"{int(releases[0][6:8])}/{releases[0][:4]}"
    for path in ("/open", f"/open/{releases[0]}?area=01", "/open/definitions", "/open?lang=en"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=60, must-revalidate"
        assert "Cookie" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers
        assert "<form" not in answer.text
    assert f"Week {number}" in answer.text
    assert f'href="/open/{releases[0]}?area=01&amp;lang=en"' in answer.text
    assert 'href="/open?lang=vi"' in answer.text
    file = await client.get(f"/open/{releases[0]}/guests.csv")
    assert "Set-Cookie" not in file.headers  # one reader's token would be everybody's
    visitor = Visitor(client)
    await visitor.sign_in(cast, "van")
    own = await client.get("/open")
    assert own.headers["Cache-Control"] == "no-store"
    assert "/sign-out" in own.text


async def test_files_are_what_was_published(client: httpx.AsyncClient, releases: list[str]) -> None:
    package = await client.get(f"/open/{releases[0]}/datapackage.json")
    assert package.status_code == 200
    for resource in package.json()["resources"]:
        answer = await client.get(f"/open/{releases[0]}/{resource['path']}")
        assert answer.headers["Content-Type"].startswith(resource["mediatype"])
        digest = hashlib.sha256(answer.content).hexdigest()
        assert resource["hash"] == f"sha256:{digest}"
        assert answer.headers["ETag"] == f'"{digest}"'
        # What is withdrawn must be gone from caches of others too, and soon.
        assert answer.headers["Cache-Control"] == "public, max-age=3600, must-revalidate"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    tag = (await client.head(f"/open/{releases[0]}/guests.csv")).headers["ETag"]
    again = await client.get(
        f"/open/{releases[0]}/guests.csv", headers={"If-None-Match": f'W/"x", {tag}'}
    )
    assert (again.status_code, again.content) == (304, b"")
    catalogue = await client.get("/open/catalogue.jsonld")
    assert json.loads(catalogue.content)
    unknown = await client.get(f"/open/{releases[0]}/counts.csv")
    assert unknown.status_code == 404


async def test_a_withdrawn_release_says_why(
    visitor: Visitor, client: httpx.AsyncClient, releases: list[str], worker_engine: AsyncEngine
) -> None:
    async with one_transaction(worker_engine) as session:
        await withdraw(session, releases[0], "Một bệnh viện khai nhầm", BASE)
    await visitor.open(f"/open/{releases[0]}", status=410)
    assert "Một bệnh viện khai nhầm" in visitor.html
    assert (await client.get(f"/open/{releases[0]}/guests.csv")).status_code == 404
    await visitor.open("/open")
    assert f"/open/{releases[1]}/guests.xlsx" in visitor.html
    assert "Một bệnh viện khai nhầm" in visitor.html
    catalogue = await client.get("/open/catalogue.ttl")
    assert f"/open/{releases[0]}/guests.csv" not in catalogue.text
    assert f"/open/{releases[1]}/guests.csv" in catalogue.text
