"""A phone on a bad network, as a model: it keeps what it saved, and believes nothing but answers.

The network doubles, drops and delays: a request may be lost before the server has it, its answer
may be lost, and an old request may come once more at any time. The phone follows the protocol: one
request under way, records in their order, frozen once sent, resent until they are answered.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from hypothesis import strategies as st

from tests.api.hotel import Hotel
from tests.people import fresh_number, guest, hours_ago, party

Fate = Literal["arrives", "lost", "answer lost"]
Step = tuple[str, Any]
CHANGES = ("extend", "move", "amend", "depart", "undo_departure", "void")

#: Saving comes oftener than the rest: a history of nothing but noise says little.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("declare"), st.integers(0, 2)),
        st.tuples(st.just("change"), st.tuples(st.sampled_from(CHANGES), st.integers(0, 9))),
        st.tuples(
            st.just("send"),
            st.tuples(st.sampled_from(("arrives", "lost", "answer lost")), st.integers(1, 4)),
        ),
        st.tuples(st.just("deliver again"), st.integers(0, 9)),
        st.tuples(st.just("read changes"), st.integers(1, 4)),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class Saved:
    """A record of the phone. `answers`: all that the server gave for it, the lost ones too."""

    item: dict[str, Any]
    number: int
    sent: bool = False
    received: dict[str, Any] | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)


class ModelPhone:
    """Three people come and go. `number`: whom of them a record is about."""

    def __init__(self, hotel: Hotel) -> None:
        self.hotel = hotel
        self.path = hotel.stays.removesuffix("/stays")
        self.people = [guest(document_number=fresh_number()) for _ in range(3)]
        self.records: list[Saved] = []
        self.requests: list[list[Saved]] = []
        self.since: str | None = None
        self.stays: dict[str, dict[str, Any]] = {}

    async def step(self, step: Step) -> None:
        """One thing that happens."""
        name, detail = step
        match name:
            case "declare":
                self._declare(detail)
            case "change":
                self._change(*detail)
            case "send":
                await self.send(*detail)
            case "deliver again":
                await self._deliver_again(detail)
            case "read changes":
                await self.read(detail)

    def _declare(self, number: int) -> None:
        came = len([each for each in self.records if each.number == number])
        body = party(self.people[number], arrived_at=hours_ago(30 - came), room=str(came))
        self._save("declare", number, body=body)

    def _change(self, deed: str, which: int) -> None:
        declared = [each for each in self.records if each.item["deed"] == "declare"]
        if not declared:
            return
        of = declared[which % len(declared)]
        bodies: dict[str, dict[str, Any]] = {
            "extend": {"planned_departure_at": hours_ago(-50 - which)},
            "move": {"room": f"{which}0"},
            "amend": {"guest": {"note": f"ghi chú {which}"}},
            "depart": {"departed_at": hours_ago(0.5)},
            "undo_departure": {},
            "void": {"reason": "Khai nhầm"},
        }
        stay = {"declared_by": of.item["key"], "guest": 0}
        self._save(deed, of.number, body=bodies[deed], stay=stay)

    def _save(self, deed: str, number: int, **more: Any) -> None:
        item = {"key": str(uuid.uuid4()), "deed": deed, **more}
        self.records.append(Saved(item=item, number=number))

    async def send(self, fate: Fate, most: int) -> None:
        """The next records in order, as one request; what was sent before goes again as it was."""
        waiting = [each for each in self.records if each.received is None][:most]
        if not waiting:
            return
        self.requests.append(waiting)
        for each in waiting:
            each.sent = True
        if fate == "lost":
            return
        answers = await self._deliver(waiting)
        if fate == "arrives":
            for each, answer in zip(waiting, answers, strict=True):
                if answer["status"] < 500:
                    each.received = answer

    async def _deliver_again(self, which: int) -> None:
        """A request that was thought lost, or done, comes once more; its answer reaches nobody."""
        if self.requests:
            await self._deliver(self.requests[which % len(self.requests)])

    async def _deliver(self, records: list[Saved]) -> list[dict[str, Any]]:
        answer = await self.hotel.client.post(
            f"{self.path}/batch",
            json={"items": [each.item for each in records]},
            headers=self.hotel.lan,
        )
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        for each, item in zip(records, items, strict=True):
            assert item["key"] == each.item["key"]
            each.answers.append(item)
        return items

    async def read(self, limit: int = 100, *, to_the_end: bool = False) -> None:
        """A page of changes, or all that there are."""
        more = True
        while more:
            params = {"limit": limit} | ({} if self.since is None else {"since": self.since})
            answer = await self.hotel.client.get(
                f"{self.hotel.stays}/changes", params=params, headers=self.hotel.lan
            )
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for change in page["changes"]:
                before = self.stays.get(change["stay_id"], {"version": 0})
                assert change["stay"]["version"] >= before["version"], "a version went back"
                self.stays[change["stay_id"]] = change["stay"]
            self.since = page["next"]
            more = page["more"] and to_the_end

    async def come_home(self) -> None:
        """A good network at last: everything is answered, and everything read."""
        while any(each.received is None for each in self.records):
            await self.send("arrives", 100)
        await self.read(to_the_end=True)

    async def stands(self, stay_id: str) -> httpx.Response:
        return await self.hotel.client.get(f"{self.hotel.stays}/{stay_id}", headers=self.hotel.lan)
