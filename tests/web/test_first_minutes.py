"""The first minutes of each person on an installation in which nothing happened yet: where they
land, and that the next step stands there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import psycopg
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_A, Cast
from asm.settings import NotifySettings, Settings
from tests.cli.test_commands import asm
from tests.conftest import Database
from tests.live_app import application, started
from tests.notify.messages.rows import change
from tests.web.visitor import Visitor

PASSWORD = "mot-mat-khau-dai-2026"
FACILITY = {
    "kind": "boarding_house", "name": "Nhà trọ Thử", "address_text": "1 ngõ Thử",
    "phone": "0912345678", "latitude": "21.0287", "longitude": "105.8524", "rooms": "1, 2",
}  # fmt: skip


def to_do(visitor: Visitor) -> list[str]:
    """The steps that are left, in their order."""
    return [part.split('"')[0] for part in visitor.html.split('data-step="')[1:]]


async def settle(engine: AsyncEngine, *statements: str) -> None:
    for statement in statements:
        await change(engine, statement)


@pytest.fixture
def empty(database: Database, settings: Settings) -> Settings:
    """As the schema alone leaves it: no areas, no accounts, no facilities."""
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("TRUNCATE province, account, facility CASCADE")
    return settings


async def make(settings: Settings, login: str, *more: str) -> None:
    command = ("account", "create", login, "--name", "Trần Thị Gốc", *more)
    done = await asyncio.to_thread(asm, settings, *command, stdin=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr


async def enter(visitor: Visitor, login: str, back: str = "/") -> str:
    """Sign in; the path where one lands."""
    await visitor.open("/sign-in")
    answer = await visitor.send("/sign-in", login=login, password=PASSWORD, next=back)
    return answer.url.path


async def test_the_first_administrator_is_led_from_step_to_step(
    empty: Settings, visitor: Visitor, admin_engine: AsyncEngine
) -> None:
    await make(empty, "goc")
    assert await enter(visitor, "goc") == "/operator"
    assert to_do(visitor) == ["areas", "worker", "mail", "address", "facilities"]
    assert "asm areas init" in visitor.html
    await visitor.open("/officers")
    assert "asm areas init" in visitor.html
    done = await asyncio.to_thread(asm, empty, "areas", "init")
    assert done.returncode == 0, done.stderr
    await visitor.open("/")
    left = ["worker", "officers", "boundaries", "mail", "address", "facilities"]
    assert to_do(visitor) == left
    for days, said in (("NULL", "chưa bắt đầu"), ("12", "Còn 12 ngày khách đến chưa đếm")):
        await settle(
            admin_engine,
            f"UPDATE totals_state SET filling = true, differences = 7, days_left = {days}",
        )
        await visitor.open("/")
        assert to_do(visitor) == [*left[:3], "filling", *left[3:]]
        assert said in visitor.html
    await settle(admin_engine, "UPDATE totals_state SET filling = false, differences = NULL")
    assert "3.321 trên 3.321" in visitor.html
    assert 'href="/officers">Tạo cán bộ' in visitor.html
    await make(empty, "can.bo", "--role", "ward_officer", "--ward", WARD_A)
    await visitor.open("/operator")
    left.remove("officers")
    assert to_do(visitor) == left
    visitor.client.cookies.set("asm_language", "en")
    await visitor.open("/operator")
    assert "Still to do: 5" in visitor.html
    assert "Ranh giới" not in visitor.html


@pytest.fixture
async def complete(
    app: Litestar, settings: Settings, admin_engine: AsyncEngine
) -> AsyncIterator[Visitor]:
    """A browser at an installation that has all it needs."""
    await settle(
        admin_engine,
        "UPDATE ward SET boundary_approximate = false",
        "INSERT INTO worker_heartbeat (name, at) VALUES ('test', clock_timestamp())",
    )
    mail = NotifySettings(smtp_url="smtp://mail.test", mail_from="noreply@asm.test")
    whole = replace(settings, public_url="https://asm.test", notify=mail)
    async with _browser(whole) as visitor:
        yield visitor


@asynccontextmanager
async def _browser(settings: Settings) -> AsyncIterator[Visitor]:
    async with started(application(settings)) as running:
        transport = httpx.ASGITransport(app=running, raise_app_exceptions=False)
        address = settings.public_url
        async with httpx.AsyncClient(transport=transport, base_url=address) as client:
            yield Visitor(client)


async def test_nothing_is_left_where_all_is_there(
    complete: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await complete.sign_in(cast, "admin")
    assert to_do(complete) == []
    assert "không còn việc nào" in complete.html
    assert "Đã xong: 7 việc" in complete.html
    for statement, step in (
        ("UPDATE worker_heartbeat SET at = at - interval '1 minute'", "worker"),
        ("UPDATE ward SET boundary_approximate = true WHERE code = '00004'", "boundaries"),
        ("UPDATE facility SET status = 'returned'", "facilities"),
    ):
        await settle(admin_engine, statement)
        await complete.open("/operator")
        assert step in to_do(complete)
    await settle(
        admin_engine,
        "UPDATE facility SET status = 'pending' WHERE ward_code = '00004'",
        "UPDATE account SET disabled_at = now() WHERE login = 'thao'",
    )
    await complete.open("/operator")
    assert "unattended" in to_do(complete)
    await settle(admin_engine, "UPDATE account SET disabled_at = NULL WHERE login = 'thao'")
    await complete.open("/operator")
    assert "unattended" not in to_do(complete)


@pytest.mark.parametrize("login", ["lan", "hai", "minh", "quang"])
async def test_it_is_the_administrators_alone(login: str, visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, login)
    await visitor.open("/operator", status=403)
    assert 'href="/operator"' not in visitor.html


@pytest.mark.parametrize(
    "left_by", ["/ward", "/ward?night=2026-07-01", "/watchlists", "/country", "/desk"]
)
async def test_nobody_lands_where_somebody_else_was(
    left_by: str, visitor: Visitor, cast: Cast
) -> None:
    """The screen before signed somebody else out, and offers their page to whoever comes next."""
    admin = cast.people["admin"]
    await visitor.open(f"/sign-in?next={left_by}")
    answer = await visitor.send(
        "/sign-in", login=admin.login, password=admin.password, next=left_by
    )
    assert answer.url.path == {"/desk": "/desk"}.get(left_by, "/operator")


async def test_the_page_to_sign_in_says_how_each_gets_an_account(visitor: Visitor) -> None:
    for language, said in (
        ("vi", ("Chủ cơ sở", "Lễ tân", "Công an cấp xã", "Phần mềm khách sạn", "Quản trị viên")),
        ("en", ("Owners", "Receptionists", "Ward police", "Hotel software", "Administrators")),
    ):
        visitor.client.cookies.set("asm_language", language)
        await visitor.open("/sign-in")
        assert [word for word in said if word not in visitor.html] == []
    for path in ("/sign-up", "/codes", "/forgotten"):
        assert f'href="{path}"' in visitor.html
        await visitor.open(path)
        await visitor.open("/sign-in")


async def test_a_provincial_officer_is_told_whom_to_make(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "quang")
    await visitor.open("/watchlists")
    assert "data-begin" not in visitor.html
    assert 'href="/watchlists/new"' in visitor.html
    await settle(admin_engine, "UPDATE account SET province_code = '04' WHERE login = 'quang'")
    await visitor.open("/watchlists")
    assert "chưa có cán bộ cấp xã" in visitor.html
    assert 'href="/officers">Tạo cán bộ' in visitor.html
    await settle(admin_engine, "UPDATE account SET province_code = NULL WHERE login = 'quang'")
    await visitor.open("/watchlists")
    assert "asm account province" in visitor.html


async def test_a_ward_and_a_host_without_a_facility_are_led_on(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await settle(admin_engine, "TRUNCATE facility CASCADE")
    await visitor.sign_in(cast, "minh")
    await visitor.open("/ward")
    assert "Phường Hoàn Kiếm chưa có cơ sở nào đang hoạt động" in visitor.html
    assert 'href="/ward/landlords"' in visitor.html
    await visitor.open("/map")
    assert "Chưa có cơ sở công cộng nào hoạt động" in visitor.html
    await visitor.sign_in(cast, "admin")
    await visitor.open("/desk")
    assert "/sign-up" in visitor.html
    await visitor.sign_in(cast, "hai")
    await visitor.open("/")
    assert 'href="/facilities/new">Đăng ký cơ sở' in visitor.html


async def test_the_map_says_nothing_of_it_where_there_are_facilities(visitor: Visitor) -> None:
    await visitor.open("/map")
    assert "data-begin" not in visitor.html


async def test_without_areas_registering_and_the_map_say_so(
    empty: Settings, visitor: Visitor
) -> None:
    await make(empty, "goc")
    await make(empty, "chu.tro", "--role", "landlord")
    await visitor.open("/map")
    assert "asm areas init" in visitor.html
    await enter(visitor, "chu.tro")
    await visitor.open("/facilities/new")
    await visitor.send("/facilities/new", 422, **FACILITY)
    assert "chưa có tỉnh, phường, xã nào" in visitor.html
    assert "asm areas init" in visitor.html
    assert visitor.html.count("chưa có tỉnh, phường, xã nào") == 2  # the summary, and the field
