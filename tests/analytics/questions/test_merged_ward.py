"""A ward that became part of another: records stay, comparisons are on the wards of today."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.analytics.questions.area import Area
from asm.analytics.questions.by_area import SideBySide, by_ward
from asm.analytics.questions.figures import figures
from asm.analytics.questions.span import Span
from asm.db.base import vietnam_time
from asm.db.rls import database_now
from asm.db.session import make_sessions
from asm.stays.area_changes import change_areas
from tests.analytics.count_rows import count_rows
from tests.analytics.invented import Town, a_facility, a_stay, at, store
from tests.analytics.totals.kept import follow_up

#: Wards of Hà Nội without any facility of the cast; HERE becomes part of THERE.
HERE, THERE = "00008", "00025"


@pytest.fixture
async def span(admin_engine: AsyncEngine, worker_engine: AsyncEngine, tmp_path: Path) -> Span:
    """Five nights with the merger on the fourth; a guest in each ward over all of them."""
    async with make_sessions(admin_engine)() as session:
        day = vietnam_time(await database_now(session)).date() - timedelta(days=5)
        town = Town()
        for ward in (HERE, THERE):
            house = a_facility(town, at(day - timedelta(days=40), 9), ward_code=ward)
            came, leaves = at(day - timedelta(days=3), 15), at(day + timedelta(days=2), 11)
            a_stay(town, house, came, leaves, ward_code=ward)
        await store(session, town)
        await count_rows(admin_engine, worker_engine, at(day + timedelta(days=5), 12))
        row = (await session.execute(
            text("SELECT ST_AsGeoJSON(ST_Multi(ST_Union(boundary)), 15) AS whole, "
                 "max(name) FILTER (WHERE code = :there) AS name, "
                 "max(kind) FILTER (WHERE code = :there) AS kind "
                 "FROM ward WHERE code IN (:here, :there)"),
            {"here": HERE, "there": THERE},
        )).one()  # fmt: skip
    ward = {"code": THERE, "name": row.name, "kind": row.kind, "province_code": "01"}
    event = {
        "kind": "merged", "happened_on": str(day), "title": "Ví dụ bịa", "source": "Ví dụ bịa",
        "ended": [HERE], "wards": [ward | {"geometry": json.loads(row.whole)}],
    }  # fmt: skip
    file = tmp_path / "merged.json"
    file.write_text(json.dumps(event), encoding="utf-8")
    await change_areas(admin_engine, file)
    await follow_up(worker_engine, at(day + timedelta(days=5), 12))
    return Span(first=day - timedelta(days=3), last=day + timedelta(days=1))


def nights(sides: SideBySide) -> dict[str | None, int]:
    return {
        row.area.code: row.measures.sums.guest_nights
        for row in sides.rows
        if row.area.code in {HERE, THERE}
    }


async def test_records_stay_and_comparisons_are_recast(span: Span, api_engine: AsyncEngine) -> None:
    async with make_sessions(api_engine)() as session:
        quang = Scope(session, await actor_of_login(session, "quang"))
        recast = await by_ward(quang, "01", span)
        assert nights(recast) == {THERE: 10}
        records = await by_ward(quang, "01", span, recast=False)
        # Three nights before the merger in the old ward; THERE has its own five and two more.
        assert nights(records) == {HERE: 3, THERE: 7}
        assert [row.ended for row in records.rows if row.area.code == HERE] == [
            span.first + timedelta(days=3)
        ]
        assert recast.whole == records.whole
        old = await figures(quang, Area(kind="ward", code=HERE), span)
        assert [night.guest_nights for night in old.nights] == [1, 1, 1, 0, 0]
        new = await figures(quang, Area(kind="ward", code=THERE), span)
        assert new.area_since == span.first + timedelta(days=3)
        assert [night.guest_nights for night in new.nights] == [1, 1, 1, 2, 2]
