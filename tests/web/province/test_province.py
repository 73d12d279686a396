"""The province's wards side by side: slowest first, never a house or a person."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.outbox.drain import drain
from asm.worker.subscribers import HANDLERS
from tests.web.province.totals import put_totals, run, tonight
from tests.web.visitor import Visitor

#: A third ward of Hà Nội, with facilities in the totals and no officer.
WARD_C = "00082"
_MERGED = """
INSERT INTO area_event (id, kind, happened_on, title, source, sha256)
VALUES (:id, 'merged', :day, 'thử', 'thử', 'thử')
"""
_AREA = """
INSERT INTO area_event_unit (event_id, level, code, role) VALUES (:id, 'ward', :code, :role)
"""
_UNITED = """
UPDATE ward SET boundary = ST_Multi(ST_Union(boundary,
  (SELECT boundary FROM ward WHERE code = :b))) WHERE code = :a
"""
_ROW = re.compile(r'<a href="/figures\?area=ward:(\d{5})">')


def wards_on(visitor: Visitor) -> list[str]:
    return _ROW.findall(visitor.html)


async def evening(engine: AsyncEngine) -> date:
    """A: 9 of 10 declared, B: 3 of 10, C: all 4."""
    night = await tonight(engine)
    await put_totals(
        engine, night, WARD_A, facilities_active=10, facilities_stayed=7, facilities_quiet=2,
        facilities_said=5, beds_open=100, beds_all=100, known_nights=80, guest_nights=80,
        arrivals=20, declared=20, late=3, stays=20, askable=10, verified=9,
    )  # fmt: skip
    await put_totals(
        engine, night, WARD_B, facilities_active=10, facilities_stayed=3, facilities_said=3,
        beds_open=50, beds_all=50, known_nights=10, guest_nights=10, arrivals=10, declared=10,
        late=1, stays=10, askable=10, verified=2,
    )  # fmt: skip
    await put_totals(
        engine, night, WARD_C, facilities_active=4, facilities_stayed=4, facilities_said=4,
        beds_open=10, beds_all=10, known_nights=12, guest_nights=12,
    )  # fmt: skip
    return night


async def test_the_slowest_ward_stands_on_top(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await evening(admin_engine)
    await visitor.sign_in(cast, "quang")
    answer = await visitor.open("/")
    assert answer.url.path == "/province"
    assert wards_on(visitor)[:3] == [WARD_B, WARD_A, WARD_C]
    title = re.search(r"<h1>\s*(.*?)\s*</h1>", visitor.html, re.DOTALL)
    assert title is not None
    assert "Phường Ba Đình khai chậm: 8 cơ sở im lặng" in title[1]
    for said in ("9/10", "3/10", "4/4", "16 trên 24", "66,7\N{NO-BREAK SPACE}%"):
        assert said in visitor.html, said


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("guests", [WARD_A, WARD_C, WARD_B]),
        ("late", [WARD_A, WARD_B, WARD_C]),
        ("beds", [WARD_C, WARD_A, WARD_B]),
        ("verified", [WARD_B, WARD_A, WARD_C]),
        ("silent", [WARD_B, WARD_A, WARD_C]),
        ("nothing' OR 1", [WARD_B, WARD_A, WARD_C]),
    ],
)
async def test_the_order_stands_in_the_address(
    sort: str, order: list[str], visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await evening(admin_engine)
    await visitor.sign_in(cast, "quang")
    await visitor.open(f"/province?sort={sort}")
    assert wards_on(visitor)[:3] == order
    # Wards without a facility stand apart, whatever the order is.
    assert len(wards_on(visitor)) == 126
    assert "123 nơi chưa có cơ sở nào" in visitor.html
    assert visitor.html.count("aria-sort") == 1


async def test_cases_that_wait_are_counted_and_never_shown(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await evening(admin_engine)
    raised = """
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence, stay_id,
  raised_at)
SELECT :house, gen_random_uuid(), 'no-papers', 'x' || n, 'high', :ward,
  '{"said": "Trần Thị Kín"}', gen_random_uuid(), now() - interval '1 day' * (n % 300)
FROM generate_series(1, :many) AS n
"""
    await run(admin_engine, raised, house=cast.hoa_sen, ward=WARD_A, many=7)
    # Two of one night are one case, and beyond 500 flags nobody counts.
    await run(admin_engine, raised, house=cast.guest_house_b, ward=WARD_B, many=520)
    await run(admin_engine, "UPDATE flag SET closed_at = now() WHERE subject = 'x1'")
    await run(admin_engine, "UPDATE flag SET dismissed_at = now() WHERE subject = 'x2'")
    await visitor.sign_in(cast, "quang")
    await visitor.open("/province?sort=cases")
    assert wards_on(visitor)[:2] == [WARD_B, WARD_A]
    assert "5 việc" in visitor.html
    assert "282+ việc" in visitor.html
    assert "Kín" not in visitor.html
    assert "Hoa Sen" not in visitor.html


async def test_nights_before_and_what_cannot_be_one(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    night = await evening(admin_engine)
    before = night - timedelta(days=1)
    await put_totals(admin_engine, before, WARD_B, facilities_active=2, guest_nights=33)
    await visitor.sign_in(cast, "quang")
    await visitor.open("/province")
    assert f'href="/province?night={before}"' in visitor.html
    await visitor.open(f"/province?night={before}")
    assert "33" in visitor.html
    assert 'name="wards"' not in visitor.html
    await visitor.open(f"/province?night={night + timedelta(days=400)}", 422)
    await visitor.open("/province?night=2026-02-29", 422)


async def test_a_province_without_totals_facilities_or_a_name(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    await run(admin_engine, "DELETE FROM totals_state")
    await visitor.sign_in(cast, "quang")
    await visitor.open("/province")
    assert "Chưa có số liệu" in visitor.html
    await tonight(admin_engine)
    await visitor.open("/province")
    assert "Chưa có cơ sở nào hoạt động" in visitor.html
    await run(admin_engine, "UPDATE account SET province_code = '04' WHERE login = 'quang'")
    await visitor.open("/province")
    assert "Tạo cán bộ" in visitor.html
    assert WARD_A not in wards_on(visitor)
    await run(admin_engine, "UPDATE account SET province_code = NULL WHERE login = 'quang'")
    await visitor.open("/province")
    assert "asm account province" in visitor.html


async def test_nights_of_a_merged_ward_stand_in_the_ward_that_took_it(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    night = await evening(admin_engine)
    event = "00000000-0000-0000-0000-0000000000aa"
    await run(admin_engine, _MERGED, id=event, day=night)
    for code, role in ((WARD_A, "before"), (WARD_B, "before"), (WARD_A, "after")):
        await run(admin_engine, _AREA, id=event, code=code, role=role)
    await run(admin_engine, _UNITED, a=WARD_A, b=WARD_B)
    await run(admin_engine, "UPDATE ward SET valid_to = :day WHERE code = :b", day=night, b=WARD_B)
    await visitor.sign_in(cast, "quang")
    await visitor.open("/province?sort=guests")
    assert wards_on(visitor)[:2] == [WARD_A, WARD_C]
    assert WARD_B not in wards_on(visitor)
    assert "12/20" in visitor.html
    assert "cao nhất 90" in visitor.html


async def test_those_on_duty_are_reminded_once_an_hour(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    night = await evening(admin_engine)
    await visitor.sign_in(cast, "quang")
    await visitor.open("/province")
    # The slow ones are ticked beforehand.
    assert re.search(rf'value="{WARD_B}"[^>]*\schecked', visitor.html)
    assert not re.search(rf'value="{WARD_A}"[^>]*\schecked', visitor.html)
    for _ in range(2):
        await visitor.send("/province/remind", wards=[WARD_B, WARD_C])
        assert "Đã nhắc trực ban của 1 phường, xã" in visitor.html
        assert "1 phường, xã chưa có cán bộ" in visitor.html
    await drain(worker_engine, HANDLERS)
    async with one_transaction(admin_engine) as session:
        written = await session.execute(
            text(
                "SELECT login, facts, link FROM message JOIN account ON account.id = account_id "
                "WHERE topic = 'ward.reminded'"
            )
        )
        rows = written.all()
    # Two that fall into two hours are two messages.
    assert {row.login for row in rows} == {"thao"}
    assert len(rows) <= 2
    assert rows[0].link == f"/ward?night={night}"
    await visitor.send("/province/remind", 422)
    assert "Chọn ít nhất một phường, xã" in visitor.html
    # A ward of another province is no ward.
    await visitor.send("/province/remind", 404, wards=["01273"])
    await visitor.open("/province")
    await visitor.send("/province/remind", 404, wards=["99999"])
