"""Two declarations of one batch that find the same stay, one of them by a corrected guest."""

import httpx
import msgspec

from asm.demo.cast import Cast
from asm.stays.entry import StayEntry
from tests.api.hotel import Hotel
from tests.checks.desks import somebody
from tests.people import fresh_number, sign_in
from tests.stays.evening import Evening, gathered


async def test_the_second_finds_what_the_first_has_changed(
    evening: Evening, client: httpx.AsyncClient, cast: Cast
) -> None:
    hotel = Hotel(client, cast, await sign_in(client, cast, "lan"))
    first = evening.declaration("lan", fresh_number()).entries[0]
    corrected = msgspec.structs.replace(first, guest=somebody(fresh_number()))
    body = {
        "arrived_at": first.arrived_at.isoformat(),
        "room": first.room,
        "guests": [_sent(first)],
    }
    stay_id = (await hotel.declare_one(body))["stay_id"]
    await hotel.amend(stay_id, guest=_sent(corrected))
    moved = msgspec.structs.replace(corrected, room="102")
    tasks = evening.send_all(
        [("lan", evening.declaration("lan", entries=[entry])) for entry in (moved, first)]
    )
    async with gathered(evening, 2):
        pass
    results = [(await task).results[0] for task in tasks]
    assert [result.status for result in results] == ["changed", "merged"]
    receipts = [result.receipt for result in results]
    assert receipts[0] is not None
    assert receipts[0].version == 3
    assert receipts[0] == receipts[1]


def _sent(entry: StayEntry) -> dict[str, object]:
    sent: dict[str, object] = msgspec.to_builtins(entry.guest)
    return sent
