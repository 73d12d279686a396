"""The site for nginx, tried by a real nginx in front of the running application."""

import io
import json
import secrets
import socket
import ssl
import zipfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from asm.intake.sheets.xlsx_template import build_workbook
from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.install.files.front import NAME, Front, front
from tests.people import fresh_key, sign_in
from tests.server.held_socket import PATIENCE_S, HeldSocket, Visitors
from tests.web.inbox.test_inbox import next_count, put
from tests.web.visitor import Visitor
from tests.workbooks import sheet_row

MB = 1024 * 1024


@pytest.fixture
def site(live_server: str, tmp_path: Path) -> Iterator[Front]:
    """nginx before the application."""
    with front(tmp_path, int(live_server.rpartition(":")[2])) as standing:
        yield standing


def counters(settings: Settings) -> int:
    """How many networks, accounts and pairs of both tries are counted for."""
    with psycopg.connect(settings.admin_database_url) as connection:
        row = connection.execute("SELECT count(*) FROM tries").fetchone()
    assert row is not None
    return int(row[0])


def try_from(client: httpx.Client, address: str) -> None:
    form = {"login": "lan", "password": "sai mat khau roi", "label": "x"}
    headers = {
        "X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}",
    }  # fmt: skip
    assert client.post("/api/v1/tokens", json=form, headers=headers).status_code == 401


def test_what_a_client_says_of_its_address_changes_nothing(
    site: Front, live_server: str, settings: Settings, cast: Cast
) -> None:
    with site.client() as client:
        try_from(client, "203.0.113.5")
        before = counters(settings)
        assert before > 0
        try_from(client, "203.0.113.77")
        assert counters(settings) == before
    # The control: who reaches the application past nginx is believed, being on this machine.
    with httpx.Client(base_url=live_server) as past:
        try_from(past, "203.0.113.99")
    assert counters(settings) > before


def test_the_log_says_neither_words_nor_whole_addresses(site: Front) -> None:
    with site.client() as client:
        shown = client.get(
            "/sign-in?next=/desk/Nguyễn+Văn+Mẫu",
            headers={"Referer": f"{site.address}/desk?name=Mau", "User-Agent": "Mozilla/5"},
        )
        assert shown.status_code == 200
        client.get("/verify/ASM1.giay.cua.ai.do?so=001190000017")
        client.get("/notices/mot-ma-bi-mat")
        client.get(f"/api/v1/facilities/{UUID(int=1)}/stays?name=Nguyen")
    lines = site.logged().splitlines()
    assert [line.split(" ")[1:5] for line in lines] == [
        ["127.0.0.0/24", "GET", "/sign-in", "200"],
        ["127.0.0.0/24", "GET", "/verify", lines[1].split(" ")[4]],
        ["127.0.0.0/24", "GET", "/notices", lines[2].split(" ")[4]],
        ["127.0.0.0/24", "GET", "/api/v1/facilities", lines[3].split(" ")[4]],
    ]
    assert shown.headers["x-request-id"] in lines[0]
    for secret in ("?", "Ngu", "%", "giay", "001190000017", "bi-mat", "Mozilla", "127.0.0.1"):
        assert secret not in site.logged()


def test_what_is_for_this_machine_alone_is_not_there(site: Front, live_server: str) -> None:
    with site.client() as client:
        statuses = {path: client.get(site.address + path).status_code for path in INSIDE}
        assert statuses == dict.fromkeys(INSIDE, 404)
        assert client.get("/health/live").status_code == 200
    assert httpx.get(live_server + "/metrics").status_code == 200


INSIDE = (
    "/metrics", "/metrics/", "/metrics?x=1", "//metrics", "/health/ready", "/health/ready/",
    "/health/all", "/health/worker", "//health//all", "/asm-front/away.html",
)  # fmt: skip


def test_whoever_comes_without_tls_is_led_to_it(site: Front) -> None:
    led = httpx.get(f"{site.plain}/desk?x=1", headers={"Host": "elsewhere.test"})
    assert (led.status_code, led.headers["location"]) == (301, f"https://{NAME}/desk?x=1")
    with site.client() as client:
        kept = {client.get(path).headers.get("strict-transport-security") for path in ("/", "/x")}
    assert kept == {"max-age=31536000"}


def workbook_of(size: int) -> bytes:
    """A good workbook that carries a picture, as some do."""
    file = io.BytesIO(build_workbook([sheet_row()]))
    with zipfile.ZipFile(file, "a") as book:
        book.writestr("xl/media/image1.png", secrets.token_bytes(size))
    return file.getvalue()


async def test_a_file_of_nine_megabytes_is_taken_and_one_of_twelve_is_told_why(
    site: Front, cast: Cast, tmp_path: Path
) -> None:
    async with site.async_client() as client:
        lan = await sign_in(client, cast, "lan")
        imports = f"/api/v1/facilities/{cast.hoa_sen}/imports"
        taken = await client.post(imports, content=workbook_of(9 * MB), headers=lan | fresh_key())
        assert (taken.status_code, taken.json()["accepted"]) == (201, 1), taken.text
        refused = await client.post(
            imports, content=workbook_of(12 * MB), headers=lan | fresh_key()
        )
        assert refused.status_code == 413
        assert refused.headers["content-type"] == "application/problem+json"
        assert "10 MB" in refused.json()["detail"]
        assert "10 MB" in refused.json()["detail_en"]
        page = await client.post(f"/desk/{cast.hoa_sen}/import", content=bytes(12 * MB))
        assert page.status_code == 413
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "nhận tối đa 10 MB" in page.text
    # Neither bodies nor answers are left on the disk.
    for folder in ("run", "temporary"):
        assert [path for path in (tmp_path / folder).rglob("*") if path.is_file()] == []


def test_text_alone_is_never_as_long_as_a_file(site: Front) -> None:
    """A body that is not small waits in memory that others need: only where files are taken."""
    with site.client() as client:
        short = client.post("/api/v1/tokens", content=bytes(200 * 1024))
        long, page = [client.post(path, content=bytes(MB)) for path in ("/api/v1/tokens", "/x")]
    assert short.status_code in {400, 415, 422}
    assert (long.status_code, page.status_code) == (413, 413)
    assert "256 kB" in long.json()["detail_en"]
    assert "256 kB" in page.text


def test_slow_files_hold_few_places_and_no_declaration(live_server: str, tmp_path: Path) -> None:
    """Who sends files by the byte takes neither the memory of all nor the way to declare."""
    path = f"/api/v1/facilities/{UUID(int=1)}/imports"
    port = int(live_server.rpartition(":")[2])
    with front(tmp_path, port, files=2) as site, ExitStack() as open_lines:
        for _ in range(2):
            line = open_lines.enter_context(closing(slow_line(site)))
            line.sendall(
                f"POST {path} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {MB}\r\n\r\nx".encode()
            )
        with site.client() as client:
            while client.post(path, content=b"x").status_code != 429:
                pass
            assert client.post("/api/v1/tokens", json={}).status_code == 422
            assert client.get("/health/live").status_code == 200


async def test_open_pages_keep_no_declaration_out(
    live_server: str, tmp_path: Path, cast: Cast
) -> None:
    port = int(live_server.rpartition(":")[2])
    with front(tmp_path, port, connections=2) as site:
        async with site.async_client() as client, AsyncExitStack() as pages:
            await Visitor(client).sign_in(cast, "hai")
            for _ in range(2):
                await pages.enter_async_context(client.stream("GET", "/inbox/events"))
            one_more = await client.get("/inbox/events")
            assert one_more.status_code == 429
            assert (await client.post("/api/v1/tokens", json={})).status_code == 422


def slow_line(site: Front) -> ssl.SSLSocket:
    host, _, port = site.address.removeprefix("https://").rpartition(":")
    plain = socket.create_connection((host, int(port)), timeout=60)
    return site.trust.wrap_socket(plain, server_hostname=host)


def test_servers_in_front_say_for_whom_they_ask(
    live_server: str, tmp_path: Path, settings: Settings, cast: Cast
) -> None:
    """Named ones alone: here this machine itself is the one in front."""
    port = int(live_server.rpartition(":")[2])
    trusted = ("127.0.0.1", "10.0.0.0/8")
    with front(tmp_path, port, trusted_proxies=trusted) as site, site.client() as client:
        try_from(client, "203.0.113.5")
        before = counters(settings)
        try_from(client, "203.0.113.77")
        assert counters(settings) > before
        again = counters(settings)
        try_from(client, "198.51.100.1, 203.0.113.77, 10.0.0.9")  # the first was made up
        assert counters(settings) == again


async def test_a_stream_arrives_line_by_line(
    site: Front, cast: Cast, admin_engine: AsyncEngine
) -> None:
    async with site.async_client() as client:
        await Visitor(client).sign_in(cast, "hai")
        async with client.stream("GET", "/inbox/events") as answer:
            lines = answer.aiter_lines()
            assert await next_count(lines) == 0
            await put(admin_engine, "hai", "one")
            assert await next_count(lines) == 1


def test_files_with_hashes_come_from_nginx(site: Front, live_server: str) -> None:
    manifest = Path(__file__).parents[3] / "asm/web/static/.vite/manifest.json"
    names = [entry["file"] for entry in json.loads(manifest.read_text("utf-8")).values()]
    style = next(name for name in names if name.endswith(".css"))
    with site.client() as client:
        first, second = [client.get(f"/static/{style}") for _ in range(2)]
    # What everybody's cache may keep brings nobody's cookie, whatever stands in front.
    assert "set-cookie" not in httpx.get(f"{live_server}/static/{style}").headers
    assert first.content == second.content != b""
    assert "set-cookie" not in {*first.headers, *second.headers}
    assert "immutable" in second.headers["cache-control"]
    # The second carries the name of the request that fetched it for the first.
    assert first.headers["x-request-id"] == second.headers["x-request-id"]


def test_too_many_at_once_are_told_to_wait(live_server: str, tmp_path: Path) -> None:
    port = int(live_server.rpartition(":")[2])
    with front(tmp_path, port, requests_per_s=1, burst=2) as site, site.client() as client:
        answers = [client.get(path) for path in ("/health/live", "/sign-in") * 3]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 429]
    problem, page = answers[4].json(), answers[3].text
    assert problem["code"] == "try_again"
    assert problem["detail"] in page
    assert answers[4].headers["retry-after"] == "5"


def test_nobody_answers_behind_it(tmp_path: Path) -> None:
    with front(tmp_path, any_free_port()) as site, site.client() as client:
        page, problem = client.get("/desk"), client.post("/api/v1/facilities/x/stays", json={})
    assert (page.status_code, problem.status_code) == (503, 503)
    assert "chỉ khi có giấy tiếp nhận mới là đã nhận" in page.text
    assert 'lang="en"' in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "try_again"
    assert {page.headers["retry-after"], problem.headers["retry-after"]} == {"5"}
    assert page.headers["strict-transport-security"]


def test_nobody_is_refused_while_the_service_is_restarted(
    settings: Settings, tmp_path: Path
) -> None:
    with (
        closing(HeldSocket(settings, tmp_path)) as held,
        front(tmp_path, held.port) as site,
        Visitors(site.address, trust=site.trust) as visitors,
    ):
        with held.web() as process:
            visitors.come_again()
            process.terminate()
            process.wait(PATIENCE_S)
        with held.web():
            visitors.come_again()
            visitors.go()
    assert visitors.errors == []
    assert set(visitors.answers) <= {200, 403, 405}
