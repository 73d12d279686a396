"""A house says "no guests tonight": received once, taken back, contradicted by an arrival."""

from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.checks.registry import check_stays
from asm.checks.schedule import TimeWindow
from asm.checks.silence import CHECK_ID, find_silent
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, Cast
from asm.errors import Conflict, Invalid
from asm.facilities.nights import current_night
from asm.outbox.drain import drain
from asm.outbox.topics import Topic
from asm.stays.changes import VoidStay
from asm.stays.statements.quiet_nights import QuietNight, say_quiet, take_back_quiet
from tests.checks.desks import Desks, at, flags, night
from tests.checks.test_silence import open_since, sundays
from tests.people import fresh_key, hours_ago, party, sign_in, stays_of
from tests.stays.incidents.test_excuses import settle
from tests.web.visitor import Visitor


@pytest.fixture
async def desks(api_engine: AsyncEngine, vault_keys: object, cast: Cast) -> Desks:
    return Desks(engine=api_engine, keys=vault_keys, cast=cast)  # type: ignore[arg-type]


async def say(
    engine: AsyncEngine, facility: UUID, now: datetime, said: date | None = None
) -> QuietNight:
    async with one_transaction(engine) as session:
        lan = msgspec.structs.replace(await actor_of_login(session, "lan"), now=now)
        return await say_quiet(Scope(session, lan), facility, said, "desk")


async def said_nights(admin_engine: AsyncEngine) -> list[tuple[date, str]]:
    async with one_transaction(admin_engine) as session:
        rows = await session.execute(text("SELECT night, ward_code FROM quiet_night ORDER BY 1"))
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("hour", "of"), [(7, 27), (8, 28), (21, 28), (23, 28)], ids=["07", "08", "21", "23"]
)
async def test_it_is_about_the_night_in_progress(
    api_engine: AsyncEngine, admin_engine: AsyncEngine, cast: Cast, hour: int, of: int
) -> None:
    now = datetime(2026, 2, 28, hour, 59 if hour == 7 else 0, tzinfo=at(1).tzinfo)
    said = await say(api_engine, cast.hoa_sen, now)
    assert (said.facility_id, said.night, said.via) == (cast.hoa_sen, date(2026, 2, of), "desk")
    again = await say(api_engine, cast.hoa_sen, now + timedelta(seconds=30), said.night)
    assert again == said
    assert await said_nights(admin_engine) == [(said.night, WARD_A)]
    for other in (said.night - timedelta(days=1), said.night + timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            await say(api_engine, cast.hoa_sen, now, other)
        assert refused.value.errors[0]["pointer"] == "/night"
        assert refused.value.errors[0]["code"] == "quiet_night_other"
        assert "remedy" in refused.value.errors[0]


async def test_an_arrival_for_the_night_contradicts_it_and_a_guest_from_before_does_not(
    desks: Desks, api_engine: AsyncEngine, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    hotel, evening = desks.cast.hoa_sen, at(10, 21)
    await desks.declare("lan", "001095000001", at(8), at(14, 11))
    await say(api_engine, hotel, evening)
    await settle(worker_engine)  # so that only the arrival can take it back
    # After midnight it is still this night's guest.
    stay = await desks.declare("lan", "001095000002", at(11, 1), at(12, 11))
    await settle(worker_engine)
    assert await said_nights(admin_engine) == []
    with pytest.raises(Conflict) as refused:
        await say(api_engine, hotel, at(11, 2))
    assert refused.value.code == "quiet_night_guests"
    await desks.change("lan", stay, VoidStay(reason="nhầm"), at(11, 3))
    await say(api_engine, hotel, at(11, 3))
    await settle(worker_engine)
    assert await said_nights(admin_engine) == [(night(10), WARD_A)]


async def test_an_arrival_that_was_on_its_way_takes_it_back_too(
    desks: Desks, api_engine: AsyncEngine, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    """The arrival's event is handled before the statement is committed."""
    await desks.declare("lan", "001095000003", at(10, 20), at(11, 11))
    await settle(worker_engine)
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("INSERT INTO quiet_night (facility_id, night, ward_code, said_by, via) VALUES "
                 "(:facility, :night, :ward, :facility, 'desk')"),
            {"facility": desks.cast.hoa_sen, "night": night(10), "ward": WARD_A},
        )  # fmt: skip
        await session.execute(
            text("INSERT INTO outbox (facility_id, id, topic, payload) VALUES (:facility, "
                 "gen_random_uuid(), 'facility.quiet_said', "
                 "jsonb_build_object('night', CAST(:night AS text)))"),
            {"facility": desks.cast.hoa_sen, "night": str(night(10))},
        )  # fmt: skip
    await settle(worker_engine)
    assert await said_nights(admin_engine) == []
    async with one_transaction(admin_engine) as session:
        deeds = await session.execute(
            text("SELECT action, details FROM audit_entry WHERE action LIKE 'quiet_night.%'")
        )
        assert [tuple(row) for row in deeds] == [
            ("quiet_night.contradicted", {"night": "2026-03-10"})
        ]


async def test_who_says_so_is_not_silent(
    desks: Desks, api_engine: AsyncEngine, admin_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE room SET opened_on = DATE '2025-01-01'"))
    await open_since(admin_engine, date(2025, 12, 1))
    await sundays(desks, "lan", range(1, 9))
    await drain(worker_engine, {Topic.STAY_CHANGED: partial(check_stays, now=at(1))})

    async def look(day: int) -> list[tuple[str, bool]]:
        now = at(day, 23, 20)
        await find_silent(worker_engine, TimeWindow(since=now - timedelta(hours=1), now=now))
        return [(row.subject, row.closed_at is None) for row in await flags(admin_engine, CHECK_ID)]

    said = await say(api_engine, desks.cast.hoa_sen, at(1, 22))
    assert await look(1) == []
    async with one_transaction(api_engine) as session:
        lan = msgspec.structs.replace(await actor_of_login(session, "lan"), now=at(1, 22, 30))
        await take_back_quiet(Scope(session, lan), desks.cast.hoa_sen, said.night)
    assert await look(1) == [("2026-03-01", True)]
    # Said a day later it ends the silence that lasts since.
    await say(api_engine, desks.cast.hoa_sen, at(2, 20))
    await settle(worker_engine)
    assert [closed for *_, closed in await look(2)] == [False]


async def test_software_says_it_and_only_of_its_own_house(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan, pms = await sign_in(client, cast, "lan"), await sign_in(client, cast, "pms")
    address = f"/api/v1/facilities/{cast.hoa_sen}/quiet-nights"
    answer = await client.post(address, json={}, headers=pms)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["facility_id"], said["via"]) == (str(cast.hoa_sen), "api")
    assert datetime.fromisoformat(said["said_at"]).utcoffset() == timedelta(hours=7)
    assert (await client.post(address, json={"night": said["night"]}, headers=lan)).json() == said
    for login, status in (("hai", 404), ("tuan", 404), ("thao", 404), ("minh", 403)):
        headers = await sign_in(client, cast, login)
        assert (await client.post(address, json={}, headers=headers)).status_code == status, login
        gone = await client.delete(f"{address}/{said['night']}", headers=headers)
        assert gone.status_code == status, login
    assert (await client.post(address, json={"nght": 1}, headers=lan)).status_code == 422
    assert (await client.delete(f"{address}/{said['night']}", headers=lan)).status_code == 204
    assert (await client.delete(f"{address}/{said['night']}", headers=lan)).status_code == 404
    await admin_session.execute(
        text("UPDATE facility SET status = 'returned' WHERE id = :id"), {"id": cast.hoa_sen}
    )
    await admin_session.commit()
    refused = await client.post(address, json={}, headers=lan)
    assert (refused.status_code, refused.json()["code"]) == (409, "facility_not_active")


async def test_one_tap_at_the_desk_and_back(
    client: httpx.AsyncClient, cast: Cast, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    visitor = Visitor(client)
    await visitor.sign_in(cast, "lan")
    desk = f"/desk/{cast.hoa_sen}"
    await visitor.open(desk)
    assert "Đêm nay không có khách mới</button>" in visitor.html
    await visitor.send(f"{desk}/quiet")
    assert "không có khách mới." in visitor.html
    assert "Công an cấp xã đã nhận lúc" in visitor.html
    ((tonight, _),) = await said_nights(admin_engine)
    await visitor.send(f"{desk}/quiet/{tonight}/undo")
    assert await said_nights(admin_engine) == []
    await visitor.send(f"{desk}/quiet")
    answer = await client.post(
        stays_of(cast),
        json=party(arrived_at=_tonight()),
        headers=await sign_in(client, cast, "lan") | fresh_key(),
    )
    assert answer.status_code == 201, answer.text
    await settle(worker_engine)
    assert await said_nights(admin_engine) == []
    await visitor.open(desk)
    await visitor.send(f"{desk}/quiet", status=422)
    assert "Đêm nay đã có khách đến được khai ở cơ sở này." in visitor.html


def _tonight() -> str:
    """An arrival of the night in progress, whatever the hour is now."""
    now = datetime.now(at(1).tzinfo)
    hour = hours_ago(0)
    assert current_night(datetime.fromisoformat(hour)) == current_night(now)
    return hour
