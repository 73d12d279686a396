"""The province's officer keeps its gates: registered, its secret once, replaced, ended."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.gates.register import add_gate
from asm.db.base import new_id
from asm.db.rls import enter_scope
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, Cast
from tests.analytics.gates.test_gates import interval
from tests.checks.desks import rows
from tests.notify.messages.rows import change
from tests.web.visitor import Visitor

_SECRET = re.compile(r'id="gate-secret">(asmg_[A-Za-z0-9_-]{43})<')
_NEW = re.compile(r'name="new" value="([^"]+)"')
_TRAIL = "SELECT action, subject_id FROM audit_entry WHERE action LIKE 'gate.%' ORDER BY at"
_ELSEWHERE = "UPDATE account SET province_code = '79' WHERE login = 'quang'"
GATE = {"ward_code": WARD_A, "label": "  Cổng đền Ngọc Sơn ", "kind": "camera"}


async def quang(visitor: Visitor, cast: Cast) -> Visitor:
    """In front of the page, with the password typed just now."""
    visitor.client.cookies.clear()
    await visitor.sign_in(cast, "quang")
    await visitor.open("/step-up")
    password = cast.people["quang"].password
    await visitor.send("/step-up", password=password, next="/province/gates")
    return visitor


async def register(visitor: Visitor, status: int = 200, **fields: str) -> None:
    await visitor.open("/province/gates")
    hidden = _NEW.search(visitor.html)
    assert hidden is not None
    await visitor.send("/province/gates", status, **{**GATE, "new": hidden[1], **fields})


def secret_on(visitor: Visitor) -> str:
    shown = _SECRET.search(visitor.html)
    assert shown is not None, visitor.html
    return shown[1]


async def send(client: httpx.AsyncClient, gate_id: Any, secret: str) -> int:
    answer = await client.post(
        f"/api/v1/gates/{gate_id}/counts",
        json={"counts": [interval(8, came_in=120, went_out=80)]},
        headers={"Authorization": f"Bearer {secret}"},
    )
    return answer.status_code


async def test_a_gate_from_its_registration_to_its_end(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await quang(visitor, cast)
    assert "Tỉnh chưa có cổng đếm nào" in visitor.html
    await register(visitor)
    first = secret_on(visitor)
    assert "Đã đăng ký “Cổng đền" in visitor.html
    (gate,) = await rows(admin_engine, "SELECT * FROM gate")
    assert (gate.label, gate.kind, gate.ward_code) == ("Cổng đền Ngọc Sơn", "camera", WARD_A)
    # Loaded again the page shows it again; nothing else does.
    await visitor.open("/province/gates/secret")
    assert secret_on(visitor) == first
    await visitor.open("/province/gates")
    assert first not in visitor.html
    assert "chưa gửi lần nào" in visitor.html
    assert "1 trên 1 cổng đếm chưa gửi số nào" in visitor.html
    assert await send(visitor.client, gate.id, first) == 200
    await visitor.open("/province/gates")
    assert "120 vào, 80 ra" in visitor.html
    assert "1 cổng đếm đang gửi số" in visitor.html
    await change(admin_engine, "UPDATE gate_count SET starts_at = starts_at - interval '3 days', "
                               "ends_at = ends_at - interval '3 days'")  # fmt: skip
    await visitor.open("/province/gates")
    assert "1 trên 1 cổng đếm không gửi số" in visitor.html
    await visitor.send(f"/province/gates/{gate.id}/secret")
    second = secret_on(visitor)
    assert await send(visitor.client, gate.id, first) == 401
    assert await send(visitor.client, gate.id, second) == 200
    await visitor.open("/province/gates")
    await visitor.send(f"/province/gates/{gate.id}/end")
    assert "Đã ngừng nhận số của cổng" in visitor.html
    assert "Không còn cổng nào đếm" in visitor.html
    assert await send(visitor.client, gate.id, second) == 401
    await visitor.send(f"/province/gates/{gate.id}/secret", 404)
    written = [tuple(row) for row in await rows(admin_engine, _TRAIL)]
    deeds = ("gate.added", "gate.secret_renewed", "gate.ended")
    assert written == [(deed, gate.id) for deed in deeds]


async def test_the_same_form_twice_is_one_gate(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await quang(visitor, cast)
    new = str(new_id())
    await register(visitor, new=new)
    await register(visitor, new=new)
    assert len(await rows(admin_engine, "SELECT 1 FROM gate")) == 1
    assert _SECRET.search(visitor.html) is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("label", "x", "Tên cổng cần từ 2 đến 80 ký tự"),
        ("kind", "person", "Loại cổng phải là một trong"),
        ("ward_code", "", "Chọn một xã, phường, đặc khu của tỉnh"),
        ("ward_code", "26740", "Chọn một xã, phường, đặc khu của tỉnh"),
    ],
)
async def test_what_is_refused_keeps_what_was_typed(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, field: str, value: str, said: str
) -> None:
    await quang(visitor, cast)
    await register(visitor, 422, **{field: value})
    assert said in visitor.html
    if field != "label":
        assert "Ngọc Sơn" in visitor.html
    assert await rows(admin_engine, "SELECT 1 FROM gate") == []


async def test_the_password_comes_first(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await visitor.sign_in(cast, "quang")
    await visitor.open("/province/gates")
    await register(visitor, 403)
    assert "Ngọc Sơn" in visitor.html  # it waits in the page
    assert await rows(admin_engine, "SELECT 1 FROM gate") == []


async def test_another_provinces_gates_are_absent(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await quang(visitor, cast)
    await register(visitor)
    (gate,) = await rows(admin_engine, "SELECT * FROM gate")
    await change(admin_engine, _ELSEWHERE)
    await visitor.open("/province/gates")
    assert "Ngọc Sơn" not in visitor.html.partition("<main")[2].partition("<aside")[0]
    await visitor.send(f"/province/gates/{gate.id}/secret", 404)
    await visitor.open("/province/gates")
    await visitor.send(f"/province/gates/{gate.id}/end", 404)
    (after,) = await rows(admin_engine, "SELECT * FROM gate")
    assert after == gate


_DEEDS = (
    "UPDATE gate SET secret_hash = sha256('x') RETURNING 1",
    "UPDATE gate SET ended_at = now() RETURNING 1",
)
_ADDED = (
    "INSERT INTO gate (id, ward_code, label, kind, secret_hash, created_by) VALUES "
    "(gen_random_uuid(), '00070', 'Cổng', 'other', sha256('x'), "
    "current_setting('asm.actor')::uuid)"
)


@pytest.mark.parametrize(
    ("role", "area"),
    [
        ("provincial_officer", {"province": "79"}),
        ("ward_officer", {"ward": WARD_A}),
        ("ministry_officer", {}),
        ("administrator", {}),
    ],
)
async def test_the_database_says_so_again(
    api_engine: AsyncEngine, worker_engine: AsyncEngine, role: str, area: dict[str, str]
) -> None:
    async with one_transaction(worker_engine) as session:
        await add_gate(session, None, WARD_A, "Cổng đền", "other")
    for deed in _DEEDS:
        async with one_transaction(api_engine) as session:
            await _enter(session, role, area)
            assert (await session.execute(text(deed))).all() == []
    async with AsyncSession(api_engine) as session:
        await _enter(session, role, area)
        with pytest.raises(ProgrammingError, match="row-level security"):
            await session.execute(text(_ADDED))


async def test_the_database_lets_the_own_officer(
    api_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    """The control: the same statements."""
    async with one_transaction(worker_engine) as session:
        await add_gate(session, None, WARD_A, "Cổng đền", "other")
    async with one_transaction(api_engine) as session:
        await _enter(session, "provincial_officer", {"province": "01"})
        await session.execute(text(_ADDED))
        for deed in _DEEDS:
            assert len((await session.execute(text(deed))).all()) == 2


async def _enter(session: AsyncSession, role: str, area: dict[str, str]) -> None:
    await enter_scope(
        session, actor=new_id(), role=role, ward=area.get("ward"), facilities=(),
        province=area.get("province"),
    )  # fmt: skip
