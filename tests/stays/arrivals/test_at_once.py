"""The same arrival, sent by eight at once: one stay. And that it is the lock that keeps it so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import asm.stays.write
from asm.accounts.access import Access
from asm.accounts.sessions import actor_of_login
from asm.db.session import make_sessions
from asm.stays.declaration import Declaration, Outcome
from asm.stays.declare import declare_stays
from asm.stays.entry import Guest, StayEntry
from asm.stays.intake.group_commit import GroupCommit, QueuedDeclaration
from tests.checks.desks import Desks, at, fresh_number, somebody
from tests.faults.worker_process import until
from tests.stays.evening import Evening, count

CHILD = Guest(full_name="Bé Mẫu", birth_date=date(2020, 5, 5), sex="female", no_papers=True)


@pytest.fixture
async def two(evening: Evening) -> AsyncIterator[tuple[GroupCommit, GroupCommit]]:
    """Two writers at work, as two web processes have."""
    other = GroupCommit(make_sessions(evening.engine))
    evening.commits.start()
    other.start()
    yield evening.commits, other
    await other.close()


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
@pytest.mark.parametrize("guest", [somebody(fresh_number()), CHILD], ids=["number", "none"])
async def test_eight_keys_are_one_stay(
    evening: Evening,
    two: tuple[GroupCommit, GroupCommit],
    admin_session: AsyncSession,
    guest: Guest,
    *,
    known: bool,
) -> None:
    before = 0
    now = evening.actors["lan"].now
    if known:  # here last year: then nobody waits for anybody's new person
        past = StayEntry(
            guest=guest, room="101", arrived_at=now - timedelta(days=300),
            planned_departure_at=now - timedelta(days=298),
        )  # fmt: skip
        await evening.send("lan", evening.declaration("lan", entries=[past]))
        before = 1
    entry = StayEntry(guest=guest, arrived_at=now - timedelta(minutes=5), room="101")

    async def send(number: int) -> Outcome:
        declaration = evening.declaration("lan", entries=[entry])
        queued = QueuedDeclaration(
            keys=evening.keys, actor=evening.actors["lan"], declaration=declaration
        )
        return await two[number % 2].declare(queued)

    outcomes = await asyncio.gather(*(send(number) for number in range(8)))
    statuses = sorted(outcome.results[0].status for outcome in outcomes)
    assert statuses == ["accepted", *["merged"] * 7]
    assert len({msgspec.json.encode(outcome.results[0].receipt) for outcome in outcomes}) == 1
    assert await count(admin_session, "SELECT count(*) FROM stay") == before + 1


async def test_a_changed_room_among_eight_is_one_version(
    evening: Evening, two: tuple[GroupCommit, GroupCommit], admin_session: AsyncSession
) -> None:
    first = evening.declaration("lan", fresh_number())
    await evening.send("lan", first)
    moved = msgspec.structs.replace(first.entries[0], room="102")

    async def send(number: int) -> Outcome:
        declaration = evening.declaration("lan", entries=[moved])
        queued = QueuedDeclaration(
            keys=evening.keys, actor=evening.actors["lan"], declaration=declaration
        )
        return await two[number % 2].declare(queued)

    outcomes = await asyncio.gather(*(send(number) for number in range(8)))
    statuses = sorted(outcome.results[0].status for outcome in outcomes)
    assert statuses == ["changed", *["merged"] * 7]
    assert await count(admin_session, "SELECT count(*) FROM stay_version") == 2


class Overlapped:
    """Two transactions declare one arrival of a known guest; the first commits after the second has
    begun, and as long as nothing keeps the second, has ended.
    """

    def __init__(self, desks: Desks, engine: AsyncEngine) -> None:
        self.desks = desks
        self.engine = engine
        self.entry = StayEntry(
            guest=somebody(fresh_number()), room="101", arrived_at=at(5),
            planned_departure_at=at(7, 11),
        )  # fmt: skip

    async def declare(self, session: AsyncSession) -> str:
        actor = await actor_of_login(session, "lan")
        actor = msgspec.structs.replace(actor, now=at(5, 19))
        declaration = Declaration(
            facility_id=self.desks.facility("lan"), entries=[self.entry], via="api",
            key=str(uuid4()),
        )  # fmt: skip
        outcome = await declare_stays(Access(session, actor, self.desks.keys), declaration)
        return outcome.results[0].status

    async def run(self) -> list[str]:
        await self.desks.declare_all("lan", [msgspec.structs.replace(
            self.entry, arrived_at=at(1), planned_departure_at=at(2, 11))])  # fmt: skip
        sessions = make_sessions(self.engine)
        async with sessions() as first_session, sessions() as other:
            first = await self.declare(first_session)
            second = asyncio.create_task(self._through(other))

            async def kept_or_done() -> bool:
                return second.done() or await self._kept()

            await until(kept_or_done, "the second to end, or to wait for the first")
            await first_session.commit()
            return [first, await second]

    async def _through(self, session: AsyncSession) -> str:
        status = await self.declare(session)
        await session.commit()
        return status

    async def _kept(self) -> bool:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock'"
        )
        async with make_sessions(self.engine)() as session:
            return bool(await count(session, waiting))


@pytest.fixture
def overlapped(desks: Desks) -> Overlapped:
    return Overlapped(desks, desks.engine)


async def test_the_second_waits_for_the_first(
    overlapped: Overlapped, admin_session: AsyncSession
) -> None:
    assert await overlapped.run() == ["accepted", "merged"]
    assert await count(admin_session, "SELECT count(*) FROM stay") == 2


def _without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    unlocked = {
        slot: statement.replace(" FOR NO KEY UPDATE OF p", "")
        for slot, statement in asm.stays.write._FIND_PERSON.items()
    }
    assert unlocked != asm.stays.write._FIND_PERSON
    monkeypatch.setattr(asm.stays.write, "_FIND_PERSON", unlocked)


async def test_control_without_the_lock_the_guest_is_doubled(
    overlapped: Overlapped, admin_session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_lock(monkeypatch)
    assert await overlapped.run() == ["accepted", "accepted"]
    assert await count(admin_session, "SELECT count(*) FROM stay") == 3
