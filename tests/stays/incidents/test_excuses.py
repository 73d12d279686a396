"""Late because of an outage: late for ever, and excused by an incident, for both sides to see."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.sessions import actor_of_login
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from asm.errors import Conflict, Invalid, NotAllowed, NotFound
from asm.outbox.drain import drain
from asm.stays.incidents.incident_log import (
    NewIncident,
    close_incident,
    list_incidents,
    open_incident,
    withdraw_incident,
)
from asm.stays.incidents.watch_intake import open_outage_incident
from asm.stays.rules.deadlines import VIETNAM, grace_window
from asm.worker.subscribers import HANDLERS
from tests.people import fresh_key, party, sign_in
from tests.web.visitor import Visitor

START, END = (datetime(2026, 3, 1, hour, 30, tzinfo=VIETNAM) for hour in (22, 23))
#: Deadline and receipt as hours and minutes after 20:00 of that evening; whether it is excused.
CASES = [
    ("2:29", "2:45", False),  # due a minute before the incident began
    ("2:30", "2:31", True),  # due as it began, received in it
    ("3:00", "5:30", True),  # due in it, received two hours after its end
    ("3:00", "5:31", False),  # too long after
    ("4:30", "4:31", True),  # due an hour after its end: the last stretch
    ("4:31", "4:32", False),
    ("3:00", "3:00", False),  # in time: there is nothing to excuse
]


def moment(clock_time: str) -> datetime:
    hours, minutes = clock_time.split(":")
    evening = datetime(2026, 3, 1, 20, 0, tzinfo=VIETNAM)
    return evening + timedelta(hours=int(hours), minutes=int(minutes))


@pytest.mark.parametrize(("due", "received", "excused"), CASES)
def test_the_rule(due: str, received: str, excused: bool) -> None:
    window = grace_window(START, END)
    assert window.excuses(due_at=moment(due), received_at=moment(received)) is excused


def test_while_it_goes_on_all_that_fell_due_in_it_is_excused() -> None:
    window = grace_window(START, None)
    assert window.excuses(due_at=moment("9:00"), received_at=moment("90:00"))
    assert not window.excuses(due_at=moment("2:00"), received_at=moment("90:00"))


async def settle(worker_engine: AsyncEngine) -> None:
    while True:
        report = await drain(worker_engine, HANDLERS)
        assert (report.failed, report.dead) == (0, 0)
        if not report.remaining:
            return


async def opened(engine: AsyncEngine, login: str = "admin", **changes: Any) -> int:
    """Lately, for the guest declared late below, unless told otherwise."""
    now = datetime.now(UTC)
    span = {"started_at": now - timedelta(days=3), "ended_at": None}
    async with one_transaction(engine) as session:
        actor = await actor_of_login(session, login)
        return await open_incident(session, actor, NewIncident(**{**span, **changes}))


class Late:
    """A guest of Hoa Sen who arrived two days ago and is declared now."""

    def __init__(self, client: httpx.AsyncClient, cast: Cast) -> None:
        self.client, self.cast = client, cast
        self.stay: UUID | None = None
        self.headers: dict[str, str] = {}

    async def declared(self) -> None:
        self.headers = await sign_in(self.client, self.cast, "lan")
        arrived = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        leaves = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        answer = await self.client.post(
            self.address,
            json=party(arrived_at=arrived, planned_departure_at=leaves),
            headers=self.headers | fresh_key(),
        )
        assert answer.status_code == 201, answer.text
        result = answer.json()["results"][0]
        assert result["on_time"] is False
        self.stay = result["stay_id"]

    @property
    def address(self) -> str:
        return f"/api/v1/facilities/{self.cast.hoa_sen}/stays"

    async def seen(self) -> tuple[bool, int | None]:
        """(in time, excused by) as the facility reads it over JSON."""
        answer = await self.client.get(f"{self.address}/{self.stay}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["on_time"], answer.json()["excused_by"]


@pytest.fixture
async def late(client: httpx.AsyncClient, cast: Cast) -> Late:
    guest = Late(client, cast)
    await guest.declared()
    return guest


async def test_both_sides_see_late_and_excused(
    late: Late, cast: Cast, api_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    await settle(worker_engine)
    assert await late.seen() == (False, None)
    number = await opened(api_engine)
    await settle(worker_engine)
    await settle(worker_engine)
    assert await late.seen() == (False, number)
    said = f"Trễ, được miễn vì sự cố {number}"
    visitor = Visitor(late.client)
    await visitor.sign_in(cast, "lan")
    for page in ("", f"/stays/{late.stay}", f"/stays/{late.stay}/receipt"):
        await visitor.open(f"/desk/{cast.hoa_sen}{page}")
        assert said in visitor.html, page
    receipt = await late.client.get(f"{late.address}/{late.stay}/receipt", headers=late.headers)
    assert receipt.json()["on_time"] is False
    assert ".F." in receipt.json()["token"]
    await visitor.send("/sign-out")
    await visitor.sign_in(cast, "minh")
    await visitor.open("/ward/guests")
    assert said in visitor.html
    await visitor.open(f"/ward/stays/{cast.hoa_sen}/{late.stay}")
    assert said in visitor.html


async def test_an_incident_known_before_excuses_what_comes_later(
    client: httpx.AsyncClient, cast: Cast, api_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    number = await opened(api_engine, wards=[WARD_A])
    await settle(worker_engine)
    guest = Late(client, cast)
    await guest.declared()
    await settle(worker_engine)
    assert await guest.seen() == (False, number)


@pytest.mark.parametrize("scope", ["other ward", "other facility", "this facility", "long ago"])
async def test_only_where_and_when_intake_was_degraded(
    scope: str, late: Late, api_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    now = datetime.now(UTC)
    changes_of: dict[str, dict[str, Any]] = {
        "other ward": {"wards": [WARD_B]},
        "other facility": {"facilities": [late.cast.boarding_house]},
        "this facility": {"facilities": [late.cast.hoa_sen], "wards": [WARD_B]},
        "long ago": {
            "started_at": now - timedelta(days=9),
            "ended_at": now - timedelta(days=8),
        },
    }
    number = await opened(api_engine, **changes_of[scope])
    await settle(worker_engine)
    assert await late.seen() == (False, number if scope == "this facility" else None)


async def test_an_excuse_goes_with_its_incident_and_another_takes_its_place(
    late: Late, api_engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    first, second = await opened(api_engine), await opened(api_engine, wards=[WARD_A])
    await settle(worker_engine)
    assert await late.seen() == (False, first)
    async with one_transaction(api_engine) as session:
        admin = await actor_of_login(session, "admin")
        # It ended before the guest had even come.
        await close_incident(session, admin, first, datetime.now(UTC) - timedelta(days=2, hours=9))
        with pytest.raises(Conflict):
            await close_incident(session, admin, first)
    await settle(worker_engine)
    await settle(worker_engine)
    assert await late.seen() == (False, second)
    async with one_transaction(api_engine) as session:
        admin = await actor_of_login(session, "admin")
        await withdraw_incident(session, admin, second)
        await withdraw_incident(session, admin, second)
        with pytest.raises(NotFound):
            await withdraw_incident(session, admin, 999)
    await settle(worker_engine)
    assert await late.seen() == (False, None)


async def test_administrators_alone_write_the_log(
    cast: Cast, api_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for login in ("lan", "minh"):
        with pytest.raises(NotAllowed):
            await opened(api_engine, login)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    for wrong in ({"wards": ["99999"]}, {"started_at": ahead}, {"note": "x" * 501}):
        with pytest.raises(Invalid):
            await opened(api_engine, **wrong)
    await opened(api_engine, facilities=[cast.hoa_sen], note="Mất điện ở trung tâm")
    async with one_transaction(api_engine) as session:
        await actor_of_login(session, "hai")
        (seen,) = await list_incidents(session)
        assert (seen.note, seen.everywhere) == ("Mất điện ở trung tâm", False)
        named = await session.execute(text("SELECT count(*) FROM incident_facility"))
        assert named.scalar_one() == 0
    async with one_transaction(admin_engine) as session:
        audit = await session.execute(
            text("SELECT details FROM audit_entry WHERE action = 'incident.opened'")
        )
        assert [row.details for row in audit] == [{"incident": seen.number}]


async def test_the_page_of_the_log(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "admin")
    await visitor.open("/incidents")
    await visitor.send("/incidents", status=422, started="hôm qua", facilities="x")
    assert "Không đọc được giờ này" in visitor.html
    assert "Có mã cơ sở không đọc được." in visitor.html
    await visitor.send("/incidents", started="2026-03-01T22:30", wards=WARD_A, note="Mất mạng")
    assert "22:30 01/03/2026 – –" in visitor.html
    number = visitor.html.split("/incidents/")[1].split("/")[0]
    await visitor.send(f"/incidents/{number}/close")
    assert "đã xong" in visitor.html
    await visitor.send(f"/incidents/{number}/close", status=422)
    await visitor.send(f"/incidents/{number}/withdraw")
    assert "đã rút lại" in visitor.html
    await visitor.send("/sign-out")
    await visitor.sign_in(cast, "lan")
    await visitor.open("/incidents")
    assert "Mất mạng" in visitor.html
    assert "Ghi một sự cố" not in visitor.html
    await visitor.send("/incidents", status=403, started="2026-03-01T22:30")


async def silent_since(admin_engine: AsyncEngine, minutes: int) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text(
                "INSERT INTO worker_heartbeat (name, at) VALUES "
                "('x', clock_timestamp() - make_interval(mins => :m)) "
                "ON CONFLICT (name) DO UPDATE SET at = excluded.at"
            ),
            {"m": minutes},
        )


async def test_an_unreachable_database_is_noted_by_rule(
    late: Late, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    assert await open_outage_incident(worker_engine, unreachable=True) is None
    await silent_since(admin_engine, 0)
    assert await open_outage_incident(worker_engine, unreachable=True) is None
    await silent_since(admin_engine, 3 * 24 * 60)
    number = await open_outage_incident(worker_engine, unreachable=True)
    assert number is not None
    await settle(worker_engine)
    assert await late.seen() == (False, number)


async def test_workers_that_merely_ended_or_a_clock_that_was_set_prove_nothing(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with one_transaction(admin_engine) as session:
        up_for = await session.execute(
            text("SELECT clock_timestamp() - pg_postmaster_start_time() < interval '2 minutes'")
        )
        young = up_for.scalar_one()
    # A sign of life since PostgreSQL started: the gap after it is no outage of the database.
    await silent_since(admin_engine, 0 if young else 2)
    assert await open_outage_incident(worker_engine, unreachable=False) is None
    # A clock that was set back: the last sign lies ahead.
    await silent_since(admin_engine, -120)
    assert await open_outage_incident(worker_engine, unreachable=True) is None
