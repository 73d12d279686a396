"""A week is published, corrected and withdrawn, in the database."""

import hashlib
import json
import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.published import release
from asm.analytics.published.listed import file_of, files_of, list_releases
from asm.analytics.published.read_week import monday_of, newest_final, week_name
from asm.analytics.published.release import publish_due, publish_week, withdraw
from asm.analytics.published.week import GuestRow, WeekCounts
from asm.db.base import VIETNAM
from asm.db.rls import database_now
from asm.db.session import one_transaction
from asm.errors import Conflict, Invalid
from tests.analytics.published.attack import Attack, Release
from tests.analytics.published.in_process import compute_in_process
from tests.analytics.published.stored import store
from tests.analytics.published.weeks import invented_week

OTHER_PROCESS = "test_the_worker_publishes_what_is_due_once"
BASE = "https://asm.example.vn"


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.name != OTHER_PROCESS:
        compute_in_process(monkeypatch)


async def newest_week(session: AsyncSession) -> date:
    return newest_final(await database_now(session))


async def filled(session: AsyncSession, seed: int = 1, **changes: Any) -> WeekCounts:
    """An invented week as the newest final one."""
    monday = await newest_week(session)
    week = msgspec.structs.replace(invented_week(seed, provinces=1), monday=monday, **changes)
    await store(session, week, until=monday + timedelta(days=20))
    return week


async def publish(engine: AsyncEngine, monday: date) -> release.Publishing:
    async with one_transaction(engine) as session:
        return await publish_week(session, monday, BASE)


async def tables_of(engine: AsyncEngine, release_id: str) -> Release:
    async with one_transaction(engine) as session:
        files = {file.name: file.content for file in await files_of(session, release_id)}
    return {
        name: json.loads(files[f"{name}.json"])["rows"]
        for name in ("guests", "origins", "occupancy", "coverage")
    }


async def test_a_week_is_published_once_with_hashes(
    admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    week = await filled(admin_session)
    first = await publish(worker_engine, week.monday)
    assert first.published
    assert first.release == f"{first.week}.1"
    again = await publish(worker_engine, week.monday)
    assert (again.release, again.published) == (first.release, False)
    async with one_transaction(worker_engine) as session:
        files = {file.name: file for file in await files_of(session, str(first.release))}
    package = json.loads(files["datapackage.json"].content)
    assert len(package["resources"]) == 12 == len(files) - 1
    for resource in package["resources"]:
        content = files[resource["path"]].content
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    csv = files["guests.csv"].content
    assert csv.startswith(b"\xef\xbb\xbfweek,area,")
    assert b"sep=" not in csv
    assert zipfile.ZipFile(BytesIO(files["guests.xlsx"].content)).testzip() is None
    tables = await tables_of(worker_engine, str(first.release))
    whole = next(
        row
        for row in tables["guests"]
        if (row["area"], row["sector"], row["origin"]) == ("VN", "all", "all")
    )
    assert whole["guest_nights"] == sum(row.guest_nights for row in week.guests)
    assert whole["arrivals"] == sum(row.arrivals for row in week.guests)


async def test_provisional_nights_and_nights_without_totals_are_not_published(
    admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    week = await filled(admin_session)
    with pytest.raises(Invalid, match="week_not_final"):
        await publish(worker_engine, week.monday + timedelta(days=7))
    await admin_session.execute(text("UPDATE totals_state SET last_night = NULL"))
    await admin_session.commit()
    with pytest.raises(Conflict, match="totals_behind"):
        await publish(worker_engine, week.monday)


@pytest.mark.parametrize("week", ["2026-54", "2026-W60", "W46", "2026-W", "26-W01", "2026-W00"])
def test_a_week_that_is_none(week: str) -> None:
    with pytest.raises(Invalid, match="week_invalid"):
        monday_of(week)


def test_a_week_is_final_when_its_sunday_is_older_than_seven_days() -> None:
    sunday = date(2026, 11, 15)
    for day, final in ((22, False), (23, True)):
        for hour in (0, 12, 23):
            now = datetime(2026, 11, day, hour, tzinfo=VIETNAM)
            assert (newest_final(now) == sunday - timedelta(days=6)) is final


async def test_a_correction_is_a_new_vintage_that_gives_nothing_away(
    admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    week = await filled(admin_session)
    first = await publish(worker_engine, week.monday)
    largest = max(week.guests, key=lambda row: row.arrivals)
    corrected = msgspec.structs.replace(
        largest, arrivals=largest.arrivals + 40, guest_nights=largest.guest_nights + 40
    )
    changed = msgspec.structs.replace(week, guests=[corrected], beds=[])
    await store(admin_session, changed, until=week.monday + timedelta(days=20))
    second = await publish(worker_engine, week.monday)
    assert second.release == f"{first.week}.2"
    assert second.revised_cells > 0
    before = await tables_of(worker_engine, str(first.release))
    after = await tables_of(worker_engine, str(second.release))
    for name, rows in before.items():
        for row, later in zip(rows, after[name], strict=True):
            assert not (row["status"] == "hidden" and later["status"] == "shown"), later
    both = Attack([before, after])
    assert both.computed() == {}
    async with one_transaction(worker_engine) as session:
        heads = await list_releases(session)
    assert [(head.id, head.newest) for head in heads] == [
        (second.release, True), (first.release, False),
    ]  # fmt: skip


async def test_a_correction_that_would_give_a_cell_away_is_held_back(
    admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    """Everything was shown; one shown cell becomes small: its row would give it away."""
    monday = await newest_week(admin_session)
    full = [
        GuestRow(province=province, kind="hotel", residence=residence, tourism=tourism,
                 arrivals=500, guest_nights=900)
        for province in ("01", "48", "56")
        for residence in ("P01", "CKOR", "?")
        for tourism in (True, False)
    ]  # fmt: skip
    week = WeekCounts(monday=monday, provinces={}, guests=full, beds=[])
    await store(admin_session, week, until=monday + timedelta(days=20))
    assert (await publish(worker_engine, monday)).published
    small = msgspec.structs.replace(full[0], arrivals=4, guest_nights=6)
    changed = msgspec.structs.replace(week, guests=[small])
    await store(admin_session, changed, until=monday + timedelta(days=20))
    with pytest.raises(Conflict, match="revision_would_reveal"):
        await publish(worker_engine, monday)


async def test_withdrawn_is_listed_with_its_reason_and_given_out_no_longer(
    admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    week = await filled(admin_session)
    first = str((await publish(worker_engine, week.monday)).release)
    async with one_transaction(worker_engine) as session:
        assert await file_of(session, first, "guests.csv")
        with pytest.raises(Invalid, match="withdrawal_reason"):
            await withdraw(session, first, " ", BASE)
        await withdraw(session, first, "Một cơ sở khai nhầm cả tuần", BASE)
    async with one_transaction(worker_engine) as session:
        assert await file_of(session, first, "guests.csv") is None
        head = (await list_releases(session))[0]
    assert (head.withdrawn_reason, head.newest) == ("Một cơ sở khai nhầm cả tuần", False)


async def test_nobody_changes_what_is_published(
    admin_session: AsyncSession, worker_engine: AsyncEngine, api_engine: AsyncEngine
) -> None:
    week = await filled(admin_session)
    await publish(worker_engine, week.monday)
    for engine in (worker_engine, api_engine):
        for statement in (
            "UPDATE release_file SET content = ''",
            "DELETE FROM release_file",
            "UPDATE release SET monday = monday + 7",
            "DELETE FROM release",
        ):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with one_transaction(engine) as session:
                    await session.execute(text(statement))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with one_transaction(api_engine) as session:
            await session.execute(text("SELECT counts_hash FROM release"))


async def test_the_worker_publishes_what_is_due_once(
    admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    assert await publish_due(worker_engine, BASE) is None  # no totals yet
    week = await filled(admin_session)
    done = await publish_due(worker_engine, BASE)
    assert done is not None
    assert done.releases == [f"{week_name(week.monday)}.1"]
    assert await publish_due(worker_engine, BASE) is None


async def test_totals_that_do_not_add_up_stop_neither_worker_nor_others(
    admin_session: AsyncSession, worker_engine: AsyncEngine
) -> None:
    week = await filled(admin_session)
    await admin_session.execute(text("UPDATE origin_night SET guest_nights = -guest_nights"))
    await admin_session.commit()
    with pytest.raises(Conflict, match="release_not_computed"):
        await publish(worker_engine, week.monday)
    assert await publish_due(worker_engine, BASE) is None
