"""Desks of the cast that declare through the use case, at times that are fixed and long past."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Access
from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login
from asm.checks.registry import check_stays
from asm.db.base import VIETNAM
from asm.db.session import make_sessions, one_transaction
from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from asm.outbox.drain import DrainReport, drain
from asm.outbox.topics import Topic
from asm.stays.change import change_stay
from asm.stays.changes import Change, ChangeRequest
from asm.stays.declaration import Declaration
from asm.stays.declare import declare_stays
from asm.stays.entry import Guest, StayEntry

_serial = itertools.count(1)
ROOMS = {"lan": "101", "hai": "1", "bich": "301", "tuan": "1"}


def at(day: int, hour: int = 18, minute: int = 0) -> datetime:
    """A moment in March 2026, in Vietnam."""
    return datetime(2026, 3, 1, hour, minute, tzinfo=VIETNAM) + timedelta(days=day - 1)


THEN = at(2)


def night(day: int) -> date:
    return at(day).date()


def fresh_number() -> str:
    return f"001095{next(_serial):06d}"


def somebody(number: str | None) -> Guest:
    if number is None:
        return Guest(full_name="Không Giấy Tờ", sex="male", no_papers=True, note="mất giấy tờ")
    return Guest(
        full_name="Nguyễn Văn Mẫu",
        birth_date=date(1995, 5, 5),
        sex="male",
        document_type=1,
        document_number=number,
        residence_province="01",
        residence_kind=1,
    )


@dataclass(frozen=True)
class Desks:
    """Declares and changes as a member of the cast, at that member's own facility."""

    engine: AsyncEngine
    keys: Keys
    cast: Cast

    def facility(self, login: str) -> UUID:
        return {
            "lan": self.cast.hoa_sen,
            "hai": self.cast.boarding_house,
            "bich": self.cast.hospital,
            "tuan": self.cast.guest_house_b,
        }[login]

    async def declare(
        self,
        login: str,
        number: str | None,
        arrived: datetime,
        leaves: datetime | None = None,
        *,
        hourly: bool = False,
    ) -> UUID:
        entry = StayEntry(
            guest=somebody(number),
            arrived_at=arrived,
            planned_departure_at=leaves,
            room=ROOMS[login],
            hourly=hourly,
        )
        return (await self.declare_all(login, [entry]))[0]

    async def declare_all(
        self, login: str, entries: Sequence[StayEntry], declared_at: datetime | None = None
    ) -> list[UUID]:
        """Declare a party, at `declared_at` or ten minutes after its first guest arrived."""
        async with one_transaction(self.engine) as session:
            actor = _then(await actor_of_login(session, login), entries[0].arrived_at)
            if declared_at is not None:
                actor = msgspec.structs.replace(actor, now=declared_at)
            outcome = await declare_stays(
                Access(session, actor, self.keys),
                Declaration(facility_id=self.facility(login), entries=list(entries), via="desk"),
            )
        assert outcome.accepted == len(entries), outcome
        return [result.stay_id for result in outcome.results if result.stay_id]

    async def change(self, login: str, stay_id: UUID, change: Change, now: datetime) -> None:
        async with one_transaction(self.engine) as session:
            actor = msgspec.structs.replace(await actor_of_login(session, login), now=now)
            request = ChangeRequest(
                facility_id=self.facility(login), stay_id=stay_id, change=change, via="desk"
            )
            await change_stay(Access(session, actor, self.keys), request)


def _then(actor: Actor, arrived: datetime) -> Actor:
    return msgspec.structs.replace(actor, now=arrived + timedelta(minutes=10))


async def check(worker_engine: AsyncEngine, now: datetime = THEN) -> DrainReport:
    """Drain until nothing is due; the checks must not fail, nor wake each other for ever. To them
    it is `now`: before anybody of these tests was to leave, unless a test says otherwise.
    """
    for _ in range(10):
        report = await drain(worker_engine, {Topic.STAY_CHANGED: partial(check_stays, now=now)})
        assert (report.failed, report.dead) == (0, 0)
        if not report.remaining:
            return report
    raise AssertionError("the checks go round in circles")


async def rows(engine: AsyncEngine, query: str, **values: Any) -> list[Any]:
    async with make_sessions(engine)() as session:
        return list((await session.execute(text(query), values)).all())


async def flags(engine: AsyncEngine, check_id: str | None = None) -> list[Any]:
    """All flags, or those of one check, as the database holds them."""
    flag_rows = await rows(engine, "SELECT * FROM flag ORDER BY facility_id, subject")
    return [row for row in flag_rows if check_id in {None, row.check_id}]


async def superseded(engine: AsyncEngine) -> dict[UUID, date | None]:
    return {row.id: row.superseded_from for row in await rows(engine, "SELECT * FROM stay")}


async def two_facilities(desks: Desks, number: str) -> tuple[UUID, UUID]:
    """Lan's guest from the 1st to the 5th, at Tuấn's from the 3rd to the 7th."""
    return (
        await desks.declare("lan", number, at(1), at(5, 11)),
        await desks.declare("tuan", number, at(3), at(7, 11)),
    )


def standing(flag_rows: list[Any]) -> set[UUID]:
    return {row.stay_id for row in flag_rows if row.closed_at is None}
