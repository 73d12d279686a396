"""How often a house declared late, as its ward's officer reads it before calling or visiting."""

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from tests.people import fresh_key, guest, hours_ago, party, sign_in
from tests.web.visitor import Visitor
from tests.web.ward.test_ward import as_

_EXCUSE = text("""
INSERT INTO stay_excuse (facility_id, stay_id, incident_number, ward_code, rule)
SELECT facility_id, id, 1, ward_code, 'invented' FROM stay WHERE id = :stay
""")
_WEEKS_AGO = text(
    "UPDATE stay SET received_at = received_at - make_interval(days => :days) WHERE id = :stay"
)


async def declare(client: httpx.AsyncClient, cast: Cast, login: str, *arrived: str) -> list[str]:
    """A guest for each arrival, at the house of `login`: the stays' ids."""
    house, room = {"lan": (cast.hoa_sen, "101"), "hai": (cast.boarding_house, "1")}[login]
    headers = await sign_in(client, cast, login)
    stays = []
    for moment in arrived:
        answer = await client.post(
            f"/api/v1/facilities/{house}/stays",
            json=party(guest(), arrived_at=moment, room=room),
            headers=headers | fresh_key(),
        )
        assert answer.status_code == 201, answer.text
        stays += [result["stay_id"] for result in answer.json()["results"]]
    return stays


async def test_voided_and_excused_guests_are_not_held_against_a_house(
    visitor: Visitor, client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    days_late = hours_ago(80)
    late, excused, voided, long_ago, _ = await declare(
        client, cast, "lan", *[days_late] * 4, hours_ago(-1 / 6)
    )
    await declare(client, cast, "hai", days_late)
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays/{voided}/void",
        json={"reason": "Khai nhầm người"},
        headers=await sign_in(client, cast, "lan") | fresh_key(),
    )
    assert answer.status_code == 200, answer.text
    async with one_transaction(admin_engine) as session:
        await session.execute(_EXCUSE, {"stay": excused})
        await session.execute(_WEEKS_AGO, {"stay": long_ago, "days": 92})
        await session.execute(_WEEKS_AGO, {"stay": late, "days": 90})
    await as_(visitor, cast, "minh")
    await visitor.open(f"/ward/facilities/{cast.hoa_sen}")
    # The one of thirteen weeks ago, of it, the excused one, and who came just now.
    assert "Khai trễ 1 trên 3 khách trong 13 tuần" in visitor.html
