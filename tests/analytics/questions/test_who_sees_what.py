"""Exact figures for whose area it is; of other wards sums of closed months, nothing to subtract."""

from datetime import date, timedelta

import httpx
import msgspec
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.analytics.questions.area import COUNTRY, Area, own_area, require_area
from asm.analytics.questions.model import ward_flow
from asm.analytics.questions.outline import Outline, province_outline
from asm.analytics.totals.model import origin_night
from asm.db.session import make_sessions
from asm.demo.cast import Cast
from asm.errors import NotFound
from asm.geo.areas.published_areas import published_areas
from tests.analytics.questions.town import NOW, WARD_A, WARD_B
from tests.people import sign_in

ELSEWHERE = next(ward.code for ward in published_areas()[1] if ward.province_code == "79")
AREAS = {
    "ward A": Area(kind="ward", code=WARD_A),
    "ward B": Area(kind="ward", code=WARD_B),
    "ward of another province": Area(kind="ward", code=ELSEWHERE),
    "province": Area(kind="province", code="01"),
    "another province": Area(kind="province", code="79"),
    "country": COUNTRY,
    "no ward": Area(kind="ward", code="99999"),
    "no province": Area(kind="province", code="98"),
}
SEES = {
    "minh": {"ward A"},
    "thao": {"ward B"},
    "quang": {"ward A", "ward B", "province"},
    "nga": AREAS.keys() - {"no ward", "no province"},
    "van": set(),
    "admin": set(),
    "lan": set(),
    "pms": set(),
}
PATHS = (
    "figures", "figures/origins", "figures/flows", "figures/labour", "figures/calendar",
    "figures/event?last=2026-03-10", "figures/forecast",
)  # fmt: skip


@pytest.mark.parametrize("login", SEES)
async def test_who_sees_exact_figures_of_what(login: str, db_session: AsyncSession) -> None:
    scope = Scope(db_session, await actor_of_login(db_session, login))
    seen = set()
    for name, area in AREAS.items():
        if name in SEES[login]:
            assert (await require_area(scope, area)).area == area
            seen.add(name)
        else:
            with pytest.raises(NotFound, match="area_not_found"):
                await require_area(scope, area)
    if seen:
        assert await own_area(scope) in [AREAS[name] for name in seen]
    else:
        with pytest.raises(NotFound, match="area_not_found"):
            await own_area(scope)


@pytest.mark.parametrize("login", ["minh", "quang", "lan", "admin"])
async def test_what_is_not_theirs_is_as_what_is_not_there(
    login: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    headers = await sign_in(client, cast, login)
    for path in PATHS:
        join = "&" if "?" in path else "?"
        theirs, nowhere = [
            await client.get(f"/api/v1/{path}{join}area={area}", headers=headers)
            for area in (f"ward:{ELSEWHERE}", "ward:99999")
        ]
        assert theirs.status_code == nowhere.status_code == 404, path
        assert theirs.content == nowhere.content, path
    for path in ("figures/provinces/79/wards", "figures/provinces/98/wards", "figures/provinces"):
        answer = await client.get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 404, path


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("first=2016-01-01&last=2026-01-01", "/last", "span_too_long"),
        ("first=2026-02-30", "/first", "day_malformed"),
        ("first=2026-03-02&last=2026-03-01", "/last", "span_turned"),
        ("first=0001-01-01&last=0001-01-02", "/first", "span_out_of_range"),
        ("first=9999-12-31", "/first", "span_out_of_range"),
        ("last=0001-01-01", "/last", "span_out_of_range"),
        ("area=ward:7", "/area", "area_malformed"),
        ("kind=castle", "/kind", "kind_unknown"),
        ("residence=VNM", "/residence", "residence_malformed"),
        ("reason=100", "/reason", "reason_malformed"),
        ("reason=%D9%A1", "/reason", "reason_malformed"),  # an Arabic-Indic one
        ("tourism=maybe", "/tourism", "tourism_malformed"),
        ("&".join(["kind=hotel"] * 101), "/kind", "filter_too_long"),
    ],
)
async def test_a_filter_that_cannot_be_read_says_what_is_wrong(
    query: str, pointer: str, code: str, client: httpx.AsyncClient, cast: Cast
) -> None:
    minh = await sign_in(client, cast, "minh")
    answer = await client.get(f"/api/v1/figures?{query}", headers=minh)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert error["remedy"]


async def test_the_database_says_it_again(town: AsyncEngine) -> None:
    """Whatever a query forgot: the officer of one ward reads no row of another."""
    tables = ("night_total", "ward_night", "origin_night", "ward_flow", "night_correction")
    async with make_sessions(town)() as session:
        await actor_of_login(session, "thao")
        for table in tables:
            wards = await session.execute(text(f"SELECT DISTINCT ward_code FROM {table}"))
            assert set(wards.scalars()) <= {WARD_B}, table
        for table in ("province_total", "province_night", "province_flow"):
            rows = await session.execute(text(f"SELECT count(*) FROM {table}"))
            assert rows.scalar_one() == 0, table
    async with make_sessions(town)() as session:
        await actor_of_login(session, "minh")
        with pytest.raises(DBAPIError, match="row-level security"):
            await session.execute(
                text("INSERT INTO kept_forecast VALUES ('ward:00004', '', :day, now(), '')"),
                {"day": date(2026, 3, 1)},
            )


async def _outline(engine: AsyncEngine, login: str = "minh") -> Outline:
    async with make_sessions(engine)() as session:
        actor = msgspec.structs.replace(await actor_of_login(session, login), now=NOW)
        return await province_outline(Scope(session, actor))


async def test_of_other_wards_only_sums_of_many(
    admin_session: AsyncSession, admin_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    codes = (
        await admin_session.execute(
            text("SELECT code FROM ward WHERE province_code = '01' AND code NOT IN (:a, :b) "
                 "ORDER BY code LIMIT 5"), {"a": WARD_A, "b": WARD_B},
        )
    ).scalars().all()  # fmt: skip
    january, february, march = date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1)
    nights = {
        # Five other wards, ten arrivals; Minh's own are never in it.
        january: {codes[0]: 6, codes[1]: 1, codes[2]: 1, codes[3]: 1, codes[4]: 1, WARD_A: 500},
        # As many from four other wards: one of them could count the rest.
        february: {codes[0]: 7, codes[1]: 1, codes[2]: 1, codes[3]: 1, WARD_A: 500},
        date(2025, 12, 5): dict.fromkeys(codes, 1),  # five, fewer than ten
        march: dict.fromkeys(codes, 100),  # not closed
    }
    await admin_session.execute(
        insert(origin_night),
        [
            {"ward_code": ward, "night": night, "kind": "hotel", "residence": "P01", "reason": 1,
             "tourism": True, "arrivals": arrivals, "guest_nights": 2 * arrivals}
            for night, wards in nights.items() for ward, arrivals in wards.items()
        ],
    )  # fmt: skip
    await admin_session.commit()
    outline = await _outline(api_engine)
    assert outline.province_code == "01"
    assert [msgspec.structs.astuple(month) for month in outline.months] == [
        (date(2026, 2, 1), None, None, None),
        (date(2026, 1, 1), 10, 20, 2.0),
        # Ten nights from five wards, but five arrivals.
        (date(2025, 12, 1), None, 10, None),
    ]
    for login in ("quang", "nga", "lan", "admin"):
        with pytest.raises(NotFound, match="area_not_found"):
            await _outline(api_engine, login)


async def test_wards_of_the_same_officer_are_no_other_wards(
    admin_session: AsyncSession, admin_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    """Who works in two of five wards sees these two exactly: the rest would be told of three."""
    codes = (
        await admin_session.execute(
            text("SELECT code FROM ward WHERE province_code = '01' AND code NOT IN (:a, :b) "
                 "ORDER BY code LIMIT 5"), {"a": WARD_A, "b": WARD_B},
        )
    ).scalars().all()  # fmt: skip
    await admin_session.execute(
        insert(origin_night),
        [
            {"ward_code": ward, "night": date(2026, 1, 31), "kind": "hotel", "residence": "P01",
             "reason": 1, "tourism": True, "arrivals": 10, "guest_nights": 20}
            for ward in codes
        ],
    )  # fmt: skip
    await admin_session.commit()
    (month,) = (await _outline(api_engine)).months
    assert month.arrivals == 50
    await admin_session.execute(
        text(
            "INSERT INTO officer_ward (account_id, ward_code, given_by) "
            "SELECT id, :ward, id FROM account WHERE login = 'minh'"
        ),
        {"ward": codes[0]},
    )
    await admin_session.commit()
    (month,) = (await _outline(api_engine)).months
    assert (month.arrivals, month.guest_nights) == (None, None)
    (month,) = (await _outline(api_engine, "thao")).months
    assert month.arrivals == 50


async def test_sums_follow_whatever_is_written(admin_session: AsyncSession) -> None:
    """Rows that are added, changed and taken away, by one statement or by many."""
    key = {"night": date(2026, 1, 31), "kind": "hotel", "residence": "CKOR", "reason": 1,
           "tourism": True}  # fmt: skip
    rows = [
        key | {"ward_code": WARD_A, "arrivals": 2, "guest_nights": 3},
        key | {"ward_code": WARD_B, "arrivals": 4, "guest_nights": 5},
        key | {"ward_code": WARD_A, "night": date(2026, 1, 31) + timedelta(days=1), "arrivals": 6,
               "guest_nights": 7},
    ]  # fmt: skip
    read = text("SELECT month, arrivals, guest_nights FROM province_flow ORDER BY month")

    async def flows() -> list[tuple[int, int, int]]:
        return [(row.month.month, *row[1:]) for row in await admin_session.execute(read)]

    await admin_session.execute(insert(origin_night), rows)
    assert await flows() == [(1, 6, 8), (2, 6, 7)]
    await admin_session.execute(
        origin_night.update().values(guest_nights=origin_night.c.guest_nights + 1)
    )
    assert await flows() == [(1, 6, 10), (2, 6, 8)]
    await admin_session.execute(origin_night.delete().where(origin_night.c.ward_code == WARD_B))
    assert await flows() == [(1, 2, 4), (2, 6, 8)]
    kept = await admin_session.execute(ward_flow.select().where(ward_flow.c.arrivals != 0))
    assert {(row.ward_code, row.month.month, row.arrivals) for row in kept} == {
        (WARD_A, 1, 2), (WARD_A, 2, 6),
    }  # fmt: skip
    await admin_session.execute(text("TRUNCATE origin_night"))
    assert await flows() == []
