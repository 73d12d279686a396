"""After any history the totals are what counting all stays anew gives."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.db.session import one_transaction
from asm.errors import Refusal
from asm.facilities.closures import ClosureInput, add_closure
from asm.facilities.rooms import all_rooms, close_room, reopen_room
from asm.stays.changes import Amend, Change, Depart, Extend, MoveRoom, UndoDeparture, VoidStay
from tests.analytics.totals.kept import assert_right, follow_up, send_again
from tests.checks.desks import Desks, at

PEOPLE = [f"00109500000{number}" for number in range(1, 5)]
LOGINS = ["lan", "hai", "bich", "tuan"]
NOW = at(20)

declared = st.tuples(
    st.just("declare"), st.sampled_from(LOGINS), st.integers(0, 3), st.integers(0, 18 * 24),
    st.none() | st.integers(1, 24 * 9), st.booleans(),
)  # fmt: skip
changed = st.tuples(
    st.sampled_from(["extend", "arrive", "reason", "hourly", "room", "depart", "undo", "void"]),
    st.integers(0, 30),
    st.integers(0, 24 * 9),
)
followed = st.tuples(st.sampled_from(["drain", "again", "closure", "rooms"]), st.integers(0, 30))
histories = st.lists(declared | declared | changed | changed | followed, min_size=4, max_size=16)


class History:
    """Plays deeds, refused ones too, at the desks of the cast."""

    def __init__(self, desks: Desks, worker: AsyncEngine) -> None:
        self.desks, self.worker = desks, worker
        self.stays: list[tuple[str, UUID]] = []

    async def play(self, deed: tuple[Any, ...]) -> None:
        try:
            if deed[0] == "declare":
                await self._declare(*deed[1:])
            elif len(deed) == 3:
                await self._change(*deed)
            else:
                await self._beside(*deed)
        except (Refusal, AssertionError):
            return  # refused: nothing happened

    async def _declare(
        self, login: str, person: int, hours: int, length: int | None, hourly: bool
    ) -> None:
        arrived = at(1, 0) + timedelta(hours=hours)
        leaves = None if length is None else arrived + timedelta(hours=length)
        stay = await self.desks.declare(login, PEOPLE[person], arrived, leaves, hourly=hourly)
        self.stays.append((login, stay))

    async def _change(self, what: str, index: int, hours: int) -> None:
        if self.stays:
            login, stay = self.stays[index % len(self.stays)]
            moment = at(1, 0) + timedelta(hours=hours * 2)
            await self.desks.change(login, stay, _change_of(what, moment, hours), NOW)

    async def _beside(self, what: str, index: int) -> None:
        if what == "drain":
            await follow_up(self.worker, at(1) + timedelta(days=index % 19), limit=1 + index)
        elif what == "again" and self.stays:
            login, stay = self.stays[index % len(self.stays)]
            await send_again(self.desks.engine, [(self.desks.facility(login), stay)] * 2)
        elif what in {"closure", "rooms"}:
            await self._of_house(what, index)

    async def _of_house(self, what: str, index: int) -> None:
        login = LOGINS[index % 4]
        facility_id = self.desks.facility(login)
        async with one_transaction(self.desks.engine) as session:
            scope = Scope(session, await actor_of_login(session, login))
            if what == "closure":
                day = at(1 + index % 15).date()
                given = ClosureInput(starts_on=day, ends_on=day + timedelta(days=3), reason="Sửa")
                await add_closure(scope, facility_id, given)
                return
            rooms = await all_rooms(scope, facility_id)
            if rooms:
                room = rooms[index % len(rooms)]
                turn = close_room if room.closed_on is None else reopen_room
                await turn(scope, facility_id, room.id)


def _change_of(what: str, moment: datetime, hours: int) -> Change:
    changes: dict[str, Change] = {
        "extend": Extend(planned_departure_at=moment),
        "arrive": Amend(arrived_at=moment, planned_departure_at=moment + timedelta(days=2)),
        "reason": Amend(reason=1 + hours % 19),
        "hourly": Amend(hourly=hours % 2 == 0),
        "room": MoveRoom(room=str(101 + hours % 3)),
        "depart": Depart(departed_at=moment),
        "undo": UndoDeparture(),
        "void": VoidStay(reason="khai nhầm"),
    }
    return changes[what]


# Not shrunk: each example plays against a database, and what is wrong is named by its cell.
@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.generate],
)
@given(history=histories, seed=st.integers(0, 9))
async def test_totals_after_any_history_are_a_recount(
    desks: Desks,
    admin_session: AsyncSession,
    worker_engine: AsyncEngine,
    history: list[tuple[Any, ...]],
    seed: int,
) -> None:
    played = History(desks, worker_engine)
    for deed in history:
        await played.play(deed)
    stays = [(desks.facility(login), stay) for login, stay in played.stays]
    random.Random(seed).shuffle(stays)
    await send_again(desks.engine, stays)
    await follow_up(worker_engine, NOW, limit=1 + seed)
    await assert_right(admin_session, NOW)
